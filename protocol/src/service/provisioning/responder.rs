//! Who knows the Wi-Fi.

use rand_core::Rng;

use super::field::Wiped;
use super::record::{BEACON_LEN, Beacon, Device, Record, RecordError};
use super::wifi::{MAX_WIFI_LEN, Wifi};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Outcome, Output, Send, Service};
use crate::time::{Duration, Instant};

/// How often it says that it is there (`ESPNOW_PROV_BEACON_INTERVAL`).
pub const BEACON_INTERVAL: Duration = Duration::from_millis(100);

/// Devices that wait for the application's decision; more are not heard, and ask again.
const ASKING: usize = 4;

/// Devices that wait for their record.
const ACCEPTED: usize = 8;

/// A device that wants to know the Wi-Fi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The device.
    pub address: MacAddress,
    /// What it says of itself.
    pub device: Device,
    /// How strong it was heard, in dBm.
    pub rssi_dbm: i8,
}

/// What a [`Responder`] tells its application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderEvent {
    /// A device asks: [`Responder::accept`] lets it know, silence does not.
    Asked(Request),
    /// A device was told. Whether it heard it, nobody knows: it is said ten times.
    Told {
        /// The device.
        address: MacAddress,
        /// How that went.
        outcome: Outcome,
    },
    /// A device asked in a way that can't be understood.
    Malformed {
        /// The device.
        address: MacAddress,
        /// Why.
        error: RecordError,
    },
    /// Its time is over. The Wi-Fi's secrets have been wiped.
    Ended,
}

/// Knows a Wi-Fi and tells those that its application accepts (`espnow_prov_responder_start`).
///
/// ```
/// use core::time::Duration;
///
/// use protocol::service::provisioning::{Beacon, Responder, Wifi};
/// use protocol::time::Instant;
///
/// let mut responder = Responder::new(false);
/// let wifi = Wifi::station("attic", b"correct horse").expect("both fit");
/// responder.start(Instant::START, Duration::from_secs(30), &Beacon::default(), &wifi);
/// assert!(responder.is_active());
/// responder.stop();
/// ```
#[derive(Debug)]
pub struct Responder {
    secured: bool,
    until: Option<Instant>,
    beacon: [u8; BEACON_LEN],
    next_beacon: Instant,
    beacon_tag: Option<u16>,
    wifi: Wiped<MAX_WIFI_LEN>,
    asking: heapless::Deque<Request, ASKING>,
    accepted: heapless::Deque<MacAddress, ACCEPTED>,
    telling: Option<(u16, MacAddress)>,
    tag: u16,
    told: heapless::Deque<ResponderEvent, 4>,
}

impl Responder {
    /// A responder that tells nobody anything yet. `secured` seals all under the application's key and hears nothing else
    /// (`CONFIG_ESPNOW_PROV_SECURITY`); without it, the Wi-Fi's password is on the air for all to read.
    #[must_use]
    pub fn new(secured: bool) -> Self {
        Self {
            secured,
            until: None,
            beacon: [0; BEACON_LEN],
            next_beacon: Instant::START,
            beacon_tag: None,
            wifi: Wiped::default(),
            asking: heapless::Deque::new(),
            accepted: heapless::Deque::new(),
            telling: None,
            tag: 0,
            told: heapless::Deque::new(),
        }
    }

    /// Begins to be found, for this long. What it knew before is wiped.
    pub fn start(&mut self, now: Instant, duration: Duration, beacon: &Beacon, wifi: &Wifi) {
        self.stop();
        self.beacon = beacon.to_octets();
        self.wifi.fill(|buffer| wifi.emit(buffer));
        self.until = Some(now + duration);
        self.next_beacon = now + BEACON_INTERVAL;
    }

    /// Ends at once, and wipes what it knows.
    pub fn stop(&mut self) {
        self.until = None;
        self.wifi.wipe();
        self.asking.clear();
        self.accepted.clear();
    }

    /// Whether it can be found.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.until.is_some()
    }

    /// Tells this device the Wi-Fi. Returns whether it will: not after the end, and not if eight others wait already.
    pub fn accept(&mut self, address: MacAddress) -> bool {
        if !self.is_active() {
            return false;
        }
        self.accepted.iter().any(|&accepted| accepted == address) || self.accepted.push_back(address).is_ok()
    }

    /// What there is to tell.
    pub fn poll_event(&mut self) -> Option<ResponderEvent> {
        self.told
            .pop_front()
            .or_else(|| self.asking.pop_front().map(ResponderEvent::Asked))
    }

    fn tell(&mut self, event: ResponderEvent) {
        if self.told.is_full() {
            self.told.pop_front();
        }
        // There is room now.
        let _ = self.told.push_back(event);
    }

    fn message(&mut self, incoming: &Incoming<'_>) {
        if !self.is_active() || self.secured && !incoming.secured {
            return;
        }
        let address = incoming.message.source;
        match Record::parse(incoming.message.payload) {
            Ok(Record::Device(device)) => {
                let request = Request {
                    address,
                    device,
                    rssi_dbm: incoming.rssi_dbm,
                };
                // The newest word of a device is the one that counts.
                if let Some(asking) = self.asking.iter_mut().find(|asking| asking.address == address) {
                    *asking = request;
                } else {
                    let _ = self.asking.push_back(request);
                }
            }
            // Other responders' words, to everybody and to their devices.
            Ok(Record::Beacon(_) | Record::Wifi(_)) => {}
            Err(error) => self.tell(ResponderEvent::Malformed { address, error }),
        }
    }
}

impl Service for Responder {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Provisioning])
    }

    /// While it has devices to tell, others wait.
    fn is_busy(&self) -> bool {
        !self.asking.is_empty() || !self.accepted.is_empty()
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => self.message(&incoming),
            Input::Sent { tag, .. } if self.beacon_tag == Some(tag) => self.beacon_tag = None,
            Input::Sent { tag, outcome } => {
                if let Some((_, address)) = self.telling.take_if(|(telling, _)| *telling == tag) {
                    self.tell(ResponderEvent::Told { address, outcome });
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, _: &mut dyn Rng) -> Output<'_> {
        let Some(until) = self.until else {
            return Output::Wait(None);
        };
        if now > until {
            self.stop();
            self.tell(ResponderEvent::Ended);
            return Output::Wait(None);
        }
        if self.telling.is_none()
            && let Some(address) = self.accepted.pop_front()
        {
            self.tag = self.tag.wrapping_add(1);
            self.telling = Some((self.tag, address));
            return Output::Send(Send {
                tag: self.tag,
                kind: Kind::Provisioning,
                head: FrameHead {
                    security: self.secured,
                    ..FrameHead::BROADCAST
                },
                destination: address,
                payload: self.wifi.octets(),
            });
        }
        if now >= self.next_beacon {
            self.next_beacon = now + BEACON_INTERVAL;
            // One that has not gone out yet says the same.
            if self.beacon_tag.is_none() {
                self.tag = self.tag.wrapping_add(1);
                self.beacon_tag = Some(self.tag);
                return Output::Send(Send {
                    tag: self.tag,
                    kind: Kind::Provisioning,
                    head: FrameHead {
                        filter_adjacent_channel: true,
                        security: self.secured,
                        ..FrameHead::BROADCAST
                    },
                    destination: MacAddress::BROADCAST,
                    payload: &self.beacon,
                });
            }
        }
        Output::Wait(Some(self.next_beacon.min(until + Duration::from_micros(1))))
    }
}
