//! Who asks.

use core::fmt;

use super::super::TAGS;
use super::frame::{PROBE_LEN, Probe, ProbeKind};
use crate::MacAddress;
use crate::message::{FrameHead, Kind};
use crate::service::{Incoming, Outcome, Send};
use crate::time::{Duration, Instant};

/// Octets of the longest probe: a payload of ESP-NOW v1.
pub(super) const LONGEST: usize = 230;

/// From one ping to the next.
const PING_INTERVAL: Duration = Duration::from_millis(100);

/// An answer that takes longer is taken for lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it asks how many came.
const STOPS: u8 = 6;

/// How many answers came to some pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingReport {
    /// Who was asked.
    pub to: MacAddress,
    /// How often.
    pub sent: u32,
    /// How often it answered.
    pub received: u32,
    /// The shortest time; zero if no answer came.
    pub shortest: Duration,
    /// The mean time.
    pub mean: Duration,
    /// The longest time.
    pub longest: Duration,
}

/// `4 sent, 4 answered, 0 % lost, 1.92 / 2.05 / 2.40 ms`
impl fmt::Display for PingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, received, .. } = self;
        let lost = (sent - received) * 100 / sent.max(&1);
        write!(f, "{sent} sent, {received} answered, {lost} % lost")?;
        if *received > 0 {
            let [shortest, mean, longest] = [self.shortest, self.mean, self.longest].map(Millis);
            write!(f, ", {shortest} / {mean} / {longest} ms")?;
        }
        Ok(())
    }
}

/// How much a link carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThroughputReport {
    /// To whom.
    pub to: MacAddress,
    /// How many messages.
    pub sent: u32,
    /// How many of them came; `None` if the other side did not say.
    pub received: Option<u32>,
    /// Octets of each.
    pub length: u16,
    /// For how long.
    pub duration: Duration,
}

impl ThroughputReport {
    /// Payload that came, in kbit/s.
    #[must_use]
    pub fn kbit_per_s(&self) -> Option<u64> {
        let bits = u64::from(self.received?) * u64::from(self.length) * 8;
        bits.checked_div(whole_millis(self.duration))
    }
}

/// `412 of 412 messages of 230 octets in 1000 ms: 758 kbit/s, 0 lost`
impl fmt::Display for ThroughputReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, length, .. } = self;
        let millis = whole_millis(self.duration);
        match (self.received, self.kbit_per_s()) {
            (Some(received), Some(rate)) => {
                let lost = sent.saturating_sub(received);
                write!(
                    f,
                    "{received} of {sent} messages of {length} octets in {millis} ms: {rate} kbit/s, {lost} lost"
                )
            }
            _ => write!(
                f,
                "{sent} messages of {length} octets in {millis} ms, and no word of how many came"
            ),
        }
    }
}

/// Milliseconds with two decimals.
pub(in super::super) struct Millis(pub(in super::super) Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0.subsec_micros() / 10 % 100;
        write!(f, "{}.{hundredths:02}", whole_millis(self.0))
    }
}

/// In 64 bits: to divide and print 128 costs a chip kilobytes of code.
fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a [`Prober`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProberEvent {
    /// A ping was answered.
    Answered {
        /// Which, counted from 0.
        sequence: u32,
        /// Octets of the answer.
        length: u16,
        /// How strong it was heard, in dBm.
        rssi_dbm: i8,
        /// How long it took.
        took: Duration,
    },
    /// A ping was not answered in time.
    Unanswered {
        /// Which.
        sequence: u32,
    },
    /// All pings have been sent.
    PingDone(PingReport),
    /// The test is over.
    ThroughputDone(ThroughputReport),
}

/// A test is running already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProberBusy;

impl fmt::Display for ProberBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a test is running already; `stop` ends it")
    }
}

impl core::error::Error for ProberBusy {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Ping {
        count: u32,
    },
    /// How long, and until when once it has begun.
    Throughput {
        duration: Duration,
        until: Option<Instant>,
    },
    /// All was sent within this time; asked so often how many came.
    Stop {
        took: Duration,
        asked: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Ready,
    /// Since then.
    OnAir(Instant),
    Awaiting {
        since: Instant,
        until: Instant,
    },
    Pausing(Instant),
}

#[derive(Clone, Copy, Debug)]
struct Running {
    to: MacAddress,
    length: u16,
    task: Task,
    phase: Phase,
    began: Instant,
    sequence: u32,
    received: u32,
    sum: Duration,
    shortest: Duration,
    longest: Duration,
}

/// Pings a board, or loads a link: one test at a time.
#[derive(Debug)]
pub struct Prober {
    running: Option<Running>,
    payload: [u8; LONGEST],
    tag: u16,
    events: heapless::Deque<ProberEvent, 4>,
}

impl Prober {
    /// One that asks nobody yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            running: None,
            payload: [0; LONGEST],
            tag: 0,
            events: heapless::Deque::new(),
        }
    }

    /// Asks a board `count` times with `length` octets; of these 8 are the least and 230 the most.
    ///
    /// # Errors
    /// [`ProberBusy`].
    pub fn ping(&mut self, to: MacAddress, count: u32, length: u16) -> Result<(), ProberBusy> {
        self.begin(to, length, Task::Ping { count })
    }

    /// Sends messages of `length` octets to a board as fast as they go.
    ///
    /// # Errors
    /// [`ProberBusy`].
    pub fn load(&mut self, to: MacAddress, duration: Duration, length: u16) -> Result<(), ProberBusy> {
        self.begin(to, length, Task::Throughput { duration, until: None })
    }

    fn begin(&mut self, to: MacAddress, length: u16, task: Task) -> Result<(), ProberBusy> {
        if self.is_busy() {
            return Err(ProberBusy);
        }
        self.running = Some(Running {
            to,
            length: length.clamp(PROBE_LEN as u16, LONGEST as u16),
            task,
            phase: Phase::Ready,
            began: Instant::START,
            sequence: 0,
            received: 0,
            sum: Duration::ZERO,
            shortest: Duration::MAX,
            longest: Duration::ZERO,
        });
        Ok(())
    }

    /// Ends a test without a report. Returns whether there was one.
    pub const fn stop(&mut self) -> bool {
        self.running.take().is_some()
    }

    /// Whether a test is running.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// What there is to tell.
    pub fn poll_event(&mut self) -> Option<ProberEvent> {
        self.events.pop_front()
    }

    fn tell(&mut self, event: ProberEvent) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room now.
        let _ = self.events.push_back(event);
    }

    /// A probe came in.
    pub fn handle_probe(&mut self, incoming: &Incoming<'_>, probe: Probe) {
        let Some(running) = &mut self.running else { return };
        if incoming.message.source != running.to {
            return;
        }
        let (Phase::OnAir(since) | Phase::Awaiting { since, .. }) = running.phase else {
            return;
        };
        match (running.task, probe.kind) {
            (Task::Ping { .. }, ProbeKind::PingAck) if probe.sequence == running.sequence => {
                let took = incoming.at - since;
                running.received += 1;
                running.sum += took;
                running.shortest = running.shortest.min(took);
                running.longest = running.longest.max(took);
                let answered = ProberEvent::Answered {
                    sequence: probe.sequence,
                    length: incoming.message.payload.len() as u16,
                    rssi_dbm: incoming.rssi_dbm,
                    took,
                };
                self.tell(answered);
                self.next_ping(since + PING_INTERVAL);
            }
            (Task::Stop { took, .. }, ProbeKind::BandwidthStopAck) => {
                self.report(took, Some(probe.sequence));
            }
            _ => {}
        }
    }

    fn next_ping(&mut self, at: Instant) {
        let Some(running) = &mut self.running else { return };
        let Task::Ping { count } = running.task else { return };
        running.sequence += 1;
        running.phase = Phase::Pausing(at);
        if running.sequence < count {
            return;
        }
        let report = PingReport {
            to: running.to,
            sent: running.sequence,
            received: running.received,
            shortest: if running.received == 0 {
                Duration::ZERO
            } else {
                running.shortest
            },
            mean: running.sum.checked_div(running.received).unwrap_or_default(),
            longest: running.longest,
        };
        self.running = None;
        self.tell(ProberEvent::PingDone(report));
    }

    fn report(&mut self, duration: Duration, received: Option<u32>) {
        if let Some(running) = self.running.take() {
            self.tell(ProberEvent::ThroughputDone(ThroughputReport {
                to: running.to,
                sent: running.sequence,
                received,
                length: running.length,
                duration,
            }));
        }
    }

    /// The radio is done with the message of this tag.
    pub fn handle_sent(&mut self, now: Instant, tag: u16, outcome: Outcome) {
        if tag != self.tag {
            return;
        }
        let Some(running) = &mut self.running else { return };
        let Phase::OnAir(since) = running.phase else { return };
        let went = matches!(outcome, Outcome::Sent | Outcome::Acknowledged);
        match running.task {
            Task::Throughput { duration, until } => {
                running.sequence += 1;
                running.phase = Phase::Ready;
                if until.is_some_and(|until| now >= until) {
                    running.task = Task::Stop {
                        took: (now - running.began).max(duration),
                        asked: 0,
                    };
                }
            }
            Task::Ping { .. } if !went => self.unanswered(now),
            Task::Ping { .. } | Task::Stop { .. } => {
                let until = now + PATIENCE;
                running.phase = Phase::Awaiting { since, until };
            }
        }
    }

    fn unanswered(&mut self, now: Instant) {
        let Some(running) = &self.running else { return };
        let sequence = running.sequence;
        self.tell(ProberEvent::Unanswered { sequence });
        self.next_ping(now + PING_INTERVAL);
    }

    /// The next message, or when there may be one.
    pub fn poll(&mut self, now: Instant, kind: Kind) -> Result<Send<'_>, Option<Instant>> {
        if let Some(Running {
            phase: Phase::Awaiting { until, .. },
            task,
            ..
        }) = self.running
        {
            if now < until {
                return Err(Some(until));
            }
            match task {
                Task::Stop { took, asked: STOPS } => self.report(took, None),
                Task::Stop { .. } => {
                    if let Some(running) = &mut self.running {
                        running.phase = Phase::Ready;
                    }
                }
                _ => self.unanswered(now),
            }
        }
        let Some(running) = &mut self.running else {
            return Err(None);
        };
        match running.phase {
            Phase::Pausing(until) if now < until => return Err(Some(until)),
            Phase::Ready | Phase::Pausing(_) => {}
            Phase::OnAir(_) | Phase::Awaiting { .. } => return Err(None),
        }
        let probe_kind = match &mut running.task {
            Task::Ping { .. } => ProbeKind::Ping,
            Task::Throughput { duration, until } => {
                if until.is_none() {
                    running.began = now;
                    *until = Some(now + *duration);
                }
                ProbeKind::Bandwidth
            }
            Task::Stop { asked, .. } => {
                *asked += 1;
                ProbeKind::BandwidthStop
            }
        };
        running.phase = Phase::OnAir(now);
        let probe = Probe {
            kind: probe_kind,
            sequence: running.sequence,
        };
        self.payload[..PROBE_LEN].copy_from_slice(&probe.to_octets());
        self.tag = (self.tag + 1) & TAGS;
        Ok(Send {
            tag: self.tag,
            kind,
            head: FrameHead::UNICAST,
            destination: running.to,
            payload: &self.payload[..usize::from(running.length)],
        })
    }
}

impl Default for Prober {
    fn default() -> Self {
        Self::new()
    }
}
