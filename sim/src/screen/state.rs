//! What the screen knows of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use protocol::MacAddress;
use protocol::board::Rgb;
use ratatui::layout::{Rect, Size};

use super::console::Console;
use super::interference::Interference;
use super::keys::{self, Command};
use super::palette::{Charset, Palette};
use super::replay::ReplayView;
use super::text;
use super::traffic::Traffic;
use crate::kernel::{Span, Time};
use crate::observe::{
    Advice, BoardId, BoardInfo, Ending, Event, InterfererInfo, Observer, Reception, TransmissionKind, name_of,
};
use crate::pace::Pace;

/// Pieces of advice that are kept.
const KEPT_ADVICE: usize = 200;

/// After so much virtual time without an event, the screen says that everybody waits.
const SILENCE: Span = Span::from_micros(500_000);

/// What the screen knows of a run.
///
/// Events, keys and the clock change it; [`draw`](super::draw) only reads it. Its memory is bounded: the newest 4096 frames,
/// and 2000 lines of each board's console.
#[derive(Debug)]
pub struct State {
    pub(super) scenario: String,
    pub(super) seed: u64,
    pub(super) palette: Palette,
    pub(super) now: Time,
    pub(super) pace: Pace,
    pub(super) over: bool,
    pub(super) loss: f64,
    pub(super) boards: Vec<Board>,
    pub(super) selected: usize,
    pub(super) traffic: Traffic,
    pub(super) interferers: Vec<InterfererInfo>,
    pub(super) interference: Interference,
    pub(super) last_event: Time,
    /// The newest last; the text is clean.
    pub(super) advice: Vec<Advice>,
    /// Pieces of advice that were read in the panel.
    pub(super) advice_read: usize,
    pub(super) overlay: Option<Overlay>,
    /// The terminal's size, for keys that scroll.
    pub(super) size: Size,
    /// Where a replay is; `None` on a run.
    pub(super) replay: Option<ReplayView>,
}

/// What a screen has seen of a run up to some moment, without what keys have made of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    boards: Vec<Board>,
    traffic: Traffic,
    interference: Interference,
    last_event: Time,
    loss: f64,
    advice: Vec<Advice>,
}

/// What covers the screen, with the first row in view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    Help { top: usize },
    Advice { top: usize },
}

/// What the screen knows of a board.
#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) info: BoardInfo,
    /// The name, clean.
    pub(super) name: String,
    pub(super) pixels: Arc<[Rgb]>,
    pub(super) console: Console,
    pub(super) tally: Tally,
    pub(super) ending: Option<Ending>,
    pub(super) life: Life,
}

/// How far a board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Up,
    Starting,
    Unbootable,
    Off,
}

/// A board's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Messages handed to the air: first attempts.
    pub(super) frames: u64,
    /// MPDUs on the air, ACKs not counted.
    pub(super) attempts: u64,
    pub(super) acked: u64,
    pub(super) failed: u64,
    /// Messages that the driver took in.
    pub(super) received: u64,
    /// MPDUs addressed to the board that it lost, ACKs not counted.
    pub(super) lost: u64,
}

impl State {
    /// A run that has not begun, on a terminal of 80×24.
    #[must_use]
    pub fn new(scenario: &str, seed: u64, boards: Vec<BoardInfo>, palette: Palette) -> Self {
        // Boards with as many pixels share their dark strips.
        let mut dark: BTreeMap<usize, Arc<[Rgb]>> = BTreeMap::new();
        let board = |info: BoardInfo| Board {
            name: text::clean(&info.name, palette.charset),
            pixels: Arc::clone(
                dark.entry(info.pixels)
                    .or_insert_with(|| vec![Rgb::OFF; info.pixels].into()),
            ),
            console: Console::default(),
            tally: Tally::default(),
            ending: None,
            life: Life::Up,
            info,
        };
        Self {
            scenario: text::clean(scenario, palette.charset),
            seed,
            palette,
            now: Time::ZERO,
            pace: Pace::default(),
            over: false,
            loss: 0.0,
            boards: boards.into_iter().map(board).collect(),
            selected: 0,
            traffic: Traffic::default(),
            interferers: Vec::new(),
            interference: Interference::default(),
            last_event: Time::ZERO,
            advice: Vec::new(),
            advice_read: 0,
            overlay: None,
            size: Size::new(80, 24),
            replay: None,
        }
    }

    /// The interferers that there are from the start. They have a lane.
    pub fn set_interferers(&mut self, interferers: &[InterfererInfo]) {
        self.interferers = interferers.to_vec();
    }

    /// Whether there is a lane for interferers.
    pub(super) fn has_interference(&self) -> bool {
        !self.interferers.is_empty() || !self.interference.is_empty()
    }

    /// Tells the time, once a frame. `over` says that the run has ended; the screen stays until it is left.
    pub fn set_clock(&mut self, now: Time, pace: Pace, over: bool) {
        self.now = now;
        self.pace = pace;
        self.over = over;
    }

    /// The loss set by hand on all links, 0 to 1.
    pub fn set_loss(&mut self, loss: f64) {
        self.loss = loss;
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            boards: self.boards.clone(),
            traffic: self.traffic.clone(),
            interference: self.interference.clone(),
            last_event: self.last_event,
            loss: self.loss,
            advice: self.advice.clone(),
        }
    }

    /// Goes back to what was seen at another moment. What keys have made of the screen stays.
    pub(crate) fn rewind_to(&mut self, past: &Seen) {
        let Seen {
            boards,
            traffic,
            interference,
            last_event,
            loss,
            advice,
        } = past.clone();
        for (now, mut then) in self.boards.iter_mut().zip(boards) {
            then.console.scroll_as(&now.console);
            *now = then;
        }
        self.traffic = traffic;
        self.interference = interference;
        self.last_event = last_event;
        self.loss = loss;
        self.advice_read = self.advice_read.min(advice.len());
        self.advice = advice;
    }

    /// How much there is to copy: frames and lines.
    pub(crate) fn weight(&self) -> usize {
        let lines: usize = self.boards.iter().map(|board| 1 + board.console.kept()).sum();
        lines + self.traffic.newest_first().len() + self.interference.kept()
    }

    /// A key. Returns what the host has to do about it; the rest is done here.
    pub fn on_key(&mut self, key: KeyEvent) -> Option<Command> {
        keys::on_key(self, key)
    }

    /// The terminal has this size, in cells. Called at the start and whenever it changes, so that keys scroll by the
    /// pages that are seen.
    pub fn on_resize(&mut self, columns: u16, rows: u16) {
        self.size = Size::new(columns, rows);
    }

    pub(super) fn area(&self) -> Rect {
        Rect::from((ratatui::layout::Position::ORIGIN, self.size))
    }

    /// Since when nothing happens, if that is long enough to wonder.
    pub(super) fn silent_since(&self) -> Option<Time> {
        (!self.over && self.now - self.last_event > SILENCE).then_some(self.last_event)
    }

    /// Pieces of advice that were not read yet.
    pub(super) fn unread_advice(&self) -> usize {
        self.advice.len().saturating_sub(self.advice_read)
    }

    /// What people call the station of this address.
    pub(super) fn station(&self, address: MacAddress) -> String {
        if address == MacAddress::BROADCAST {
            return "broadcast".to_owned();
        }
        let station = |station| self.boards.iter().find(|board| board.info.address == station);
        name_of(address, |address| station(address).map(|board| board.name.as_str()))
    }

    pub(super) fn name(&self, board: BoardId) -> &str {
        self.boards.get(board.index()).map_or("?", |board| &board.name)
    }

    fn board(&mut self, id: BoardId) -> Option<&mut Board> {
        self.boards.get_mut(id.index())
    }

    fn on_reception(&mut self, reception: &Reception) {
        if !reception.addressed {
            return;
        }
        let kind = self.traffic.receive(reception);
        let lost = reception.outcome.is_err() && kind.is_some_and(|kind| !kind.is_ack());
        if let Some(board) = self.board(reception.receiver).filter(|_| lost) {
            board.tally.lost += 1;
        }
    }

    fn on_sent(&mut self, sender: BoardId, destination: MacAddress, acknowledged: bool) {
        if !acknowledged {
            self.traffic.give_up(sender, destination);
        }
        if let Some(board) = self.board(sender) {
            board.tally.acked += u64::from(acknowledged && !destination.is_group());
            board.tally.failed += u64::from(!acknowledged);
        }
    }

    /// Something was done to a board: its console says what, between the lines of its program.
    fn on_turn(&mut self, at: Time, board: BoardId, life: Option<Life>, words: &str) {
        let words = text::clean(&format!("[{words}]"), self.palette.charset);
        if let Some(board) = self.board(board) {
            board.console.push(at, words.into());
            if let Some(life) = life {
                board.life = life;
                board.ending = None;
            }
        }
    }

    fn on_advice(&mut self, advice: &Advice) {
        let told = |known: &Advice| known.board == advice.board && known.trap == advice.trap;
        if self.advice.len() < KEPT_ADVICE && !self.advice.iter().any(told) {
            self.advice.push(Advice {
                text: text::clean(&advice.text.replace('\n', " "), self.palette.charset),
                ..advice.clone()
            });
        }
    }
}

impl Observer for State {
    fn observe(&mut self, at: Time, event: &Event) {
        self.last_event = at;
        let charset = self.palette.charset;
        match event {
            Event::Transmission(transmission) => {
                let Some(board) = self.board(transmission.sender) else {
                    return;
                };
                if let TransmissionKind::Data { attempt, .. } = transmission.kind {
                    board.tally.attempts += 1;
                    board.tally.frames += u64::from(attempt <= 1);
                }
                let source = board.info.address;
                self.traffic.transmit(transmission, source);
            }
            Event::Reception(reception) => self.on_reception(reception),
            Event::Sent {
                board,
                destination,
                acknowledged,
                ..
            } => self.on_sent(*board, *destination, *acknowledged),
            Event::Interference { interferer, centre_mhz } => {
                self.interference.change(at, *interferer, centre_mhz.is_some());
            }
            Event::Received { board, .. } => {
                if let Some(board) = self.board(*board) {
                    board.tally.received += 1;
                }
            }
            // The queue's overrun is told as advice, and what was staged shows in what follows.
            Event::Dropped { .. } | Event::Staged { .. } => {}
            Event::Console { board, line } => {
                if let Some(board) = self.board(*board) {
                    board.console.push(at, clean_line(line, charset));
                }
            }
            Event::Pixels { board, colours } => {
                if let Some(board) = self.board(*board) {
                    board.pixels = Arc::clone(colours);
                }
            }
            Event::Advice(advice) => self.on_advice(advice),
            Event::Ended { board, ending } => {
                let ending = match ending {
                    Ending::Finished => Ending::Finished,
                    Ending::Failed(words) => Ending::Failed(text::clean(&words.replace('\n', " "), charset)),
                };
                if let Some(board) = self.board(*board) {
                    board.ending = Some(ending);
                }
            }
            Event::Pin { board, pin, level } => {
                let level = if *level { "high" } else { "low" };
                self.on_turn(at, *board, None, &format!("pin {pin} {level}"));
            }
            Event::Pressed { board } => self.on_turn(at, *board, None, "button pressed"),
            Event::Reset { board, cause } => {
                self.on_turn(at, *board, Some(Life::Starting), &format!("reset: {}", cause.name()));
            }
            Event::Started {
                board,
                version,
                on_trial,
            } => {
                let trial = if *on_trial { ", on trial" } else { "" };
                self.on_turn(at, *board, Some(Life::Up), &format!("started version {version}{trial}"));
            }
            Event::Unbootable { board } => self.on_turn(at, *board, Some(Life::Unbootable), "no image to start"),
            Event::PowerOff { board } => self.on_turn(at, *board, Some(Life::Off), "power off"),
        }
    }
}

/// Shares the lines that are clean, which nearly all are.
fn clean_line(line: &Arc<str>, charset: Charset) -> Arc<str> {
    let clean = text::clean(line, charset);
    if clean == **line {
        Arc::clone(line)
    } else {
        clean.into()
    }
}
