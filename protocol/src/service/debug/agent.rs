//! The board that is looked at.

use core::fmt;

use rand_core::Rng;

use super::command::{Command, Sink};
use super::history::History;
use super::line::{Level, Line, Text, Threshold};
use super::outbox::Outbox;
use super::probe::{Millis, Probe, ProbeResponder, Prober, ProberBusy, ProberEvent, ProbesReceived};
use super::{LONGEST_LINE, TAGS};
use crate::board::Console;
use crate::message::{Kind, Kinds};
use crate::service::{Incoming, Input, Output, Service};
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

// Whose a tag is stands in its two highest bits.
const OUTBOX: u16 = 0;
const PROBER: u16 = 1 << 14;
const ANSWER: u16 = 2 << 14;

/// An answer to a command that many heard waits for a random part of this, so that they do not answer at the same moment, and nobody
/// hears any.
const SPREAD: Duration = Duration::from_millis(500);

/// What the answers to commands begin with.
const TAG: &str = "console";

/// Up to which level lines go where (`espnow_log_config_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// To the board's own console.
    pub console: Threshold,
    /// To the air.
    pub air: Threshold,
    /// To the storage.
    pub flash: Threshold,
}

impl Thresholds {
    const fn of(&mut self, sink: Sink) -> &mut Threshold {
        match sink {
            Sink::Console => &mut self.console,
            Sink::Air => &mut self.air,
            Sink::Flash => &mut self.flash,
        }
    }
}

impl Default for Thresholds {
    /// As the component's example: what is normal to console and air, what went wrong to the storage.
    fn default() -> Self {
        Self {
            console: Threshold::up_to(Level::Info),
            air: Threshold::up_to(Level::Info),
            flash: Threshold::up_to(Level::Warn),
        }
    }
}

/// What is fixed about an [`Agent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    /// What runs here: the answer to `version`.
    pub about: &'static str,
    /// Whether lines are sealed under the application's key, and only sealed commands obeyed (`CONFIG_ESPNOW_DEBUG_SECURITY`).
    /// Without it, whoever is near may restart the board.
    pub secured: bool,
    /// The kind of message that ping and throughput travel as. The component's is [`Kind::Reserved`].
    pub probes: Kind,
    /// Up to which level lines go where, at the start.
    pub thresholds: Thresholds,
    /// To whom lines of the log go: everybody, or a chosen board. Answers to commands go to who gave them.
    pub destination: MacAddress,
}

impl AgentConfig {
    /// The component's defaults.
    #[must_use]
    pub fn new(about: &'static str) -> Self {
        Self {
            about,
            secured: false,
            probes: Kind::Reserved,
            thresholds: Thresholds::default(),
            destination: MacAddress::BROADCAST,
        }
    }
}

/// What a command asks that only the application knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who the peers are.
    Peers,
    /// What was counted.
    Stats,
}

/// What an [`Agent`] tells its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentEvent {
    /// A command that is being carried out.
    Commanded {
        /// Who gave it.
        by: MacAddress,
        /// What it is.
        command: Command,
    },
    /// Something to be answered: [`Agent::answer`].
    Asked {
        /// By whom.
        by: MacAddress,
        /// What.
        question: Question,
    },
    /// Another board has tested its throughput with this one.
    Probed(ProbesReceived),
}

/// Logs to console, air and flash, obeys a remote console, answers pings. `QUEUE` octets of lines may wait for the radio.
///
/// ```
/// use protocol::service::debug::{Agent, AgentConfig, Level};
/// use protocol::time::Instant;
///
/// let mut agent = Agent::<1024>::new(AgentConfig::new("porch-light 1.4.2"));
/// let mut console = String::new();
/// agent.log(Instant::from_micros(4_711_000), &mut console, Level::Info, "light", format_args!("power on"));
/// assert_eq!(console, "I (4711) light: power on\n");
/// ```
#[derive(Debug)]
pub struct Agent<const QUEUE: usize> {
    config: AgentConfig,
    thresholds: Thresholds,
    outbox: Outbox<QUEUE>,
    history: History,
    prober: Prober,
    responder: ProbeResponder,
    answer_tag: u16,
    /// Who gave the command that is being carried out: who hears of ping and throughput, and the kept lines.
    prober_for: MacAddress,
    reader: MacAddress,
    tune: Option<Channel>,
    restart: bool,
    /// A command came to many: the answer waits for a while that has to be drawn.
    many_answer: bool,
    quiet_until: Instant,
    events: heapless::Deque<AgentEvent, 4>,
}

impl<const QUEUE: usize> Agent<QUEUE> {
    /// An agent that has said nothing yet.
    #[must_use]
    pub fn new(config: AgentConfig) -> Self {
        Self {
            config,
            thresholds: config.thresholds,
            outbox: Outbox::new(),
            history: History::new(),
            prober: Prober::new(),
            responder: ProbeResponder::new(),
            answer_tag: 0,
            prober_for: MacAddress::BROADCAST,
            reader: MacAddress::BROADCAST,
            tune: None,
            restart: false,
            many_answer: false,
            quiet_until: Instant::START,
            events: heapless::Deque::new(),
        }
    }

    /// Writes a line of the log. What is longer than [`LONGEST_LINE`] is cut off.
    pub fn log(&mut self, now: Instant, console: &mut impl Console, level: Level, tag: &str, text: fmt::Arguments<'_>) {
        let Thresholds {
            console: own,
            air,
            flash,
        } = self.thresholds;
        if ![own, air, flash].into_iter().any(|threshold| threshold.takes(level)) {
            return;
        }
        let line = Text::<LONGEST_LINE>::line(now, level, tag, text);
        if own.takes(level) {
            console.line(format_args!("{}", line.as_str()));
        }
        if air.takes(level) {
            self.outbox.push(self.config.destination, line.as_str());
        }
        if flash.takes(level) {
            self.history.append(now, level, line.as_str());
        }
    }

    /// Answers who gave a command, with a line.
    pub fn answer(&mut self, now: Instant, to: MacAddress, text: fmt::Arguments<'_>) {
        self.say(now, Level::Info, to, text);
    }

    fn say(&mut self, now: Instant, level: Level, to: MacAddress, text: fmt::Arguments<'_>) {
        let line = Text::<LONGEST_LINE>::line(now, level, TAG, text);
        self.outbox.push(to, line.as_str());
    }

    /// Up to which level lines go where.
    #[must_use]
    pub const fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Changes it until the next start.
    pub const fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.thresholds = thresholds;
    }

    /// Lines that the storage did not get, because they came too fast for it.
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.history.missed()
    }

    /// What there is to tell.
    pub fn poll_event(&mut self) -> Option<AgentEvent> {
        self.events
            .pop_front()
            .or_else(|| self.responder.poll_event().map(AgentEvent::Probed))
    }

    fn tell(&mut self, event: AgentEvent) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room now.
        let _ = self.events.push_back(event);
    }

    fn command(&mut self, now: Instant, incoming: &Incoming<'_>) {
        if self.config.secured && !incoming.secured {
            return;
        }
        let by = incoming.message.source;
        self.many_answer |= incoming.message.head.group || incoming.message.is_for_everybody();
        match Command::parse(Line::parse(incoming.message.payload).text) {
            Ok(command) => {
                self.tell(AgentEvent::Commanded { by, command });
                self.run(now, by, command, incoming.channel);
            }
            Err(error) => self.say(now, Level::Warn, by, format_args!("{error}")),
        }
    }

    fn run(&mut self, now: Instant, by: MacAddress, command: Command, channel: Channel) {
        match command {
            Command::Help => {
                for line in Command::help() {
                    self.answer(now, by, format_args!("{line}"));
                }
            }
            Command::Version => {
                let about = self.config.about;
                self.answer(now, by, format_args!("{about}"));
            }
            Command::Peers => self.tell(AgentEvent::Asked {
                by,
                question: Question::Peers,
            }),
            Command::Stats => self.tell(AgentEvent::Asked {
                by,
                question: Question::Stats,
            }),
            Command::Reboot => {
                self.answer(now, by, format_args!("restarting"));
                self.restart = true;
            }
            Command::Channel(None) => self.answer(now, by, format_args!("channel {channel}")),
            Command::Channel(Some(to)) => {
                self.answer(now, by, format_args!("channel {channel}, going to {to}"));
                self.tune = Some(to);
            }
            Command::Ping { to, count, length } => {
                let begun = self.prober.ping(to, count, length);
                self.begun(
                    now,
                    by,
                    begun,
                    format_args!("ping {to}, {length} octets, {count} times"),
                );
            }
            Command::Throughput { to, duration, length } => {
                let begun = self.prober.load(to, duration, length);
                let seconds = duration.as_secs();
                self.begun(
                    now,
                    by,
                    begun,
                    format_args!("to {to}, {length} octets a message, for {seconds} s"),
                );
            }
            Command::Stop => {
                let ended = if self.prober.stop() { "ended" } else { "nothing to end" };
                self.answer(now, by, format_args!("{ended}"));
            }
            Command::Log(change) => {
                if let Some((sink, threshold)) = change {
                    *self.thresholds.of(sink) = threshold;
                }
                let Thresholds { console, air, flash } = self.thresholds;
                self.answer(now, by, format_args!("log console {console}, air {air}, flash {flash}"));
            }
            Command::History => {
                if self.history.read() {
                    self.reader = by;
                } else {
                    self.say(now, Level::Warn, by, format_args!("it is being read already"));
                }
            }
        }
    }

    fn begun(&mut self, now: Instant, by: MacAddress, begun: Result<(), ProberBusy>, what: fmt::Arguments<'_>) {
        match begun {
            Ok(()) => {
                self.prober_for = by;
                self.answer(now, by, what);
            }
            Err(error) => self.say(now, Level::Warn, by, format_args!("{error}")),
        }
    }

    /// Puts into words what became of pings.
    fn report(&mut self, now: Instant) {
        let to = self.prober_for;
        while let Some(event) = self.prober.poll_event() {
            match event {
                ProberEvent::Answered {
                    sequence,
                    length,
                    rssi_dbm,
                    took,
                } => {
                    let took = Millis(took);
                    self.answer(
                        now,
                        to,
                        format_args!("{length} octets, seq={sequence} rssi={rssi_dbm} time={took} ms"),
                    );
                }
                ProberEvent::Unanswered { sequence } => {
                    self.say(now, Level::Warn, to, format_args!("seq={sequence} no answer"));
                }
                ProberEvent::PingDone(report) => self.answer(now, to, format_args!("{report}")),
                ProberEvent::ThroughputDone(report) => self.answer(now, to, format_args!("{report}")),
            }
        }
        if let Some(dropped) = self.outbox.take_dropped() {
            let to = self.config.destination;
            self.say(now, Level::Warn, to, format_args!("{dropped} lines dropped: no room"));
        }
    }

    /// Lines that were kept, to who wants to read them. The outbox is empty.
    fn read_out(&mut self) {
        let Self {
            history,
            outbox,
            reader,
            ..
        } = self;
        if let Some(lines) = history.take_newest() {
            push_lines(outbox, *reader, lines);
        }
    }
}

fn push_lines<const QUEUE: usize>(outbox: &mut Outbox<QUEUE>, reader: MacAddress, lines: &[u8]) {
    for line in lines.split(|&octet| octet == b'\n').filter(|line| !line.is_empty()) {
        // A line that is damaged is read as far as it is not.
        let line = line.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        outbox.push(reader, line);
    }
}

impl<const QUEUE: usize> Service for Agent<QUEUE> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::DebugCommand, self.config.probes])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::DebugCommand => self.command(now, &incoming),
            Input::Message(incoming) => {
                if let Ok(probe) = Probe::parse(incoming.message.payload) {
                    self.responder.handle_probe(&incoming, probe);
                    self.prober.handle_probe(&incoming, probe);
                }
            }
            Input::Sent { tag, outcome } => match tag & !TAGS {
                OUTBOX => self.outbox.handle_sent(tag & TAGS),
                PROBER => self.prober.handle_sent(now, tag & TAGS, outcome),
                _ => {}
            },
            Input::Loaded { key, value } => {
                // Lines that can't be read are missed, and keep nobody out.
                if let Some(lines) = self.history.handle_loaded(key, value.ok().flatten()) {
                    push_lines(&mut self.outbox, self.reader, lines);
                }
            }
            Input::Stored { key, .. } => self.history.handle_stored(key),
            Input::Image(_) => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if core::mem::take(&mut self.many_answer) {
            self.quiet_until = now + Duration::from_micros(random.next_u64() % SPREAD.as_micros() as u64);
        }
        self.report(now);
        if self.outbox.is_empty() {
            self.read_out();
        }
        // Who asked may be measuring.
        self.answer_tag = (self.answer_tag + 1) & TAGS;
        let Self {
            config,
            outbox,
            history,
            prober,
            responder,
            ..
        } = self;
        if let Some(mut send) = responder.poll(ANSWER | self.answer_tag, config.probes) {
            send.head.security = config.secured;
            return Output::Send(send);
        }
        let is_quiet = outbox.is_empty();
        if self.restart && is_quiet && history.flush(now) {
            self.restart = false;
            return Output::Restart;
        }
        let (history_due, is_restarting) = (history.deadline(), self.restart);
        if let Some(output) = history.poll(now, is_quiet) {
            return output;
        }
        let quiet_until = Some(self.quiet_until).filter(|&until| until > now);
        if quiet_until.is_none()
            && let Some(mut send) = outbox.poll(config.secured)
        {
            send.tag |= OUTBOX;
            return Output::Send(send);
        }
        if is_quiet
            && !is_restarting
            && let Some(channel) = self.tune.take()
        {
            return Output::Tune(channel);
        }
        match prober.poll(now, config.probes) {
            Ok(mut send) => {
                send.tag |= PROBER;
                send.head.security = config.secured;
                Output::Send(send)
            }
            Err(until) => {
                let deadlines = [until, history_due, quiet_until.filter(|_| !is_quiet)];
                Output::Wait(deadlines.into_iter().flatten().min())
            }
        }
    }
}
