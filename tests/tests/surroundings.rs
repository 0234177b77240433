//! Walls and channels of the demos with places.

use sim::demo::{Demo, Parameters, Settings};
use sim::kernel::Time;
use sim::lab::{MediumStatistics, Statistics};

fn statistics(demo: &str, set: &[(&str, &str)]) -> Statistics {
    let mut parameters = Parameters::default();
    for (key, value) in set {
        parameters.set(key, value);
    }
    let settings = Settings {
        seed: 1,
        until: Some(Time::from_micros(1_000_000)),
        parameters,
        ..Settings::default()
    };
    let demo = Demo::named(demo).expect("a demo");
    let mut lab = demo.builder(settings).expect("its parameters").build();
    lab.run();
    lab.statistics()
}

fn medium(demo: &str, set: &[(&str, &str)]) -> MediumStatistics {
    statistics(demo, set).medium
}

fn share(medium: MediumStatistics) -> f64 {
    medium.receptions as f64 / medium.in_range as f64
}

/// Frames of the sender that the receiver's program got.
fn arrived(set: &[(&str, &str)]) -> u64 {
    statistics("pair", set).boards[1].rx_frames
}

#[test]
fn walls_take_their_share() {
    let far = ("distance", "300");
    let open = arrived(&[far]);
    assert!(open > 100);
    // −70 dBm in the open.
    assert_eq!(arrived(&[far, ("walls", "3"), ("wall_loss", "3")]), open);
    assert_eq!(arrived(&[far, ("walls", "4"), ("wall_loss", "10")]), 0);
    assert_eq!(arrived(&[far, ("walls", "4"), ("wall_loss", "0")]), open);
}

#[test]
fn neighbour_channels_are_heard_close_by_and_others_never() {
    let broadcast = ("reply", "none");
    let own = arrived(&[broadcast, ("channel", "3")]);
    assert_eq!(own, arrived(&[broadcast]), "one channel is as good as another");
    let beside = |receiver| arrived(&[broadcast, ("channel", "3"), ("receiver_channel", receiver)]);
    assert_eq!(beside("3"), own);
    assert_eq!([beside("2"), beside("4")], [own, own]);
    assert_eq!([beside("1"), beside("5"), beside("11")], [0, 0, 0]);
    // At a distance what decoding costs there is too much.
    let far = ("distance", "2000");
    assert_eq!(arrived(&[broadcast, far]), own);
    assert_eq!(arrived(&[broadcast, far, ("receiver_channel", "2")]), 0);
}

#[test]
fn a_field_is_thinned_out_by_walls_and_channels() {
    let exponent = ("exponent", "3");
    let open = medium("field", &[exponent]);
    let walled = medium("field", &[exponent, ("walls", "4"), ("wall_loss", "10")]);
    assert!(walled.in_range < open.in_range * 3 / 4, "{walled:?}");
    // Two crowds that do not hear each other: each has half the collisions.
    let halves = medium("field", &[exponent, ("other_channel", "11")]);
    assert!(halves.in_range < open.in_range * 6 / 10, "{halves:?}");
    assert!(share(halves) > share(open) + 0.02, "{halves:?}");
}
