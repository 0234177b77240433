//! The antenna's seat without an antenna: the test plays the real air.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::board::{Profile, VirtualBoard};
use crate::kernel::Span;
use crate::lab::{AntennaError, AntennaPlan, LabBuilder};
use crate::observe::{Ending, Observer};
use protocol::Channel;
use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::espnow::{Delivery, Key, Peer};
use protocol::time::Duration;

const ONE: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const TWO: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);
const ANTENNA: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);
const REAL: MacAddress = MacAddress([2, 0, 0, 1, 0, 1]);

/// What boards said, and what went over the air.
#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    transmissions: usize,
    acks: usize,
}

struct Watch(Rc<RefCell<Seen>>);

impl Observer for Watch {
    fn observe(&mut self, _: Time, event: &Event) {
        let mut seen = self.0.borrow_mut();
        match event {
            Event::Console { line, .. } => seen.lines.push(line.to_string()),
            Event::Transmission(transmission) => {
                seen.transmissions += 1;
                seen.acks += usize::from(transmission.kind.is_ack());
            }
            _ => {}
        }
    }
}

fn plan() -> AntennaPlan {
    AntennaPlan {
        address: ANTENNA,
        channel: Channel::DEFAULT,
        speaks_for: None,
    }
}

fn bridged(builder: LabBuilder) -> (Lab, Rc<RefCell<Seen>>) {
    let seen = Rc::default();
    let mut lab = builder
        .until(Time::from_micros(10_000_000))
        .antenna(&plan())
        .expect("there are boards")
        .observe(Box::new(Watch(Rc::clone(&seen))))
        .build();
    lab.set_antenna(Some(ANTENNA));
    (lab, seen)
}

/// Sends `data` to `peer` once and says how it went. Not at the same moment as the others.
async fn send_once(mut board: VirtualBoard, peer: Peer, data: &[u8]) -> Ending {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    let [.., place] = radio.address().octets();
    clock.sleep(Duration::from_millis(10 * u64::from(place))).await;
    let address = peer.address;
    radio.add_peer(peer).expect("room for one");
    let delivery = radio.send(address, data).await.expect("a peer");
    use std::fmt::Write as _;
    let _ = writeln!(console, "{delivery:?}");
    Ending::Finished
}

fn sender(name: &str, address: MacAddress, peer: Peer) -> LabBuilder {
    add_sender(Lab::builder("bridged", 1), name, address, peer)
}

fn add_sender(builder: LabBuilder, name: &str, address: MacAddress, peer: Peer) -> LabBuilder {
    builder.board(name, Profile::ESP32_S3, address, async move |board| {
        send_once(board, peer.clone(), b"over there").await
    })
}

fn listener(builder: LabBuilder, name: &str, address: MacAddress) -> LabBuilder {
    builder.board(name, Profile::ESP32_S3, address, async |mut board| {
        let Parts { radio, console, .. } = board.parts();
        let mut buffer = [0; 1470];
        loop {
            let received = radio.receive(&mut buffer).await;
            use std::fmt::Write as _;
            let text = String::from_utf8_lossy(&buffer[..received.length]).into_owned();
            let _ = writeln!(console, "{} to {}: {text}", received.source, received.destination);
        }
    })
}

/// Runs until a message is there for the real air, for a virtual second at most.
fn next_outward(lab: &mut Lab) -> Option<Outward> {
    let until = lab.now() + Span::from_micros(1_000_000);
    while lab.next_at().is_some_and(|at| at <= until) {
        if let Some(outward) = lab.take_outward() {
            return Some(outward);
        }
        lab.step();
    }
    None
}

#[test]
fn a_send_waits_for_what_the_real_mac_says() {
    for (acknowledged, said) in [(true, Delivery::Acknowledged), (false, Delivery::Unacknowledged)] {
        let (mut lab, seen) = bridged(sender("one", ONE, Peer::new(REAL)));
        let outward = next_outward(&mut lab).expect("a message for a real board");
        assert_eq!((outward.destination, &*outward.payload), (REAL, &b"over there"[..]));
        let ticket = outward.ticket.expect("somebody waits");
        // Three seconds are nothing to it, although an ACK would have been due after 10 µs.
        lab.run_until(Time::from_micros(3_000_000));
        assert!(seen.borrow().lines.is_empty() && seen.borrow().transmissions == 1);
        lab.settle(ticket + 1, true);
        assert!(seen.borrow().lines.is_empty(), "another one's result");
        lab.settle(ticket, acknowledged);
        assert_eq!(seen.borrow().lines, [format!("{said:?}")]);
        // And not once more.
        lab.settle(ticket, true);
        lab.run();
        assert_eq!((seen.borrow().transmissions, seen.borrow().lines.len()), (1, 1));
        let counted = lab.statistics().boards[0];
        assert_eq!(
            (counted.tx_acked, counted.tx_failed),
            (u64::from(acknowledged), u64::from(!acknowledged))
        );
    }
}

#[test]
fn without_an_antenna_nobody_answers() {
    let (mut lab, seen) = bridged(sender("one", ONE, Peer::new(REAL)));
    lab.set_antenna(None);
    assert!(next_outward(&mut lab).is_none());
    assert_eq!(seen.borrow().lines, ["Unacknowledged"]);
    assert!(seen.borrow().transmissions > 1, "the MAC tried again");
}

#[test]
fn group_frames_of_all_boards_go_out_and_are_heard_within() {
    let builder = sender("one", ONE, Peer::new(MacAddress::BROADCAST));
    let (mut lab, seen) = bridged(listener(
        add_sender(builder, "two", TWO, Peer::new(MacAddress::BROADCAST)),
        "three",
        MacAddress([2, 0, 0, 0, 0, 3]),
    ));
    for _ in 0..2 {
        let outward = next_outward(&mut lab).expect("a group frame");
        assert_eq!((outward.destination, outward.ticket), (MacAddress::BROADCAST, None));
    }
    assert!(next_outward(&mut lab).is_none());
    let heard = seen
        .borrow()
        .lines
        .iter()
        .filter(|line| line.ends_with("over there"))
        .count();
    assert_eq!(heard, 2);
}

#[test]
fn frames_between_virtual_boards_stay() {
    let (mut lab, seen) = bridged(listener(sender("one", ONE, Peer::new(TWO)), "two", TWO));
    assert!(next_outward(&mut lab).is_none());
    assert_eq!(seen.borrow().acks, 1);
}

#[test]
fn another_board_has_no_address_out_there_and_is_told() {
    let builder = listener(Lab::builder("bridged", 1), "one", ONE);
    let (mut lab, seen) = bridged(add_sender(builder, "two", TWO, Peer::new(REAL)));
    assert!(next_outward(&mut lab).is_none());
    assert_eq!(seen.borrow().lines, ["Unacknowledged"]);
    let advice = lab.advice();
    assert_eq!((advice.len(), advice[0].trap), (1, "no-address-outside"));
    assert!(advice[0].text.contains("--bridge-as") && advice[0].text.contains("one"));
}

#[test]
fn sealed_frames_are_not_carried_and_that_is_told() {
    let peer = Peer::new(REAL).with_key(Key::new([7; 16]));
    let (mut lab, seen) = bridged(sender("one", ONE, peer));
    assert!(next_outward(&mut lab).is_none());
    assert_eq!(seen.borrow().lines, ["Unacknowledged"]);
    assert_eq!(lab.advice()[0].trap, "sealed-to-outside");
}

#[test]
fn what_comes_in_has_its_real_sender_and_goes_to_the_board_that_is_spoken_for() {
    let builder = listener(Lab::builder("bridged", 1), "one", ONE);
    let (mut lab, seen) = bridged(listener(builder, "two", TWO));
    lab.run_until(Time::from_micros(1_000));
    let long = [b'x'; 300];
    for (destination, payload) in [
        (ANTENNA, &b"to you"[..]),
        (MacAddress::BROADCAST, b"to all"),
        (ANTENNA, &long),
    ] {
        let source = REAL;
        assert!(lab.bring_in(Inward {
            source,
            destination,
            payload
        }));
    }
    lab.run_until(Time::from_micros(1_000_000));
    let seen = seen.borrow();
    let long = format!("{REAL} to {ONE}: {}", String::from_utf8_lossy(&long));
    let mut lines = seen.lines.clone();
    lines.sort();
    let all = format!("{REAL} to ff:ff:ff:ff:ff:ff: to all");
    let mut expected = vec![format!("{REAL} to {ONE}: to you"), all.clone(), all, long];
    expected.sort();
    assert_eq!(lines, expected);
    // Acknowledged on the virtual air, so sent once each.
    assert_eq!((seen.transmissions, seen.acks), (5, 2));
}

#[test]
fn what_no_board_out_there_can_have_sent_stays_out() {
    let (mut lab, seen) = bridged(listener(Lab::builder("bridged", 1), "one", ONE));
    for source in [ONE, ANTENNA, MacAddress::BROADCAST] {
        let destination = MacAddress::BROADCAST;
        let payload = b"?";
        assert!(!lab.bring_in(Inward {
            source,
            destination,
            payload
        }));
    }
    lab.run();
    assert!(seen.borrow().lines.is_empty());
}

#[test]
fn a_run_with_an_antenna_does_not_end_for_lack_of_events() {
    let (mut lab, _) = bridged(listener(Lab::builder("bridged", 1), "one", ONE));
    lab.run();
    assert_eq!(lab.now(), Time::from_micros(10_000_000));
}

#[test]
fn a_line_that_is_too_slow_costs_messages_and_no_memory() {
    let builder = Lab::builder("bridged", 1).board("one", Profile::ESP32_S3, ONE, async |mut board| {
        let Parts { radio, clock, .. } = board.parts();
        radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("room for one");
        for _ in 0..QUEUE + 10 {
            radio.send(MacAddress::BROADCAST, b"again").await.expect("a peer");
        }
        clock.sleep(Duration::from_millis(1)).await;
        Ending::Finished
    });
    let (mut lab, _) = bridged(builder);
    lab.run_until(Time::from_micros(1_000_000));
    assert_eq!(lab.take_outward_dropped(), 10);
    assert_eq!(lab.take_outward_dropped(), 0);
    assert_eq!(std::iter::from_fn(|| lab.take_outward()).count(), QUEUE);
}

#[test]
fn seats_are_refused_with_their_reason() {
    let builder = || listener(Lab::builder("bridged", 1), "one", ONE);
    let named = |name: &str| AntennaPlan {
        speaks_for: Some(name.to_owned()),
        ..plan()
    };
    assert!(builder().antenna(&named("one")).is_ok());
    let error = builder().antenna(&named("two")).expect_err("no such board");
    assert_eq!(
        error.to_string(),
        "there is no board \"two\" that the antenna could speak for; there are one"
    );
    let taken = AntennaPlan { address: ONE, ..plan() };
    let error = builder().antenna(&taken).expect_err("taken");
    assert_eq!(error, AntennaError::SameAddress { address: ONE });
}
