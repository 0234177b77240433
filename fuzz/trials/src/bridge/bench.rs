//! Both ends and the wires between them.

use arbitrary::Arbitrary;
use protocol::bridge::{
    Antenna, Command, Host, HostEvent, MAX_FRAME, MAX_MESSAGE, Report, STATUS_EVERY, SendOutcome, Status,
};
use protocol::espnow::Delivery;
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};

const ADDRESS: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const STEP: Duration = Duration::from_millis(10);

/// Octets of each wire that are kept to be said again.
const KEPT: usize = 1 << 16;

/// What happens to what one end wrote.
#[derive(Arbitrary, Clone, Debug)]
pub(super) enum Fate<'a> {
    Arrives,
    Lost,
    /// So many octets from there on are missing.
    Cut(u16, u8),
    Flipped(u16, u8),
    /// So many octets from there on come twice.
    Doubled(u16, u8),
    /// After something that nobody wrote.
    After(&'a [u8]),
    /// And then all that was ever written from there on comes again.
    Again(u16),
}

/// One direction.
#[derive(Default)]
struct Wire {
    on_the_way: Vec<u8>,
    written: Vec<u8>,
}

impl Wire {
    fn write(&mut self, octets: &[u8], fate: &Fate<'_>) {
        let mut arriving = octets.to_vec();
        let stretch = |place: u16, length: u8| {
            let start = usize::from(place).min(octets.len());
            start..(start + usize::from(length)).min(octets.len())
        };
        match *fate {
            Fate::Arrives => {}
            Fate::Lost => arriving.clear(),
            Fate::Cut(place, length) => drop(arriving.drain(stretch(place, length))),
            Fate::Flipped(place, mask) => {
                if let Some(octet) = arriving.get_mut(usize::from(place)) {
                    *octet ^= mask;
                }
            }
            Fate::Doubled(place, length) => {
                let twice = stretch(place, length);
                arriving.splice(twice.end..twice.end, octets[twice].iter().copied());
            }
            Fate::After(garbage) => drop(arriving.splice(0..0, garbage.iter().copied())),
            Fate::Again(from) => arriving.extend(self.written.iter().skip(from.into())),
        }
        if self.written.len() < KEPT {
            self.written.extend_from_slice(octets);
        }
        self.on_the_way.extend(arriving);
    }
}

/// Both ends, with what each of them did.
pub(super) struct Bench {
    now: Instant,
    host: Host,
    antenna: Antenna,
    to_antenna: Wire,
    to_host: Wire,
    restarts: u32,
    next_ticket: u16,
    /// Tickets that the antenna carried out, in order.
    carried_out: Vec<u16>,
    /// Tickets whose answer came to the host, in order.
    answered: Vec<u16>,
    next_number: u64,
    /// Received messages' numbers, as they came to the host.
    received: Vec<u64>,
    sessions: usize,
    status_at: Instant,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            now: Instant::START,
            host: Host::new(7),
            antenna: Antenna::new(ADDRESS, Channel::DEFAULT, 1000),
            to_antenna: Wire::default(),
            to_host: Wire::default(),
            restarts: 0,
            next_ticket: 0,
            carried_out: Vec::new(),
            answered: Vec::new(),
            next_number: 0,
            received: Vec::new(),
            sessions: 0,
            status_at: Instant::START,
        }
    }

    /// A board that starts draws another name for its sessions.
    pub(super) fn restart(&mut self) {
        self.restarts += 1;
        self.antenna = Antenna::new(ADDRESS, Channel::DEFAULT, 1000 + 1_000_000 * self.restarts);
    }

    pub(super) fn reopen(&mut self) {
        self.host.restart(self.now);
    }

    /// Puts a frame on the line that neither end wrote.
    pub(super) fn forge(&mut self, to_host: bool, body: &[u8]) {
        let body = &body[..body.len().min(MAX_MESSAGE)];
        let check = protocol::frame::fcs(body).to_le_bytes();
        let frame = [body, &check].concat();
        let mut line = vec![0; cobs::max_encoding_length(frame.len()) + 2];
        let length = cobs::encode(&frame, &mut line[1..]);
        line.truncate(length + 2);
        let wire = if to_host {
            &mut self.to_host
        } else {
            &mut self.to_antenna
        };
        wire.on_the_way.extend(line);
    }

    /// The host gives as many commands as are taken, and the antenna hears something.
    fn work(&mut self, busy: bool) {
        while busy
            && self
                .host
                .send(&command(&self.next_ticket.to_le_bytes(), self.next_ticket))
        {
            self.next_ticket += 1;
        }
        if busy && self.antenna.report(&message(self.next_number)) {
            self.next_number += 1;
        }
        if self.now >= self.status_at && self.antenna.report(&Report::Status(Status::default())) {
            self.status_at = self.now + STATUS_EVERY;
        }
        let mut buffer = [0; MAX_MESSAGE];
        while self.antenna.has_room() {
            let Some(command) = self.antenna.next_command(&mut buffer) else {
                break;
            };
            if let Command::Send { ticket, .. } = command {
                self.carried_out.push(ticket);
                let outcome = SendOutcome::Done(Delivery::Acknowledged);
                assert!(
                    self.antenna.report(&Report::Sent { ticket, outcome }),
                    "it said that it has room"
                );
            }
        }
    }

    pub(super) fn step(&mut self, busy: bool, [there, back]: [&Fate<'_>; 2]) {
        self.work(busy);
        let mut line = [0; MAX_FRAME];
        let mut written = Vec::new();
        while let Some(length) = self.host.poll_transmit(self.now, &mut line) {
            written.extend_from_slice(&line[..length]);
            assert!(written.len() <= 16 * MAX_FRAME, "the host never stops");
        }
        self.to_antenna.write(&written, there);
        self.antenna
            .handle(&std::mem::take(&mut self.to_antenna.on_the_way), self.now);
        self.antenna.handle_timeout(self.now);
        let mut written = Vec::new();
        while let Some(length) = self.antenna.poll_transmit(self.now, &mut line) {
            written.extend_from_slice(&line[..length]);
            assert!(written.len() <= 16 * MAX_FRAME, "the antenna never stops");
        }
        self.to_host.write(&written, back);
        self.hear();
        let _ = self.host.handle_timeout(self.now);
        self.now = self.now + STEP;
    }

    fn hear(&mut self) {
        let octets = std::mem::take(&mut self.to_host.on_the_way);
        let mut octets = &octets[..];
        while let Some(event) = self.host.handle(&mut octets, self.now) {
            match event {
                HostEvent::Opened(_) => self.sessions += 1,
                HostEvent::Report(Report::Sent { ticket, .. }) => self.answered.push(ticket),
                HostEvent::Report(Report::Received { at, .. }) => self.received.push(at.as_micros()),
                _ => {}
            }
        }
    }

    pub(super) fn quiet(&mut self, busy: bool, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.step(busy, [&Fate::Arrives, &Fate::Arrives]);
        }
    }

    pub(super) fn silence(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.step(true, [&Fate::Lost, &Fate::Lost]);
            self.now = self.now + 9 * STEP;
        }
    }

    pub(super) fn check(&self) {
        check_order(&self.carried_out);
        check_order(&self.answered);
        check_order(&self.received);
        let mut carried_out = self.carried_out.iter();
        assert!(
            self.answered
                .iter()
                .all(|ticket| carried_out.any(|done| done == ticket)),
            "an answer to nothing"
        );
    }

    /// The line is good from here on: the longest timeout, and a session if it takes one.
    pub(super) fn check_that_all_is_well(&mut self) {
        let until = self.now + Duration::from_secs(8);
        while self.now < until {
            self.step(false, [&Fate::Arrives, &Fate::Arrives]);
            self.now = self.now + 4 * STEP;
        }
        let (sessions, first, answered) = (self.sessions, self.next_ticket, self.answered.len());
        self.quiet(true, Duration::from_millis(300));
        self.quiet(false, Duration::from_secs(1));
        self.check();
        assert_eq!(self.sessions, sessions, "it lasts");
        assert_eq!(self.answered[answered..], (first..self.next_ticket).collect::<Vec<_>>());
        assert!(self.next_ticket - first > 25);
    }
}

fn check_order<T: PartialOrd + std::fmt::Debug>(numbers: &[T]) {
    assert!(
        numbers.is_sorted_by(|one, other| one < other),
        "twice or out of turn: {numbers:?}"
    );
}

const fn command(payload: &[u8], ticket: u16) -> Command<'_> {
    Command::Send {
        ticket,
        destination: PEER,
        rate: None,
        payload,
    }
}

const fn message(number: u64) -> Report<'static> {
    Report::Received {
        source: PEER,
        destination: ADDRESS,
        rssi_dbm: -40,
        at: Instant::from_micros(number),
        payload: b"0 and \0 and more \0",
    }
}
