//! The newest exchanges on the air: a line for each attempt with its ACK, the newest at the bottom.

use protocol::rate::GuardInterval;
use protocol::{MacAddress, Rate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::palette::Tone;
use super::state::State;
use super::text;
use super::traffic::Frame;
use crate::kernel::{Span as Duration, Time};
use crate::observe::TransmissionKind;

/// An ACK starts 10 µs after its frame (SIFS); a MAC that has not seen one after a slot of 20 µs and a preamble of 192 µs
/// waits no longer.
const ACK_PATIENCE: Duration = Duration::from_micros(250);

/// A piece of text and what it is for.
type Cell = (String, Tone);

/// Which columns there are, and how wide: 0 for those that are not.
#[derive(Debug)]
struct Columns {
    time: usize,
    stations: usize,
    kind: usize,
    rate: usize,
    octets: usize,
    attempt: usize,
    outcome: usize,
    ack: usize,
}

impl Columns {
    /// `names` is the width of the longest name.
    fn of(state: &State, width: u16, names: usize) -> Self {
        let width = usize::from(width);
        let time = state.now.to_string().len().max(9);
        let (kind, rate, octets, attempt) = match width {
            ..48 => (0, 0, 0, 0),
            48..60 => (0, 0, 0, 3),
            60..79 => (0, 6, 6, 3),
            79..100 => (4, 6, 6, 3),
            _ => (4, 13, 6, 3),
        };
        let (outcome, ack) = match width {
            // One column for both: see `verdicts`.
            ..60 => (11, 0),
            60..100 => (11, 15),
            _ => (24, 16),
        };
        let others = [time, kind, rate, octets, attempt, outcome, ack];
        let gaps = others.iter().filter(|column| **column > 0).count();
        let left = width.saturating_sub(others.iter().sum::<usize>() + gaps);
        Self {
            time,
            stations: left.min(2 * names + 3),
            kind,
            rate,
            octets,
            attempt,
            outcome,
            ack,
        }
    }

    /// Puts one text a column next to each other.
    fn line(&self, state: &State, cells: [Cell; 8]) -> Line<'static> {
        let [time, stations, kind, rate, octets, attempt, outcome, ack] = cells;
        let mut spans = Vec::with_capacity(16);
        let columns = [
            (self.time, time, true),
            (self.stations, stations, false),
            (self.kind, kind, false),
            (self.rate, rate, false),
            (self.octets, octets, true),
            (self.attempt, attempt, true),
            (self.outcome, outcome, false),
            (self.ack, ack, false),
        ];
        for (width, (words, tone), right) in columns {
            if width == 0 {
                continue;
            }
            let words = text::fit(&words, width, state.palette.charset.glyphs().ellipsis);
            let padding = " ".repeat(width - text::width(&words));
            let words = Span::styled(words, state.palette.style(tone));
            let (first, second) = match right {
                true => (padding.into(), words),
                false => (words, padding.into()),
            };
            spans.extend([first, second, Span::raw(" ")]);
        }
        Line::from(spans)
    }
}

/// A rate in at most six cells.
fn short_rate(rate: Rate) -> String {
    let kilobits = rate.kilobits_per_second();
    match rate {
        Rate::LongRange250K | Rate::LongRange500K => format!("LR{kilobits}k"),
        Rate::Ht20(mcs, GuardInterval::Long) => format!("MCS{}", mcs.index()),
        Rate::Ht20(mcs, GuardInterval::Short) => format!("MCS{}s", mcs.index()),
        _ if kilobits.is_multiple_of(1_000) => format!("{}M", kilobits / 1_000),
        _ => format!("{}.{}M", kilobits / 1_000, kilobits % 1_000 / 100),
    }
}

/// How a frame ended at those it was addressed to.
fn outcome(state: &State, frame: &Frame, destination: MacAddress) -> Cell {
    let glyphs = state.palette.charset.glyphs();
    let all = frame.received + frame.lost;
    let cause = frame.losses.first().map_or("", |(_, loss)| loss.name());
    if frame.end > state.now {
        return ("on air".to_owned(), Tone::Dim);
    }
    match (frame.received, frame.lost) {
        (0, 0) => (format!("{} nobody", glyphs.lost), Tone::Warning),
        (1, 0) if !destination.is_group() => (format!("{} received", glyphs.received), Tone::Good),
        (0, 1) if !destination.is_group() => (format!("{} {cause}", glyphs.lost), Tone::Bad),
        (received, 0) => (format!("{} {received} of {all}", glyphs.received), Tone::Good),
        (received, _) => (format!("{} {received} of {all}, {cause}", glyphs.lost), Tone::Bad),
    }
}

/// What became of the ACK.
fn ack(state: &State, frame: &Frame, destination: MacAddress) -> Cell {
    let glyphs = state.palette.charset.glyphs();
    if destination.is_group() || frame.end > state.now {
        return (String::new(), Tone::Dim);
    }
    if frame.given_up {
        return (format!("{} gave up", glyphs.lost), Tone::Bad);
    }
    match frame.counterpart.and_then(|id| state.traffic.get(id)) {
        Some(ack) if ack.end > state.now => ("ACK on air".to_owned(), Tone::Dim),
        Some(ack) if ack.received > 0 => (format!("{} ACK", glyphs.received), Tone::Good),
        Some(ack) => {
            let cause = ack.losses.first().map_or("", |(_, loss)| loss.name());
            (format!("{} ACK {cause}", glyphs.lost), Tone::Bad)
        }
        None if frame.end + ACK_PATIENCE > state.now => (String::new(), Tone::Dim),
        None => (format!("{} no ACK", glyphs.lost), Tone::Warning),
    }
}

/// The last two columns. If there is room for one only, it tells of the ACK once the frame was received or given up.
fn verdicts(state: &State, columns: &Columns, frame: &Frame, destination: MacAddress) -> [Cell; 2] {
    let none = || (String::new(), Tone::Dim);
    let outcome = outcome(state, frame, destination);
    if frame.kind.is_ack() {
        return [outcome, none()];
    }
    let ack = ack(state, frame, destination);
    match columns.ack {
        0 if (frame.received > 0 || frame.given_up) && !ack.0.is_empty() => [ack, none()],
        0 => [outcome, none()],
        _ => [outcome, ack],
    }
}

fn cells(state: &State, columns: &Columns, frame: &Frame) -> [Cell; 8] {
    let glyphs = state.palette.charset.glyphs();
    let (destination, kind, attempt) = match frame.kind {
        TransmissionKind::Data { destination, attempt } => (destination, "DATA", attempt.to_string()),
        TransmissionKind::Ack { receiver } => (receiver, "ACK", String::new()),
    };
    // A name that is cut keeps its beginning, an address its end.
    let cut = |name: &str, room: usize| match name.contains(':') {
        true => text::fit_end(name, room, glyphs.ellipsis),
        false => text::fit(name, room, glyphs.ellipsis),
    };
    let (sender, receiver) = (state.name(frame.sender), state.station(destination));
    let room = columns.stations.saturating_sub(3);
    let sender = cut(sender, (room / 2).max(room.saturating_sub(text::width(&receiver))));
    let receiver = cut(&receiver, room.saturating_sub(text::width(&sender)));
    let rate = match columns.rate {
        ..13 => short_rate(frame.rate),
        _ => frame.rate.to_string(),
    };
    let attempt_tone = if attempt == "1" { Tone::Plain } else { Tone::Warning };
    let [outcome, ack] = verdicts(state, columns, frame, destination);
    [
        (frame.start.to_string(), Tone::Dim),
        (
            format!("{sender} {} {receiver}", glyphs.arrow),
            Tone::Board(frame.sender.index()),
        ),
        (kind.to_owned(), Tone::Plain),
        (rate, Tone::Plain),
        (frame.octets.to_string(), Tone::Plain),
        (attempt, attempt_tone),
        outcome,
        ack,
    ]
}

fn header(state: &State, columns: &Columns) -> Line<'static> {
    let title = |words: &str| (words.to_owned(), Tone::Dim);
    let stations = format!("from {} to", state.palette.charset.glyphs().arrow);
    let titles = [
        title("time, s"),
        title(&stations),
        title("kind"),
        title("rate"),
        title("octets"),
        title("try"),
        title(if columns.ack == 0 { "end" } else { "at receiver" }),
        title("ACK"),
    ];
    columns.line(state, titles)
}

/// Whether a frame has a line of its own: all but the ACKs whose data is known.
fn has_line(frame: &&Frame) -> bool {
    !frame.kind.is_ack() || frame.counterpart.is_none()
}

/// Draws a header, the newest exchanges, and what to think of it when nothing happens.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let silence = state.silent_since().map(|since| silence(state, since, area.width));
    let titles = u16::from(area.height > 2);
    let rows = usize::from((area.height - titles).saturating_sub(u16::from(silence.is_some())));

    let mut frames: Vec<&Frame> = state.traffic.newest_first().filter(has_line).take(rows).collect();
    frames.reverse();
    let senders = frames.iter().map(|frame| state.name(frame.sender).to_owned());
    let receivers = frames.iter().map(|frame| match frame.kind {
        TransmissionKind::Data { destination: to, .. } | TransmissionKind::Ack { receiver: to } => state.station(to),
    });
    let names = senders
        .chain(receivers)
        .map(|name| text::width(&name))
        .max()
        .unwrap_or(6);
    let columns = Columns::of(state, area.width, names);

    let mut lines = Vec::with_capacity(rows + 2);
    if titles > 0 {
        lines.push(header(state, &columns));
    }
    lines.extend(
        frames
            .into_iter()
            .map(|frame| columns.line(state, cells(state, &columns, frame))),
    );
    lines.extend(silence);
    for (line, row) in lines.iter().zip(area.rows()) {
        line.render(row, buffer);
    }
}

fn silence(state: &State, since: Time, width: u16) -> Line<'static> {
    let words = match width {
        ..44 => format!(" waiting since {since}"),
        _ => format!(" waiting since t = {since} s; nothing on the air"),
    };
    Line::styled(words, state.palette.style(Tone::Warning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::rate::{Mcs, Ofdm, Preamble};

    #[test]
    fn short_rates_fit_their_column() {
        let mcs = Mcs::new(7).expect("7 is a scheme");
        let rates = [
            (Rate::Dsss1M, "1M"),
            (Rate::Cck5M5(Preamble::Long), "5.5M"),
            (Rate::Ofdm(Ofdm::M54), "54M"),
            (Rate::Ht20(mcs, GuardInterval::Short), "MCS7s"),
            (Rate::LongRange250K, "LR250k"),
        ];
        for (rate, text) in rates {
            assert_eq!(short_rate(rate), text);
        }
    }
}
