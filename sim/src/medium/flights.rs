//! The frames that are on the air at this moment.

use std::num::NonZeroU32;
use std::rc::Rc;

use slab::Slab;

use super::passage::Path;
use super::receiver::Certain;
use super::topology::Neighbour;
use super::waveform::Modulation;
use crate::observe::Transmission;

/// A frame's place among those on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlightId(NonZeroU32);

/// A frame on the air, with all that its receivers share.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) transmission: Transmission,
    pub(super) modulation: Modulation,
    pub(super) path: Path,
    pub(super) certain: Certain,
    /// Who heard it begin, and will hear it end.
    pub(super) neighbours: Rc<[Neighbour]>,
}

/// Frames on the air; places are used again.
#[derive(Debug, Default)]
pub(super) struct Flights(Slab<Flight>);

impl Flights {
    pub(super) fn insert(&mut self, flight: Flight) -> FlightId {
        let place = u32::try_from(self.0.insert(flight) + 1).ok();
        FlightId(place.and_then(NonZeroU32::new).expect("fewer than 2^32 frames at once"))
    }

    /// # Panics
    /// If the frame is not on the air: ids are made by `insert` and used up by `remove`.
    pub(super) fn get(&self, id: FlightId) -> &Flight {
        &self.0[id.place()]
    }

    /// # Panics
    /// As [`Flights::get`].
    pub(super) fn remove(&mut self, id: FlightId) -> Flight {
        self.0.remove(id.place())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Flight> {
        self.0.iter().map(|(_, flight)| flight)
    }
}

impl FlightId {
    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}
