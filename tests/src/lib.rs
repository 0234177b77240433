//! Laws and conformance that need more than one crate. The tests are under `tests/`; here is what they share.

use std::cell::RefCell;
use std::rc::Rc;

use sim::kernel::Time;
use sim::lab::{Lab, LabBuilder};
use sim::observe::{Event, Observer, Reception, Transmission};
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
