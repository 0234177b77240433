//! A switch and a light.

use arbitrary::{Arbitrary, Unstructured};
use protocol::message::FrameHead;
use protocol::service::Service;
use protocol::service::control::{
    Attribute, BindWindow, Binding, Bindings, Command, Initiator, InitiatorConfig, InitiatorEvent, MAX_BINDINGS,
    MAX_PAYLOAD, Responder, ResponderConfig, ResponderEvent, Search, Value,
};
use protocol::time::{Duration, Instant};

use super::{Subject, address, try_boards};

/// The octets are a command, and what happens to a switch and two lights. A command has one end, and nobody is accepted
/// outside a window.
pub fn control(octets: &[u8]) {
    check_command(octets);
    let light = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Light(Responder::new(ResponderConfig {
            search: way & 1 != 0,
            ack_repetitions: way >> 3,
            ..ResponderConfig::DEFAULT
        })))
    };
    let switch = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Switch {
            initiator: Initiator::new(InitiatorConfig {
                secured: way & 2 != 0,
                search: (way & 1 != 0).then_some(Search::DEFAULT),
            }),
            busy_with: None,
        })
    };
    try_boards(octets, &[switch, light, light]);
}

fn check_command(octets: &[u8]) {
    let mut buffer = [0; MAX_PAYLOAD];
    if let Ok(command) = Command::parse(octets) {
        let length = command.emit(None, &mut buffer).expect("room for the longest");
        assert_eq!(Command::parse(&buffer[..length]), Ok(command));
    }
    if let Ok((head, command)) = Command::parse_with_head(octets) {
        let length = command.emit(Some(head), &mut buffer).expect("room for the longest");
        assert_eq!(Command::parse_with_head(&buffer[..length]), Ok((head, command)));
    }
    if let Some(bindings) = Bindings::parse(octets) {
        assert!(bindings.iter().count() <= MAX_BINDINGS);
    }
}

struct Switch {
    initiator: Initiator,
    busy_with: Option<u16>,
}

#[derive(Arbitrary)]
enum SwitchCommand<'a> {
    Bind(u8),
    Unbind(u8),
    Send(u8, u32, i32),
    SendText(u8, &'a str),
    SendWith([u8; 6], u8, u32, bool),
}

impl Subject for Switch {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.initiator
    }

    fn command(&mut self, _: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let key = |number: u8| Attribute(0x0201 + u32::from(number % 3));
        let initiator = &mut self.initiator;
        let given = match script.arbitrary()? {
            SwitchCommand::Bind(number) => initiator.bind(key(number)),
            SwitchCommand::Unbind(number) => initiator.unbind(key(number)),
            SwitchCommand::Send(number, what, value) => initiator.send(key(number), Attribute(what), value),
            SwitchCommand::SendText(number, text) => match Value::text(text) {
                Some(value) => initiator.send(key(number), Attribute::POWER, value),
                None => return Ok(()),
            },
            SwitchCommand::SendWith(head, number, what, value) => {
                initiator.send_with(FrameHead::from_octets(head), key(number), Attribute(what), value)
            }
        };
        assert_eq!(given.is_ok(), self.busy_with.is_none(), "one at a time");
        self.busy_with = given.ok().or(self.busy_with);
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let event = self.initiator.poll_event();
        if let Some(InitiatorEvent::Done { number, .. }) = event {
            assert_eq!(self.busy_with.take(), Some(number), "one end each");
        }
        event.is_some()
    }
}

struct Light(Responder);

#[derive(Arbitrary)]
enum LightCommand {
    OpenWindow { millis: u16, min_rssi_dbm: i8, ask: bool },
    CloseWindow,
    Accept(u8, u8),
    Insert(u8, u32),
    Remove(u8, u32),
    Clear,
}

impl Subject for Light {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.0
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let binding = |board, attribute| Binding {
            address: address(board),
            attribute: Attribute(attribute),
        };
        let light = &mut self.0;
        match script.arbitrary()? {
            LightCommand::OpenWindow {
                millis,
                min_rssi_dbm,
                ask,
            } => light.open_window(
                now,
                BindWindow {
                    duration: Duration::from_millis(millis.into()),
                    min_rssi_dbm,
                    ask,
                },
            ),
            LightCommand::CloseWindow => light.close_window(),
            LightCommand::Accept(board, key) => {
                let open = light.is_window_open(now);
                let accepted = light.accept(now, binding(board, 0x0201 + u32::from(key % 3))).is_ok();
                assert!(open || !accepted);
            }
            LightCommand::Insert(board, attribute) => {
                let binding = binding(board, attribute);
                if light.insert(binding).is_ok() {
                    assert!(light.bindings().contains(binding));
                }
            }
            LightCommand::Remove(board, attribute) => {
                let binding = binding(board, attribute);
                let _ = light.remove(binding);
                assert!(!light.bindings().contains(binding));
            }
            LightCommand::Clear => light.clear(),
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let event = self.0.poll_event();
        if let Some(ResponderEvent::Command { command, .. }) = &event {
            let _ = command.value.to_string();
        }
        event.is_some()
    }
}
