//! Each board: what it is, shows, counted and said.

use maud::{Markup, html};

use super::Run;
use super::numbers::{count, sum};
use crate::record::BoardReport;
use crate::record::lines::one_line;

/// Boards that are shown, and lines of each console: the last ones.
const BOARDS: usize = 200;
const LINES: usize = 200;
const PIXELS: usize = 256;

/// Characters of a line.
const LETTERS: usize = 500;

pub(super) fn section(run: &Run<'_>) -> Markup {
    let boards = &run.report.boards;
    let open = boards.len() <= 8;
    html! {
        section #boards {
            h2 { "Boards" }
            @for board in boards.iter().take(BOARDS) { (one(board, open)) }
            @if boards.len() > BOARDS {
                p.left-out { "Shown are the first " (BOARDS) " boards of " (count(boards.len() as u64)) "." }
            }
        }
    }
}

fn one(board: &BoardReport, open: bool) -> Markup {
    let is_lit = board.pixels.iter().any(|colours| *colours != [0; 3]);
    let failed = board.program.starts_with("failed");
    let (tx, rx) = (board.tx, board.rx);
    let skipped = board.console.len().saturating_sub(LINES);
    let left_out = board.console_left_out.map_or(0, |left_out| left_out.lines);
    let printed = sum([board.console.len() as u64, left_out]);
    html! {
        details.board-card open[open] {
            summary {
                strong { (one_line(&board.name)) }
                span.chip { (one_line(board.chip)) " " (board.mac) }
                span class=(if failed { "state failed" } else { "state" }) { (one_line(&board.program)) }
            }
            p.counters {
                "sent " b { (count(tx.frames)) } " in " (count(tx.attempts)) " attempts, acked " b { (count(tx.acked)) }
                ", gave up " b class=[(tx.failed > 0).then_some("bad")] { (count(tx.failed)) }
                ", received " b { (count(rx.frames)) }
                ", dropped " b class=[(rx.dropped > 0).then_some("bad")] { (count(rx.dropped)) }
                @if !board.resets.is_empty() { ", began anew: " (board.resets.join(", ")) }
                @if board.more_resets > 0 { ", and " (count(board.more_resets)) " times more" }
            }
            @if is_lit {
                p.pixels {
                    @for [red, green, blue] in board.pixels.iter().take(PIXELS).copied() {
                        span.pixel style=(shine(red, green, blue)) title=(format!("({red}, {green}, {blue})")) {}
                    }
                }
            }
            @if board.console.is_empty() {
                p.note { "It printed nothing." }
            } @else {
                @if skipped > 0 {
                    p.left-out { "The last " (LINES) " of " (count(printed)) " lines:" }
                }
                pre {
                    @for (line, times) in runs_of(board.console.get(skipped..).unwrap_or_default()) {
                        (shortened(line))
                        @if times > 1 { span.times { "  (" (times) " times)" } }
                        "\n"
                    }
                }
            }
        }
    }
}

/// Lines that are said several times in a row, once, with how often.
fn runs_of(lines: &[String]) -> impl Iterator<Item = (&str, usize)> {
    let runs = lines.chunk_by(|line, next| line == next);
    runs.filter_map(|run| Some((run.first()?.as_str(), run.len())))
}

fn shortened(line: &str) -> String {
    let line = one_line(line);
    match line.char_indices().nth(LETTERS) {
        None => line,
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
    }
}

/// A NeoPixel's value is linear in its light, and it is very bright: on a page it is lifted as on the screen.
fn shine(red: u8, green: u8, blue: u8) -> String {
    let largest = red.max(green).max(blue);
    if largest == 0 {
        return String::new();
    }
    let lift = |channel: u8| {
        let level = 110.0 + 145.0 * libm::pow(f64::from(largest) / 255.0, 1.0 / 2.2);
        // Casts from float saturate.
        (level * libm::pow(f64::from(channel) / f64::from(largest), 1.0 / 2.2)).round() as u8
    };
    format!("background:rgb({} {} {})", lift(red), lift(green), lift(blue))
}
