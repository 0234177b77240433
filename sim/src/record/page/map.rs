//! Where the boards are, and how well they hear each other.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Run;
use super::numbers::{count, percent, place, share};
use crate::medium::propagation::Position;
use crate::record::figures::{CAUSES, LinkFigures};

/// Of the picture.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const MARGIN: f64 = 48.0;

/// Pairs of boards that are drawn, the nearest or else those with the most frames; and links in the table.
const DRAWN: usize = 400;
const LISTED: usize = 60;

/// Names are left out where there are more boards.
const NAMED: usize = 40;

/// A pair of boards, both directions together.
struct Pair {
    ends: [usize; 2],
    figures: LinkFigures,
}

pub(super) fn section(run: &Run<'_>) -> Markup {
    let boards = run.description.boards.len();
    if boards == 0 {
        return html! {};
    }
    let picture = Picture::of(run);
    let mut links: Vec<_> = run.figures.links().collect();
    links.sort_by_key(|(from, to, figures)| (std::cmp::Reverse(figures.frames()), *from, *to));
    let mut pairs = pairs(run);
    let by_distance = pairs.len() > DRAWN && !picture.is_desk;
    if by_distance {
        pairs.sort_by(|one, other| picture.distance(one).total_cmp(&picture.distance(other)));
    }
    let listed = links.len().min(LISTED);
    let not_listed = links.len() - listed;
    let not_drawn = pairs.len().saturating_sub(DRAWN);
    let others = run.figures.other_links().frames();
    html! {
        section #map {
            h2 { "Who reached whom" }
            (picture.draw(run, &pairs))
            p.legend {
                @for (class, words) in [("good", "90 % and more"), ("fair", "50 to 90 %"), ("poor", "less than 50 %")] {
                    span { svg width="28" height="10" aria-hidden="true" { line class=(format!("link {class}")) x1="1" y1="5" x2="27" y2="5" stroke-width="3" {} } " " (words) }
                }
                span { "of data frames came through, repetitions counted one by one" }
            }
            @if picture.is_desk {
                p.note { "A desk: everybody is equally near to everybody. The circle has no distances." }
            }
            @if not_drawn > 0 {
                p.left-out { "Drawn are " (if by_distance { "the nearest " } else { "those with the most frames, " }) (count(DRAWN as u64)) " of " (count(pairs.len() as u64)) " pairs." }
            }
            @if links.is_empty() {
                p.note { "No board was in reach of another's frames." }
            } @else {
                details open[links.len() <= 12] {
                    summary { "Links in numbers" }
                    div.scroll { table {
                        thead { tr {
                            th { "from" } th { "to" } th.number { "frames" } th.number { "received" } th.number { "delivery" }
                            @for cause in CAUSES { th.number { (cause.name()) } }
                        } }
                        tbody {
                            @for (from, to, figures) in links.iter().take(LISTED) { tr {
                                td { (run.name(from.index())) } td { (run.name(to.index())) }
                                td.number { (count(figures.frames())) } td.number { (count(figures.received)) }
                                td.number { (share(figures.received, figures.frames())) }
                                @for cause in CAUSES { td.number { (count(figures.lost.of(cause))) } }
                            } }
                        }
                    } }
                    @if not_listed > 0 {
                        p.left-out { "Listed are the " (LISTED) " links with the most frames, of " (count(links.len() as u64)) "." }
                    }
                    @if others > 0 {
                        p.left-out { (count(others)) " frames on further links were not told apart." }
                    }
                }
            }
        }
    }
}

/// Both directions of each link together, those with the most frames first.
fn pairs(run: &Run<'_>) -> Vec<Pair> {
    let mut pairs: BTreeMap<[usize; 2], LinkFigures> = BTreeMap::new();
    for (from, to, figures) in run.figures.links() {
        let mut ends = [from.index(), to.index()];
        ends.sort_unstable();
        let sum = pairs.entry(ends).or_default();
        sum.received = sum.received.saturating_add(figures.received);
        sum.lost.add(figures.lost);
    }
    let mut pairs: Vec<_> = pairs
        .into_iter()
        .map(|(ends, figures)| Pair { ends, figures })
        .collect();
    pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.figures.frames()), pair.ends));
    pairs
}

/// How places become points.
struct Picture {
    points: Vec<(f64, f64)>,
    interferers: Vec<(f64, f64)>,
    is_desk: bool,
    height: f64,
    /// A length in metres, and how long it is in the picture.
    scale: Option<(f64, f64)>,
}

impl Picture {
    fn of(run: &Run<'_>) -> Self {
        let places = &run.description.places;
        let sources: Vec<_> = run
            .description
            .interferers
            .iter()
            .map(|interferer| interferer.position)
            .collect();
        let first = places.first().copied().unwrap_or_default();
        if places.len() < 2 || places.iter().all(|place| *place == first) {
            return Self::desk(run.description.boards.len(), sources.len());
        }
        let all = || places.iter().chain(&sources);
        let range = |of: fn(&Position) -> f64| {
            let least = all().map(of).fold(f64::INFINITY, f64::min);
            let most = all().map(of).fold(f64::NEG_INFINITY, f64::max);
            (least, most)
        };
        let ((west, east), (south, north)) = (range(|place| place.x_m), range(|place| place.y_m));
        let (wide, high) = ((east - west).max(0.01), (north - south).max(0.01));
        let per_metre = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT - 2.0 * MARGIN) / high);
        // A row of boards needs no high picture.
        let height = (high * per_metre + 2.0 * MARGIN).max(150.0);
        let left = (WIDTH - wide * per_metre) / 2.0;
        let top = (height - high * per_metre) / 2.0;
        let point = |place: &Position| {
            (
                left + (place.x_m - west) * per_metre,
                top + (north - place.y_m) * per_metre,
            )
        };
        Self {
            points: places.iter().map(point).collect(),
            interferers: sources.iter().map(point).collect(),
            is_desk: false,
            height,
            scale: scale(per_metre),
        }
    }

    /// Boards in a circle, from the top on.
    fn desk(boards: usize, interferers: usize) -> Self {
        let height = match boards {
            ..=2 => 130.0,
            3..=5 => 260.0,
            _ => HEIGHT,
        };
        let on_circle = |index: usize, all: usize, radius: f64| {
            let turn = index as f64 / all.max(1) as f64;
            // Two boards lie beside each other.
            let turn = if all == 2 { turn + 0.75 } else { turn };
            let radius = if all == 2 { 130.0 } else { radius };
            let angle = std::f64::consts::TAU * turn;
            (
                WIDTH / 2.0 + radius * 1.4 * libm::sin(angle),
                height / 2.0 - radius * libm::cos(angle),
            )
        };
        let radius = height / 2.0 - MARGIN;
        Self {
            points: (0..boards).map(|index| on_circle(index, boards, radius)).collect(),
            interferers: (0..interferers)
                .map(|index| (WIDTH - 60.0, 40.0 + 36.0 * index as f64))
                .collect(),
            is_desk: true,
            height,
            scale: None,
        }
    }

    fn distance(&self, pair: &Pair) -> f64 {
        match pair.ends.map(|end| self.points.get(end)) {
            [Some(from), Some(to)] => libm::hypot(from.0 - to.0, from.1 - to.1),
            _ => f64::MAX,
        }
    }

    fn draw(&self, run: &Run<'_>, pairs: &[Pair]) -> Markup {
        let mut drawn: Vec<_> = pairs.iter().take(DRAWN).collect();
        // The worst are not hidden by others.
        drawn.sort_by(|one, other| other.figures.delivery().total_cmp(&one.figures.delivery()));
        let most = drawn.iter().map(|pair| pair.figures.frames()).max().unwrap_or(1).max(1);
        let thickest = if drawn.len() > 60 { 1.2 } else { 3.0 };
        let named = self.points.len() <= NAMED;
        let radius = if named { 7.0 } else { 3.5 };
        html! {
            svg.picture viewBox=(format!("0 0 {WIDTH} {}", place(self.height))) role="img" aria-label="map of the boards and their links" {
                @for Pair { ends, figures } in drawn {
                    @if let [Some(from), Some(to)] = ends.map(|end| self.points.get(end)) {
                        line class=(format!("link {}", class(figures))) x1=(place(from.0)) y1=(place(from.1)) x2=(place(to.0)) y2=(place(to.1))
                            stroke-width=(place(0.8 + thickest * (figures.frames() as f64 / most as f64).sqrt())) {
                            title { (run.name(ends[0])) " and " (run.name(ends[1])) ": " (percent(figures.delivery())) " of " (count(figures.frames())) " frames" }
                        }
                    }
                }
                @for ((x, y), info) in self.interferers.iter().zip(&run.description.interferers) {
                    g.interferer {
                        path d=(format!("M{} {}l9 16h-18z", place(*x), place(*y - 10.0))) { title { (info.kind) ", " (info.power_dbm) " dBm" } }
                        text x=(place(*x)) y=(place(*y + 20.0)) { (info.kind) }
                    }
                }
                @for (index, (x, y)) in self.points.iter().enumerate() {
                    g.board {
                        circle cx=(place(*x)) cy=(place(*y)) r=(place(radius)) { title { (run.name(index)) } }
                        @if named {
                            text x=(place(*x)) y=(place(*y + radius + 14.0)) { (shortened(&run.name(index))) }
                        }
                    }
                }
                @if let Some((metres, length)) = self.scale {
                    g.scale {
                        path d=(format!("M16 {}v6h{}v-6", place(self.height - 20.0), place(length))) {}
                        text x=(place(22.0 + length)) y=(place(self.height - 13.0)) { (metres) " m" }
                    }
                }
            }
        }
    }
}

fn shortened(name: &str) -> String {
    match name.chars().count() {
        ..=18 => name.to_owned(),
        _ => name.chars().take(17).chain(['…']).collect(),
    }
}

fn class(figures: &LinkFigures) -> &'static str {
    match figures.delivery() {
        0.9.. => "good",
        0.5.. => "fair",
        _ => "poor",
    }
}

/// A round length that takes a fifth of the picture at most.
fn scale(per_metre: f64) -> Option<(f64, f64)> {
    let most = WIDTH / 5.0 / per_metre;
    let rounds = [1.0, 2.0, 5.0];
    let mut lengths = (-3..7).flat_map(|power: i32| rounds.map(|round| round * libm::pow(10.0, f64::from(power))));
    let metres = lengths.rfind(|length| *length <= most)?;
    Some((metres, metres * per_metre))
}
