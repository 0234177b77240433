//! What a recording may claim: what a scenario may say, and no more.
//!
//! Whoever makes a file makes its checksums, too. Everything that is allocated or counted by a number in a recording is checked here, so
//! that the report, the page, the screen and the comparison can go by it.

use super::entry::{Conclusion, Description, Entry};
use crate::kernel::{Span, Time};
use crate::lab::{BoardStatistics, MediumStatistics, Statistics};
use crate::legible;
use crate::medium::interferer::InterfererStatistics;
use crate::medium::propagation::Position;
use crate::observe::{BoardId, Event, MOST_BOARDS, pixels_have_room};
use crate::record::{BridgeReport, ResponseReport};

/// Places are this far from the middle at most, m: as far as shapes and paths in scenarios lead, and more.
const FURTHEST_M: f64 = 1e9;

/// Interferers, at most. No air has room for more.
const MOST_INTERFERERS: usize = 10_000;

/// No run counts further, all boards together: a thousand million things a second, for two years.
const MOST_COUNTED: u64 = 1 << 56;

/// A frame that began in a run ends so long after it, at most.
const LONGEST_REST: Span = Span::from_micros(10_000_000);

/// Octets of payload that a driver takes in as one message, at most: what a frame's length field can say, and more.
const LONGEST_MESSAGE: usize = 1 << 16;

/// What is wrong with a description, in words.
pub(super) fn description(description: &Description) -> Result<(), String> {
    let Description {
        loss,
        watch_at,
        boards,
        places,
        interferers,
        ..
    } = description;
    if boards.len() > MOST_BOARDS {
        return Err(format!("{} boards are more than {MOST_BOARDS}", boards.len()));
    }
    for (index, board) in boards.iter().enumerate() {
        legible::check_name(&board.name).map_err(|rule| format!("board {index}: {rule}"))?;
    }
    pixels_have_room(boards.iter().map(|board| (&*board.name, board.pixels, 1)))?;
    if places.len() != boards.len() {
        return Err(format!("{} boards have {} places", boards.len(), places.len()));
    }
    if interferers.len() > MOST_INTERFERERS {
        return Err(format!(
            "{} interferers are more than {MOST_INTERFERERS}",
            interferers.len()
        ));
    }
    let is_near = |Position { x_m, y_m, z_m }: &Position| [x_m, y_m, z_m].iter().all(|m| m.abs() <= FURTHEST_M);
    if !(places.iter().all(is_near) && interferers.iter().all(|interferer| is_near(&interferer.position))) {
        return Err("a place is nowhere".to_owned());
    }
    if interferers.iter().any(|interferer| !interferer.power_dbm.is_finite()) {
        return Err("an interferer's power is no number".to_owned());
    }
    if !(0.0..=1.0).contains(loss) {
        return Err(format!("a loss of {loss} is not from 0 to 1"));
    }
    if !(watch_at.is_finite() && *watch_at > 0.0) {
        return Err(format!("{watch_at} is no speed to watch at"));
    }
    Ok(())
}

/// Whether an entry can be of a run with so many boards.
pub(super) fn is_possible(entry: &Entry, boards: usize) -> bool {
    match entry {
        Entry::Event(event) => {
            let is_short = match event {
                Event::Pixels { colours, .. } => colours.len() <= crate::observe::MOST_PIXELS,
                Event::Received { length, .. } => *length <= LONGEST_MESSAGE,
                _ => true,
            };
            is_short && event.board().is_none_or(|board| is_there(board, boards))
        }
        Entry::Loss(loss) => (0.0..=1.0).contains(loss),
        Entry::Conclusion(conclusion) => is_end(conclusion, boards),
    }
}

fn is_there(board: BoardId, boards: usize) -> bool {
    board.index() < boards
}

/// Whether a run of so many boards can have ended so. Fields are named one by one, so that one which comes anew is thought of here.
fn is_end(conclusion: &Conclusion, boards: usize) -> bool {
    let Conclusion {
        at,
        ended: _,
        statistics,
        advice,
        bridge,
        responses,
        remark: _,
        verdicts: _,
    } = conclusion;
    advice.iter().all(|advice| is_there(advice.board, boards))
        && is_counted(statistics, *at, boards)
        && bridge.as_ref().is_none_or(is_bridge)
        && responses.iter().all(|response| is_response(response, boards))
}

fn is_counted(statistics: &Statistics, at: Time, boards: usize) -> bool {
    let Statistics {
        boards: rows,
        medium,
        interferers,
        events,
    } = statistics;
    let MediumStatistics {
        transmissions,
        acks,
        in_range,
        receptions,
        lost,
    } = *medium;
    let of_board = |row: &BoardStatistics| {
        let BoardStatistics {
            tx_frames,
            tx_attempts,
            tx_acked,
            tx_failed,
            rx_frames,
            rx_dropped,
            airtime: _,
            asleep: _,
        } = *row;
        [tx_frames, tx_attempts, tx_acked, tx_failed, rx_frames, rx_dropped]
    };
    let of_interferer = |row: &InterfererStatistics| row.deferred;
    let counters = rows
        .iter()
        .flat_map(of_board)
        .chain(interferers.iter().map(of_interferer));
    let counters = counters.chain([transmissions, acks, in_range, receptions, lost.total(), *events]);
    let until = (at + LONGEST_REST) - Time::ZERO;
    rows.len() <= boards
        && interferers.len() <= MOST_INTERFERERS
        && together(counters) <= MOST_COUNTED
        && rows.iter().all(|row| row.airtime <= until && row.asleep <= until)
        && together(rows.iter().map(|row| row.airtime.as_micros())) <= MOST_COUNTED
}

fn is_bridge(bridge: &BridgeReport) -> bool {
    let BridgeReport {
        outward,
        acknowledged,
        unacknowledged,
        refused,
        inward,
        dropped,
        interruptions,
        line_broken: _,
        line_repeated: _,
        round_trip_us: _,
        lag_us: _,
    } = *bridge;
    let counters = [
        outward,
        acknowledged,
        unacknowledged,
        refused,
        inward,
        dropped,
        interruptions,
    ];
    together(counters) <= MOST_COUNTED
}

fn is_response(response: &ResponseReport, boards: usize) -> bool {
    let ResponseReport {
        command: _,
        asked,
        answered,
        median_us: _,
        p90_us: _,
        last_us: _,
    } = *response;
    answered <= asked && asked <= boards
}

/// The sum; the largest number there is stands for what is larger.
fn together(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0, u64::saturating_add)
}
