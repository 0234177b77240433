//! A device that wants to know the Wi-Fi.

use core::fmt;

use rand_core::Rng;

use super::field::Wiped;
use super::record::{Beacon, Device, MAX_DEVICE_LEN, Record, RecordError};
use super::responder::BEACON_INTERVAL;
use super::wifi::Wifi;
use crate::message::{Country, FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Outcome, Output, Send, SendError, Service};
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

/// How long it listens on each channel: a beacon's interval and a little.
const DWELL: Duration = Duration::from_millis(BEACON_INTERVAL.as_millis() as u64 + 10);

/// What is fixed about an [`Initiator`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InitiatorConfig {
    /// Which channels it scans.
    pub country: Country,
    /// Whether all is sealed under the application's key, and nothing else heard (`CONFIG_ESPNOW_PROV_SECURITY`).
    pub secured: bool,
}

/// Somebody who knows a Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub responder: MacAddress,
    /// What it says of itself.
    pub beacon: Beacon,
    /// Where; the device stays there.
    pub channel: Channel,
    /// How strong it was heard, in dBm.
    pub rssi_dbm: i8,
}

/// Why a device does not know the Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvisioningError {
    /// Nobody was found in time.
    NobodyFound,
    /// The responder's MAC did not acknowledge the request.
    Unreachable,
    /// The request could not be sent.
    Refused(SendError),
    /// The responder did not answer in time: its application does not want this device, or the answer was lost.
    NoAnswer,
}

impl fmt::Display for ProvisioningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NobodyFound => f.write_str("nobody who knows a Wi-Fi was found"),
            Self::Unreachable => f.write_str("the responder did not acknowledge"),
            Self::Refused(error) => write!(f, "the request could not be sent: {error:?}"),
            Self::NoAnswer => f.write_str("the responder did not answer"),
        }
    }
}

impl core::error::Error for ProvisioningError {}

/// It is scanning or asking already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scan or a request is on its way already")
    }
}

impl core::error::Error for Busy {}

/// What an [`Initiator`] tells its application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitiatorEvent {
    /// The scan is over.
    Found(Found),
    /// The request is answered.
    Wifi(Wifi),
    /// The responder's answer can't be understood. There may be another one.
    Malformed(RecordError),
    /// The scan or the request is over, in vain.
    Failed(ProvisioningError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// Listening on this channel until then; before that, to go there.
    Scanning {
        channel: Channel,
        dwell: Option<Instant>,
        deadline: Instant,
    },
    /// A beacon was heard: back to its channel.
    Found(Found),
    Asking {
        responder: MacAddress,
        request: Request,
        deadline: Instant,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Ready,
    OnAir,
    Delivered,
}

/// Looks for somebody who knows a Wi-Fi, and asks (`espnow_prov_initiator_scan`, `espnow_prov_initiator_send`).
///
/// ```
/// use core::time::Duration;
///
/// use protocol::service::provisioning::{Initiator, InitiatorConfig};
/// use protocol::time::Instant;
///
/// let mut device = Initiator::new(InitiatorConfig::default());
/// device.scan(Instant::START, Duration::from_secs(5))?;
/// assert!(device.scan(Instant::START, Duration::from_secs(5)).is_err(), "it scans already");
/// # Ok::<(), protocol::service::provisioning::Busy>(())
/// ```
#[derive(Debug)]
pub struct Initiator {
    config: InitiatorConfig,
    state: State,
    record: Wiped<MAX_DEVICE_LEN>,
    tag: u16,
    event: heapless::Deque<InitiatorEvent, 2>,
}

impl Initiator {
    /// A device that looks for nobody yet.
    #[must_use]
    pub fn new(config: InitiatorConfig) -> Self {
        Self {
            config,
            state: State::Idle,
            record: Wiped::default(),
            tag: 0,
            event: heapless::Deque::new(),
        }
    }

    /// Looks for a responder on all channels of the country, over and over, for this long. The first one that is heard is it:
    /// [`InitiatorEvent::Found`], and the board stays on its channel. The component looks at its time limit once a round, this one on
    /// every channel.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn scan(&mut self, now: Instant, timeout: Duration) -> Result<(), Busy> {
        self.check_idle()?;
        self.state = State::Scanning {
            channel: self.config.country.first,
            dwell: None,
            deadline: now + timeout,
        };
        Ok(())
    }

    /// Asks a responder for its Wi-Fi and waits this long for the answer. Record and secret are wiped when that is over.
    ///
    /// # Errors
    /// [`Busy`].
    pub fn request(
        &mut self,
        now: Instant,
        responder: MacAddress,
        device: &Device,
        timeout: Duration,
    ) -> Result<(), Busy> {
        self.check_idle()?;
        self.record.fill(|buffer| device.emit(buffer));
        self.state = State::Asking {
            responder,
            request: Request::Ready,
            deadline: now + timeout,
        };
        Ok(())
    }

    /// Ends a scan or a request, and wipes the record.
    pub fn cancel(&mut self) {
        self.state = State::Idle;
        self.record.wipe();
    }

    fn check_idle(&self) -> Result<(), Busy> {
        if self.state == State::Idle { Ok(()) } else { Err(Busy) }
    }

    /// What there is to tell.
    pub fn poll_event(&mut self) -> Option<InitiatorEvent> {
        self.event.pop_front()
    }

    fn tell(&mut self, event: InitiatorEvent) {
        if self.event.is_full() {
            self.event.pop_front();
        }
        // There is room now.
        let _ = self.event.push_back(event);
    }

    fn finish(&mut self, event: InitiatorEvent) {
        self.cancel();
        self.tell(event);
    }

    fn message(&mut self, incoming: &Incoming<'_>) {
        if self.config.secured && !incoming.secured {
            return;
        }
        let source = incoming.message.source;
        match self.state {
            State::Scanning { dwell: Some(_), .. } => {
                if let Ok(Record::Beacon(beacon)) = Record::parse(incoming.message.payload) {
                    self.state = State::Found(Found {
                        responder: source,
                        beacon,
                        channel: incoming.channel,
                        rssi_dbm: incoming.rssi_dbm,
                    });
                }
            }
            // The component takes a Wi-Fi from anybody; this one from whom it asked.
            State::Asking {
                responder,
                request: Request::OnAir | Request::Delivered,
                ..
            } if responder == source => match Record::parse(incoming.message.payload) {
                Ok(Record::Wifi(wifi)) => self.finish(InitiatorEvent::Wifi(wifi)),
                Ok(Record::Beacon(_) | Record::Device(_)) => {}
                Err(error) => self.tell(InitiatorEvent::Malformed(error)),
            },
            _ => {}
        }
    }

    fn sent(&mut self, outcome: Outcome) {
        let State::Asking {
            request: request @ Request::OnAir,
            ..
        } = &mut self.state
        else {
            return;
        };
        match outcome {
            Outcome::Sent | Outcome::Acknowledged => *request = Request::Delivered,
            Outcome::Unacknowledged => self.finish(InitiatorEvent::Failed(ProvisioningError::Unreachable)),
            Outcome::Refused(error) => self.finish(InitiatorEvent::Failed(ProvisioningError::Refused(error))),
        }
    }

    /// The next channel; after the last one the first again.
    fn after(&self, channel: Channel) -> Channel {
        let country = self.config.country;
        country.channels().find(|&next| next > channel).unwrap_or(country.first)
    }

    fn scan_on(&mut self, now: Instant, channel: Channel, dwell: Option<Instant>, deadline: Instant) -> Output<'_> {
        let (go_to, wait) = match dwell {
            Some(until) if now < until && now < deadline => return Output::Wait(Some(until.min(deadline))),
            _ if now >= deadline => {
                self.finish(InitiatorEvent::Failed(ProvisioningError::NobodyFound));
                return Output::Wait(None);
            }
            Some(_) => (self.after(channel), DWELL),
            None => (channel, DWELL),
        };
        self.state = State::Scanning {
            channel: go_to,
            dwell: Some(now + wait),
            deadline,
        };
        Output::Tune(go_to)
    }
}

impl Service for Initiator {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Provisioning])
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => self.message(&incoming),
            Input::Sent { tag, outcome } if tag == self.tag => self.sent(outcome),
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, _: &mut dyn Rng) -> Output<'_> {
        match self.state {
            State::Idle => Output::Wait(None),
            State::Scanning {
                channel,
                dwell,
                deadline,
            } => self.scan_on(now, channel, dwell, deadline),
            State::Found(found) => {
                self.finish(InitiatorEvent::Found(found));
                Output::Tune(found.channel)
            }
            State::Asking { deadline, .. } if now >= deadline => {
                self.finish(InitiatorEvent::Failed(ProvisioningError::NoAnswer));
                Output::Wait(None)
            }
            State::Asking {
                responder,
                request: Request::Ready,
                deadline,
            } => {
                self.state = State::Asking {
                    responder,
                    request: Request::OnAir,
                    deadline,
                };
                self.tag = self.tag.wrapping_add(1);
                Output::Send(Send {
                    tag: self.tag,
                    kind: Kind::Provisioning,
                    head: FrameHead {
                        filter_adjacent_channel: true,
                        security: self.config.secured,
                        ..FrameHead::UNICAST
                    },
                    destination: responder,
                    payload: self.record.octets(),
                })
            }
            State::Asking { deadline, .. } => Output::Wait(Some(deadline)),
        }
    }
}
