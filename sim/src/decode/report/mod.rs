//! `sim decode --report`: a capture in ten lines, to be sent to whoever compares the simulator with real boards.
//!
//! What a capture can't tell is left to be filled in: the board, its driver, what was seen. The rest is counted here: [`sender`] by board,
//! [`air`] by time, [`spread`] puts many values into a few words.

mod air;
mod sender;
mod spread;
mod vendor;

use std::collections::BTreeMap;
use std::fmt;

use protocol::frame::FCS_LEN;
use protocol::{MacAddress, Rate};

use self::air::Air;
use self::sender::{Sender, Steps};
use self::spread::Spread;
use super::explanation::{Content, Explanation, MacLayer};
use crate::capture::CapturedFrame;

/// Boards that are told apart; a capture may have any number of addresses.
const BOARDS: usize = 64;

/// Boards that are listed.
const LISTED: usize = 6;

/// What is to be filled in.
const BLANK: &str = "____";

/// A capture, counted.
#[derive(Debug, Default)]
pub(super) struct Report {
    senders: BTreeMap<MacAddress, Sender>,
    /// Messages of boards beyond those that are told apart.
    of_others: u64,
    steps: Steps,
    versions: [u64; 2],
    /// Encrypted, whether a key opened them or not; and those of them that none opened.
    encrypted: u64,
    unread: u64,
    /// By rate, slow ones first, and what it is called: frames, and octets of payload of those that could be read.
    rates: BTreeMap<(u32, String), (u64, Spread)>,
    /// To one board.
    unicast: u64,
    acknowledged: u64,
    /// What frames to one board reserve behind themselves, µs.
    reserved: Spread,
    signal: Spread,
    channels: BTreeMap<u8, u64>,
    air: Air,
    first_ns: Option<u64>,
    last_ns: Option<u64>,
}

impl Report {
    /// Counts a frame.
    pub(super) fn note(&mut self, frame: &CapturedFrame, explanation: &Explanation) {
        self.first_ns = self.first_ns.or(frame.timestamp_ns);
        self.last_ns = frame.timestamp_ns.or(self.last_ns);
        let header = frame.radiotap.as_ref();
        let rate = header.and_then(crate::record::radiotap::Header::rate);
        let tsft_us = header.and_then(|header| header.tsft_micros);
        match &explanation.content {
            Content::Ack { receiver } => {
                if self.air.ack(*receiver, rate, tsft_us) {
                    self.acknowledged += 1;
                }
            }
            Content::Message(message) => {
                let version = message.elements.first().map_or(1, |element| element.version);
                self.versions[usize::from(version >= 2)] += 1;
                self.encrypted += u64::from(message.ccmp.is_some());
                self.message(&message.mac, frame, explanation, Some(message.payload.length));
            }
            Content::Encrypted { mac, .. } => {
                self.encrypted += 1;
                self.unread += 1;
                self.message(mac, frame, explanation, None);
            }
            Content::Other { .. } | Content::BadFcs => self.air.other(),
        }
    }

    fn message(&mut self, mac: &MacLayer, frame: &CapturedFrame, explanation: &Explanation, payload: Option<usize>) {
        let header = frame.radiotap.as_ref();
        let rate: Option<Rate> = header.and_then(crate::record::radiotap::Header::rate);
        let is_unicast = !mac.destination.is_group();
        self.air.frame(
            Some(mac.source).filter(|_| is_unicast),
            rate,
            header.and_then(|header| header.tsft_micros),
            frame.mpdu.len() + frame.cut_off + FCS_LEN,
        );
        if self.senders.len() < BOARDS || self.senders.contains_key(&mac.source) {
            let sender = self.senders.entry(mac.source).or_default();
            sender.note(mac, frame.timestamp_ns, &mut self.steps);
        } else {
            self.of_others += 1;
        }
        if is_unicast {
            self.unicast += 1;
            self.reserved.note(mac.duration_us.into());
        }
        let radio = explanation.radio.as_ref();
        let name = radio.and_then(|radio| radio.rate.clone());
        let name = name.unwrap_or_else(|| "rate not told".to_owned());
        let speed = rate.map_or(0, Rate::kilobits_per_second);
        let (frames, lengths) = self.rates.entry((speed, name)).or_default();
        *frames += 1;
        if let Some(payload) = payload {
            lengths.note(i64::try_from(payload).unwrap_or(i64::MAX));
        }
        if let Some(signal) = radio.and_then(|radio| radio.signal_dbm) {
            self.signal.note(signal.into());
        }
        if let Some(channel) = radio.and_then(|radio| radio.channel) {
            *self.channels.entry(channel).or_default() += 1;
        }
    }

    fn frames(&self) -> u64 {
        self.senders.values().map(|sender| sender.frames).sum::<u64>() + self.of_others
    }

    fn boards(&self) -> String {
        if self.senders.is_empty() {
            return "none".to_owned();
        }
        let mut boards: Vec<_> = self.senders.iter().collect();
        boards.sort_by_key(|&(&address, sender)| (u64::MAX - sender.messages, address));
        let listed = boards.iter().take(LISTED).map(|(address, sender)| {
            let vendor = if vendor::is_espressif(**address) {
                "Espressif's"
            } else {
                "of no known prefix of Espressif's"
            };
            format!("{address} ({vendor}), {}", counted(sender.messages, "message"))
        });
        let mut text = listed.collect::<Vec<_>>().join("; ");
        if boards.len() > LISTED || self.of_others > 0 {
            text.push_str("; and more");
        }
        text
    }

    fn versions(&self) -> String {
        let [one, two] = self.versions;
        let mut text = format!(
            "version 1: {}, version 2: {two}; encrypted: {} of {}",
            counted(one, "frame"),
            self.encrypted,
            self.frames()
        );
        if self.unread > 0 {
            text += &format!(", {} of them not opened", self.unread);
        }
        text
    }

    fn rates(&self) -> String {
        let rates = self.rates.iter().map(|((_, name), (frames, lengths))| {
            let of = lengths.range(" octets").map(|range| format!(" of {range}"));
            format!("{name}: {}{}", counted(*frames, "frame"), of.unwrap_or_default())
        });
        or_none(rates.collect::<Vec<_>>().join("; "))
    }

    fn repetitions(&self) -> String {
        let repetitions: u64 = self.senders.values().map(|sender| sender.repetitions).sum();
        format!(
            "{repetitions} of {}; sequence numbers go on by one {} times, by more or less {} times",
            counted(self.frames(), "frame"),
            self.steps.next,
            self.steps.skipped
        )
    }

    fn acknowledgements(&self) -> String {
        let mut text = format!(
            "{} for {} to one board",
            self.acknowledged,
            counted(self.unicast, "frame")
        );
        match self.air.gap() {
            Some(gap) => text += &format!(", {gap}"),
            None if self.acknowledged > 0 => text += "; when, the capture does not say (no TSFT, or no rate)",
            None => {}
        }
        if let Some(reserved) = self.reserved.range(" µs") {
            text += &format!("; frames reserve {reserved}");
        }
        text
    }

    fn air(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.signal.words(|value| value, " dBm"));
        let channels: Vec<_> = self.channels.keys().map(u8::to_string).collect();
        if !channels.is_empty() {
            parts.push(format!("channel {}", channels.join(", ")));
        }
        let whole = self
            .first_ns
            .zip(self.last_ns)
            .and_then(|(first, last)| last.checked_sub(first));
        if let Some(whole) = whole.filter(|&whole| whole > 0) {
            let mut on_air = format!("{} captured", seconds(whole));
            if self.air.airtime_ns > 0 {
                on_air += &format!(", of which frames and ACKs take {}", seconds(self.air.airtime_ns));
            }
            parts.push(on_air);
        }
        or_none(parts.join("; "))
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "not told".to_owned() } else { text }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn seconds(ns: u64) -> String {
    format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1000)
}

/// µs as ms.
fn millis(us: i64) -> String {
    format!("{}.{:03}", us / 1000, us % 1000)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intervals = self.steps.intervals.words(millis, " ms");
        let lines = [
            ("board and chip", BLANK.to_owned()),
            (
                "driver",
                format!("{BLANK}  (this project's commit, or which ESP-IDF, Arduino core or MicroPython)"),
            ),
            (
                "run, and seen",
                format!("{BLANK}  (which program on which board, and what it showed)"),
            ),
            ("boards heard", self.boards()),
            ("ESP-NOW", self.versions()),
            ("rates and lengths", self.rates()),
            (
                "intervals",
                intervals.map_or_else(
                    || or_none(String::new()),
                    |text| format!("{text} from a board's message to its next"),
                ),
            ),
            ("repetitions", self.repetitions()),
            ("ACKs", self.acknowledgements()),
            ("signal and air", self.air()),
        ];
        for (number, (name, text)) in (1..).zip(lines) {
            writeln!(f, "{number:2}  {:19}{text}", format!("{name}:"))?;
        }
        Ok(())
    }
}
