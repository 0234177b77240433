//! An initiator and boards that it upgrades, on the ether.

#![allow(dead_code, reason = "every test takes what it needs")]

use protocol::MacAddress;
use protocol::board::Slot;
use protocol::image::{Checker, ChipId, Description, Image, Text};
use protocol::service::Service;
use protocol::service::upgrade::{
    ImageId, Initiator, InitiatorConfig, InitiatorEvent, Layout, Responder, ResponderConfig, ResponderEvent, Source,
    Summary,
};
use protocol::time::{Duration, Instant};

use crate::ether::{Air, Ether, Services};

/// What a board is.
pub(crate) enum Role {
    Initiator(Box<Initiator<8, 600>>),
    Responder(Box<Responder<436>>),
}

impl Services for Role {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        vec![match self {
            Self::Initiator(initiator) => &mut **initiator,
            Self::Responder(responder) => &mut **responder,
        }]
    }
}

/// An image of about `size` octets.
pub(crate) fn image(version: &str, chip: ChipId, size: usize) -> Vec<u8> {
    let description = Description {
        version: Text::new(version).expect("short"),
        project: Text::new("lamp").expect("short"),
        ..Description::default()
    };
    // Every packet is another.
    let data: Vec<u8> = (0..size.next_multiple_of(4) as u32 / 4)
        .flat_map(|word| {
            word.wrapping_mul(0x9e37_79b1)
                .wrapping_add(version.len() as u32)
                .to_le_bytes()
        })
        .collect();
    let image = Image {
        chip,
        entry: 0x4037_0000,
        description,
        address: 0x3c00_0020,
        data: &data,
        segments: &[],
    };
    let mut octets = vec![0; image.buffer_len()];
    image.emit(&mut octets).expect("there is room");
    octets
}

pub(crate) fn id(image: &[u8]) -> ImageId {
    let mut checker = Checker::new();
    assert_eq!(checker.feed(image), Ok(Some(image.len() as u32)));
    let hash = checker.hash().expect("it is whole");
    ImageId {
        hash: *hash.first_chunk().expect("32 octets"),
        size: image.len() as u32,
    }
}

/// Board 0 is the initiator and has the new image in its other slot.
pub(crate) struct Fleet {
    pub(crate) ether: Ether<Role>,
    pub(crate) old: Vec<u8>,
    pub(crate) new: Vec<u8>,
    /// The initiator's other slot has this one.
    pub(crate) rival: Vec<u8>,
    pub(crate) initiator: InitiatorConfig,
    pub(crate) responder: ResponderConfig,
    /// What each board told.
    pub(crate) told: Vec<Vec<ResponderEvent>>,
    pub(crate) initiator_told: Vec<InitiatorEvent>,
    /// Whether boards that restart by themselves confirm their image.
    pub(crate) confirms: bool,
}

impl Fleet {
    pub(crate) fn new(boards: usize, seed: u64, air: Air, size: usize) -> Self {
        let old = image("1.0", ChipId::ESP32_S3, 3000);
        let new = image("2.0.0", ChipId::ESP32_S3, size);
        let rival = image("3.0", ChipId::ESP32_S3, size * 3 / 4);
        let initiator = InitiatorConfig::THRIFTY;
        let responder = ResponderConfig::default();
        let mut ether = Ether::new(seed, air);
        ether.add(Role::Initiator(Box::new(Initiator::new(initiator))));
        ether.boards[0].flash.running.clone_from(&new);
        ether.boards[0].flash.other.clone_from(&rival);
        for _ in 0..boards {
            let index = ether.add(Role::Responder(Box::new(Responder::new(responder))));
            ether.boards[index].flash.running.clone_from(&old);
        }
        Self {
            ether,
            old,
            new,
            rival,
            initiator,
            responder,
            told: vec![Vec::new(); boards + 1],
            initiator_told: Vec::new(),
            confirms: true,
        }
    }

    /// Starts all boards anew with other settings, before anything happened.
    pub(crate) fn configure(&mut self, initiator: InitiatorConfig, responder: ResponderConfig) {
        (self.initiator, self.responder) = (initiator, responder);
        for index in 0..self.ether.boards.len() {
            self.start(index);
        }
    }

    pub(crate) fn boards(&self) -> core::ops::Range<usize> {
        1..self.ether.boards.len()
    }

    pub(crate) fn addresses(&self) -> Vec<MacAddress> {
        self.boards().map(Ether::<Role>::address).collect()
    }

    /// Powers a board on, or off and on.
    pub(crate) fn start(&mut self, index: usize) {
        let role = if index == 0 {
            Role::Initiator(Box::new(Initiator::new(self.initiator)))
        } else {
            Role::Responder(Box::new(Responder::new(self.responder)))
        };
        self.ether.power_on(index, role);
    }

    pub(crate) fn with_initiator<T>(&mut self, tell: impl FnOnce(&mut Initiator<8, 600>, Instant) -> T) -> T {
        self.ether.tell(0, |role, now| match role {
            Role::Initiator(initiator) => tell(initiator, now),
            Role::Responder(_) => panic!("board 0 is the initiator"),
        })
    }

    pub(crate) fn with_responder<T>(&mut self, index: usize, tell: impl FnOnce(&mut Responder<436>) -> T) -> T {
        self.ether.tell(index, |role, _| match role {
            Role::Responder(responder) => tell(responder),
            Role::Initiator(_) => panic!("board 0 is the initiator"),
        })
    }

    /// A board, to be looked at.
    pub(crate) fn responder(&self, index: usize) -> &Responder<436> {
        match &self.ether.boards[index].services {
            Role::Responder(responder) => responder,
            Role::Initiator(_) => panic!("board 0 is the initiator"),
        }
    }

    /// Sends the new image to all boards.
    pub(crate) fn send(&mut self) {
        self.send_slot(Slot::Running);
    }

    pub(crate) fn send_slot(&mut self, slot: Slot) {
        let targets = self.addresses();
        self.with_initiator(|initiator, now| initiator.start(now, Source::Slot(slot), &targets))
            .expect("it can begin");
    }

    /// Takes what was told, and starts again who restarted by itself.
    pub(crate) fn attend(&mut self) {
        for index in 0..self.ether.boards.len() {
            let board = &mut self.ether.boards[index];
            match &mut board.services {
                Role::Initiator(initiator) => {
                    while let Some(event) = initiator.poll_event() {
                        self.initiator_told.push(event);
                    }
                }
                Role::Responder(responder) => {
                    while let Some(event) = responder.poll_event() {
                        self.told[index].push(event);
                    }
                }
            }
            if board.restarts_wanted > 0 {
                board.restarts_wanted = 0;
                self.start(index);
                if self.confirms {
                    self.with_responder(index, Responder::confirm);
                }
            }
        }
    }

    /// Goes on for so long.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let until = self.ether.now() + duration;
        self.run_until(until, |_| false);
    }

    /// Goes on until `done`, or that moment; returns whether it is done.
    pub(crate) fn run_until(&mut self, until: Instant, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        loop {
            self.attend();
            if done(self) {
                return true;
            }
            let (mut steps, now) = (0, self.ether.now());
            if now >= until {
                return false;
            }
            let went_on = self.ether.run_while(until, |_| {
                steps += 1;
                steps < 2
            });
            if !went_on {
                self.ether.run_until(until);
            }
        }
    }

    /// Goes on until the initiator says that it is over.
    pub(crate) fn summary(&mut self, within: Duration) -> Summary {
        let until = self.ether.now() + within;
        let mut summary = None;
        self.run_until(until, |fleet| {
            summary = fleet.initiator_told.iter().find_map(|event| match event {
                InitiatorEvent::Finished(summary) => Some(*summary),
                _ => None,
            });
            summary.is_some()
        });
        summary.expect("it is over in time")
    }

    /// Whether a board runs this image. What is in the slot behind it may be left from another.
    pub(crate) fn runs(&self, index: usize, image: &[u8]) -> bool {
        self.ether.boards[index].flash.running.starts_with(image)
    }

    /// How many messages of `kind`'s number whose payload begins so went out.
    pub(crate) fn count_frames(&self, kind: u8, first: u8) -> usize {
        self.ether
            .frames
            .iter()
            .filter(|(_, _, octets)| octets[0] & 0x0f == kind && octets.get(20) == Some(&first))
            .count()
    }
}

pub(crate) const LAYOUT: Layout = Layout::PLAIN;
