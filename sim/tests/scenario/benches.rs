//! A run in a test's hands, and what a test that fails leaves behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use protocol::board::Rgb;
use protocol::{Channel, MacAddress};
use sim::harness::{Bench, for_seeds};
use sim::kernel::Time;
use sim::scenario::{Air, Board, Colour, Expectation, Scenario, Share};

fn hello() -> Scenario {
    Scenario::new("hello bench")
        .board(Board::new("sender").app("hello-sender").with("peer", "receiver"))
        .board(Board::new("receiver").app("hello-receiver"))
}

/// How many messages the receiver has had.
fn had(bench: &Bench) -> usize {
    bench.console("receiver").len()
}

const TENTH: Duration = Duration::from_millis(100);

fn begun() -> Bench {
    let mut bench = Bench::new(&hello(), 1).expect("it can be run");
    bench.run_for(TENTH);
    assert!(had(&bench) > 10, "{}", had(&bench));
    bench
}

#[test]
fn all_can_be_looked_at() {
    let mut bench = begun();
    assert_eq!(bench.now(), Time::from_micros(100_000));
    let peers: Vec<MacAddress> = bench.peers("sender").iter().map(|peer| peer.address).collect();
    assert_eq!(peers, [MacAddress([0x34, 0x85, 0x18, 0, 0, 8])]);
    assert!(bench.peers("receiver").is_empty());
    let on_air = bench.wait_until(TENTH, |bench| !bench.in_flight().is_empty());
    assert!(on_air.is_ok() && bench.in_flight().len() == 1);
    let green = bench.wait_until(Duration::from_secs(2), |bench| {
        bench.pixel("receiver", 0) == Rgb::new(0, 25, 0)
    });
    assert!(green.is_ok());
    assert_eq!(bench.pixels("receiver").len(), 25);
    assert!(bench.statistics("sender").tx_acked >= 102 && bench.printed("sender", "True"));
    let never = bench.wait_until(TENTH, |bench| bench.printed("sender", "never"));
    assert_eq!(never.map_err(|timed_out| timed_out.waited), Err(TENTH));
}

#[test]
fn what_is_parted_is_silent_until_it_is_repaired() {
    let mut bench = begun();
    bench.partition("sender", "receiver");
    let before = had(&bench);
    bench.run_for(TENTH);
    // What was on the air came through.
    assert!(had(&bench) <= before + 1);
    bench.repair("sender", "receiver");
    bench.run_for(TENTH);
    assert!(had(&bench) > before + 5);
}

#[test]
fn what_is_held_comes_later() {
    let mut bench = begun();
    bench.hold("sender", "receiver");
    let before = had(&bench);
    let acked = bench.statistics("sender").tx_acked;
    bench.run_for(TENTH);
    assert_eq!(had(&bench), before);
    assert!(
        bench.statistics("sender").tx_acked > acked + 5,
        "acknowledged all the same"
    );
    bench.release("sender", "receiver");
    bench.run_for(Duration::from_millis(1));
    assert!(had(&bench) > before + 5);
}

#[test]
fn loss_and_jamming_and_distance_are_felt() {
    for trouble in [
        (|bench: &mut Bench| bench.lose("*", "*", Share::ALL)) as fn(&mut Bench),
        |bench| bench.jam(Channel::DEFAULT, Duration::from_secs(1)),
        |bench| bench.power_off("receiver"),
    ] {
        let mut bench = begun();
        let before = had(&bench);
        trouble(&mut bench);
        bench.run_for(TENTH);
        assert!(had(&bench) <= before + 1);
    }
    let scenario = hello().air(Air::default().environment(sim::scenario::Environment::Open));
    let mut bench = Bench::new(&scenario, 1).expect("it can be run");
    bench.move_to("receiver", 1e6, 0.0);
    bench.run_for(TENTH);
    assert_eq!(had(&bench), 0);
}

#[test]
fn resets_begin_anew() {
    for reset in [
        (|bench: &mut Bench| bench.crash("sender")) as fn(&mut Bench),
        |bench| bench.bounce("sender"),
        |bench| {
            bench.power_off("sender");
            bench.power_on("sender");
        },
    ] {
        let mut bench = begun();
        reset(&mut bench);
        let starts = |bench: &Bench| {
            let lines = bench.console("receiver");
            lines.iter().filter(|line| line.text.contains("Starting")).count()
        };
        let again = bench.wait_until(Duration::from_secs(1), |bench| starts(bench) == 2);
        assert!(again.is_ok());
    }
}

#[test]
#[should_panic(expected = "no board is called sneder; there are sender, receiver")]
fn a_board_that_is_not_there_is_a_panic() {
    begun().crash("sneder");
}

/// What a test panics with.
fn panics(test: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(test)).expect_err("it fails");
    payload.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_test_that_fails_tells_its_seed_and_leaves_the_air() {
    let scenario = hello()
        .air(Air::default().loss(Share::percent(60)))
        .expect(Expectation::pixel("receiver", 0, Colour::GREEN).by(Duration::from_secs(5)));
    let words = panics(|| scenario.test(1..=20));
    assert!(words.contains("expected receiver: pixel 0 green by 5s"), "{words}");
    assert!(words.contains("runs fail, with the seeds"), "{words}");
    let capture = words
        .lines()
        .last()
        .and_then(|line| line.split(" is in ").nth(1))
        .expect("a file");
    let octets = std::fs::read(capture).expect("a capture");
    assert_eq!(octets[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a pcapng section");
    assert!(octets.len() > 1000);
    // Both tell the first failing seed, on however many cores.
    let words = panics(|| {
        for_seeds(&scenario, 1..=20, |bench| {
            let green = bench.wait_until(Duration::from_secs(5), |bench| bench.pixel("receiver", 0) != Rgb::OFF);
            green.expect("the light goes on");
        });
    });
    assert!(
        words.contains("hello bench fails with seed ") && words.contains("the light goes on"),
        "{words}"
    );
    assert!(words.contains(".pcapng"), "{words}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    use sim::harness::{Case, Workforce, json, run};
    use std::num::NonZeroUsize;
    use std::sync::atomic::AtomicBool;
    let scenario = hello()
        .air(Air::default().loss(Share::percent(60)))
        .expect(Expectation::pixel("receiver", 0, Colour::GREEN).by(Duration::from_secs(5)));
    let results = [1, 4].map(|jobs| {
        let interrupted = AtomicBool::new(false);
        let workforce = Workforce {
            jobs: NonZeroUsize::new(jobs).expect("some"),
            interrupted: &interrupted,
        };
        let case = Case::new(scenario.clone(), (1..=12).into());
        json(&run(&[case], workforce, &|_| {}).expect("it can be run")).to_string()
    });
    assert_eq!(results[0], results[1]);
    assert!(results[0].contains("\"passed\":false"));
}

#[test]
fn what_fails_is_made_smaller_and_fails_still() {
    use sim::harness::{shrink, try_seed};
    use sim::scenario::{Event, Fault};
    let scenario = Scenario::new("big")
        .board(Board::new("beacon-{n}").count(12).app("beacon").with("period", "50ms"))
        .board(Board::new("sender").app("hello-sender").with("peer", "receiver"))
        .board(Board::new("receiver").app("hello-receiver"))
        .event(Event::at(Duration::from_secs(1), Fault::Press("beacon-1".into())))
        .event(Event::at(Duration::from_millis(50), Fault::Crash("receiver".into())))
        .event(Event::at(Duration::from_secs(2), Fault::Heal))
        .expect(Expectation::console("sender", "True"))
        .expect(Expectation::console("sender", "False").never());
    let shrunk = shrink(&scenario, 1).expect("it fails");
    assert_eq!(shrunk.expectation, "sender: a line with \"False\" never");
    assert_eq!(shrunk.scenario.board_names().map(|names| names.len()), Ok(2));
    assert!(shrunk.scenario.events.len() <= 1 && shrunk.scenario.duration.0 < Duration::from_secs(1));
    let again = Scenario::parse("shrunk.toml", &shrunk.scenario.to_toml().expect("no Rust in it")).expect("a scenario");
    assert!(!try_seed(&again, shrunk.seed).expect("it can be run").passed());
    // What holds at times holds at times when it is smaller: the sender stays.
    let flaky = Scenario::new("flaky")
        .air(Air::default().loss(Share::percent(20)))
        .board(Board::new("idle-{n}").count(3))
        .board(Board::new("sender").app("hello-sender"))
        .board(Board::new("receiver").app("hello-receiver"))
        .expect(Expectation::console("receiver", "end"));
    let failing = (1..=20).find(|&seed| !try_seed(&flaky, seed).expect("it can be run").passed());
    let shrunk = shrink(&flaky, failing.expect("a fifth is lost")).expect("it fails");
    assert_eq!(
        shrunk.scenario.board_names(),
        Ok(vec!["sender".to_owned(), "receiver".to_owned()])
    );
    let passing = hello().expect(Expectation::console("sender", "True"));
    assert!(shrink(&passing, 1).is_none());
}
