//! What a field costs: work that grows with what is received, not with the boards squared.

use sim::kernel::Time;
use sim::lab::Statistics;
use tests::demo;

/// Three seconds of boards that broadcast once a second and are heard by some twenty others each.
fn field(boards: u32, seed: u64) -> Statistics {
    let boards = boards.to_string();
    let parameters = [("boards", boards.as_str()), ("exponent", "4"), ("period", "1s")];
    let mut lab = demo("field", seed, &parameters).build();
    lab.run_until(Time::from_micros(3_000_000));
    lab.statistics()
}

#[test]
fn a_field_of_300_boards_repeats() {
    let (once, again) = (field(300, 7), field(300, 7));
    assert_eq!(once, again);
    assert!(
        once.medium.transmissions > 700 && once.medium.lost.total() > 0,
        "{:?}",
        once.medium
    );
    assert_ne!(once.medium, field(300, 8).medium, "another seed, another field");
}

#[test]
fn events_grow_with_frames_and_pairs_with_neighbours() {
    let [small, large] = [100, 400].map(|boards| field(boards, 3));
    let events = |statistics: &Statistics| statistics.events as f64 / statistics.medium.transmissions as f64;
    let ratio = events(&large) / events(&small);
    println!("{:.2} and {:.2} events a frame", events(&small), events(&large));
    assert!(
        (0.9..1.1).contains(&ratio),
        "{:.2} and {:.2} events a frame",
        events(&small),
        events(&large)
    );
    // A frame's end, its turn, and four looks at the clock a period; no event for a reception.
    assert!(events(&large) < 10.0, "{:.2} events a frame", events(&large));
    // Boards at the edge have fewer neighbours, and a small field has more edge. With the boards squared it would be 4.
    let pairs = |statistics: &Statistics| statistics.medium.in_range as f64 / statistics.medium.transmissions as f64;
    let ratio = pairs(&large) / pairs(&small);
    assert!(
        (0.9..1.7).contains(&ratio),
        "{:.1} and {:.1} boards hear a frame",
        pairs(&small),
        pairs(&large)
    );
}
