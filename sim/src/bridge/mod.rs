//! The bridge: a flashed board, at the other end of a serial port, as the lab's antenna.
//!
//! ```text
//!    Lab ── Outward ──► Bridge { Host, SerialPort } ══ serial ══ app::antenna on a board ── real air
//!        ◄─ settle ───
//!        ◄─ bring_in ─
//! ```
//!
//! [`Bridge::open`] finds the antenna; the lab is given a seat for it
//! ([`LabBuilder::antenna`](crate::lab::LabBuilder::antenna)), and from then on
//! [`host::run_bridged`](crate::host::run_bridged) keeps both in step: pace 1, as real boards don't wait. What the bridge
//! has to tell appears on the antenna's console in the lab. If the line is cut, the run goes on without the antenna, and the bridge tries to find
//! it again.
//!
//! ARCHITECTURE.md says what an antenna can do for virtual boards, and what not.

mod lag;
mod port;
#[cfg(unix)]
pub mod simulated;

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::time::Duration;

use protocol::Channel;
use protocol::bridge::{
    Command, Ended, Greeting, Host, HostEvent, LineStatistics, MAX_FRAME, Report, SendOutcome, Status,
};
use protocol::espnow::Delivery;
use protocol::time::Instant as BoardInstant;
use serial2_tokio::SerialPort;
use tokio::time::Instant;

pub use lag::Times;
pub use port::{DEFAULT_BAUD, ParsePortError, PortError, PortSettings};

use crate::lab::{Inward, Lab, Outward};

/// How long a board that has just been plugged in, or was reset by the port's opening, may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Between two attempts to open a port that is gone.
const REOPEN_EVERY: Duration = Duration::from_millis(500);

/// A message that has had no result for so long has none.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// Octets that wait for the port before no more are made.
const OUTPUT: usize = 4096;

/// Why there is no bridge.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The port can't be opened.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Nobody answers.
    #[error(
        "nobody answers on {port} at {baud} baud: is the antenna's firmware on the board, and is no other program at the \
         port?"
    )]
    Silence {
        /// The port.
        port: PortSettings,
        /// Bits a second.
        baud: u32,
    },
    /// The antenna is of another version.
    #[error(
        "the antenna on {port} speaks version {theirs} of the bridge's protocol, this simulator version {ours}: flash it \
         anew",
        ours = protocol::bridge::VERSION
    )]
    Version {
        /// The port.
        port: PortSettings,
        /// The antenna's version.
        theirs: u8,
    },
    /// The line broke off before it was used.
    #[error("{port} broke off: {source}")]
    Broken {
        /// The port.
        port: PortSettings,
        /// Why.
        source: io::Error,
    },
}

/// What passed over a bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeStatistics {
    /// Messages that the antenna was asked to send.
    pub outward: u64,
    /// Unicast messages that a real board acknowledged.
    pub acknowledged: u64,
    /// Unicast messages that were not acknowledged, or whose result was lost with the line.
    pub unacknowledged: u64,
    /// Messages that the antenna's driver refused.
    pub refused: u64,
    /// Messages dropped because the line was too slow for them, or gone.
    pub dropped: u64,
    /// Messages that came from real boards.
    pub inward: u64,
    /// Sessions that ended before the run did.
    pub interruptions: u64,
    /// From a frame's end on the virtual air to its result.
    pub round_trips: Times,
    /// How much later than on the wall clock things happened in the lab.
    pub lag: Times,
    /// What this end of the line has seen.
    pub line: LineStatistics,
    /// What the antenna said of itself last.
    pub antenna: Option<Status>,
}

/// A message that the antenna has not answered for yet.
#[derive(Clone, Copy, Debug)]
struct UnderWay {
    ticket: u16,
    /// What the lab settles it with.
    lab_ticket: Option<u64>,
    since: Instant,
}

/// The simulator's end of a serial line with an antenna at the other.
#[derive(Debug)]
pub struct Bridge {
    settings: PortSettings,
    channel: Channel,
    /// The zero of this end's clock.
    began: Instant,
    port: Option<SerialPort>,
    reopen_at: Instant,
    host: Host,
    greeting: Greeting,
    input: Vec<u8>,
    output: VecDeque<u8>,
    waiting: VecDeque<Outward>,
    under_way: VecDeque<UnderWay>,
    next_ticket: u16,
    /// Whether the lab knows of the session.
    announced: bool,
    /// Why the port was given up.
    cut_by: Option<io::Error>,
    statistics: BridgeStatistics,
}

impl Bridge {
    /// Opens the port and waits for the antenna to answer. The antenna will be moved to `channel`.
    ///
    /// # Errors
    /// Why there is no antenna.
    pub async fn open(settings: PortSettings, channel: Channel) -> Result<Self, BridgeError> {
        let port = port::open(&settings)?;
        let now = Instant::now();
        let mut bridge = Self {
            channel,
            began: now,
            port: Some(port),
            reopen_at: now,
            host: Host::new(nonce()),
            greeting: Greeting {
                address: protocol::MacAddress::BROADCAST,
                channel,
            },
            input: Vec::new(),
            output: VecDeque::new(),
            waiting: VecDeque::new(),
            under_way: VecDeque::new(),
            next_ticket: 0,
            announced: false,
            cut_by: None,
            statistics: BridgeStatistics::default(),
            settings,
        };
        let deadline = now + PATIENCE;
        loop {
            bridge.feed_output();
            let broken = tokio::select! {
                broken = bridge.exchange() => broken,
                () = tokio::time::sleep_until(deadline) => {
                    let port = bridge.settings;
                    let baud = port.baud;
                    return Err(BridgeError::Silence { port, baud });
                }
            };
            if let Err(source) = broken {
                let port = bridge.settings;
                return Err(BridgeError::Broken { port, source });
            }
            let now = bridge.now();
            let input = std::mem::take(&mut bridge.input);
            let mut octets = &input[..];
            let mut opened = None;
            while let Some(event) = bridge.host.handle(&mut octets, now) {
                match event {
                    HostEvent::Opened(greeting) => {
                        opened = Some(greeting);
                        // What comes after it is for the run.
                        break;
                    }
                    HostEvent::Incompatible { version } => {
                        return Err(BridgeError::Version {
                            port: bridge.settings,
                            theirs: version,
                        });
                    }
                    HostEvent::Report(_) | HostEvent::Ended(_) => {}
                }
            }
            bridge.input = octets.to_vec();
            if let Some(greeting) = opened {
                bridge.greeting = greeting;
                return Ok(bridge);
            }
        }
    }

    /// What the antenna said of itself when it was found last.
    #[must_use]
    pub const fn greeting(&self) -> Greeting {
        self.greeting
    }

    /// What passed so far.
    #[must_use]
    pub fn statistics(&self) -> BridgeStatistics {
        BridgeStatistics {
            line: self.host.statistics(),
            ..self.statistics
        }
    }

    /// The lab that comes next is another one.
    pub(crate) fn leave_lab(&mut self) {
        self.announced = false;
        self.waiting.clear();
        self.under_way.clear();
    }

    /// The lab was so late with what it did last.
    pub(crate) fn note_lag(&mut self, lag: Duration) {
        self.statistics.lag.add(lag);
    }

    /// This end's clock, as the protocol counts.
    fn now(&self) -> BoardInstant {
        let micros = self.began.elapsed().as_micros();
        BoardInstant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// Waits until [`Bridge::pump`] has something to do: octets came, a timeout, the port is gone or may be back.
    /// Dropping the future loses nothing.
    pub async fn ready(&mut self) {
        if self.port.is_none() {
            tokio::time::sleep_until(self.reopen_at).await;
            return;
        }
        if let Err(error) = self.exchange().await {
            self.cut(error);
        }
    }

    /// Octets in, octets out, or a timeout.
    async fn exchange(&mut self) -> io::Result<()> {
        let timeout = self.next_timeout();
        let Some(port) = &self.port else { return Ok(()) };
        let mut octets = [0; 4096];
        let (ahead, _) = self.output.as_slices();
        let writing = async {
            match ahead.is_empty() {
                true => pending().await,
                false => port.write(ahead).await,
            }
        };
        tokio::select! {
            read = port.read(&mut octets) => match read? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                length => {
                    self.input.extend_from_slice(&octets[..length]);
                    Ok(())
                }
            },
            written = writing => {
                let written = written?;
                self.output.drain(..written);
                Ok(())
            }
            () = tokio::time::sleep_until(timeout) => Ok(()),
        }
    }

    fn next_timeout(&self) -> Instant {
        match self.output.is_empty() {
            true => self.began + Duration::from_micros(self.host.next_timeout().as_micros()),
            // What is to be written comes first; a port that takes nothing is looked at again all the same.
            false => Instant::now() + REOPEN_EVERY,
        }
    }

    /// The port is of no more use.
    fn cut(&mut self, error: io::Error) {
        tracing::warn!(port = %self.settings, %error, "the line is cut");
        self.cut_by = Some(error);
        self.port = None;
        self.reopen_at = Instant::now();
        self.input.clear();
        self.output.clear();
        self.host.restart(self.now());
    }

    /// Brings lab and line to the same state: what came is put on the virtual air, what the virtual boards have for
    /// real ones is written. The lab should have just been advanced to the present.
    pub fn pump(&mut self, lab: &mut Lab) {
        self.find_port_again();
        if !self.announced && self.host.is_open() {
            self.announce(lab);
        }
        self.handle_input(lab);
        let now = self.now();
        if self.host.handle_timeout(now).is_some() {
            self.lose(lab, "it went silent");
        }
        if self.announced && !self.host.is_open() {
            let why = self
                .cut_by
                .take()
                .map_or_else(|| "it is gone".to_owned(), |error| error.to_string());
            self.lose(lab, &why);
        }
        self.give_up_on_the_oldest(lab);
        self.carry_out(lab);
        self.feed_output();
    }

    fn find_port_again(&mut self) {
        if self.port.is_none() && Instant::now() >= self.reopen_at {
            self.reopen_at = Instant::now() + REOPEN_EVERY;
            self.port = port::open(&self.settings).ok();
        }
    }

    fn announce(&mut self, lab: &mut Lab) {
        self.announced = true;
        lab.set_antenna(Some(self.greeting.address));
        let Greeting { address, .. } = self.greeting;
        lab.say_for_antenna(&format!(
            "{} is {address} on the real air, channel {}",
            self.settings, self.channel
        ));
        // There is room: the session has just begun.
        let sent = self.host.send(&Command::SetChannel(self.channel));
        debug_assert!(sent, "a new session has room");
    }

    /// The session is over.
    fn lose(&mut self, lab: &mut Lab, why: &str) {
        if !std::mem::take(&mut self.announced) {
            return;
        }
        while let Some(message) = lab.take_outward() {
            self.waiting.push_back(message);
        }
        self.statistics.interruptions += 1;
        lab.set_antenna(None);
        lab.say_for_antenna(&format!("lost {}: {why}; trying again", self.settings));
        let waiting = self.waiting.drain(..).map(|message| message.ticket);
        let dropped = waiting.len() as u64;
        let tickets: Vec<_> = waiting
            .chain(self.under_way.drain(..).map(|under_way| under_way.lab_ticket))
            .collect();
        self.statistics.dropped += dropped;
        for ticket in tickets.into_iter().flatten() {
            self.statistics.unacknowledged += 1;
            lab.settle(ticket, false);
        }
    }

    fn handle_input(&mut self, lab: &mut Lab) {
        let now = self.now();
        let input = std::mem::take(&mut self.input);
        let mut octets = &input[..];
        loop {
            let mut lost = None;
            let Some(event) = self.host.handle(&mut octets, now) else {
                break;
            };
            match event {
                HostEvent::Opened(greeting) => {
                    self.greeting = greeting;
                    self.announce(lab);
                }
                HostEvent::Ended(Ended::Restarted) => lost = Some("the board was started anew"),
                HostEvent::Ended(Ended::Silent) => lost = Some("it went silent"),
                HostEvent::Incompatible { version } => lab.say_for_antenna(&format!(
                    "the board on {} speaks version {version} of the bridge's protocol now",
                    self.settings
                )),
                HostEvent::Report(Report::Sent { ticket, outcome }) => {
                    let place = self.under_way.iter().position(|under_way| under_way.ticket == ticket);
                    if let Some(under_way) = place.and_then(|place| self.under_way.remove(place)) {
                        settle(&mut self.statistics, lab, under_way, outcome);
                    }
                }
                HostEvent::Report(Report::Tuned { channel, refused }) => {
                    if let Some(error) = refused {
                        lab.say_for_antenna(&format!("the antenna stays on channel {channel}: {error}"));
                    }
                }
                HostEvent::Report(Report::Received {
                    source,
                    destination,
                    payload,
                    rssi_dbm,
                    ..
                }) => {
                    tracing::debug!(%source, %destination, rssi_dbm, length = payload.len(), "from the real air");
                    self.statistics.inward += 1;
                    let message = Inward {
                        source,
                        destination,
                        payload,
                    };
                    if !lab.bring_in(message) {
                        tracing::warn!(%source, "a real board has a virtual board's address: its message is dropped");
                        self.statistics.dropped += 1;
                    }
                }
                HostEvent::Report(Report::Status(status)) => self.statistics.antenna = Some(status),
            }
            if let Some(why) = lost {
                self.lose(lab, why);
            }
        }
    }

    /// A command whose answer was lost inside the antenna must not keep a board waiting for ever.
    fn give_up_on_the_oldest(&mut self, lab: &mut Lab) {
        while self
            .under_way
            .front()
            .is_some_and(|oldest| oldest.since.elapsed() >= GIVE_UP_AFTER)
        {
            let ticket = self.under_way.pop_front().and_then(|oldest| oldest.lab_ticket);
            if let Some(ticket) = ticket {
                self.statistics.unacknowledged += 1;
                lab.settle(ticket, false);
            }
        }
    }

    fn carry_out(&mut self, lab: &mut Lab) {
        while let Some(message) = lab.take_outward() {
            self.waiting.push_back(message);
        }
        self.statistics.dropped += lab.take_outward_dropped();
        while self.host.has_room() {
            let Some(message) = self.waiting.pop_front() else { break };
            let ticket = self.next_ticket;
            self.next_ticket = ticket.wrapping_add(1);
            let taken = self.host.send(&Command::Send {
                ticket,
                destination: message.destination,
                rate: Some(message.rate),
                payload: &message.payload,
            });
            debug_assert!(taken, "there was room");
            self.statistics.outward += 1;
            self.under_way.push_back(UnderWay {
                ticket,
                lab_ticket: message.ticket,
                since: Instant::now(),
            });
        }
    }

    /// Frames for the port, but not more than it can take for now.
    fn feed_output(&mut self) {
        let now = self.now();
        let mut line = [0; MAX_FRAME];
        while self.port.is_some() && self.output.len() < OUTPUT {
            let Some(length) = self.host.poll_transmit(now, &mut line) else {
                break;
            };
            self.output.extend(&line[..length]);
        }
    }
}

fn settle(statistics: &mut BridgeStatistics, lab: &mut Lab, under_way: UnderWay, outcome: SendOutcome) {
    statistics.round_trips.add(under_way.since.elapsed());
    if let SendOutcome::Refused(error) = outcome {
        statistics.refused += 1;
        lab.say_for_antenna(&format!("the antenna's driver refused a message: {error}"));
    }
    let Some(ticket) = under_way.lab_ticket else { return };
    let acknowledged = outcome == SendOutcome::Done(Delivery::Acknowledged);
    *match acknowledged {
        true => &mut statistics.acknowledged,
        false => &mut statistics.unacknowledged,
    } += 1;
    lab.settle(ticket, acknowledged);
}

/// A number that the last process had not: the host's clock will do.
fn nonce() -> u32 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| {
        since.subsec_nanos() ^ (since.as_secs() as u32).rotate_left(16)
    })
}
