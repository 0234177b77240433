//! A run as one JSON object.

use std::sync::Arc;
use std::time::Duration;

use protocol::board::Rgb;
use serde::{Deserialize, Serialize};

use super::recording::{Conclusion, Description, Ended};
use crate::bridge::{BridgeStatistics, Times};
use crate::kernel::Time;
use crate::lab::Lab;
use crate::observe::{BoardId, Ending, Event, Loss, Observer};

use super::ResponseReport;
use super::console::{Console, Consoles};

/// Keeps what the report shows and the lab does not: console lines, pixels, endings. What it keeps does not grow with the run's length.
#[derive(Debug, Default)]
pub struct Reporter {
    boards: Vec<Seen>,
    consoles: Consoles,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    colours: Option<Arc<[Rgb]>>,
    state: State,
    resets: Vec<&'static str>,
    /// Those that came later.
    more_resets: u64,
}

/// Resets of a board that are told one by one.
const RESETS: usize = 200;

/// What a board's program is doing.
#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Running,
    Ended(Ending),
    Starting,
    Off,
    Unbootable,
}

impl Reporter {
    fn board(&mut self, index: usize) -> &mut Seen {
        if self.boards.len() <= index {
            self.boards.resize(index + 1, Seen::default());
        }
        &mut self.boards[index]
    }

    /// The report of a run that this watched from its start. `wall` is how long it took the host, the only part that differs
    /// between two runs of one scenario and seed.
    #[must_use]
    pub fn report(&self, lab: &Lab, wall: Duration) -> Report {
        self.report_of(&Description::of(lab), &Conclusion::of(lab, Ended::Over), wall)
    }

    /// The same of a run that is known from its recording, or is gone already.
    #[must_use]
    pub fn report_of(&self, description: &Description, conclusion: &Conclusion, wall: Duration) -> Report {
        let statistics = &conclusion.statistics;
        let boards = description
            .boards
            .iter()
            .zip(&statistics.boards)
            .enumerate()
            .map(|(index, (info, counted))| {
                let seen = self.boards.get(index).cloned().unwrap_or_default();
                let console = self.consoles.of(index);
                let dark = || vec![[0; 3]; info.pixels];
                let shown = |colours: Arc<[Rgb]>| colours.iter().map(|c| [c.red, c.green, c.blue]).collect();
                BoardReport {
                    name: info.name.to_string(),
                    mac: info.address.to_string(),
                    chip: info.chip,
                    console: console.map_or_else(Vec::new, |console| console.lines().map(str::to_owned).collect()),
                    console_left_out: console
                        .and_then(Console::left_out)
                        .map(|(after, lines)| LeftOut { after, lines }),
                    pixels: seen.colours.map_or_else(dark, shown),
                    program: match seen.state {
                        State::Running => "running".to_owned(),
                        State::Ended(Ending::Finished) => "finished".to_owned(),
                        State::Ended(Ending::Failed(reason)) => format!("failed: {reason}"),
                        State::Starting => "starting".to_owned(),
                        State::Off => "off".to_owned(),
                        State::Unbootable => "unbootable".to_owned(),
                    },
                    resets: seen.resets,
                    more_resets: seen.more_resets,
                    tx: TxReport {
                        frames: counted.tx_frames,
                        attempts: counted.tx_attempts,
                        acked: counted.tx_acked,
                        failed: counted.tx_failed,
                    },
                    rx: RxReport {
                        frames: counted.rx_frames,
                        dropped: counted.rx_dropped,
                    },
                    airtime_us: counted.airtime.as_micros(),
                    asleep_us: counted.asleep.as_micros(),
                }
            });
        let name = |board: BoardId| description.boards.get(board.index()).map(|info| info.name.to_string());
        let medium = statistics.medium;
        Report {
            scenario: description.scenario.to_string(),
            seed: description.seed,
            virtual_us: conclusion.at.as_micros(),
            wall_us: u64::try_from(wall.as_micros()).unwrap_or(u64::MAX),
            boards: boards.collect(),
            medium: MediumReport {
                transmissions: medium.transmissions,
                acks: medium.acks,
                in_range: medium.in_range,
                receptions: medium.receptions,
                lost: LostReport {
                    collision: medium.lost.of(Loss::Collision),
                    noise: medium.lost.of(Loss::Noise),
                    fault: medium.lost.of(Loss::Fault),
                    busy: medium.lost.of(Loss::Busy),
                    asleep: medium.lost.of(Loss::Asleep),
                },
            },
            interferers: statistics
                .interferers
                .iter()
                .map(|counted| InterfererReport {
                    kind: counted.kind,
                    airtime_us: counted.airtime.as_micros(),
                    deferred: counted.deferred,
                })
                .collect(),
            advice: conclusion
                .advice
                .iter()
                .map(|advice| AdviceReport {
                    board: name(advice.board).unwrap_or_default(),
                    trap: advice.trap,
                    text: advice.text.clone(),
                })
                .collect(),
            responses: conclusion.responses.clone(),
            bridge: conclusion.bridge,
        }
    }
}

impl Observer for Reporter {
    fn watches_air(&self) -> bool {
        false
    }

    fn observe(&mut self, _: Time, event: &Event) {
        match event {
            Event::Console { board, line } => self.consoles.print(board.index(), line),
            Event::Pixels { board, colours } => self.board(board.index()).colours = Some(Arc::clone(colours)),
            Event::Ended { board, ending } => self.board(board.index()).state = State::Ended(ending.clone()),
            Event::Reset { board, cause } => {
                let seen = self.board(board.index());
                if seen.resets.len() < RESETS {
                    seen.resets.push(cause.name());
                } else {
                    seen.more_resets += 1;
                }
                seen.state = State::Starting;
            }
            Event::Started { board, .. } => self.board(board.index()).state = State::Running,
            Event::Unbootable { board } => self.board(board.index()).state = State::Unbootable,
            Event::PowerOff { board } => self.board(board.index()).state = State::Off,
            Event::Transmission(_)
            | Event::Reception(_)
            | Event::Sent { .. }
            | Event::Received { .. }
            | Event::Dropped { .. }
            | Event::Staged { .. }
            | Event::Pin { .. }
            | Event::Pressed { .. }
            | Event::Interference { .. }
            | Event::Advice(_) => {}
        }
    }
}

/// What `--report` writes.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Virtual time at the end, µs.
    pub virtual_us: u64,
    /// What the run took the host, µs; its making not included.
    pub wall_us: u64,
    /// A row a board.
    pub boards: Vec<BoardReport>,
    /// The air.
    pub medium: MediumReport,
    /// A row an interferer.
    pub interferers: Vec<InterfererReport>,
    /// Traps that were noticed.
    pub advice: Vec<AdviceReport>,
    /// A row a command, where one board commands others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponseReport>,
    /// What passed over the bridge, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<BridgeReport>,
}

/// The bridge in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeReport {
    /// Messages that the antenna was asked to send.
    pub outward: u64,
    /// Of the unicast ones, those that a real board acknowledged.
    pub acknowledged: u64,
    /// Those that none acknowledged, or whose result was lost.
    pub unacknowledged: u64,
    /// Messages that the antenna's driver refused.
    pub refused: u64,
    /// Messages from real boards.
    pub inward: u64,
    /// Messages dropped because the line was too slow, or gone.
    pub dropped: u64,
    /// Sessions that ended before the run did.
    pub interruptions: u64,
    /// Frames that came broken over the line.
    pub line_broken: u32,
    /// Frames that were sent again over the line.
    pub line_repeated: u32,
    /// From a frame's end on the virtual air to its result, mean and longest, µs.
    pub round_trip_us: [u64; 2],
    /// How late things happened in the lab, mean and longest, µs.
    pub lag_us: [u64; 2],
}

impl From<&BridgeStatistics> for BridgeReport {
    fn from(passed: &BridgeStatistics) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let times = |times: Times| [times.mean(), times.longest()].map(micros);
        Self {
            outward: passed.outward,
            acknowledged: passed.acknowledged,
            unacknowledged: passed.unacknowledged,
            refused: passed.refused,
            inward: passed.inward,
            dropped: passed.dropped,
            interruptions: passed.interruptions,
            line_broken: passed.line.broken,
            line_repeated: passed.line.repeated,
            round_trip_us: times(passed.round_trips),
            lag_us: times(passed.lag),
        }
    }
}

/// A board in the report.
#[derive(Clone, Debug, Serialize)]
pub struct BoardReport {
    /// Its name in the scenario.
    pub name: String,
    /// The station interface's address.
    pub mac: String,
    /// The chip.
    pub chip: &'static str,
    /// What it printed, a line each. Of a board that prints a lot these are the first lines and the last ones.
    pub console: Vec<String>,
    /// Which lines are left out of `console`, if any are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_left_out: Option<LeftOut>,
    /// The NeoPixels at the end: red, green, blue.
    pub pixels: Vec<[u8; 3]>,
    /// `running`, `finished`, or `failed:` and why; `starting`, `off`, or `unbootable` when there is none.
    pub program: String,
    /// Why it began anew, each time that it did: `power on`, `reset pin`, `restart`, `crash`.
    pub resets: Vec<&'static str>,
    /// How often it began anew after that, if `resets` would be too long.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_resets: u64,
    /// Sending.
    pub tx: TxReport,
    /// Receiving.
    pub rx: RxReport,
    /// Time with its transmitter on, ACKs included, µs.
    pub airtime_us: u64,
    /// Time outside its wake windows, µs: its receiver was off, but for the ACKs of what it sent.
    pub asleep_us: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Lines that were printed and are not in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// How many lines of `console` come before them.
    pub after: usize,
    /// How many they are.
    pub lines: u64,
}

/// A board's sending.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TxReport {
    /// Frames that the application handed in and that went on the air.
    pub frames: u64,
    /// MPDUs put on the air, repetitions included, ACKs not.
    pub attempts: u64,
    /// Unicast frames that were acknowledged.
    pub acked: u64,
    /// Unicast frames that were given up.
    pub failed: u64,
}

/// A board's receiving.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RxReport {
    /// Messages that reached the receive queue.
    pub frames: u64,
    /// Messages lost because it was full.
    pub dropped: u64,
}

/// The air in the report. A pair is a data transmission and a board in its range.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MediumReport {
    /// Frames on the air, ACKs included.
    pub transmissions: u64,
    /// Of these, the ACKs.
    pub acks: u64,
    /// Pairs.
    pub in_range: u64,
    /// Pairs in which the board got the frame.
    pub receptions: u64,
    /// Pairs in which it did not, by cause.
    pub lost: LostReport,
}

/// Losses by cause.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LostReport {
    /// Another frame overlapped it.
    pub collision: u64,
    /// Too weak.
    pub noise: u64,
    /// A fault set by hand.
    pub fault: u64,
    /// The receiver was sending itself.
    pub busy: u64,
    /// The receiver was outside its wake window.
    pub asleep: u64,
}

/// An interferer in the report.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct InterfererReport {
    /// `wifi`, `ble` or `microwave`.
    pub kind: &'static str,
    /// Time on the air, µs.
    pub airtime_us: u64,
    /// How often it waited because it heard a board.
    pub deferred: u64,
}

/// A trap in the report.
#[derive(Clone, Debug, Serialize)]
pub struct AdviceReport {
    /// The board's name.
    pub board: String,
    /// The trap's short name.
    pub trap: &'static str,
    /// What happened, what it means, how to mend it.
    pub text: String,
}
