//! A guard by itself, with a flash that is moved by hand.

#![allow(dead_code, reason = "every test takes what it needs")]

use std::collections::{BTreeMap, VecDeque};

use protocol::board::StorageError;
use protocol::message::{AppKey, FrameHead, Kind, Kinds, Message};
use protocol::service::security::{GuardConfig, Guarded, TagLength};
use protocol::service::{Incoming, Input, Outcome, Output, Send, Service};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use rand_core::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Says numbers, and writes down those that it hears.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) to_say: VecDeque<Vec<u8>>,
    pub(crate) said: Vec<u8>,
    pub(crate) head: Option<FrameHead>,
    pub(crate) destination: Option<MacAddress>,
    pub(crate) heard: Vec<(MacAddress, Vec<u8>)>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Service for Counting {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::ControlData])
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Message(Incoming { message, secured, .. }) => {
                assert!(secured && message.kind == Kind::ControlData);
                self.heard.push((message.source, message.payload.to_vec()));
            }
            Input::Sent { outcome, .. } => self.outcomes.push(outcome),
            _ => {}
        }
    }

    fn poll(&mut self, _: Instant, _: &mut dyn Rng) -> Output<'_> {
        let Some(payload) = self.to_say.pop_front() else {
            return Output::Wait(None);
        };
        self.said = payload;
        Output::Send(Send {
            tag: 1,
            kind: Kind::ControlData,
            head: self.head.unwrap_or_default(),
            destination: self.destination.unwrap_or(MacAddress::BROADCAST),
            payload: &self.said,
        })
    }
}

pub(crate) type Guard = Guarded<Counting, 4, 230>;

pub(crate) fn guard(address: MacAddress, tag: TagLength) -> Guard {
    let config = GuardConfig {
        tag,
        ..GuardConfig::new(address)
    };
    let mut guard = Guard::new(Counting::default(), config);
    guard.set_key(Some(&key()));
    guard
}

pub(crate) fn key() -> AppKey {
    AppKey::new([0x5a; 32])
}

/// A guard, its flash, and what it has sent, without a message layer: what a list of magics would stop comes through to it.
pub(crate) struct Post {
    pub(crate) address: MacAddress,
    pub(crate) tag: TagLength,
    pub(crate) guard: Guard,
    pub(crate) flash: BTreeMap<&'static str, Vec<u8>>,
    pub(crate) pending: Option<Pending>,
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) refuses: bool,
    pub(crate) unreadable: bool,
}

pub(crate) enum Pending {
    Load(&'static str),
    Store(&'static str, Vec<u8>),
    Remove(&'static str),
}

impl Post {
    pub(crate) fn new(number: u8, tag: TagLength) -> Self {
        let address = MacAddress([0x24, 0x0a, 0xc4, 0, 1, number]);
        Self {
            address,
            tag,
            guard: guard(address, tag),
            flash: BTreeMap::new(),
            pending: None,
            sent: Vec::new(),
            refuses: false,
            unreadable: false,
        }
    }

    /// Asks what it wants until it waits, or until the flash is at work.
    pub(crate) fn run(&mut self, now: Instant, random: &mut Xoshiro256PlusPlus) {
        while self.pending.is_none() {
            match self.guard.poll(now, random) {
                Output::Send(send) => {
                    let message = Message {
                        kind: send.kind,
                        head: send.head,
                        destination: send.destination,
                        source: self.address,
                        payload: send.payload,
                    };
                    let mut octets = vec![0; message.buffer_len()];
                    message.emit(&mut octets).expect("it is as long as that");
                    self.sent.push(octets);
                }
                Output::Load { key } => self.pending = Some(Pending::Load(key)),
                Output::Store { key, value } => self.pending = Some(Pending::Store(key, value.to_vec())),
                Output::Remove { key } => self.pending = Some(Pending::Remove(key)),
                Output::Wait(deadline) => {
                    assert!(deadline.is_none_or(|deadline| deadline > now));
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The flash is done.
    pub(crate) fn finish_flash(&mut self, now: Instant) {
        match self.pending.take() {
            None => {}
            Some(Pending::Load(key)) => {
                let value = match self.unreadable {
                    true => Err(StorageError::Flash),
                    false => Ok(self.flash.get(key).map(Vec::as_slice)),
                };
                self.guard.handle(now, Input::Loaded { key, value });
            }
            Some(Pending::Remove(key)) => {
                self.flash.remove(key);
                self.guard.handle(now, Input::Stored { key, result: Ok(()) });
            }
            Some(Pending::Store(key, value)) => {
                let result = if self.refuses {
                    Err(StorageError::Full)
                } else {
                    self.flash.insert(key, value);
                    Ok(())
                };
                self.guard.handle(now, Input::Stored { key, result });
            }
        }
    }

    pub(crate) fn settle(&mut self, now: Instant, random: &mut Xoshiro256PlusPlus) {
        self.run(now, random);
        while self.pending.is_some() {
            self.finish_flash(now);
            self.run(now, random);
        }
    }

    pub(crate) fn reset(&mut self, flash_was_written: bool) {
        if flash_was_written && let Some(Pending::Store(key, value)) = self.pending.take() {
            self.flash.insert(key, value);
        }
        self.pending = None;
        let heard = std::mem::take(&mut self.guard.get_mut().heard);
        self.guard = guard(self.address, self.tag);
        self.guard.get_mut().heard = heard;
    }

    pub(crate) fn hear(&mut self, now: Instant, octets: &[u8]) {
        let Ok(message) = Message::parse(octets) else { return };
        self.guard.handle(
            now,
            Input::Message(Incoming {
                message,
                secured: false,
                transmitter: message.source,
                rssi_dbm: -40,
                channel: Channel::DEFAULT,
                at: now,
            }),
        );
    }

    pub(crate) fn say(&mut self, text: &[u8]) {
        self.guard.get_mut().to_say.push_back(text.to_vec());
    }

    pub(crate) fn heard(&self) -> &[(MacAddress, Vec<u8>)] {
        &self.guard.get().heard
    }
}
