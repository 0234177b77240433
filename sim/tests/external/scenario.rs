//! Programs on the boards of a scenario.

use std::path::Path;

use sim::harness::Judge;
use sim::scenario::Scenario;

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
