//! Frames that came while a board slept.
//!
//! A frame to a group is kept once, for all who have yet to look at it. What a board has of it is a word: where it is kept,
//! and how strong it was.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::frame::{Header, Packet};

use crate::kernel::Time;

/// Bits of a [`Letter`] that tell the strength.
const RSSI_BITS: u32 = 8;

/// Frames kept at once at most.
const KEPT: usize = 1 << (u32::BITS - RSSI_BITS);

/// A plain frame to a group, taken in by somebody.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
    pub(crate) at: Time,
    /// How many have yet to look at it.
    unread: u32,
}

/// Such a frame at one board.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter(u32);

/// Where a frame is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u32);

/// The frames that somebody has yet to look at, shared by all boards of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Landings(Rc<RefCell<Shelf>>);

/// Places and their buffers are used again.
#[derive(Debug, Default)]
struct Shelf {
    frames: Vec<Landed>,
    free: Vec<Place>,
}

impl Letter {
    pub(crate) const fn new(Place(place): Place, rssi_dbm: i8) -> Self {
        Self(place << RSSI_BITS | rssi_dbm.cast_unsigned() as u32)
    }

    pub(crate) const fn rssi_dbm(self) -> i8 {
        (self.0 as u8).cast_signed()
    }

    const fn place(self) -> usize {
        (self.0 >> RSSI_BITS) as usize
    }
}

impl Landings {
    /// Keeps a frame, until as many have looked at it as are then [posted](Landings::post). `None` if there are too many.
    pub(crate) fn land(&self, at: Time, packet: &Packet<'_>) -> Option<Place> {
        let shelf = &mut *self.0.borrow_mut();
        let (place, mut payload) = match shelf.free.pop() {
            Some(place) => (place, std::mem::take(&mut shelf.frames[place.0 as usize].payload)),
            None if shelf.frames.len() < KEPT => (Place(shelf.frames.len() as u32), Vec::new()),
            None => return None,
        };
        payload.clear();
        packet.segments().for_each(|segment| payload.extend_from_slice(segment));
        let landed = Landed {
            header: *packet.header(),
            payload,
            at,
            unread: 0,
        };
        match shelf.frames.get_mut(place.0 as usize) {
            Some(read) => *read = landed,
            None => shelf.frames.push(landed),
        }
        Some(place)
    }

    /// So many boards got a letter with this frame.
    pub(crate) fn post(&self, place: Place, letters: u32) {
        let shelf = &mut *self.0.borrow_mut();
        shelf.frames[place.0 as usize].unread = letters;
        if letters == 0 {
            shelf.free.push(place);
        }
    }

    /// Looks at a letter's frame. It is done once with each letter.
    pub(crate) fn read<R>(&self, letter: Letter, look: impl FnOnce(&Landed) -> R) -> R {
        let shelf = &mut *self.0.borrow_mut();
        let landed = &mut shelf.frames[letter.place()];
        let seen = look(landed);
        landed.unread -= 1;
        if landed.unread == 0 {
            shelf.free.push(Place(letter.place() as u32));
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::MacAddress;
    use protocol::espnow::Version;
    use protocol::frame::{ActionFrame, Mpdu, Payload};

    fn land(landings: &Landings, micros: u64, octets: &[u8]) -> Place {
        let frame = ActionFrame {
            header: Header::new(MacAddress::BROADCAST, MacAddress([2, 0, 0, 0, 0, 1])),
            payload: Payload::new(Version::V1, octets).expect("a payload"),
            random: [0; 4],
        };
        let mut buffer = [0; ActionFrame::MAX_LEN];
        let length = frame.emit(&mut buffer).expect("room");
        let Ok(Mpdu::Plain(packet)) = Mpdu::parse(&buffer[..length]) else {
            panic!("a plain frame");
        };
        landings.land(Time::from_micros(micros), &packet).expect("room")
    }

    proptest! {
        #[test]
        fn a_letter_holds_its_place_and_strength(place in 0..KEPT as u32, rssi_dbm: i8) {
            let letter = Letter::new(Place(place), rssi_dbm);
            prop_assert_eq!((letter.place(), letter.rssi_dbm()), (place as usize, rssi_dbm));
        }
    }

    #[test]
    fn a_place_is_used_again_when_everybody_has_looked() {
        let landings = Landings::default();
        let places = [b"one", b"two"].map(|octets| land(&landings, 1, octets));
        landings.post(places[0], 2);
        landings.post(places[1], 0);
        let letter = Letter::new(places[0], -40);
        assert_eq!(landings.read(letter, |landed| landed.payload.clone()), b"one");
        assert_eq!(land(&landings, 2, b"three").0, places[1].0, "nobody got the second");
        landings.read(letter, |landed| assert_eq!(landed.at, Time::from_micros(1)));
        let again = land(&landings, 3, b"four");
        assert_eq!(again.0, places[0].0);
        landings.post(again, 1);
        landings.read(Letter::new(again, 0), |landed| assert_eq!(landed.payload, b"four"));
    }
}
