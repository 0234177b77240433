//! The two demos, from the first frame to the last blink.

use std::cell::RefCell;
use std::rc::Rc;

use sim::demo::{Demo, Settings};
use sim::kernel::Time;
use sim::observe::{Event, Observer};

#[derive(Default)]
struct Log(Vec<(Time, Event)>);

impl Observer for Log {
    fn observe(&mut self, at: Time, event: &Event) {
        self.0.push((at, event.clone()));
    }
}

struct Tap(Rc<RefCell<Log>>);

impl Observer for Tap {
    fn observe(&mut self, at: Time, event: &Event) {
        self.0.borrow_mut().observe(at, event);
    }
}

#[test]
fn hello_runs_to_its_blinks() {
    let log = Rc::new(RefCell::new(Log::default()));
    let demo = Demo::named("hello").expect("it is shipped");
    let mut lab = demo
        .builder(Settings::default())
        .observe(Box::new(Tap(Rc::clone(&log))))
        .build();
    lab.run();
    for (at, event) in &log.borrow().0 {
        println!("{at} {event:?}");
    }
    println!("{:#?}", lab.statistics());
}
