//! The frames that are on the air at this moment.

use crate::observe::Transmission;

/// A frame's place among those on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlightId(u32);

/// Frames on the air; places are used again.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    places: Vec<Option<Transmission>>,
    free: Vec<u32>,
}

impl Flights {
    pub(crate) fn insert(&mut self, transmission: Transmission) -> FlightId {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = Some(transmission);
            return FlightId(place);
        }
        let place = u32::try_from(self.places.len()).expect("fewer than 2^32 frames at once");
        self.places.push(Some(transmission));
        FlightId(place)
    }

    /// # Panics
    /// If the frame is not on the air: ids are made by `insert` and used up by `remove`.
    pub(crate) fn remove(&mut self, id: FlightId) -> Transmission {
        self.free.push(id.0);
        self.places[id.0 as usize].take().expect("the frame is on the air")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Transmission> {
        self.places.iter().flatten()
    }
}
