//! Messages of any length, whole and in order.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use protocol::MacAddress;
use protocol::service::Service;
use protocol::service::reliable::{Packet, Receiver, ReceiverConfig, ReceiverEvent, Sender, SenderConfig};
use protocol::time::Instant;

use super::{Subject, address, try_boards};

/// Octets of the longest message: a few windows.
const LONGEST: u32 = 10_000;

/// The octets are a packet, and what happens to a sender and two receivers. Octets come in order, each once, and what is finished is whole.
pub fn reliable(octets: &[u8]) {
    check_packet(octets);
    let sender =
        |index, _| -> Box<dyn Subject> { Box::new(From(Box::new(Sender::new(SenderConfig::new(address(index)))))) };
    let receiver = |index, _| -> Box<dyn Subject> {
        Box::new(To {
            receiver: Box::new(Receiver::new(ReceiverConfig::new(address(index)))),
            messages: BTreeMap::new(),
        })
    };
    try_boards(octets, &[sender, receiver, receiver]);
}

fn check_packet(octets: &[u8]) {
    let (source, destination) = (address(1), address(2));
    if let Ok(packet) = Packet::parse(octets, source, destination) {
        let mut buffer = [0; 1500];
        let length = packet
            .emit(&mut buffer, source, destination)
            .expect("room for the longest");
        assert_eq!(Packet::parse(&buffer[..length], source, destination), Ok(packet));
    }
}

struct From(Box<Sender<216, 16, 8>>);

#[derive(Arbitrary)]
enum FromCommand {
    Open(u8),
    OpenGroup { group: u8, members: [u8; 2] },
    OpenBoth,
    Begin(u16),
    Write(u16),
    Close,
}

impl Subject for From {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.0
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let sender = &mut self.0;
        match script.arbitrary()? {
            FromCommand::Open(to) => {
                let _ = sender.open(now, address(to));
            }
            FromCommand::OpenGroup { group, members } => {
                let _ = sender.open_group(now, address(group), &members.map(address));
            }
            FromCommand::OpenBoth => {
                let _ = sender.open_group(now, MacAddress::BROADCAST, &[address(1), address(2)]);
            }
            FromCommand::Begin(length) => {
                if sender.begin(u32::from(length) % LONGEST).is_ok() {
                    let _ = sender.write(&vec![0x55; usize::from(length)]);
                }
            }
            FromCommand::Write(length) => {
                let wanted = sender.wanted();
                let taken = sender.write(&vec![0x55; usize::from(length)]);
                assert!(taken <= usize::from(length) && taken <= wanted as usize);
            }
            FromCommand::Close => sender.close(),
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        self.0.poll_event().is_some()
    }
}

struct To {
    receiver: Box<Receiver<216, 16, 2>>,
    /// How long each sender's message is, and how much of it came.
    messages: BTreeMap<MacAddress, [u32; 2]>,
}

impl Subject for To {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.receiver
    }

    fn command(&mut self, _: Instant, _: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        assert!(self.receiver.senders().count() <= 2);
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let Some(event) = self.receiver.poll_event() else {
            return false;
        };
        match event {
            ReceiverEvent::Began { source, length } => {
                let before = self.messages.insert(source, [length, 0]);
                assert!(before.is_none(), "one message after the other");
            }
            ReceiverEvent::Octets { source, offset, octets } => {
                let [length, came] = self.messages.get_mut(&source).expect("it began");
                assert_eq!(offset, *came, "in order, each once");
                *came += octets.len() as u32;
                assert!(came <= length, "no more than it has");
            }
            ReceiverEvent::Finished { source, length } => {
                assert_eq!(self.messages.remove(&source), Some([length, length]), "it is whole");
            }
            ReceiverEvent::Abandoned { source } => drop(self.messages.remove(&source)),
            other => panic!("nobody told the trials of {other:?}"),
        }
        true
    }
}
