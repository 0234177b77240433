//! A run for people: one HTML page that needs nothing else, neither network nor scripts.
//!
//! ```text
//!    Event ─► Page ─► Reporter   consoles, NeoPixels, states
//!                 ├─► Figures    links, latency, airtime
//!                 └─► Shots      the first frames, one by one
//!    Description, Conclusion ─► render: summary, advice, map, latency, airtime, timeline, boards
//! ```
//!
//! Everything is there as text, tables and SVG; the script adds a timeline that one can zoom. Markup is made by `maud`, which escapes
//! what boards say, and the whole page goes through [`legible`], as everything else that is shown. The octets depend on the run
//! alone. What grows with the run is bounded, and the page says what it leaves out.

mod boards;
mod charts;
mod map;
mod numbers;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;

use std::time::Duration;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::Figures;
use super::lines::one_line;
use super::recording::{Conclusion, Description};
use super::report::{Report, Reporter};
use crate::kernel::Time;
use crate::legible;
use crate::observe::{Event, Observer};
use timeline::Shots;

/// What a page is made from, collected while the run goes on.
#[derive(Debug, Default)]
pub struct Page {
    reporter: Reporter,
    figures: Figures,
    shots: Shots,
}

/// All that is known when a page is made.
struct Run<'a> {
    description: &'a Description,
    conclusion: &'a Conclusion,
    report: Report,
    figures: &'a Figures,
    shots: &'a Shots,
}

impl Run<'_> {
    /// A board's name, on one line.
    fn name(&self, index: usize) -> String {
        self.description
            .boards
            .get(index)
            .map_or_else(|| "?".to_owned(), |board| one_line(&board.name))
    }
}

impl Page {
    /// The page of a run that this watched from its start.
    #[must_use]
    pub fn render(&self, description: &Description, conclusion: &Conclusion) -> String {
        let run = Run {
            description,
            conclusion,
            report: self.reporter.report_of(description, conclusion, Duration::ZERO),
            figures: &self.figures,
            shots: &self.shots,
        };
        // Whatever text comes into the page, and wherever: what is not legible is escaped here.
        legible::lines(&page(&run).into_string())
    }
}

impl Observer for Page {
    fn observe(&mut self, at: Time, event: &Event) {
        self.reporter.observe(at, event);
        self.figures.observe(at, event);
        self.shots.observe(at, event);
    }
}

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("timeline.js");

fn page(run: &Run<'_>) -> Markup {
    let title = format!("{}, seed {}", one_line(&run.description.scenario), run.description.seed);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (one_line(&run.description.scenario)) }
                    p.lead { (summary::lead(run)) }
                    @if !run.description.command.is_empty() {
                        p.again { span { "run it again" } code { (one_line(&run.description.command)) } }
                    }
                }
                main {
                    (summary::tiles(run))
                    (summary::expectations(run))
                    (summary::advice(run))
                    (map::section(run))
                    (charts::latency(run))
                    (charts::airtime(run))
                    (timeline::section(run))
                    (charts::interferers(run))
                    (boards::section(run))
                }
                footer { "A simulated run: the same seed gives the same octets, in this page too." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}
