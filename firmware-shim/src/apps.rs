//! Which application runs: the one that the firmware was built for, or the one that is asked for at the console.

use core::fmt::Write as _;

use firmware_shim::invocation::{Invocation, USAGE};
use protocol::Rate;
use protocol::app::{
    antenna, beacon, clock, console, echo, file, hello, light, provision, relay, secure, self_test, sleep, stream,
    upgrade,
};
use protocol::board::{Console as _, Slot};
use protocol::espnow::Error;
use protocol::service::debug::AgentConfig;
use protocol::service::provisioning::{Beacon, Field, Secret};
use protocol::service::security::Modes;
use protocol::service::time::{self, Discipline};
use protocol::service::upgrade::{InitiatorConfig, ResponderConfig};
use protocol::time::Duration;

use crate::board::Chip;
use crate::console::Keyboard;

/// `APP="hello-sender 34:85:18:00:00:02" cargo c3`: then nothing else is linked.
const BUILT_FOR: Option<&str> = option_env!("APP");

/// As the debugging console tells it.
const ABOUT: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));

/// What boards that are to be provisioned are, and what they all know; what boards that are given a key have on their label.
const PRODUCT: &str = "lamp";
const PRODUCT_SECRET: &[u8] = b"known to every lamp";
const PROOF: &[u8] = b"on the label";

/// For how long a responder tells the Wi-Fi.
const PROVISIONING: Duration = Duration::from_secs(300);

/// A command's answer has come by then, a throughput test's too.
const ANSWERED: Duration = Duration::from_secs(3);

/// From one line of a board's log to the next.
const LOG_PERIOD: Duration = Duration::from_secs(2);

/// From one message with the time to the next.
const CLOCK_PERIOD: Duration = Duration::from_secs(1);

/// Runs what the firmware was built for, or what is asked for. What has ended leaves peers and pixels behind, as a program on a
/// microcontroller does: for another one, the board is reset.
pub(crate) async fn run(chip: &mut Chip, keyboard: &mut Keyboard) {
    if let Some(line) = BUILT_FOR {
        run_line(chip, keyboard, line).await;
        return;
    }
    for (name, arguments) in USAGE {
        chip.console.line(format_args!("  {name} {arguments}"));
    }
    loop {
        let _ = write!(chip.console, "> ");
        let mut buffer = [0; 200];
        let line = keyboard.line(&mut chip.console, &mut buffer).await;
        if run_line(chip, keyboard, line).await {
            return;
        }
    }
}

/// Returns whether the line named an application.
async fn run_line(chip: &mut Chip, keyboard: &mut Keyboard, line: &str) -> bool {
    let invocation = match Invocation::parse(line) {
        Ok(invocation) => invocation,
        Err(error) => {
            chip.console.line(format_args!("{line}: {error}"));
            return false;
        }
    };
    match run_invocation(chip, keyboard, invocation).await {
        Ok(()) => chip.console.line(format_args!("ended")),
        Err(error) => chip.console.line(format_args!("ended by {error}")),
    }
    true
}

/// Whether the firmware has it: all of them, unless it was built for another one. What it has not is not linked.
const fn has(name: &str) -> bool {
    let Some(line) = BUILT_FOR else {
        return true;
    };
    let (name, line) = (name.as_bytes(), line.as_bytes());
    let mut index = 0;
    while index < name.len() {
        if index >= line.len() || line[index] != name[index] {
            return false;
        }
        index += 1;
    }
    index == line.len() || line[index] == b' '
}

/// An application that only an error ends.
fn endless<T>(ended: Result<core::convert::Infallible, Error>) -> Result<T, Error> {
    match ended {
        Err(error) => Err(error),
    }
}

async fn run_invocation(chip: &mut Chip, keyboard: &mut Keyboard, invocation: Invocation<'_>) -> Result<(), Error> {
    match invocation {
        Invocation::HelloSender { peer } if const { has("hello-sender") } => hello::sender(chip, peer).await,
        Invocation::HelloReceiver if const { has("hello-receiver") } => endless(hello::receiver(chip).await),
        Invocation::StreamSource { peer, payload } if const { has("stream-source") } => {
            endless(stream::source(chip, peer, payload).await)
        }
        Invocation::StreamSink if const { has("stream-sink") } => endless(stream::sink(chip).await),
        Invocation::EchoCaller { peer, payload } if const { has("echo-caller") } => {
            endless(echo::caller(chip, peer, payload).await)
        }
        Invocation::EchoAnswerer { peer } if const { has("echo-answerer") } => {
            endless(echo::answerer(chip, peer).await)
        }
        Invocation::Beacon { period, payload } if const { has("beacon") } => {
            endless(beacon::beacon(chip, period, None, payload).await)
        }
        Invocation::RelayCaller { call } if const { has("relay-caller") } => {
            relay::caller(chip, call).await;
            Ok(())
        }
        Invocation::LightSwitch { config } if const { has("light-switch") } => {
            light::switch(chip, config).await;
            Ok(())
        }
        Invocation::LightLamp { config } if const { has("light-lamp") } => endless(light::lamp(chip, config).await),
        Invocation::ProvisionResponder { wifi } if const { has("provision-responder") } => {
            let knowledge = provision::Knowledge {
                beacon: Beacon {
                    product_id: Field::new(PRODUCT).unwrap_or_default(),
                    device_name: Field::new(crate::board::NAME).unwrap_or_default(),
                },
                wifi,
                secret: Secret::new(PRODUCT_SECRET).unwrap_or_default(),
                duration: PROVISIONING,
            };
            provision::responder(chip, knowledge).await;
            Ok(())
        }
        Invocation::ProvisionDevice { name } if const { has("provision-device") } => {
            match provision::device(chip, provision::device_of(PRODUCT, name, PRODUCT_SECRET)).await {}
        }
        Invocation::ConsoleOperator { to, command } if const { has("console-operator") } => {
            console::operator(chip, &[(to, command)], ANSWERED).await;
            Ok(())
        }
        Invocation::ConsoleSubject if const { has("console-subject") } => {
            match console::subject(chip, AgentConfig::new(ABOUT), LOG_PERIOD).await {}
        }
        Invocation::SecureSwitch { mode, lamps } if const { has("secure-switch") } => {
            let plan = secure::Plan {
                boards: &lamps,
                mode,
                proof: PROOF,
            };
            if let Err(error) = secure::switch(chip, plan).await {
                chip.console.line(format_args!("{error}"));
            }
            Ok(())
        }
        Invocation::SecureLamp if const { has("secure-lamp") } => match secure::lamp(chip, PROOF, Modes::Both).await {},
        Invocation::SecureEavesdropper if const { has("secure-eavesdropper") } => {
            match secure::eavesdropper(chip).await {}
        }
        Invocation::ClockInitiator if const { has("clock-initiator") } => {
            let config = time::InitiatorConfig {
                sync_interval: Some(CLOCK_PERIOD),
                two_step: true,
                ..time::InitiatorConfig::default()
            };
            match clock::initiator(chip, config).await {}
        }
        Invocation::ClockResponder if const { has("clock-responder") } => {
            let config = time::ResponderConfig {
                discipline: Discipline::Line {
                    latency: time::one_step_latency(Rate::default(), time::HOST_LATENCY),
                },
                ..time::ResponderConfig::default()
            };
            match clock::responder(chip, config).await {}
        }
        Invocation::ClockReferee if const { has("clock-referee") } => match clock::referee(chip).await {},
        Invocation::SleepCaller { rhythm } if const { has("sleep-caller") } => {
            match sleep::caller(chip, rhythm).await {}
        }
        Invocation::SleepSleeper { rhythm } if const { has("sleep-sleeper") } => {
            endless(sleep::sleeper(chip, rhythm).await)
        }
        Invocation::FileSender { receivers, octets } if const { has("file-sender") } => {
            if let Err(error) = file::sender(chip, &receivers, octets).await {
                chip.console.line(format_args!("{error}"));
            }
            Ok(())
        }
        Invocation::FileReceiver if const { has("file-receiver") } => match file::receiver(chip).await {},
        // It has the serial port to itself; what was printed before is garbage to the other end, which it expects.
        Invocation::Antenna if const { has("antenna") } => {
            let (input, output) = keyboard.port();
            let _ = antenna::serve(chip, input, output).await;
            Ok(())
        }
        // The boards get what this one runs.
        Invocation::UpgradeInitiator { rate } if const { has("upgrade-initiator") } => {
            upgrade::initiator(chip, InitiatorConfig::THRIFTY, Slot::Running, rate).await?;
            Ok(())
        }
        Invocation::UpgradeResponder if const { has("upgrade-responder") } => {
            match upgrade::responder(chip, ResponderConfig::default()).await {}
        }
        Invocation::SelfTest { peer } if const { has("self-test") } => self_test::initiator(chip, peer).await,
        Invocation::SelfTestResponder if const { has("self-test-responder") } => {
            endless(self_test::responder(chip).await)
        }
        Invocation::Relay if const { has("relay") } => match relay::relay(chip).await {},
        _ => {
            chip.console.line(format_args!("this firmware was built without it"));
            Ok(())
        }
    }
}
