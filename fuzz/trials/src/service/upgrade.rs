//! New firmware for boards.

use arbitrary::{Arbitrary, Unstructured};
use protocol::MacAddress;
use protocol::board::Slot;
use protocol::service::Service;
use protocol::service::upgrade::{
    Answer, Asking, Command, Copies, ImageId, Initiator, InitiatorConfig, InitiatorEvent, Layout, Responder,
    ResponderConfig, Source,
};
use protocol::time::{Duration, Instant};

use super::{Subject, address, try_boards};

/// The octets are a command, an answer, and what happens to an initiator and two boards that it upgrades.
pub fn upgrade(octets: &[u8]) {
    check_messages(octets);
    let initiator = |_, way: u8| -> Box<dyn Subject> {
        let like = if way & 1 == 0 {
            InitiatorConfig::COMPONENT
        } else {
            InitiatorConfig::THRIFTY
        };
        Box::new(Gives {
            initiator: Box::new(Initiator::new(InitiatorConfig {
                layout: layout(way),
                asking: if way & 4 == 0 { like.asking } else { Asking::Group },
                copies: if way & 8 == 0 {
                    like.copies
                } else {
                    Copies::UpTo(way >> 4)
                },
                ..like
            })),
            image: crate::small_image(1),
        })
    };
    let responder = |_, way: u8| -> Box<dyn Subject> {
        let like = if way & 1 == 0 {
            ResponderConfig::COMPONENT
        } else {
            ResponderConfig::default()
        };
        Box::new(Takes(Box::new(Responder::new(ResponderConfig {
            layout: layout(way),
            same_version: way & 16 != 0,
            progress_interval: way >> 2,
            takeover_after: Duration::from_millis(way.into()),
            ..like
        }))))
    };
    try_boards(octets, &[initiator, responder, responder]);
}

const fn layout(way: u8) -> Layout {
    if way & 2 == 0 { Layout::PLAIN } else { Layout::SEALABLE }
}

fn check_messages(octets: &[u8]) {
    let mut buffer = [0; 1500];
    if let Ok(command) = Command::parse(octets)
        && let Command::Packet(packet) = command
        && let Some(length) = packet.emit(Layout::PLAIN, &mut buffer)
    {
        assert_eq!(Command::parse(&buffer[..length]), Ok(command));
    }
    match Answer::parse(octets) {
        Ok(answer @ Answer::Status(status)) => {
            if let Some(length) = status.emit(&mut buffer) {
                assert_eq!(Answer::parse(&buffer[..length]), Ok(answer));
            }
        }
        Ok(Answer::Info(info)) => {
            let octets = info.to_octets();
            assert!(matches!(Answer::parse(&octets), Ok(Answer::Info(_))));
        }
        _ => {}
    }
}

struct Gives {
    initiator: Box<Initiator<4, 600>>,
    image: Vec<u8>,
}

#[derive(Arbitrary)]
enum GivesCommand<'a> {
    Scan,
    StartFound { running: bool },
    Start { running: bool, targets: [u8; 2] },
    StartBoth,
    StartOwn { hash: [u8; 16], size: u32 },
    Provide(Option<&'a [u8]>),
    Stop,
}

const fn slot(running: bool) -> Source {
    Source::Slot(if running { Slot::Running } else { Slot::Other })
}

impl Subject for Gives {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.initiator
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let initiator = &mut self.initiator;
        match script.arbitrary()? {
            GivesCommand::Scan => {
                let _ = initiator.scan(now, Duration::from_millis(500));
            }
            GivesCommand::StartFound { running } => {
                let _ = initiator.start_found(now, slot(running));
            }
            GivesCommand::Start { running, targets } => {
                let _ = initiator.start(now, slot(running), &targets.map(address));
            }
            GivesCommand::StartBoth => {
                let _ = initiator.start(now, slot(true), &[address(1), address(2)]);
            }
            GivesCommand::StartOwn { hash, size } => {
                let image = ImageId { hash, size };
                let _ = initiator.start(now, Source::Application(image), &[address(1), MacAddress([2; 6])]);
            }
            GivesCommand::Provide(octets) => initiator.provide(octets),
            GivesCommand::Stop => initiator.stop(),
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let event = self.initiator.poll_event();
        if let Some(InitiatorEvent::Wanted { offset, length }) = event {
            let (from, length) = (offset as usize, usize::from(length));
            let part: Vec<_> = self
                .image
                .iter()
                .cycle()
                .skip(from % 4096)
                .take(length)
                .copied()
                .collect();
            self.initiator.provide(Some(&part));
        }
        event.is_some()
    }
}

struct Takes(Box<Responder>);

#[derive(Arbitrary)]
enum TakesCommand {
    Stop,
    Start,
    Confirm,
    RollBack,
}

impl Subject for Takes {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.0
    }

    fn command(&mut self, _: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match script.arbitrary()? {
            TakesCommand::Stop => {
                let _ = self.0.stop();
            }
            TakesCommand::Start => self.0.start(),
            TakesCommand::Confirm => self.0.confirm(),
            TakesCommand::RollBack => self.0.roll_back(),
        }
        if let Some((written, size)) = self.0.progress() {
            assert!(written <= size);
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        self.0.poll_event().is_some()
    }
}
