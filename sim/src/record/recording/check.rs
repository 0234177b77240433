//! What a recording may claim: what a scenario may say, and no more.
//!
//! Whoever makes a file makes its checksums, too. Everything that is allocated or counted by a number in a recording is checked here, so
//! that the report, the page, the screen and the comparison can go by it.

use super::entry::{Description, Entry};
use crate::legible;
use crate::medium::propagation::Position;
use crate::observe::{Event, MOST_BOARDS, pixels_have_room};

/// Places are this far from the middle at most, m: as far as shapes and paths in scenarios lead, and more.
const FURTHEST_M: f64 = 1e9;

/// Interferers, at most. No air has room for more.
const MOST_INTERFERERS: usize = 10_000;

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
    let is_there = |board: Option<crate::observe::BoardId>| board.is_none_or(|board| board.index() < boards);
    match entry {
        Entry::Event(event) => {
            let is_strip = match event {
                Event::Pixels { colours, .. } => colours.len() <= crate::observe::MOST_PIXELS,
                _ => true,
            };
            is_strip && is_there(event.board())
        }
        Entry::Loss(loss) => (0.0..=1.0).contains(loss),
        Entry::Conclusion(conclusion) => conclusion.advice.iter().all(|advice| is_there(Some(advice.board))),
    }
}
