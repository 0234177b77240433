//! Programs on the boards of a scenario.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sim::harness::{self, Case, Judge, Workforce};
use sim::scenario::{Runtime, Scenario};
use sim::sweep::{Format, Grid, Shard, Subject, Sweep};

use crate::desk::{confined, interpreters};

#[test]
fn a_scenario_runs_scripts_and_judges_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hello/hello.toml");
    let scenario = Scenario::load(&path, &[]).expect("a scenario");
    for interpreter in interpreters() {
        let mut scenario = scenario.clone();
        scenario.runtime.interpreter = Some(interpreter.path().to_owned());
        scenario.runtime.confinement = Some(confined());
        let met = |scenario: &Scenario| {
            let judge = std::rc::Rc::new(std::cell::RefCell::new(Judge::new(scenario).expect("a judge")));
            let builder = scenario.builder(1).expect("a lab");
            let mut lab = builder.observe(Box::new(std::rc::Rc::clone(&judge))).build();
            lab.run();
            let verdicts = judge.borrow_mut().verdicts(lab.now());
            verdicts
                .iter()
                .map(|verdict| verdict.failure.is_none())
                .collect::<Vec<_>>()
        };
        assert_eq!(met(&scenario), [true, true, true]);
        // Without its `end` the receiver never answers.
        scenario.air.loss = sim::scenario::Share::new(1.0).expect("a share");
        assert_eq!(met(&scenario), [false, false, true]);
    }
}

#[test]
fn what_a_scenario_can_set_is_what_a_program_can_read() {
    const PINS: &str = "
import sys
from machine import ADC, Pin
readable = []
for number in range(64):
    try:
        ADC(number if sys.platform == 'esp8266' else Pin(number))
        readable.append(number)
    except ValueError:
        pass
print(readable)
";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("pins.py"), PINS).expect("room");
    let path = folder.path().join("pins.toml");
    let write = |chip: &str, more: &str| {
        let board = format!("[[board]]\nname = \"a\"\nchip = \"{chip}\"\nscript = \"pins.py\"\n");
        std::fs::write(&path, format!("version = 1\nduration = \"1s\"\n{board}{more}")).expect("room");
        Scenario::load(&path, &[])
    };
    for chip in ["esp32-s3", "esp32-c3", "esp32", "esp8266"] {
        let settable = (0..64).filter(|pin| {
            let value = format!("sensor = {{ board = \"a\", name = \"adc{pin}\", value = 1 }}");
            write(chip, &format!("[[event]]\nat = \"0s\"\n{value}\n")).is_ok()
        });
        let settable: Vec<u32> = settable.collect();
        for interpreter in interpreters() {
            let expected = format!("[[expect]]\nboard = \"a\"\nconsole = \"{settable:?}\"\n");
            let mut scenario = write(chip, &expected).expect("a scenario");
            scenario.runtime.interpreter = Some(interpreter.path().to_owned());
            scenario.runtime.confinement = Some(confined());
            let judge = std::rc::Rc::new(std::cell::RefCell::new(Judge::new(&scenario).expect("a judge")));
            let builder = scenario.builder(1).expect("a lab");
            let mut lab = builder.observe(Box::new(std::rc::Rc::clone(&judge))).build();
            lab.run();
            let verdicts = judge.borrow_mut().verdicts(lab.now());
            assert!(
                verdicts.iter().all(|verdict| verdict.failure.is_none()),
                "{chip}: {settable:?}"
            );
        }
        let unknown = write(
            chip,
            "[[event]]\nat = \"0s\"\nsensor = { board = \"a\", name = \"pin5\", value = 1 }\n",
        );
        let complaint = unknown.expect_err("nobody reads it").to_string();
        assert!(
            complaint.contains("no program in MicroPython reads \"pin5\""),
            "{complaint}"
        );
    }
}

/// A script that is edited while many runs of it go on is in all of them what it was in the first.
#[test]
fn many_runs_are_of_one_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("a.py");
    let path = folder.path().join("a.toml");
    fs::write(
        &path,
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\nscript = \"a.py\"\n\
         [[expect]]\nboard = \"a\"\nconsole = \"before\"\n",
    )
    .expect("room");
    let write = |text: &str| fs::write(&script, format!("print('{text}')\n")).expect("room");
    let interpreter = interpreters().into_iter().next().expect("one at least");
    let runtime = Runtime {
        interpreter: Some(interpreter.path().to_owned()),
        confinement: Some(confined()),
        ..Runtime::default()
    };

    write("before");
    let mut scenario = Scenario::load(&path, &[]).expect("a scenario");
    scenario.runtime = runtime.clone();
    let kept = {
        let mut scenario = scenario.clone();
        scenario.keep_files(Some(&path)).expect("room");
        scenario.kept
    };
    let case = Case::new(scenario, "1..3".parse().expect("seeds"));
    let workforce = Workforce {
        jobs: NonZeroUsize::MIN,
        interrupted: &AtomicBool::new(false),
    };
    let results = harness::run(&[case], workforce, &|_| write("after")).expect("it runs");
    assert_eq!((results[0].runs, results[0].failed), (3, 0), "{results:?}");
    assert_eq!(kept.changed(), [&*script]);

    write("before");
    assert!(kept.changed().is_empty());
    let sweep = Sweep {
        subject: Subject::File { path, runtime },
        grid: Grid::default(),
        seeds: "1..3".parse().expect("seeds"),
        shard: Shard::WHOLE,
        jobs: NonZeroUsize::MIN,
    };
    let out = folder.path().join("out.csv");
    let done = sweep
        .run(&out, Format::Csv, &mut |_, _| write("after"))
        .expect("it runs");
    assert_eq!(done.changed, [&*script]);
    let rows = fs::read_to_string(&out).expect("a file");
    assert_eq!(rows.lines().filter(|row| row.ends_with(",1,1,")).count(), 3, "{rows}");
}
