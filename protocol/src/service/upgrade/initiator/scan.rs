//! Who is there?

use super::{Found, Initiator, InitiatorEvent, Job, StartError, State, Want};
use crate::MacAddress;
use crate::message::Kind;
use crate::service::Incoming;
use crate::service::upgrade::{Command, Info};
use crate::time::{Duration, Instant};

/// How often is asked at most.
const REQUESTS: u8 = 5;

/// How long answers are waited for before the next request.
const WAIT: Duration = Duration::from_millis(500);

/// Where a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    requests: u8,
    /// When it is over.
    end: Instant,
    /// When the next request is due.
    next: Instant,
}

impl<const TARGETS: usize, const BITMAP: usize> Initiator<TARGETS, BITMAP> {
    /// Asks who is there, and forgets who was (`espnow_ota_initiator_scan`): up to five requests, 500 ms apart. Each board that
    /// answers is told by [`InitiatorEvent::Found`] once.
    ///
    /// # Errors
    /// [`StartError::Busy`].
    pub fn scan(&mut self, now: Instant, wait: Duration) -> Result<(), StartError> {
        if self.is_busy() {
            return Err(StartError::Busy);
        }
        self.targets.clear();
        self.stopping = false;
        self.state = State::Scanning(Scan {
            requests: 0,
            end: now + wait,
            next: now,
        });
        Ok(())
    }

    pub(super) fn poll_scan(&mut self, now: Instant, mut scan: Scan) -> Want {
        if now >= scan.end || scan.requests == REQUESTS && now >= scan.next {
            self.end_scan();
            return Want::Again;
        }
        if now < scan.next || scan.requests == REQUESTS {
            return Want::Wait(Some(scan.next.min(scan.end)));
        }
        scan.requests += 1;
        self.state = State::Scanning(scan);
        self.job = Some(Job::Request);
        self.octets[..Command::REQUEST.len()].copy_from_slice(&Command::REQUEST);
        let mut head = self.config.head(2);
        head.broadcast = true;
        head.filter_adjacent_channel = true;
        Want::Send {
            kind: Kind::UpgradeData,
            head,
            destination: MacAddress::BROADCAST,
            length: Command::REQUEST.len(),
        }
    }

    pub(super) fn handle_request_sent(&mut self, now: Instant) {
        if let State::Scanning(scan) = &mut self.state {
            scan.next = now + WAIT;
        }
    }

    pub(super) fn end_scan(&mut self) {
        self.state = State::Idle;
        self.tell(InitiatorEvent::Scanned);
    }

    pub(super) fn handle_info(&mut self, incoming: &Incoming<'_>, info: Info<'_>) {
        if !matches!(self.state, State::Scanning(_)) {
            return;
        }
        let address = incoming.message.source;
        // A board that does not say what it runs can be upgraded all the same.
        let description = info.description().unwrap_or_default();
        if !address.is_group() && self.targets.add(address) == Some(true) {
            self.tell(InitiatorEvent::Found(Found {
                address,
                rssi_dbm: incoming.rssi_dbm,
                channel: incoming.channel,
                version: description.version,
                project: description.project,
            }));
        }
    }
}
