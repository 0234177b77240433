//! What to look for in a line.

use std::borrow::Cow;
use std::fmt;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What a line is to be like. A text alone stands for a part of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextMatch {
    /// It has this somewhere.
    Contains(String),
    /// It is this.
    Equals(String),
    /// This regular expression finds something in it.
    Matches(#[serde(serialize_with = "as_text")] Regex),
}

fn as_text<S: serde::Serializer>(regex: &Regex, serializer: S) -> Result<S::Ok, S::Error> {
    regex.as_str().serialize(serializer)
}

/// The same as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Written {
    /// The line has this somewhere.
    Contains(String),
    /// The line is this.
    Equals(String),
    /// This regular expression finds something in the line (syntax of the Rust crate `regex`).
    Matches(String),
}

impl TextMatch {
    /// Whether a line is like that.
    #[must_use]
    pub fn is(&self, line: &str) -> bool {
        match self {
            Self::Contains(part) => line.contains(part),
            Self::Equals(whole) => line == whole,
            Self::Matches(regex) => regex.is_match(line),
        }
    }
}

impl From<&str> for TextMatch {
    fn from(part: &str) -> Self {
        Self::Contains(part.to_owned())
    }
}

impl From<Regex> for TextMatch {
    fn from(regex: Regex) -> Self {
        Self::Matches(regex)
    }
}

impl fmt::Display for TextMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contains(part) => write!(f, "with {part:?}"),
            Self::Equals(whole) => write!(f, "{whole:?}"),
            Self::Matches(regex) => write!(f, "like /{regex}/"),
        }
    }
}

impl<'de> Deserialize<'de> for TextMatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;
        impl<'de> Visitor<'de> for TextOrTable {
            type Value = TextMatch;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a part of the line, or one of { contains = \"…\" }, { equals = \"…\" }, { matches = \"…\" }",
                )
            }

            fn visit_str<E: Error>(self, part: &str) -> Result<TextMatch, E> {
                Ok(part.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextMatch, A::Error> {
                if map.size_hint().is_some_and(|keys| keys != 1) {
                    return Err(A::Error::custom("one of contains, equals and matches is enough"));
                }
                Ok(match Written::deserialize(MapAccessDeserializer::new(map))? {
                    Written::Contains(part) => TextMatch::Contains(part),
                    Written::Equals(whole) => TextMatch::Equals(whole),
                    Written::Matches(text) => TextMatch::Matches(Regex::new(&text).map_err(|error| {
                        // The crate draws the place of an error over several lines; the last says what it is.
                        let what = error.to_string();
                        let what = what.lines().last().unwrap_or_default().trim_start_matches("error: ");
                        A::Error::custom(format!("{text:?} is no regular expression: {what}"))
                    })?),
                })
            }
        }
        deserializer.deserialize_any(TextOrTable)
    }
}

impl JsonSchema for TextMatch {
    fn schema_name() -> Cow<'static, str> {
        "TextMatch".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut table = Written::json_schema(generator);
        let texts = schemars::json_schema!({ "type": "string", "description": "a part of the line" });
        if let Some(serde_json::Value::Array(forms)) = table.ensure_object().get_mut("oneOf") {
            forms.insert(0, texts.to_value());
        }
        table
    }
}
