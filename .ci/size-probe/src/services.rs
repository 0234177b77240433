//! Every service, under the name that its row of the table has: the machine, and what an application calls of it.

/// Roots of a service: its type, its making, and the calls that matter.
macro_rules! weigh {
    ($name:ident: $service:ty; $($call:ident($($argument:ident: $type:ty),*) -> $result:ty $body:block)*) => {
        #[doc = concat!("`", stringify!($service), "`.")]
        pub mod $name {
            use core::mem::size_of;
            use core::sync::atomic::AtomicU8;

            #[allow(clippy::wildcard_imports, unused_imports, reason = "each service names what is its own")]
            use protocol::service::*;
            use protocol::time::Instant;
            use rand_core::Rng;

            #[allow(unused_imports, reason = "not every service needs each")]
            use super::arguments::*;

            /// What is weighed.
            pub type Weighed = $service;

            /// Its state.
            pub static MEMORY: [AtomicU8; size_of::<Weighed>()] = [const { AtomicU8::new(0) }; size_of::<Weighed>()];

            /// Something happens to it.
            #[inline(never)]
            pub fn handle(service: &mut Weighed, now: Instant, input: Input<'_>) {
                service.handle(now, input);
            }

            /// It is asked.
            #[inline(never)]
            pub fn poll<'s>(service: &'s mut Weighed, now: Instant, random: &mut dyn Rng) -> Output<'s> {
                service.poll(now, random)
            }

            $(
                /// As the service has it.
                #[allow(clippy::missing_errors_doc, reason = "the service's own")]
                #[inline(never)]
                pub fn $call($($argument: $type),*) -> $result $body
            )*
        }
    };
}

/// What is in many calls.
mod arguments {
    pub(super) use core::fmt;

    pub(super) use protocol::MacAddress;
    pub(super) use protocol::message::{AppKey, FrameHead};
    pub(super) use protocol::time::Duration;
}

weigh! {
    control_initiator: control::Initiator;
    start(config: control::InitiatorConfig) -> Weighed { Weighed::new(config) }
    bind(service: &mut Weighed, key: control::Attribute) -> Result<u16, control::CommandError> { service.bind(key) }
    send(
        service: &mut Weighed,
        key: control::Attribute,
        attribute: control::Attribute,
        value: i32
    ) -> Result<u16, control::CommandError> { service.send(key, attribute, value) }
    event(service: &mut Weighed) -> Option<control::InitiatorEvent> { service.poll_event() }
}

weigh! {
    control_responder: control::Responder;
    start(config: control::ResponderConfig, now: Instant, window: control::BindWindow) -> Weighed {
        let mut service = Weighed::new(config);
        service.open_window(now, window);
        service
    }
    accept(service: &mut Weighed, now: Instant, binding: control::Binding) -> Result<(), control::BindError> {
        service.accept(now, binding)
    }
    event(service: &mut Weighed) -> Option<control::ResponderEvent<'_>> { service.poll_event() }
}

weigh! {
    provisioning_initiator: provisioning::Initiator;
    start(config: provisioning::InitiatorConfig) -> Weighed { Weighed::new(config) }
    scan(service: &mut Weighed, now: Instant, timeout: Duration) -> Result<(), provisioning::Busy> {
        service.scan(now, timeout)
    }
    request(
        service: &mut Weighed,
        now: Instant,
        responder: MacAddress,
        device: &provisioning::Device,
        timeout: Duration
    ) -> Result<(), provisioning::Busy> { service.request(now, responder, device, timeout) }
    event(service: &mut Weighed) -> Option<provisioning::InitiatorEvent> { service.poll_event() }
}

weigh! {
    provisioning_responder: provisioning::Responder;
    start(
        now: Instant,
        duration: Duration,
        beacon: &provisioning::Beacon,
        wifi: &provisioning::Wifi
    ) -> Weighed {
        let mut service = Weighed::new(false);
        service.start(now, duration, beacon, wifi);
        service
    }
    accept(service: &mut Weighed, address: MacAddress) -> bool { service.accept(address) }
    event(service: &mut Weighed) -> Option<provisioning::ResponderEvent> { service.poll_event() }
}

weigh! {
    debug_agent: debug::Agent<1024>;
    start(config: debug::AgentConfig) -> Weighed { Weighed::new(config) }
    log(
        service: &mut Weighed,
        now: Instant,
        console: &mut dyn fmt::Write,
        level: debug::Level,
        tag: &str,
        text: fmt::Arguments<'_>
    ) -> bool {
        let mut console = console;
        service.log(now, &mut console, level, tag, text);
        true
    }
    answer(service: &mut Weighed, now: Instant, to: MacAddress, text: fmt::Arguments<'_>) -> bool {
        service.answer(now, to, text);
        true
    }
    event(service: &mut Weighed) -> Option<debug::AgentEvent> { service.poll_event() }
}

weigh! {
    debug_operator: debug::Operator<16>;
    start(secured: bool) -> Weighed { Weighed::new(secured) }
    command(service: &mut Weighed, to: debug::Recipient, line: &str) -> Result<u16, debug::OperatorError> {
        service.command(to, line, false)
    }
    event(service: &mut Weighed) -> Option<debug::OperatorEvent<'_>> { service.poll_event() }
}

weigh! {
    security_initiator: security::Initiator<{ security::MAX_BOARDS }>;
    start(address: MacAddress) -> Weighed { Weighed::new(address) }
    give(
        service: &mut Weighed,
        terms: &security::Terms<'_>,
        boards: &[MacAddress]
    ) -> Result<(), security::InitiatorError> { service.give(terms, boards) }
    event(service: &mut Weighed) -> Option<security::InitiatorEvent> { service.poll_event() }
}

weigh! {
    security_responder: security::Responder;
    start(address: MacAddress, proof: security::ProofOfPossession, modes: security::Modes) -> Weighed {
        Weighed::new(address, proof, modes)
    }
    key(service: &Weighed) -> Option<(&AppKey, security::Mode)> { service.key() }
    event(service: &mut Weighed) -> Option<security::ResponderEvent> { service.poll_event() }
}

weigh! {
    data: data::Data<2>;
    start() -> Weighed { Weighed::new() }
    send(
        service: &mut Weighed,
        to: MacAddress,
        head: FrameHead,
        payload: &[u8]
    ) -> Result<u16, SendError> { service.send(to, head, payload) }
    event(service: &mut Weighed) -> Option<data::Event> { service.poll_event() }
}

weigh! {
    guarded_data: security::Guarded<data::Data<2>, 4, 230>;
    start(config: security::GuardConfig) -> Weighed { Weighed::new(data::Data::new(), config) }
    send(
        service: &mut Weighed,
        to: MacAddress,
        head: FrameHead,
        payload: &[u8]
    ) -> Result<u16, SendError> { service.get_mut().send(to, head, payload) }
    event(service: &mut Weighed) -> Option<data::Event> { service.get_mut().poll_event() }
    is_set(service: &mut Weighed, key: Option<&AppKey>) -> bool {
        service.set_key(key);
        service.has_key()
    }
}

weigh! {
    time_initiator: time::Initiator;
    start(config: time::InitiatorConfig) -> Weighed {
        let mut service = Weighed::new(config);
        service.broadcast();
        service
    }
    is_set(service: &mut Weighed, now: Instant, utc_us: i64) -> bool {
        service.set_utc(now, utc_us);
        true
    }
}

weigh! {
    time_responder: time::Responder;
    start(config: time::ResponderConfig) -> Weighed {
        let mut service = Weighed::new(config);
        service.request();
        service
    }
    network_us(service: &Weighed, now: Instant) -> i64 { service.network_us(now) }
    local(service: &Weighed, network_us: i64) -> Instant { service.local(network_us) }
    event(service: &mut Weighed) -> Option<time::Event> { service.poll_event() }
}

weigh! {
    reliable_sender: reliable::Sender;
    start(config: reliable::SenderConfig) -> Weighed { Weighed::new(config) }
    open(service: &mut Weighed, now: Instant, to: MacAddress) -> Result<(), reliable::CommandError> {
        service.open(now, to)
    }
    open_group(
        service: &mut Weighed,
        now: Instant,
        group: MacAddress,
        members: &[MacAddress]
    ) -> Result<(), reliable::CommandError> { service.open_group(now, group, members) }
    begin(service: &mut Weighed, length: u32) -> Result<(), reliable::CommandError> { service.begin(length) }
    write(service: &mut Weighed, octets: &[u8]) -> usize { service.write(octets) }
    event(service: &mut Weighed) -> Option<reliable::SenderEvent> { service.poll_event() }
}

weigh! {
    reliable_receiver: reliable::Receiver;
    start(config: reliable::ReceiverConfig) -> Weighed { Weighed::new(config) }
    event(service: &mut Weighed) -> Option<reliable::ReceiverEvent<'_>> { service.poll_event() }
}

weigh! {
    upgrade_initiator: upgrade::Initiator;
    start(config: upgrade::InitiatorConfig) -> Weighed { Weighed::new(config) }
    scan(service: &mut Weighed, now: Instant, wait: Duration) -> Result<(), upgrade::StartError> {
        service.scan(now, wait)
    }
    start_found(service: &mut Weighed, now: Instant, source: upgrade::Source) -> Result<(), upgrade::StartError> {
        service.start_found(now, source)
    }
    event(service: &mut Weighed) -> Option<upgrade::InitiatorEvent> { service.poll_event() }
}

weigh! {
    upgrade_responder: upgrade::Responder;
    start(config: upgrade::ResponderConfig) -> Weighed {
        let mut service = Weighed::new(config);
        service.start();
        service
    }
    progress(service: &Weighed) -> Option<(u32, u32)> { service.progress() }
    event(service: &mut Weighed) -> Option<upgrade::ResponderEvent> { service.poll_event() }
}
