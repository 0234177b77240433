//! The columns of a sweep, and what one run puts into them.

use super::grid::Grid;
use super::mark::MARK;
use crate::harness::Verdict;
use crate::observe::Loss;
use crate::record::figures::Figures;
use crate::record::recording::Conclusion;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same in every version.
    pub name: String,
    /// What is in it.
    pub(super) kind: Kind,
}

/// What is in a column; any of its cells may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Count,
    Real,
    Text,
}

/// The figures of a run, in this order, behind its parameters and its seed.
pub(super) const FIGURES: [(&str, Kind); 32] = [
    ("virtual_seconds", Kind::Real),
    ("boards", Kind::Count),
    ("sent", Kind::Count),
    ("attempts", Kind::Count),
    ("acked", Kind::Count),
    ("failed", Kind::Count),
    ("delivery", Kind::Real),
    ("received", Kind::Count),
    ("dropped", Kind::Count),
    ("received_octets", Kind::Count),
    ("throughput_bit_per_s", Kind::Real),
    ("latency_us_mean", Kind::Real),
    ("latency_us_p50", Kind::Count),
    ("latency_us_p90", Kind::Count),
    ("latency_us_p99", Kind::Count),
    ("latency_us_max", Kind::Count),
    ("airtime_us", Kind::Count),
    ("airtime_share", Kind::Real),
    ("frames_on_air", Kind::Count),
    ("acks_on_air", Kind::Count),
    ("in_range", Kind::Count),
    ("receptions", Kind::Count),
    ("reception_share", Kind::Real),
    ("lost_collision", Kind::Count),
    ("lost_noise", Kind::Count),
    ("lost_fault", Kind::Count),
    ("lost_busy", Kind::Count),
    ("lost_asleep", Kind::Count),
    ("advice", Kind::Count),
    ("expectations", Kind::Count),
    ("expectations_met", Kind::Count),
    ("panic", Kind::Text),
];

/// Before a parameter's name where it is a column's.
const SET: &str = "set.";

/// What a parameter's column is called: as the parameter, unless a column of another meaning is called so. Upper and lower case are
/// one, as many programs that read tables take them for one.
fn parameter_name(name: &str) -> String {
    let own = ["row", "seed", MARK].into_iter().chain(FIGURES.map(|(name, _)| name));
    // `set.boards` may be a parameter's name, too: it gets another `set.`, so that no two are the same.
    let lower = name.to_ascii_lowercase();
    match own.into_iter().any(|own| own == lower.trim_start_matches(SET)) {
        true => format!("{SET}{name}"),
        false => name.to_owned(),
    }
}

/// All columns of a sweep.
pub(super) fn columns(grid: &Grid) -> Vec<Column> {
    let parameters = grid.axes().iter().map(|axis| Column {
        name: parameter_name(axis.name()),
        kind: kind_of(axis.values().iter().map(String::as_str)),
    });
    let own = |(name, kind): (&str, Kind)| Column {
        name: name.to_owned(),
        kind,
    };
    let row = std::iter::once(("row", Kind::Count)).map(own);
    let seed = std::iter::once(("seed", Kind::Count)).map(own);
    row.chain(parameters).chain(seed).chain(FIGURES.map(own)).collect()
}

/// What all of these can be taken for.
pub(super) fn kind_of<'a>(mut values: impl Iterator<Item = &'a str> + Clone) -> Kind {
    // A leading zero or plus would be lost in a number.
    let is_plain = |value: &str| value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    if values.clone().all(is_plain) {
        Kind::Count
    } else if values.all(|value| value.parse::<f64>().is_ok_and(f64::is_finite)) {
        Kind::Real
    } else {
        Kind::Text
    }
}

fn ratio(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        (part / whole).to_string()
    } else {
        String::new()
    }
}

/// The figures of a run but the last, what it panicked with. All are empty where it did.
pub(super) fn cells(conclusion: Option<&Conclusion>, figures: &Figures, verdicts: Option<&[Verdict]>) -> Vec<String> {
    let Some(conclusion) = conclusion else {
        return vec![String::new(); FIGURES.len() - 1];
    };
    let boards = &conclusion.statistics.boards;
    let sum = |of: fn(&crate::lab::BoardStatistics) -> u64| boards.iter().map(of).sum::<u64>();
    let medium = conclusion.statistics.medium;
    let seconds = conclusion.at.as_seconds();
    let (acked, failed) = (sum(|board| board.tx_acked), sum(|board| board.tx_failed));
    let airtime = sum(|board| board.airtime.as_micros());
    let latency = figures.latency();
    let percentile = |percent| {
        latency
            .percentile_us(percent)
            .map_or_else(String::new, |micros| micros.to_string())
    };
    let count = |number: u64| number.to_string();
    let met = verdicts.map(|verdicts| verdicts.iter().filter(|verdict| verdict.failure.is_none()).count());
    vec![
        seconds.to_string(),
        count(boards.len() as u64),
        count(sum(|board| board.tx_frames)),
        count(sum(|board| board.tx_attempts)),
        count(acked),
        count(failed),
        ratio(acked as f64, (acked + failed) as f64),
        count(sum(|board| board.rx_frames)),
        count(sum(|board| board.rx_dropped)),
        count(figures.octets()),
        ratio(figures.octets() as f64 * 8.0, seconds),
        latency.mean_us().map_or_else(String::new, |micros| micros.to_string()),
        percentile(50.0),
        percentile(90.0),
        percentile(99.0),
        percentile(100.0),
        count(airtime),
        ratio(airtime as f64 / 1e6, seconds),
        count(medium.transmissions),
        count(medium.acks),
        count(medium.in_range),
        count(medium.receptions),
        ratio(medium.receptions as f64, medium.in_range as f64),
        count(medium.lost.of(Loss::Collision)),
        count(medium.lost.of(Loss::Noise)),
        count(medium.lost.of(Loss::Fault)),
        count(medium.lost.of(Loss::Busy)),
        count(medium.lost.of(Loss::Asleep)),
        count(conclusion.advice.len() as u64),
        verdicts.map_or_else(String::new, |verdicts| verdicts.len().to_string()),
        met.map_or_else(String::new, |met| met.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_have_one_name() {
        let own = columns(&Grid::default());
        let own = own.iter().map(|column| column.name.as_str());
        let names = own
            .chain([MARK, "distance", "set.boards", "set.set.boards", "set.x"])
            .map(str::to_owned);
        let names: Vec<String> = names.collect();
        let axes = names.iter().map(|name| format!("{name}=1").parse().expect("an axis"));
        let grid = Grid::new(axes.collect()).expect("all different");
        let all = columns(&grid);
        let mut found: Vec<_> = all.iter().map(|column| column.name.to_ascii_lowercase()).collect();
        found.push(MARK.to_owned());
        found.sort_unstable();
        assert_eq!(found.windows(2).find(|pair| pair[0] == pair[1]), None);
        let told = |name: &str| all.iter().any(|column| column.name == name);
        assert_eq!(parameter_name("Delivery"), "set.Delivery");
        for name in [
            "distance",
            "set.x",
            "set.boards",
            "set.row",
            "set.seed",
            "set.sweep",
            "set.delivery",
        ] {
            assert!(told(name), "{name}");
        }
    }
}
