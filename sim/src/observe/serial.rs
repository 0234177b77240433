//! How values that serde does not know go into a recording.

/// A name that is a constant of the program which runs the boards: a chip's, a trap's. Not written out where it is serialised,
/// since serde would borrow a reference from its input.
pub(crate) type Name = &'static str;

/// An address: six octets.
pub(crate) mod address {
    use protocol::MacAddress;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(address: &MacAddress, serializer: S) -> Result<S::Ok, S::Error> {
        address.0.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MacAddress, D::Error> {
        <[u8; 6]>::deserialize(deserializer).map(MacAddress)
    }
}

/// A channel: its number.
pub(crate) mod channel {
    use protocol::Channel;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(channel: &Channel, serializer: S) -> Result<S::Ok, S::Error> {
        channel.number().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Channel, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Channel::new(number).ok_or_else(|| D::Error::custom("no channel"))
    }
}

/// A rate: its place in a list.
pub(crate) mod rate {
    use protocol::Rate;
    use protocol::rate::{GuardInterval, Mcs, Ofdm, Preamble};
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    const OFDM: [Ofdm; 8] = [
        Ofdm::M6,
        Ofdm::M9,
        Ofdm::M12,
        Ofdm::M18,
        Ofdm::M24,
        Ofdm::M36,
        Ofdm::M48,
        Ofdm::M54,
    ];

    /// All rates, in the order that recordings count them in.
    pub(crate) fn all() -> impl Iterator<Item = Rate> {
        let slow = [
            Rate::Dsss1M,
            Rate::Dsss2M(Preamble::Long),
            Rate::Dsss2M(Preamble::Short),
            Rate::Cck5M5(Preamble::Long),
            Rate::Cck5M5(Preamble::Short),
            Rate::Cck11M(Preamble::Long),
            Rate::Cck11M(Preamble::Short),
            Rate::LongRange250K,
            Rate::LongRange500K,
        ];
        let schemes = [GuardInterval::Long, GuardInterval::Short]
            .into_iter()
            .flat_map(|guard| (0..8).filter_map(Mcs::new).map(move |mcs| Rate::Ht20(mcs, guard)));
        slow.into_iter().chain(OFDM.map(Rate::Ofdm)).chain(schemes)
    }

    pub(crate) fn serialize<S: Serializer>(rate: &Rate, serializer: S) -> Result<S::Ok, S::Error> {
        let place = all().position(|other| other == *rate);
        let place = place.and_then(|place| u8::try_from(place).ok());
        place
            .ok_or_else(|| S::Error::custom("a rate of no list"))?
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let place = u8::deserialize(deserializer)?;
        all().nth(place.into()).ok_or_else(|| D::Error::custom("no rate"))
    }
}

/// NeoPixels: three octets each.
pub(crate) mod colours {
    use std::sync::Arc;

    use protocol::board::Rgb;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(colours: &Arc<[Rgb]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(colours.iter().map(|colour| [colour.red, colour.green, colour.blue]))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[Rgb]>, D::Error> {
        let colours = Vec::<[u8; 3]>::deserialize(deserializer)?;
        Ok(colours
            .into_iter()
            .map(|[red, green, blue]| Rgb::new(red, green, blue))
            .collect())
    }
}

/// A [`Name`]: its octets, all of which can be shown, as a board's name.
pub(crate) mod name {
    use std::borrow::Cow;
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::legible::is_legible;

    /// Names that were read and are kept for good; a file of nonsense is not to fill the memory with them.
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    const KEPT: usize = 4_096;
    const LONGEST: usize = 64;

    fn constant(name: &str) -> Option<&'static str> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(name) {
            return Some(name);
        }
        if known.len() >= KEPT || name.len() > LONGEST || !name.chars().all(is_legible) {
            return None;
        }
        let name = Box::leak(Box::<str>::from(name));
        known.insert(name);
        Some(name)
    }

    pub(crate) fn serialize<S: Serializer>(name: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
        name.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        constant(&name).ok_or_else(|| D::Error::custom("no name"))
    }
}
