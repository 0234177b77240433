//! Laws and conformance that need more than one crate. The tests are under `tests/`; here is what they share.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::board::{Board as _, Button as _, Clock as _, Parts, Radio as _};
use protocol::espnow::{Error, Peer};
use protocol::{MacAddress, Rate};
use sim::board::VirtualBoard;
use sim::demo::{Demo, Settings};
use sim::kernel::Time;
use sim::lab::{Lab, LabBuilder};
use sim::medium::{Link, Links};
use sim::observe::{Ending, Event, Loss, Observer, Reception, Transmission};
use sim::record::{Report, Reporter};

/// Everything that was seen of a run, in order.
#[derive(Clone, Debug, Default)]
pub struct Seen(pub Vec<(Time, Event)>);

impl Observer for Seen {
    fn observe(&mut self, at: Time, event: &Event) {
        self.0.push((at, event.clone()));
    }
}

impl Seen {
    /// The frames that went on the air.
    pub fn transmissions(&self) -> impl Iterator<Item = &Transmission> {
        self.0.iter().filter_map(|(_, event)| match event {
            Event::Transmission(transmission) => Some(transmission),
            _ => None,
        })
    }

    /// How the data frames of one board ended at another, in order.
    #[must_use]
    pub fn outcomes(&self, from: u32, to: u32) -> Vec<Result<(), Loss>> {
        let sent: BTreeSet<u64> = self
            .transmissions()
            .filter(|frame| frame.sender.0 == from && !frame.kind.is_ack())
            .map(|frame| frame.id)
            .collect();
        self.receptions()
            .filter(|reception| reception.receiver.0 == to && sent.contains(&reception.transmission))
            .map(|reception| reception.outcome)
            .collect()
    }

    /// When the data frames of a board began.
    #[must_use]
    pub fn starts(&self, of: u32) -> Vec<Time> {
        self.transmissions()
            .filter(|frame| frame.sender.0 == of && !frame.kind.is_ack())
            .map(|frame| frame.start)
            .collect()
    }

    /// How they ended at each receiver.
    pub fn receptions(&self) -> impl Iterator<Item = &Reception> {
        self.0.iter().filter_map(|(_, event)| match event {
            Event::Reception(reception) => Some(reception),
            _ => None,
        })
    }
}

/// A run from start to end: what was seen, its report, and the lab as it is at the end.
pub fn run(builder: LabBuilder) -> (Seen, Report, Lab) {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let reporter = Rc::new(RefCell::new(Reporter::default()));
    let mut lab = builder
        .observe(Box::new(Rc::clone(&seen)))
        .observe(Box::new(Rc::clone(&reporter)))
        .build();
    lab.run();
    let report = reporter.borrow().report(&lab, std::time::Duration::ZERO);
    (seen.take(), report, lab)
}

/// The address of the board with this number.
#[must_use]
pub const fn address(number: u16) -> MacAddress {
    let [high, low] = number.to_be_bytes();
    MacAddress([0x34, 0x85, 0x18, 0, high, low])
}

/// What a board says to whom.
#[derive(Clone, Debug)]
pub struct Speech {
    /// A board's address, or the broadcast address.
    pub to: MacAddress,
    /// The data rate.
    pub rate: Rate,
    /// Octets a frame.
    pub payload: usize,
    /// When each frame is handed to the driver, µs after the start.
    pub at_us: Vec<u64>,
}

/// A program that says something at given moments. With a profile that has no host, a frame goes on the air in the very
/// moment if that has been idle for long enough.
pub async fn speak(mut board: VirtualBoard, speech: Speech) -> Ending {
    let Parts { radio, clock, .. } = board.parts();
    radio
        .add_peer(Peer::new(speech.to).at_rate(speech.rate))
        .expect("a new peer");
    let data = vec![0x55; speech.payload];
    for at_us in speech.at_us {
        clock.sleep_until(Time::from_micros(at_us).into()).await;
        match radio.enqueue(speech.to, &data) {
            Ok(()) | Err(Error::NoMem) => {}
            Err(error) => return Ending::Failed(error.name().to_owned()),
        }
    }
    Ending::Finished
}

/// A program that waits for a button that nobody presses: its board's MAC still acknowledges.
pub async fn listen(mut board: VirtualBoard) -> Ending {
    board.parts().button.pressed().await;
    Ending::Finished
}

/// A demo with these parameters.
///
/// # Panics
/// If there is no such demo, or it does not take them.
#[must_use]
pub fn demo(name: &str, seed: u64, parameters: &[(&str, &str)]) -> LabBuilder {
    demo_with(
        name,
        parameters,
        Settings {
            seed,
            ..Settings::default()
        },
    )
}

/// The same where every link loses this part of its frames.
///
/// # Panics
/// As [`demo`].
#[must_use]
pub fn lossy_demo(name: &str, seed: u64, loss: f64, parameters: &[(&str, &str)]) -> LabBuilder {
    let links = Links::all(Link {
        loss,
        ..Link::default()
    });
    demo_with(
        name,
        parameters,
        Settings {
            seed,
            links,
            ..Settings::default()
        },
    )
}

/// A demo with these parameters and settings.
///
/// # Panics
/// As [`demo`].
#[must_use]
pub fn demo_with(name: &str, parameters: &[(&str, &str)], mut settings: Settings) -> LabBuilder {
    for (key, value) in parameters {
        settings.parameters.set(key, value);
    }
    let demo = Demo::named(name).expect("it is shipped");
    demo.builder(settings).expect("parameters that it takes")
}
