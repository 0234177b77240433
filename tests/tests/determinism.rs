//! The same scenario and seed give the same octets.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sim::demo::{Demo, Settings};
use sim::kernel::{Span, Time};
use sim::lab::LabBuilder;
use sim::medium::{Link, Links};
use sim::record::{CaptureFile, LOSS_AT_ONE_METRE_DB, Reporter, Trace};

struct Recording {
    pcapng: Vec<u8>,
    trace: Vec<u8>,
    report: String,
}

fn builder(demo: Demo, seed: u64, links: Links) -> LabBuilder {
    let until = Some(Time::from_micros(300_000));
    let settings = Settings {
        seed,
        links,
        until,
        ..Settings::default()
    };
    demo.builder(settings).expect("no parameter is set")
}

fn record(demo: Demo, seed: u64) -> Recording {
    let link = Link {
        loss: 0.3,
        latency: Span::from_micros(50),
        jitter: Span::from_micros(500),
        ..Link::default()
    };
    let mut lab = builder(demo, seed, Links::all(link)).build();
    let capture = CaptureFile::new(Vec::new(), None, LOSS_AT_ONE_METRE_DB).expect("memory takes everything");
    let capture = Rc::new(RefCell::new(capture));
    let trace = Rc::new(RefCell::new(Trace::new(Vec::new(), lab.boards().cloned().collect())));
    let reporter = Rc::new(RefCell::new(Reporter::default()));
    lab.observe(Box::new(Rc::clone(&capture)));
    lab.observe(Box::new(Rc::clone(&trace)));
    lab.observe(Box::new(Rc::clone(&reporter)));
    lab.run();
    let report = reporter.borrow().report(&lab, Duration::ZERO);
    drop(lab);
    Recording {
        pcapng: finish(capture, CaptureFile::finish),
        trace: finish(trace, Trace::finish),
        report: serde_json::to_string(&report).expect("a report is JSON"),
    }
}

fn finish<O>(observer: Rc<RefCell<O>>, finish: impl FnOnce(O) -> std::io::Result<Vec<u8>>) -> Vec<u8> {
    let observer = Rc::into_inner(observer).expect("the lab is gone").into_inner();
    finish(observer).expect("memory takes everything")
}

#[test]
fn runs_repeat_to_the_last_octet() {
    for &demo in Demo::ALL {
        let (once, again) = (record(demo, 7), record(demo, 7));
        assert!(once.pcapng == again.pcapng, "{demo:?}: captures differ");
        assert!(once.trace == again.trace, "{demo:?}: traces differ");
        assert_eq!(once.report, again.report, "{demo:?}");
        let other = record(demo, 8);
        assert!(once.pcapng != other.pcapng, "{demo:?}: the seed changes nothing");
    }
}

#[test]
fn watching_changes_nothing() {
    for &demo in Demo::ALL {
        let builder = || builder(demo, 5, Links::default());
        let mut alone = builder().build();
        alone.run();
        let (_, _, watched) = tests::run(builder());
        assert_eq!(alone.statistics(), watched.statistics(), "{demo:?}");
        assert_eq!(alone.now(), watched.now(), "{demo:?}");
    }
}
