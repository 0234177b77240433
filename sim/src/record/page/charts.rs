//! Latency, airtime and interference.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::Run;
use super::numbers::{count, micros, percent, place};
use crate::record::figures::Latency;

const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// Rows of a table or a chart.
const ROWS: usize = 40;

/// Of the histogram.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 170.0;

/// How long messages took.
pub(super) fn latency(run: &Run<'_>) -> Markup {
    let all = run.figures.latency();
    if all.messages() == 0 {
        return html! {};
    }
    let mut boards: Vec<_> = run.figures.latency_by_board().collect();
    boards.sort_by_key(|(board, latency)| (Reverse(latency.messages()), *board));
    let at = |percent| all.percentile_us(percent).map_or("–".to_owned(), micros);
    let row = |name: String, latency: &Latency| {
        html! { tr {
            th scope="row" { (name) } td.number { (count(latency.messages())) }
            @for percent in PERCENTILES { td.number { (latency.percentile_us(percent).map_or("–".to_owned(), micros)) } }
            td.number { (latency.percentile_us(100.0).map_or("–".to_owned(), micros)) }
        } }
    };
    html! {
        section #latency {
            h2 { "How long messages took" }
            p.note { "From the sending program's driver to the receiving one's: waiting for the air, repetitions and the link's delay included. Messages that never came are not in it." }
            (histogram(all))
            @let table = html! { div.scroll { table {
                thead { tr {
                    th { "received by" } th.number { "messages" }
                    @for percent in PERCENTILES { th.number { (percent) " %" } }
                    th.number { "longest" }
                } }
                tbody {
                    (row("all".to_owned(), all))
                    @if boards.len() > 1 {
                        @for (board, latency) in boards.iter().take(ROWS) { (row(run.name(board.index()), latency)) }
                    }
                }
            } } };
            @if boards.len() > 12 {
                p { "half within " b { (at(50.0)) } ", 90 % within " b { (at(90.0)) } ", 99 % within " b { (at(99.0)) } ", the longest " b { (at(100.0)) } }
                details { summary { "Board by board" } (table) }
            } @else {
                (table)
            }
            @if boards.len() > ROWS {
                p.left-out { "Listed are the " (ROWS) " boards that received most, of " (count(boards.len() as u64)) "." }
            }
        }
    }
}

/// Columns of a histogram with four to a doubling.
fn histogram(latency: &Latency) -> Markup {
    let edges = |index: i32| libm::exp2(f64::from(index) / 4.0);
    let column_of = |value: u64| (libm::log2(value.max(1) as f64) * 4.0).floor() as i32;
    let least = column_of(latency.percentile_us(0.0).unwrap_or(1));
    let most = column_of(latency.percentile_us(100.0).unwrap_or(1)).max(least + 7);
    let bars: Vec<(i32, u64)> = (least..=most)
        .map(|index| {
            (
                index,
                latency.between_us(edges(index).ceil() as u64, edges(index + 1).ceil() as u64),
            )
        })
        .collect();
    let highest = bars.iter().map(|(_, number)| *number).max().unwrap_or(1).max(1);
    let width = WIDTH / bars.len() as f64;
    if bars.iter().filter(|(_, number)| *number > 0).count() < 3 {
        // The table says it all.
        return html! {};
    }
    let label_every = (bars.len() / 6).max(1);
    let bottom = HEIGHT - 24.0;
    html! {
        svg.picture.chart viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="histogram of latencies" {
            line.axis x1="0" y1=(place(bottom)) x2=(WIDTH) y2=(place(bottom)) {}
            @for (place_of, (index, number)) in bars.iter().enumerate() {
                @let x = place_of as f64 * width;
                @let high = (bottom - 34.0) * *number as f64 / highest as f64;
                @if *number > 0 {
                    rect.bar x=(place(x + 1.0)) y=(place(bottom - high.max(1.0))) width=(place((width - 2.0).max(1.0))) height=(place(high.max(1.0))) {
                        title { (micros(edges(*index).ceil() as u64)) " to " (micros(edges(index + 1).ceil() as u64)) ": " (count(*number)) " messages" }
                    }
                }
                @if place_of % label_every == 0 {
                    text.tick x=(place(x)) y=(place(HEIGHT - 8.0)) { (micros(edges(*index).round() as u64)) }
                }
            }
            @let at = |percent| (libm::log2(latency.percentile_us(percent).unwrap_or(1).max(1) as f64) * 4.0 - f64::from(least)) * width;
            @for (percent, anchor) in [(50.0, "median"), (99.0, "99 %")] {
                @let x = at(percent);
                @if percent < 60.0 || x - at(50.0) > 8.0 {
                    @let end = x > WIDTH - 60.0;
                    line.marker x1=(place(x)) y1="20" x2=(place(x)) y2=(place(bottom)) {}
                    text.tick x=(place(if end { x - 4.0 } else { x + 4.0 })) y=(if percent > 60.0 { "16" } else { "32" }) text-anchor=(if end { "end" } else { "start" }) { (anchor) }
                }
            }
        }
    }
}

/// Who was on the air for how long.
pub(super) fn airtime(run: &Run<'_>) -> Markup {
    let end = run.conclusion.at.as_micros();
    let mut boards: Vec<_> = run
        .report
        .boards
        .iter()
        .enumerate()
        .map(|(index, board)| (index, board.airtime_us))
        .collect();
    if boards.iter().all(|(_, airtime)| *airtime == 0) {
        return html! {};
    }
    boards.sort_by_key(|&(index, airtime)| (Reverse(airtime), index));
    let silent = boards.iter().filter(|(_, airtime)| *airtime == 0).count();
    let talking = boards.len() - silent;
    let most = boards.first().map_or(1, |(_, airtime)| *airtime).max(1);
    html! {
        section #airtime {
            h2 { "Time on the air" }
            div.bars {
                @for (index, airtime) in boards.iter().take(ROWS).filter(|(_, airtime)| *airtime > 0) {
                    span.name { (run.name(*index)) }
                    span.track { span.fill style=(format!("width:{:.1}%", 100.0 * *airtime as f64 / most as f64)) {} }
                    span.value { (micros(*airtime)) " " small { (percent(*airtime as f64 / end.max(1) as f64)) } }
                }
            }
            @if talking > ROWS {
                p.left-out { "Shown are the " (ROWS) " boards that were on the air longest, of " (count(talking as u64)) "." }
            }
            @if silent > 0 {
                p.note { (count(silent as u64)) (if silent == 1 { " board" } else { " boards" }) " sent nothing at all." }
            }
        }
    }
}

/// What no board sent.
pub(super) fn interferers(run: &Run<'_>) -> Markup {
    let end = run.conclusion.at.as_micros().max(1);
    let counted = &run.report.interferers;
    html! {
        @if !counted.is_empty() {
            section #interferers {
                h2 { "Interferers" }
                div.scroll { table {
                    thead { tr { th { "kind" } th.number { "power" } th.number { "place" } th.number { "on the air" } th.number { "share" } th.number { "waited for boards" } } }
                    tbody {
                        @for (index, interferer) in counted.iter().enumerate() { tr {
                            th scope="row" { (interferer.kind) }
                            @if let Some(info) = run.description.interferers.get(index) {
                                td.number { (info.power_dbm) " dBm" }
                                td.number { (place(info.position.x_m)) ", " (place(info.position.y_m)) " m" }
                            } @else {
                                // One that came while the run went on.
                                td.number { "–" } td.number { "–" }
                            }
                            td.number { (micros(interferer.airtime_us)) }
                            td.number { (percent(interferer.airtime_us as f64 / end as f64)) }
                            td.number { (count(interferer.deferred)) }
                        } }
                    }
                } }
            }
        }
    }
}
