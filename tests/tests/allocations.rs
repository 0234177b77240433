//! A crowd that goes on as it did allocates nothing, neither for a frame nor for a reception.

use sim::demo::{Demo, Parameters, Settings};
use sim::kernel::Time;
use sim::lab::Lab;

/// A demo of `millis` ms, run half way: its tables have grown.
fn half_way(name: &str, parameters: &[(&str, &str)], millis: u64) -> Lab {
    let mut set = Parameters::default();
    for (key, value) in parameters {
        set.set(key, value);
    }
    let settings = Settings {
        seed: 1,
        until: Some(Time::from_micros(millis * 1000)),
        parameters: set,
        ..Settings::default()
    };
    let demo = Demo::named(name).expect("it is shipped");
    let mut lab = demo.builder(settings).expect("its parameters are right").build();
    lab.run_until(Time::from_micros(millis * 500));
    lab
}

#[test]
fn broadcasts_in_the_steady_state_allocate_nothing() {
    // Few enough for the air, so that queues and lists stop growing.
    let mut lab = half_way("field", &[("boards", "30"), ("period", "100ms")], 4_000);
    let before = lab.statistics().medium.receptions;
    let counted = allocation_counter::measure(|| lab.run());
    let receptions = lab.statistics().medium.receptions - before;
    assert!(receptions > 15_000, "{receptions}");
    // A list that meets its longest only now may still grow.
    assert!(
        counted.count_total < 10,
        "{} for {receptions} receptions",
        counted.count_total
    );
}

#[test]
fn unicast_in_the_steady_state_allocates_nothing_but_console_lines() {
    let mut lab = half_way("pair", &[("payload", "250")], 4_000);
    let before = lab.statistics().medium.transmissions;
    let counted = allocation_counter::measure(|| lab.run());
    let frames = lab.statistics().medium.transmissions - before;
    assert!(frames > 1_000, "{frames}");
    // Two seconds, with a line each, made in pieces.
    assert!(counted.count_total < 40, "{} for {frames} frames", counted.count_total);
}
