//! The air over time: an overview for everybody, and frames one by one where there are scripts.

use std::collections::VecDeque;

use maud::{Markup, PreEscaped, html};
use protocol::espnow::Interface;
use serde::Serialize;

use super::Run;
use super::numbers::{count, place, span};
use crate::kernel::Time;
use crate::legible;
use crate::observe::{Event, Observer, Reception, TransmissionKind, whose};

/// Frames that can be looked at one by one: the first ones.
const FRAMES: usize = 8_000;

/// Lanes of the overview.
const LANES: usize = 40;

const WIDTH: f64 = 720.0;
const LANE: f64 = 16.0;
const NAMES: f64 = 110.0;

/// A frame as the script gets it.
#[derive(Clone, Debug, Serialize)]
struct Shot {
    /// Start and length, µs with fractions.
    start: f64,
    length: f64,
    sender: u32,
    /// What it was: `data to receiver, attempt 2`.
    what: String,
    /// 0 data, 1 a repetition, 2 an ACK.
    kind: u8,
    octets: usize,
    rate: String,
    /// The boards that it was for and that lost it.
    lost: Vec<u32>,
    /// How many boards that it was for got it.
    received: u32,
    #[serde(skip)]
    id: u64,
    #[serde(skip)]
    destination: protocol::MacAddress,
}

/// The first frames of a run.
#[derive(Debug, Default)]
pub(super) struct Shots {
    frames: VecDeque<Shot>,
    all: u64,
}

/// Losses of one frame that are kept one by one.
const LOSSES: usize = 16;

impl Shots {
    fn receive(&mut self, reception: &Reception) {
        let index = self
            .frames
            .binary_search_by_key(&reception.transmission, |shot| shot.id)
            .ok();
        let shot = index.and_then(|index| self.frames.get_mut(index));
        if let Some(shot) = shot.filter(|_| reception.addressed) {
            match reception.outcome {
                Ok(()) => shot.received += 1,
                Err(_) if shot.lost.len() < LOSSES => shot.lost.push(reception.receiver.0),
                Err(_) => {}
            }
        }
    }
}

impl Observer for Shots {
    fn observe(&mut self, _: Time, event: &Event) {
        match event {
            Event::Transmission(transmission) => {
                self.all += 1;
                if self.frames.len() >= FRAMES {
                    return;
                }
                let (kind, destination, attempt) = match transmission.kind {
                    TransmissionKind::Data {
                        destination,
                        attempt: 0 | 1,
                    } => (0, destination, String::new()),
                    TransmissionKind::Data { destination, attempt } => (1, destination, format!(", attempt {attempt}")),
                    TransmissionKind::Ack { receiver } => (2, receiver, String::new()),
                };
                self.frames.push_back(Shot {
                    start: transmission.start.as_nanos() as f64 / 1e3,
                    length: transmission.airtime.as_nanos() as f64 / 1e3,
                    sender: transmission.sender.0,
                    what: attempt,
                    kind,
                    octets: transmission.mpdu.len(),
                    rate: transmission.rate.to_string(),
                    lost: Vec::new(),
                    received: 0,
                    id: transmission.id,
                    destination,
                });
            }
            Event::Reception(reception) => self.receive(reception),
            _ => {}
        }
    }
}

/// What the script reads.
#[derive(Serialize)]
struct Data {
    boards: Vec<String>,
    frames: Vec<Shot>,
}

pub(super) fn section(run: &Run<'_>) -> Markup {
    let shots = run.shots;
    if shots.all == 0 {
        return html! {};
    }
    html! {
        section #timeline {
            h2 { "The air over time" }
            (overview(run))
            div #zoom hidden {
                p.note { "Frame by frame: drag to move, turn the wheel or press + and − to zoom, point at a frame." }
                @if shots.all > FRAMES as u64 {
                    p.left-out { "These are the first " (count(FRAMES as u64)) " frames of " (count(shots.all)) ". A recording has them all: " code { "sim run --record FILE" } ", then " code { "sim replay FILE" } "." }
                }
                div.buttons {
                    button type="button" data-zoom="in" aria-label="zoom in" { "+" }
                    button type="button" data-zoom="out" aria-label="zoom out" { "−" }
                    button type="button" data-zoom="left" aria-label="earlier" { "←" }
                    button type="button" data-zoom="right" aria-label="later" { "→" }
                    button type="button" data-zoom="all" { "all" }
                    output #pointed {}
                }
                canvas #frames tabindex="0" aria-label="frames on the air, one lane a board" {}
                p.legend {
                    span { i.swatch.data {} " data" } span { i.swatch.retry {} " repeated" } span { i.swatch.ack {} " ACK" } span { b.lost-mark { "×" } " lost there" }
                }
            }
            noscript { p.note { "Frame by frame it is shown where scripts are allowed." } }
            script #frame-data type="application/json" { (PreEscaped(data(run))) }
        }
    }
}

/// JSON that no text in it can leave.
fn data(run: &Run<'_>) -> String {
    let address = |destination: protocol::MacAddress| {
        if destination == protocol::MacAddress::BROADCAST {
            return "everybody".to_owned();
        }
        let station = |address| run.description.boards.iter().position(|board| board.address == address);
        match whose(destination, station) {
            Some((index, Interface::Station)) => run.name(index),
            Some((index, Interface::AccessPoint)) => format!("{} (AP)", run.name(index)),
            None => destination.to_string(),
        }
    };
    let told = |shot: &Shot| {
        let kind = if shot.kind == 2 { "ACK" } else { "data" };
        Shot {
            what: format!("{kind} to {}{}", address(shot.destination), shot.what),
            ..shot.clone()
        }
    };
    let data = Data {
        boards: (0..run.description.boards.len()).map(|index| run.name(index)).collect(),
        frames: run.shots.frames.iter().map(told).collect(),
    };
    let json = legible::json_text(&data).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// A lane a board: how much of the time it was on the air.
fn overview(run: &Run<'_>) -> Markup {
    let figures = run.figures;
    let bin = figures.bin();
    let end = run.conclusion.at.as_nanos().max(1);
    let seen = |index: &usize| figures.occupancy(crate::observe::BoardId(u32::try_from(*index).unwrap_or(u32::MAX)));
    let boards = run.description.boards.len();
    let shown: Vec<usize> = (0..boards).filter(|index| seen(index).is_some()).take(LANES).collect();
    let all = (0..boards).filter(|index| seen(index).is_some()).count();
    let per_nano = (WIDTH - NAMES) / end as f64;
    let wide = (bin.as_nanos() as f64 * per_nano).max(0.5);
    let height = shown.len() as f64 * LANE + 24.0;
    let tick = |share: f64| Time::from_nanos((end as f64 * share) as u64);
    html! {
        svg.picture.lanes viewBox=(format!("0 0 {WIDTH} {}", place(height))) role="img" aria-label="time on the air of each board over the run" {
            @for (lane, index) in shown.iter().enumerate() {
                @let y = lane as f64 * LANE;
                @let name = run.name(*index);
                text.lane-name x="0" y=(place(y + 11.0)) { (name.chars().take(15).collect::<String>()) title { (name) } }
                line.axis x1=(NAMES) y1=(place(y + 14.0)) x2=(WIDTH) y2=(place(y + 14.0)) {}
                @if let Some(bins) = seen(index) {
                    @for (column, airtime) in bins.airtime.iter().enumerate().filter(|(_, airtime)| **airtime > 0) {
                        @let share = (*airtime as f64 / bin.as_nanos() as f64).min(1.0);
                        rect.bar x=(place(NAMES + column as f64 * bin.as_nanos() as f64 * per_nano)) y=(place(y + 13.0 - (11.0 * share).max(1.5))) width=(place(wide)) height=(place((11.0 * share).max(1.5))) {}
                    }
                    @for (column, _) in bins.lost.iter().enumerate().filter(|(_, lost)| **lost > 0) {
                        rect.lost-bar x=(place(NAMES + column as f64 * bin.as_nanos() as f64 * per_nano)) y=(place(y + 13.0)) width=(place(wide.max(1.5))) height="2.5" {}
                    }
                }
            }
            @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                text.tick x=(place(NAMES + (WIDTH - NAMES) * share)) y=(place(height - 6.0)) text-anchor=(if share == 0.0 { "start" } else if share == 1.0 { "end" } else { "middle" }) { (span(tick(share) - Time::ZERO)) }
            }
        }
        p.legend {
            span { i.swatch.data {} " on the air; the height is the share of each " (span(bin)) }
            span { i.swatch.lost {} " lost something that was for it" }
        }
        @if all > LANES {
            p.left-out { "Shown are the first " (LANES) " of " (count(all as u64)) " boards that sent or lost something." }
        }
    }
}
