//! Places.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::medium::propagation::Position;

/// A place in metres: `[east, north]` or `[east, north, up]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place(pub Position);

impl Place {
    /// On the ground, in metres.
    #[must_use]
    pub const fn on_ground(x_m: f64, y_m: f64) -> Self {
        Self(Position::on_ground(x_m, y_m))
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Self(position)
    }
}

impl From<[f64; 2]> for Place {
    fn from([x_m, y_m]: [f64; 2]) -> Self {
        Self::on_ground(x_m, y_m)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Position { x_m, y_m, z_m } = self.0;
        if z_m == 0.0 {
            [x_m, y_m].serialize(serializer)
        } else {
            [x_m, y_m, z_m].serialize(serializer)
        }
    }
}

pub(in crate::scenario) const EXPECTED: &str = "a place in metres: [east, north] or [east, north, up]";

/// Reads the numbers of a place.
pub(in crate::scenario) fn read<'de, A: SeqAccess<'de>>(mut numbers: A) -> Result<Place, A::Error> {
    let mut metres = Vec::new();
    while let Some(number) = numbers.next_element::<f64>()? {
        metres.push(number);
    }
    let position = match metres[..] {
        [x_m, y_m] => Position::on_ground(x_m, y_m),
        [x_m, y_m, z_m] => Position { x_m, y_m, z_m },
        _ => return Err(A::Error::invalid_length(metres.len(), &EXPECTED)),
    };
    if metres.iter().all(|metres| metres.is_finite()) {
        Ok(Place(position))
    } else {
        Err(A::Error::custom(format!("infinite or no number; expected {EXPECTED}")))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Place;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, numbers: A) -> Result<Place, A::Error> {
                read(numbers)
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

impl JsonSchema for Place {
    fn schema_name() -> Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 3,
            "description": EXPECTED,
        })
    }
}
