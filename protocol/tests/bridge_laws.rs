//! The bridge's protocol over every line that there could be: octets are lost, broken, doubled, made up and said again
//! much later, and boards restart. Whatever happens, no command is carried out twice; and when it stops happening, all
//! works again.

use std::collections::VecDeque;

use proptest::prelude::*;
use protocol::bridge::{
    Antenna, Command, Ended, Host, HostEvent, MAX_FRAME, MAX_MESSAGE, Report, SILENCE, STATUS_EVERY, SendOutcome,
    Status, WINDOW,
};
use protocol::espnow::{Delivery, Error};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress, Rate};

const ADDRESS: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
const PEER: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const STEP: Duration = Duration::from_millis(10);

/// What happens to what one end wrote.
#[derive(Clone, Debug)]
enum Fate {
    Arrives,
    /// All of it.
    Lost,
    /// From the first place for so many octets.
    Cut(usize, usize),
    Flipped(usize, u8),
    /// So many octets after the first place come twice.
    Doubled(usize, usize),
    /// After something that nobody wrote.
    After(Vec<u8>),
    /// All that was ever written from there on comes again.
    Again(usize),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Arrives),
        1 => Just(Fate::Lost),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Fate::Cut(at, length)),
        1 => (any::<usize>(), 1..=255_u8).prop_map(|(at, mask)| Fate::Flipped(at, mask)),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Fate::Doubled(at, length)),
        1 => prop::collection::vec(any::<u8>(), 1..200).prop_map(Fate::After),
        1 => any::<usize>().prop_map(Fate::Again),
    ]
}

/// One direction.
#[derive(Default)]
struct Wire {
    on_the_way: VecDeque<u8>,
    written: Vec<u8>,
}

impl Wire {
    fn write(&mut self, octets: &[u8], fate: &Fate) {
        let at = |place: usize| place % octets.len().max(1);
        let mut arriving = octets.to_vec();
        match fate {
            Fate::Arrives => {}
            Fate::Lost => arriving.clear(),
            Fate::Cut(place, length) => {
                let end = (at(*place) + length).min(arriving.len());
                arriving.drain(at(*place).min(end)..end);
            }
            Fate::Flipped(place, mask) => {
                if let Some(octet) = arriving.get_mut(at(*place)) {
                    *octet ^= mask;
                }
            }
            Fate::Doubled(place, length) => {
                let end = (at(*place) + length).min(arriving.len());
                let twice = arriving[at(*place).min(end)..end].to_vec();
                arriving.splice(end..end, twice);
            }
            Fate::After(garbage) => {
                arriving.splice(0..0, garbage.iter().copied());
            }
            Fate::Again(from) => {
                let from = from % (self.written.len() + 1);
                arriving.extend_from_slice(&self.written[from..]);
            }
        }
        self.written.extend_from_slice(octets);
        self.on_the_way.extend(arriving);
    }

    fn read(&mut self) -> Vec<u8> {
        self.on_the_way.drain(..).collect()
    }
}

/// Both ends, with what each of them did.
struct Bench {
    now: Instant,
    host: Host,
    antenna: Antenna,
    to_antenna: Wire,
    to_host: Wire,
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
    endings: Vec<Ended>,
}

impl Bench {
    fn new() -> Self {
        Self {
            now: Instant::START,
            host: Host::new(7),
            antenna: Antenna::new(ADDRESS, Channel::DEFAULT, 1000),
            to_antenna: Wire::default(),
            to_host: Wire::default(),
            next_ticket: 0,
            carried_out: Vec::new(),
            answered: Vec::new(),
            next_number: 0,
            received: Vec::new(),
            sessions: 0,
            status_at: Instant::START,
            endings: Vec::new(),
        }
    }

    /// The host gives as many commands as are taken, and the antenna hears something.
    fn work(&mut self, busy: bool) {
        while busy
            && self.host.send(&Command::Send {
                ticket: self.next_ticket,
                destination: PEER,
                rate: None,
                payload: &self.next_ticket.to_le_bytes(),
            })
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
            let Command::Send { ticket, payload, .. } = command else {
                panic!("nobody gave {command:?}");
            };
            assert_eq!(payload, ticket.to_le_bytes());
            self.carried_out.push(ticket);
            let outcome = SendOutcome::Done(Delivery::Acknowledged);
            assert!(self.antenna.report(&Report::Sent { ticket, outcome }));
        }
    }

    fn step(&mut self, busy: bool, [there, back]: [&Fate; 2]) {
        self.work(busy);
        let mut line = [0; MAX_FRAME];
        let mut written = Vec::new();
        while let Some(length) = self.host.poll_transmit(self.now, &mut line) {
            written.extend_from_slice(&line[..length]);
        }
        self.to_antenna.write(&written, there);
        self.antenna.handle(&self.to_antenna.read(), self.now);
        self.antenna.handle_timeout(self.now);
        let mut written = Vec::new();
        while let Some(length) = self.antenna.poll_transmit(self.now, &mut line) {
            written.extend_from_slice(&line[..length]);
        }
        self.to_host.write(&written, back);
        let octets = self.to_host.read();
        let mut octets = &octets[..];
        while let Some(event) = self.host.handle(&mut octets, self.now) {
            match event {
                HostEvent::Opened(greeting) => {
                    assert_eq!(greeting.address, ADDRESS);
                    self.sessions += 1;
                }
                HostEvent::Report(Report::Sent { ticket, .. }) => self.answered.push(ticket),
                HostEvent::Report(Report::Received { at, .. }) => self.received.push(at.as_micros()),
                HostEvent::Report(_) => {}
                HostEvent::Ended(ended) => self.endings.push(ended),
                HostEvent::Incompatible { .. } => panic!("both are of this version"),
            }
        }
        self.endings.extend(self.host.handle_timeout(self.now));
        self.now = self.now + STEP;
    }

    fn quiet(&mut self, busy: bool, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.step(busy, [&Fate::Arrives; 2]);
        }
    }

    fn check(&self) {
        let ascending = |tickets: &[u16]| tickets.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(
            ascending(&self.carried_out),
            "twice or out of turn: {:?}",
            self.carried_out
        );
        assert!(ascending(&self.answered), "twice or out of turn: {:?}", self.answered);
        assert!(self.answered.iter().all(|ticket| self.carried_out.contains(ticket)));
        assert!(
            self.received.windows(2).all(|pair| pair[0] < pair[1]),
            "{:?}",
            self.received
        );
    }
}

fn message(number: u64) -> Report<'static> {
    Report::Received {
        source: PEER,
        destination: ADDRESS,
        rssi_dbm: -40,
        at: Instant::from_micros(number),
        payload: b"0 and \0 and more \0",
    }
}

#[test]
fn on_a_good_line_all_is_done_in_turn_and_nothing_is_said_twice() {
    let mut bench = Bench::new();
    bench.quiet(true, Duration::from_secs(10));
    bench.quiet(false, Duration::from_secs(1));
    bench.check();
    assert!(bench.next_ticket > 500);
    assert_eq!(bench.answered, (0..bench.next_ticket).collect::<Vec<_>>());
    assert_eq!(bench.received, (0..bench.next_number).collect::<Vec<_>>());
    assert_eq!((bench.sessions, bench.endings.len()), (1, 0));
    for line in [bench.host.statistics(), bench.antenna.statistics()] {
        assert_eq!((line.broken, line.repeated, line.turned_away), (0, 0, 0));
    }
}

#[test]
fn an_idle_line_keeps_its_session() {
    let mut bench = Bench::new();
    bench.quiet(false, Duration::from_secs(100));
    assert_eq!((bench.sessions, bench.endings.len()), (1, 0));
}

#[test]
fn a_cut_line_ends_the_session_and_the_next_one_begins_anew() {
    let mut bench = Bench::new();
    bench.quiet(true, Duration::from_secs(1));
    let until = bench.now + SILENCE + SILENCE;
    while bench.now < until {
        bench.step(true, [&Fate::Lost; 2]);
    }
    assert_eq!(bench.endings, [Ended::Silent]);
    assert!(!bench.host.is_open() && bench.antenna.session().is_none());
    let before = bench.answered.len();
    bench.quiet(true, Duration::from_secs(1));
    bench.check();
    assert_eq!(bench.sessions, 2);
    assert!(bench.answered.len() > before);
    // What was under way at the time was not tried again.
    assert!(bench.carried_out.len() >= usize::from(bench.next_ticket) - 2 * WINDOW);
}

#[test]
fn a_board_that_restarts_is_noticed_at_once() {
    let mut bench = Bench::new();
    bench.quiet(true, Duration::from_secs(1));
    bench.antenna = Antenna::new(ADDRESS, Channel::DEFAULT, 555);
    bench.quiet(true, Duration::from_secs(1));
    bench.check();
    assert_eq!((bench.endings.as_slice(), bench.sessions), (&[Ended::Restarted][..], 2));
}

#[test]
fn another_version_is_told() {
    // An `opened` frame of version 2 for the nonce 7, as a later antenna would write it.
    let body = [0x81, 2, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 9, 1];
    let check = protocol::frame::fcs(&body).to_le_bytes();
    let mut encoded = vec![0; 40];
    let length = cobs::encode(&[&body[..], &check].concat(), &mut encoded);
    let line = [&[0], &encoded[..length], &[0]].concat();
    let mut host = Host::new(7);
    let event = host.handle(&mut &line[..], Instant::START);
    assert_eq!(event, Some(HostEvent::Incompatible { version: 2 }));
    assert!(!host.is_open());
}

#[test]
fn the_window_is_all_that_is_under_way() {
    let mut host = Host::new(1);
    let command = Command::SetChannel(Channel::DEFAULT);
    assert!(!host.send(&command), "there is no session");
    let mut bench = Bench::new();
    bench.quiet(false, Duration::from_millis(100));
    let sent = (0..10).filter(|_| bench.host.send(&command)).count();
    assert_eq!(sent, WINDOW);
}

#[test]
fn one_lost_frame_costs_no_timeout() {
    let mut bench = Bench::new();
    bench.quiet(true, Duration::from_millis(100));
    let before = bench.answered.len();
    // Half of what the host says next is missing; the other half shows that.
    bench.step(true, [&Fate::Cut(0, 30), &Fate::Arrives]);
    bench.quiet(true, 4 * STEP);
    assert!(bench.answered.len() > before + WINDOW, "{:?}", bench.answered);
    bench.check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_done_twice_and_all_is_well_in_the_end(
        fates in prop::collection::vec((fate(), fate(), any::<bool>()), 1..150),
        restart in prop::option::of(0..150_usize),
    ) {
        let mut bench = Bench::new();
        for (index, (there, back, busy)) in fates.iter().enumerate() {
            if restart == Some(index) {
                bench.antenna = Antenna::new(ADDRESS, Channel::DEFAULT, 9_000_000);
            }
            bench.step(*busy, [there, back]);
            bench.check();
        }
        // The line is good from here on: the longest timeout, and a session if it takes one.
        bench.quiet(false, Duration::from_secs(8));
        let sessions = bench.sessions;
        let (first, answered) = (bench.next_ticket, bench.answered.len());
        bench.quiet(true, Duration::from_secs(1));
        bench.quiet(false, Duration::from_secs(1));
        bench.check();
        prop_assert_eq!(bench.sessions, sessions, "it lasts");
        prop_assert_eq!(&bench.answered[answered..], (first..bench.next_ticket).collect::<Vec<_>>());
        prop_assert!(bench.next_ticket - first > 100);
    }

    #[test]
    fn any_octets_leave_both_ends_working(octets in prop::collection::vec(any::<u8>(), 0..4000)) {
        let mut bench = Bench::new();
        bench.antenna.handle(&octets, bench.now);
        let mut rest = &octets[..];
        while bench.host.handle(&mut rest, bench.now).is_some() {}
        bench.quiet(true, Duration::from_secs(1));
        bench.check();
        prop_assert!(bench.answered.len() > 50);
    }

    #[test]
    fn any_octets_are_a_message_or_none(octets in prop::collection::vec(any::<u8>(), 0..1600)) {
        let mut buffer = [0; MAX_MESSAGE];
        if let Ok(command) = Command::parse(&octets) {
            let length = command.emit(&mut buffer).expect("room for the longest");
            prop_assert_eq!(&buffer[..length], &octets[..]);
        }
        if let Ok(report) = Report::parse(&octets) {
            let length = report.emit(&mut buffer).expect("room for the longest");
            prop_assert_eq!(&buffer[..length], &octets[..]);
        }
    }

    #[test]
    fn messages_are_read_as_they_were_written(
        ticket: u16,
        address: [u8; 6],
        payload in prop::collection::vec(any::<u8>(), 1..=1470),
        number in 1..=14_u8,
        counters: [u32; 7],
        time: u64,
        rssi_dbm: i8,
    ) {
        let (destination, source) = (MacAddress(address), PEER);
        let channel = Channel::new(number).expect("a channel");
        let [received, reported, sent, frames, broken, repeated, turned_away] = counters;
        let line = protocol::bridge::LineStatistics { frames, broken, repeated, turned_away };
        let at = Instant::from_micros(time);
        let mut buffer = [0; MAX_MESSAGE];
        for command in [
            Command::Send { ticket, destination, rate: None, payload: &payload },
            Command::Send { ticket, destination, rate: Some(Rate::LongRange250K), payload: &payload },
            Command::SetChannel(channel),
        ] {
            let length = command.emit(&mut buffer).expect("room for the longest");
            prop_assert_eq!(Command::parse(&buffer[..length]), Ok(command));
            prop_assert_eq!(command.emit(&mut buffer[..length - 1]), None);
        }
        let mut reports = vec![
            Report::Received { source, destination, rssi_dbm, at, payload: &payload },
            Report::Received { source, destination, rssi_dbm, at, payload: &[] },
            Report::Status(Status { uptime: at, received, reported, sent, line }),
            Report::Tuned { channel, refused: None },
        ];
        let errors = [
            Error::NotInit, Error::Arg, Error::NoMem, Error::Full, Error::NotFound, Error::Internal, Error::Exist,
            Error::If, Error::Chan,
        ];
        for error in errors {
            reports.push(Report::Tuned { channel, refused: Some(error) });
            reports.push(Report::Sent { ticket, outcome: SendOutcome::Refused(error) });
        }
        for delivery in [Delivery::Acknowledged, Delivery::Unacknowledged] {
            reports.push(Report::Sent { ticket, outcome: SendOutcome::Done(delivery) });
        }
        for report in reports {
            let length = report.emit(&mut buffer).expect("room for the longest");
            prop_assert_eq!(Report::parse(&buffer[..length]), Ok(report));
            prop_assert_eq!(report.emit(&mut buffer[..length - 1]), None);
        }
    }
}
