//! Values that a scenario's file writes in a form of their own: `"500ms"`, `"30%"`, `"34:85:18:00:00:01"`, `"lamp-*"`.

mod address;
mod colour;
mod match_text;
mod period;
pub(super) mod place;
mod seeds;
mod selector;
mod share;

pub use address::{Address, WifiChannel};
pub use colour::{Colour, ParseColourError};
pub use match_text::TextMatch;
pub use period::Period;
pub use place::Place;
pub use seeds::{ParseSeedsError, Seeds};
pub use selector::Selector;
pub use share::Share;

/// Serde and schema for a type that is written as text: by its `Display` and `FromStr`.
macro_rules! written_as_text {
    ($type:ty, $name:literal, $what:literal, $pattern:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse()
                            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
                    }

                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$type, E> {
                        number
                            .to_string()
                            .parse()
                            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
                    }
                }
                deserializer.deserialize_any(Text)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $what, "pattern": $pattern })
            }
        }
    };
}
pub(crate) use written_as_text;
