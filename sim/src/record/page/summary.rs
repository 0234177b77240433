//! What happened, in a few figures; and what to change.

use maud::{Markup, html};

use super::Run;
use super::numbers::{bits_per_second, count, micros, percent, share, span, sum};
use crate::kernel::Time;
use crate::record::lines::one_line;
use crate::record::recording::Ended;

/// The run in a sentence.
pub(super) fn lead(run: &Run<'_>) -> String {
    let (boards, seed) = (run.description.boards.len(), run.description.seed);
    let plural = if boards == 1 { "" } else { "s" };
    let end = match run.conclusion.ended {
        Ended::Over => "",
        Ended::Interrupted => ", then interrupted",
        Ended::Left => ", then left",
    };
    let failed = run
        .report
        .boards
        .iter()
        .filter(|board| board.program.starts_with("failed"));
    let failed = match failed.count() {
        0 => String::new(),
        1 => "; one program failed".to_owned(),
        several => format!("; {several} programs failed"),
    };
    format!(
        "{boards} board{plural}, seed {seed}, {} of virtual time{end}{failed}",
        span(run.conclusion.at - Time::ZERO)
    )
}

struct Tile {
    what: &'static str,
    figure: String,
    details: String,
}

/// The main figures.
pub(super) fn tiles(run: &Run<'_>) -> Markup {
    let (report, figures) = (&run.report, run.figures);
    let all = |of: fn(&crate::record::BoardReport) -> u64| sum(report.boards.iter().map(of));
    let (acked, failed) = (all(|board| board.tx.acked), all(|board| board.tx.failed));
    let (messages, attempts) = (all(|board| board.tx.frames), all(|board| board.tx.attempts));
    let told = sum([acked, failed]);
    let medium = report.medium;
    let lost = medium.lost;
    let airtime = all(|board| board.airtime_us);
    let seconds = run.conclusion.at.as_seconds();
    let rate = match seconds {
        0.0 => 0.0,
        _ => figures.octets() as f64 * 8.0 / seconds,
    };
    let latency = figures.latency();
    let at = |percent| latency.percentile_us(percent).map_or("–".to_owned(), micros);
    let causes = [
        ("collision", lost.collision),
        ("noise", lost.noise),
        ("fault", lost.fault),
        ("busy", lost.busy),
        ("asleep", lost.asleep),
    ];
    let all_lost = sum(causes.map(|(_, number)| number));
    let causes: Vec<_> = causes
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(cause, number)| format!("{cause} {}", count(*number)))
        .collect();
    let mut tiles = Vec::new();
    if told > 0 {
        tiles.push(Tile {
            what: "messages acknowledged",
            figure: share(acked, told),
            details: format!("{} of {}", count(acked), count(told)),
        });
    }
    tiles.extend([
        Tile {
            what: "receptions lost",
            figure: share(all_lost, medium.in_range),
            details: match causes.is_empty() {
                true => format!("none of {}", count(medium.in_range)),
                false => format!(
                    "{} of {}: {}",
                    count(all_lost),
                    count(medium.in_range),
                    causes.join(", ")
                ),
            },
        },
        Tile {
            what: "frames on the air",
            figure: count(medium.transmissions),
            details: format!(
                "{} messages in {} attempts, {} ACKs",
                count(messages),
                count(attempts),
                count(medium.acks)
            ),
        },
        Tile {
            what: "latency, median",
            figure: at(50.0),
            details: format!("99 % within {}", at(99.0)),
        },
        Tile {
            what: "messages received",
            figure: count(figures.messages()),
            details: format!("{} octets, {}", count(figures.octets()), bits_per_second(rate)),
        },
        Tile {
            what: "time on the air",
            figure: micros(airtime),
            details: match run.conclusion.at.as_micros() {
                0 => String::new(),
                all => format!(
                    "{} of the run, all boards together",
                    percent(airtime as f64 / all as f64)
                ),
            },
        },
    ]);
    html! {
        section.tiles aria-label="main figures" {
            @for Tile { what, figure, details } in &tiles {
                div.tile {
                    span.what { (what) }
                    strong { (figure) }
                    span.details { (details) }
                }
            }
        }
    }
}

/// What was expected of the run.
pub(super) fn expectations(run: &Run<'_>) -> Markup {
    let verdicts = &run.conclusion.verdicts;
    let failed = |line: &str| line.starts_with("not met");
    html! {
        @if !verdicts.is_empty() {
            section #expectations {
                h2 { "Expectations" }
                ul {
                    @for line in verdicts.iter().take(200) {
                        li class=(if failed(line) { "failed" } else { "met" }) { (one_line(line)) }
                    }
                }
                @if verdicts.len() > 200 {
                    p.left-out { "The first 200 of " (count(verdicts.len() as u64)) " are shown." }
                }
            }
        }
    }
}

/// Traps, and how to mend them.
pub(super) fn advice(run: &Run<'_>) -> Markup {
    let advice = &run.report.advice;
    html! {
        @if !advice.is_empty() {
            section #advice {
                h2 { "Advice" }
                @for piece in advice.iter().take(50) {
                    div.advice {
                        strong { (one_line(&piece.board)) } " " span.trap { (one_line(piece.trap)) }
                        p { (one_line(&piece.text)) }
                    }
                }
                @if advice.len() > 50 {
                    p.left-out { (count(advice.len() as u64 - 50)) " more pieces of advice are in the report." }
                }
            }
        }
    }
}
