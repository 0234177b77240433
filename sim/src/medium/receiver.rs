//! One antenna's view of the air.

use protocol::Channel;

use super::FlightId;
use crate::kernel::Time;
use crate::observe::Loss;

/// What a board's receiver is doing.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) channel: Channel,
    /// Since when it listens there.
    pub(crate) tuned_at: Time,
    lock: Option<Lock>,
    /// Somebody else's frame is at its antenna until then.
    energy_until: Time,
    /// Its own last frame ends or ended then.
    own_frame_end: Time,
}

/// The frame whose preamble it took up.
#[derive(Clone, Copy, Debug)]
struct Lock {
    flight: FlightId,
    /// What has spoiled it since.
    spoiled: Option<Loss>,
}

impl Receiver {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            tuned_at: Time::ZERO,
            lock: None,
            energy_until: Time::ZERO,
            own_frame_end: Time::ZERO,
        }
    }

    /// Its own transmitter starts: half duplex, so a frame that was coming in is lost.
    pub(crate) fn transmit_until(&mut self, end: Time) {
        if let Some(lock) = &mut self.lock {
            lock.spoiled = Some(Loss::Busy);
        }
        self.own_frame_end = self.own_frame_end.max(end);
    }

    /// A frame is at its antenna from `start` to `end`.
    pub(crate) fn hear(&mut self, flight: FlightId, start: Time, end: Time) {
        let overlaps = self.energy_until > start;
        let sending = self.own_frame_end > start;
        self.energy_until = self.energy_until.max(end);
        match &mut self.lock {
            // No capture: the newcomer spoils the frame that is coming in, and is not taken up itself.
            Some(lock) => lock.spoiled = lock.spoiled.or(Some(Loss::Collision)),
            None if overlaps || sending => {}
            None => self.lock = Some(Lock { flight, spoiled: None }),
        }
    }

    /// The verdict on a frame that began at `start` and ends now.
    pub(crate) fn lose_or_keep(&mut self, flight: FlightId, start: Time, now: Time) -> Result<(), Loss> {
        debug_assert!(start <= now);
        let sent_meanwhile = self.own_frame_end > start;
        match self.lock {
            Some(lock) if lock.flight == flight => {
                self.lock = None;
                lock.spoiled.map_or(Ok(()), Err)
            }
            // Not taken up: it was sending when the frame began, or another frame was there first.
            _ if sent_meanwhile => Err(Loss::Busy),
            _ => Err(Loss::Collision),
        }
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Moves to another channel, which is busy until `energy_until`. A frame that was coming in is lost.
    pub(crate) fn tune(&mut self, now: Time, channel: Channel, energy_until: Time) {
        if channel != self.channel {
            self.channel = channel;
            self.tuned_at = now;
            self.lock = None;
            self.energy_until = energy_until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::Flights;
    use crate::observe::{BoardId, Transmission, TransmissionKind};
    use protocol::{MacAddress, Rate};

    fn at(micros: u64) -> Time {
        Time::from_micros(micros)
    }

    /// Ids for three frames.
    fn flights() -> [FlightId; 3] {
        let mut flights = Flights::default();
        [0, 1, 2].map(|id| {
            flights.insert(Transmission {
                id,
                sender: BoardId(0),
                start: Time::ZERO,
                airtime: crate::kernel::Span::ZERO,
                rate: Rate::Dsss1M,
                channel: Channel::DEFAULT,
                power_dbm: 20,
                mpdu: bytes::Bytes::new(),
                kind: TransmissionKind::Data {
                    destination: MacAddress::BROADCAST,
                    attempt: 1,
                },
            })
        })
    }

    #[test]
    fn a_frame_alone_comes_through() {
        let [a, ..] = flights();
        let mut receiver = Receiver::new(Channel::DEFAULT);
        receiver.hear(a, at(0), at(100));
        assert!(receiver.is_locked());
        assert_eq!(receiver.lose_or_keep(a, at(0), at(100)), Ok(()));
        assert!(!receiver.is_locked());
    }

    #[test]
    fn every_frame_of_an_overlapping_chain_is_lost() {
        let [a, b, c] = flights();
        let mut receiver = Receiver::new(Channel::DEFAULT);
        receiver.hear(a, at(0), at(100));
        receiver.hear(b, at(50), at(200));
        assert_eq!(receiver.lose_or_keep(a, at(0), at(100)), Err(Loss::Collision));
        // `b` is still on the air, so `c` overlaps although nothing is being taken in.
        receiver.hear(c, at(150), at(250));
        assert_eq!(receiver.lose_or_keep(b, at(50), at(200)), Err(Loss::Collision));
        assert_eq!(receiver.lose_or_keep(c, at(150), at(250)), Err(Loss::Collision));
        // And then the air is free again.
        receiver.hear(a, at(300), at(400));
        assert_eq!(receiver.lose_or_keep(a, at(300), at(400)), Ok(()));
    }

    #[test]
    fn a_sender_hears_nothing() {
        let [a, b, _] = flights();
        let mut receiver = Receiver::new(Channel::DEFAULT);
        receiver.transmit_until(at(100));
        receiver.hear(a, at(50), at(150));
        assert_eq!(receiver.lose_or_keep(a, at(50), at(150)), Err(Loss::Busy));
        receiver.hear(b, at(200), at(300));
        receiver.transmit_until(at(250));
        assert_eq!(receiver.lose_or_keep(b, at(200), at(300)), Err(Loss::Busy));
    }
}
