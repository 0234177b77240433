//! Which boards are meant.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Boards by name: one pattern or several, in which `*` stands for anything: `"lamp-*"`, `["switch", "lamp-1"]`.
///
/// ```
/// use sim::scenario::Selector;
///
/// assert!(Selector::from("lamp-*").matches("lamp-12"));
/// assert!(!Selector::from("lamp-*1").matches("lamp-12"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<String>);

impl Selector {
    /// Every board.
    #[must_use]
    pub fn all() -> Self {
        "*".into()
    }

    /// Whether a board with this name is meant.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| is_like(name, pattern))
    }

    /// Each pattern.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether a name is like a pattern: the parts between the asterisks follow each other in it, the first at its start, the last
/// at its end.
fn is_like(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = left.split_once(part) else {
            return false;
        };
        left = behind;
    }
    left.ends_with(last)
}

impl From<&str> for Selector {
    fn from(pattern: &str) -> Self {
        Self(vec![pattern.to_owned()])
    }
}

impl<const N: usize> From<[&str; N]> for Selector {
    fn from(patterns: [&str; N]) -> Self {
        Self(patterns.map(str::to_owned).into())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

const EXPECTED: &str = "a board's name, in which * stands for anything, or a list of names";

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;
        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Selector;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, pattern: &str) -> Result<Selector, E> {
                Ok(pattern.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Selector, A::Error> {
                let mut patterns = Vec::new();
                while let Some(pattern) = list.next_element()? {
                    patterns.push(pattern);
                }
                Ok(Selector(patterns))
            }
        }
        deserializer.deserialize_any(OneOrSeveral)
    }
}

impl JsonSchema for Selector {
    fn schema_name() -> Cow<'static, str> {
        "Selector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": EXPECTED,
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asterisks_stand_for_anything() {
        for (pattern, like, unlike) in [
            ("a", &["a"][..], &["", "ab", "A"][..]),
            ("*", &["", "a", "lamp-1"], &[]),
            ("lamp-*", &["lamp-", "lamp-1"], &["lam", "a lamp-1"]),
            ("*-1", &["lamp-1", "-1"], &["lamp-12"]),
            ("l*p*1", &["lamp-1", "lp1"], &["lamp", "lamp-12"]),
            ("a*a", &["aa", "aba"], &["a"]),
        ] {
            for name in like {
                assert!(Selector::from(pattern).matches(name), "{pattern} {name}");
            }
            for name in unlike {
                assert!(!Selector::from(pattern).matches(name), "{pattern} {name}");
            }
        }
        assert!(Selector::from(["x", "lamp-*"]).matches("lamp-1"));
    }
}
