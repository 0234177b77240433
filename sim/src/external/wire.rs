//! Requests and replies, octet by octet, as `EXTERNAL-BOARDS.md` has them.

use protocol::MacAddress;

use crate::board::{Condition, WakeSource, WakeSources, Woken};

/// The version of the protocol.
pub(crate) const VERSION: u16 = 1;

/// Octets of a request after its length: the longest has an ESP-NOW payload; RTC memory is longer still, pixels longest.
pub(crate) const LONGEST: usize = u16::MAX as usize;

/// For ever, where a time is asked for.
pub(crate) const FOR_EVER: u64 = u64::MAX;

/// Bits of `events`.
pub(crate) mod event {
    pub(crate) const RECEIVED: u16 = 1;
    pub(crate) const SENT: u16 = 2;
    pub(crate) const PIN: u16 = 4;
    pub(crate) const CONSOLE: u16 = 8;
    pub(crate) const INTERRUPT: u16 = 16;
    pub(crate) const ARRIVED: u16 = 32;
}

/// What a program wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// How far the program has got, µs on its board's clock.
    pub(crate) at: u64,
    pub(crate) operation: Operation<'a>,
}

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Finished,
    Failed,
    SoftReset,
}

/// How a board restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestartKind {
    HardReset,
    DeepSleep,
    Watchdog,
}

/// A peer as a program names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerEntry {
    pub(crate) address: MacAddress,
    /// 0 is the current one.
    pub(crate) channel: u8,
    pub(crate) interface: u8,
    pub(crate) encrypted: bool,
    pub(crate) lmk: [u8; 16],
}

/// The operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation<'a> {
    Hello {
        version: u16,
    },
    Wait {
        until: u64,
        events: u16,
        /// Pins that end it, as they end a light sleep.
        sources: WakeSources,
    },
    Exit {
        exit: Exit,
        words: &'a [u8],
    },
    Restart {
        kind: RestartKind,
        sleep: u64,
        /// Pins that end the sleep.
        sources: WakeSources,
    },
    ConsoleRead {
        at_most: u16,
    },
    Random {
        count: u16,
    },
    Outside,
    RtcMemory(&'a [u8]),
    WifiActive {
        interface: u8,
        on: bool,
    },
    WifiChannel {
        channel: Option<u8>,
    },
    WifiSetting {
        which: u8,
        value: Option<u8>,
    },
    EspnowInit {
        receive_buffer: u32,
    },
    EspnowDeinit,
    EspnowPmk([u8; 16]),
    AddPeer(PeerEntry),
    ModifyPeer(PeerEntry),
    RemovePeer(MacAddress),
    GetPeer(MacAddress),
    Peers,
    Send {
        destination: MacAddress,
        data: &'a [u8],
    },
    Receive,
    Statistics,
    Rate {
        code: u8,
    },
    Pixels {
        pin: u8,
        octets_a_pixel: u8,
        octets: &'a [u8],
    },
    /// Pixels of a long strip, from that one on; the next [`Operation::Pixels`] shows them.
    PixelsAhead {
        pin: u8,
        octets_a_pixel: u8,
        first: u16,
        octets: &'a [u8],
    },
    PinMode {
        pin: u8,
        mode: u8,
        pull: u8,
    },
    PinWrite {
        pin: u8,
        level: bool,
    },
    PinRead {
        pin: u8,
    },
    PinWatch {
        pin: u8,
        edges: u8,
    },
    PinEdges,
    AdcRead {
        pin: u8,
    },
    Pwm {
        pin: u8,
        frequency_hz: u32,
        duty: u16,
    },
}

/// Octets read from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[octet]| octet)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn address(&mut self) -> Option<MacAddress> {
        self.take().map(MacAddress)
    }

    fn peer(&mut self) -> Option<PeerEntry> {
        Some(PeerEntry {
            address: self.address()?,
            channel: self.u8()?,
            interface: self.u8()?,
            encrypted: self.flag()?,
            lmk: self.take()?,
        })
    }

    /// What wakes the board, to the end: each source once, in the order of their numbers, with one pin at least.
    fn sources(&mut self) -> Option<WakeSources> {
        let mut sources = WakeSources::default();
        let mut last = 0;
        while !self.0.is_empty() {
            let number = self.u8()?;
            let place = match number {
                2 => &mut sources.ext0,
                3 => &mut sources.ext1,
                7 => &mut sources.gpio,
                _ => return None,
            };
            if number <= std::mem::replace(&mut last, number) {
                return None;
            }
            let condition = match self.u8()? {
                0 => Condition::AnyLow,
                1 => Condition::AnyHigh,
                2 => Condition::AllLow,
                _ => return None,
            };
            let pins = self.u64().filter(|&pins| pins != 0)?;
            *place = Some(WakeSource { condition, pins });
        }
        Some(sources)
    }

    /// An octet that may be left out.
    fn optional(&mut self) -> Option<u8> {
        self.u8()
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

impl<'a> Request<'a> {
    /// Reads what follows a request's length; `None` if it can't be read.
    pub(crate) fn parse(octets: &'a [u8]) -> Option<Self> {
        let mut fields = Fields(octets);
        let code = fields.u8()?;
        let at = fields.u64()?;
        let operation = match code {
            0x01 => Operation::Hello { version: fields.u16()? },
            0x02 => Operation::Wait {
                until: fields.u64()?,
                events: fields.u16()?,
                sources: fields.sources()?,
            },
            0x03 => Operation::Exit {
                exit: match fields.u8()? {
                    0 => Exit::Finished,
                    1 => Exit::Failed,
                    2 => Exit::SoftReset,
                    _ => return None,
                },
                words: fields.rest(),
            },
            0x04 => Operation::Restart {
                kind: match fields.u8()? {
                    0 => RestartKind::HardReset,
                    1 => RestartKind::DeepSleep,
                    2 => RestartKind::Watchdog,
                    _ => return None,
                },
                sleep: fields.u64()?,
                sources: fields.sources()?,
            },
            0x05 => Operation::ConsoleRead { at_most: fields.u16()? },
            0x06 => Operation::Random { count: fields.u16()? },
            0x07 => Operation::Outside,
            0x08 => Operation::RtcMemory(fields.rest()),
            0x10 => Operation::WifiActive {
                interface: fields.u8()?,
                on: fields.flag()?,
            },
            0x11 => Operation::WifiChannel {
                channel: fields.optional(),
            },
            0x12 => Operation::WifiSetting {
                which: fields.u8()?,
                value: fields.optional(),
            },
            0x20 => Operation::EspnowInit {
                receive_buffer: fields.u32()?,
            },
            0x21 => Operation::EspnowDeinit,
            0x22 => Operation::EspnowPmk(fields.take()?),
            0x23 => Operation::AddPeer(fields.peer()?),
            0x24 => Operation::ModifyPeer(fields.peer()?),
            0x25 => Operation::RemovePeer(fields.address()?),
            0x26 => Operation::GetPeer(fields.address()?),
            0x27 => Operation::Peers,
            0x28 => Operation::Send {
                destination: fields.address()?,
                data: fields.rest(),
            },
            0x29 => Operation::Receive,
            0x2a => Operation::Statistics,
            0x2b => Operation::Rate { code: fields.u8()? },
            0x30 => Operation::Pixels {
                pin: fields.u8()?,
                octets_a_pixel: fields.u8().filter(|count| matches!(count, 3 | 4))?,
                octets: fields.rest(),
            },
            0x31 => Operation::PinMode {
                pin: fields.u8()?,
                mode: fields.u8()?,
                pull: fields.u8()?,
            },
            0x32 => Operation::PinWrite {
                pin: fields.u8()?,
                level: fields.flag()?,
            },
            0x33 => Operation::PinRead { pin: fields.u8()? },
            0x34 => Operation::PinWatch {
                pin: fields.u8()?,
                edges: fields.u8()?,
            },
            0x35 => Operation::PinEdges,
            0x36 => Operation::AdcRead { pin: fields.u8()? },
            0x37 => Operation::Pwm {
                pin: fields.u8()?,
                frequency_hz: fields.u32()?,
                duty: fields.u16()?,
            },
            0x38 => Operation::PixelsAhead {
                pin: fields.u8()?,
                octets_a_pixel: fields.u8().filter(|count| matches!(count, 3 | 4))?,
                first: fields.u16()?,
                octets: fields.rest(),
            },
            _ => return None,
        };
        fields.0.is_empty().then_some(Self { at, operation })
    }

    /// The octets that [`Request::parse`] reads, as a client would write them.
    #[cfg(test)]
    fn emit(&self) -> Vec<u8> {
        fn wakes(sources: &WakeSources) -> Vec<u8> {
            let each = sources.iter().flat_map(|(cause, source)| {
                let head = [cause as u8, source.condition as u8];
                head.into_iter().chain(source.pins.to_le_bytes())
            });
            each.collect()
        }
        fn peer(entry: &PeerEntry) -> Vec<u8> {
            let flags = [entry.channel, entry.interface, entry.encrypted.into()];
            [&entry.address.octets()[..], &flags, &entry.lmk].concat()
        }
        let (code, body) = match &self.operation {
            Operation::Hello { version } => (0x01, version.to_le_bytes().to_vec()),
            Operation::Wait { until, events, sources } => {
                let body = [&until.to_le_bytes()[..], &events.to_le_bytes(), &wakes(sources)].concat();
                (0x02, body)
            }
            Operation::Exit { exit, words } => (0x03, [&[*exit as u8][..], words].concat()),
            Operation::Restart { kind, sleep, sources } => {
                let body = [&[*kind as u8][..], &sleep.to_le_bytes(), &wakes(sources)].concat();
                (0x04, body)
            }
            Operation::ConsoleRead { at_most } => (0x05, at_most.to_le_bytes().to_vec()),
            Operation::Random { count } => (0x06, count.to_le_bytes().to_vec()),
            Operation::Outside => (0x07, Vec::new()),
            Operation::RtcMemory(memory) => (0x08, memory.to_vec()),
            Operation::WifiActive { interface, on } => (0x10, vec![*interface, (*on).into()]),
            Operation::WifiChannel { channel } => (0x11, channel.iter().copied().collect()),
            Operation::WifiSetting { which, value } => (0x12, [*which].into_iter().chain(*value).collect()),
            Operation::EspnowInit { receive_buffer } => (0x20, receive_buffer.to_le_bytes().to_vec()),
            Operation::EspnowDeinit => (0x21, Vec::new()),
            Operation::EspnowPmk(key) => (0x22, key.to_vec()),
            Operation::AddPeer(entry) => (0x23, peer(entry)),
            Operation::ModifyPeer(entry) => (0x24, peer(entry)),
            Operation::RemovePeer(address) => (0x25, address.octets().to_vec()),
            Operation::GetPeer(address) => (0x26, address.octets().to_vec()),
            Operation::Peers => (0x27, Vec::new()),
            Operation::Send { destination, data } => (0x28, [&destination.octets()[..], data].concat()),
            Operation::Receive => (0x29, Vec::new()),
            Operation::Statistics => (0x2a, Vec::new()),
            Operation::Rate { code } => (0x2b, vec![*code]),
            Operation::Pixels {
                pin,
                octets_a_pixel,
                octets,
            } => (0x30, [&[*pin, *octets_a_pixel][..], octets].concat()),
            Operation::PixelsAhead {
                pin,
                octets_a_pixel,
                first,
                octets,
            } => (
                0x38,
                [&[*pin, *octets_a_pixel][..], &first.to_le_bytes(), octets].concat(),
            ),
            Operation::PinMode { pin, mode, pull } => (0x31, vec![*pin, *mode, *pull]),
            Operation::PinWrite { pin, level } => (0x32, vec![*pin, (*level).into()]),
            Operation::PinRead { pin } => (0x33, vec![*pin]),
            Operation::PinWatch { pin, edges } => (0x34, vec![*pin, *edges]),
            Operation::PinEdges => (0x35, Vec::new()),
            Operation::AdcRead { pin } => (0x36, vec![*pin]),
            Operation::Pwm {
                pin,
                frequency_hz,
                duty,
            } => (
                0x37,
                [&[*pin][..], &frequency_hz.to_le_bytes(), &duty.to_le_bytes()].concat(),
            ),
        };
        [&[code][..], &self.at.to_le_bytes(), &body].concat()
    }
}

impl PeerEntry {
    pub(crate) fn write(&self, body: &mut Vec<u8>) {
        body.extend(self.address.octets());
        body.extend([self.channel, self.interface, self.encrypted.into()]);
        body.extend(self.lmk);
    }
}

/// What the lab says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: Status,
    /// µs on the board's clock.
    pub(crate) now: u64,
    /// Up to then nothing happens to the board.
    pub(crate) grant: u64,
    pub(crate) events: u16,
    /// Messages put into the receive buffer since the start.
    pub(crate) arrived: u32,
    pub(crate) body: Vec<u8>,
}

/// What has woken a board, as a reply tells it.
pub(crate) fn write_woken(woken: Woken, body: &mut Vec<u8>) {
    body.push(woken.cause as u8);
    body.extend(woken.pins.to_le_bytes());
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Fine,
    Espnow(protocol::espnow::Error),
    /// The request can't be read.
    Malformed,
    /// This board has no such thing.
    Absent,
}

impl Status {
    const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            // ESP-IDF numbers them from ESP_ERR_ESPNOW_BASE + 1.
            Self::Espnow(error) => (error.code() - 0x3064) as u8,
            Self::Malformed => 64,
            Self::Absent => 65,
        }
    }
}

impl Reply {
    /// The octets on the line, the length included.
    pub(crate) fn emit(&self) -> Vec<u8> {
        // A body longer than a reply can hold has been kept from coming to be: every list is short.
        let body = &self.body[..self.body.len().min(LONGEST - 23)];
        let length = (23 + body.len()) as u16;
        let mut octets = Vec::with_capacity(2 + usize::from(length));
        octets.extend(length.to_le_bytes());
        octets.push(self.status.code());
        octets.extend(self.now.to_le_bytes());
        octets.extend(self.grant.to_le_bytes());
        octets.extend(self.events.to_le_bytes());
        octets.extend(self.arrived.to_le_bytes());
        octets.extend(body);
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Any octets are a request or none; what is one is written back as it was.
        #[test]
        fn octets_are_read_or_refused(code in 0_u8..0x40, rest in prop::collection::vec(0_u8..=4, 0..60), any: Vec<u8>) {
            let octets = [&[code][..], &rest].concat();
            if let Some(request) = Request::parse(&octets) {
                prop_assert_eq!(request.emit(), octets);
            }
            if let Some(request) = Request::parse(&any) {
                prop_assert_eq!(request.emit(), any);
            }
        }

        #[test]
        fn a_request_cut_short_is_none_or_another(at: u64, until: u64, events: u16, length in 0_usize..19) {
            let operation = Operation::Wait { until, events, sources: WakeSources::default() };
            let whole = Request { at, operation };
            let octets = whole.emit();
            prop_assert_eq!(Request::parse(&octets), Some(whole.clone()));
            prop_assert_eq!(Request::parse(&octets[..length]), None);
        }
    }

    proptest! {
        /// What wakes a board is read in one form, at the end of a restart and of a wait; all else is refused.
        #[test]
        fn wake_sources_are_read_in_one_form(at: u64, sources in prop::collection::vec((2_u8..9, 0_u8..4, 0_u64..3), 0..4), cut in 0_usize..10) {
            let written = |sources: &[(u8, u8, u64)]| -> Vec<u8> {
                let each = sources.iter().flat_map(|(number, condition, pins)| {
                    [*number, *condition].into_iter().chain(pins.to_le_bytes())
                });
                each.collect()
            };
            let is_good = |&(number, condition, pins): &(u8, u8, u64)| matches!(number, 2 | 3 | 7) && condition < 3 && pins != 0;
            let good = sources.iter().all(is_good) && sources.is_sorted_by(|before, after| before.0 < after.0);
            for head in [[&[4][..], &at.to_le_bytes(), &[1], &at.to_le_bytes()].concat(), [&[2][..], &at.to_le_bytes(), &at.to_le_bytes(), &[4, 0]].concat()] {
                let octets = [&head[..], &written(&sources)].concat();
                let request = Request::parse(&octets);
                prop_assert_eq!(request.is_some(), good, "{:?}", sources);
                if let Some(request) = request {
                    prop_assert_eq!(request.emit(), &octets[..]);
                }
                let cut_short = &octets[..octets.len() - cut.min(octets.len() - head.len())];
                if cut % 10 != 0 && cut_short.len() > head.len() {
                    prop_assert_eq!(Request::parse(cut_short), None);
                }
            }
        }
    }

    #[test]
    fn every_operation_is_read() {
        let codes = (0..=u8::MAX).filter(|&code| {
            (0..40).any(|length| {
                let octets = [&[code][..], &[0; 8], &vec![0; length]].concat();
                // A pixel has three octets at least.
                let pixels = [&[code][..], &[0; 8], &[0, 3]].concat();
                Request::parse(&octets).is_some() || Request::parse(&pixels).is_some()
            })
        });
        assert_eq!(codes.count(), 31);
    }

    #[test]
    fn a_reply_says_how_long_it_is() {
        let reply = Reply {
            status: Status::Espnow(protocol::espnow::Error::Chan),
            now: 1,
            grant: 2,
            events: event::SENT,
            arrived: 3,
            body: vec![7],
        };
        let octets = reply.emit();
        assert_eq!(octets[..3], [24, 0, 9]);
        assert_eq!(octets.len(), 26);
    }
}
