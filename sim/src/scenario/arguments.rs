//! What an application is run with.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Names and values.
pub type Arguments = BTreeMap<String, Argument>;

/// A value whose meaning the application knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Argument {
    /// `"100ms"`, `"lamp-1"`
    Text(String),
    /// `64`
    Integer(i64),
    /// `0.5`
    Real(f64),
    /// `true`
    Boolean(bool),
    /// `["lamp-1", "lamp-2"]`
    List(Vec<Argument>),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Argument {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Argument {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl<const N: usize> From<[&str; N]> for Argument {
    fn from(list: [&str; N]) -> Self {
        Self::List(list.map(Self::from).into())
    }
}

impl fmt::Display for Argument {
    /// A text without quotes, a list with commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Real(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::List(list) => {
                for (index, argument) in list.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    argument.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Argument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Argument;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true, false or a list of these")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Argument, E> {
                Ok(text.into())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Argument, E> {
                Ok(number.into())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Argument, E> {
                Ok(number.into())
            }

            fn visit_bool<E: Error>(self, boolean: bool) -> Result<Argument, E> {
                Ok(boolean.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut nodes: A) -> Result<Argument, A::Error> {
                let mut list = Vec::new();
                while let Some(argument) = nodes.next_element()? {
                    list.push(argument);
                }
                Ok(Argument::List(list))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Argument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Argument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "array"],
            "description": "a text, a number, true, false or a list of these",
        })
    }
}
