//! From the tree to types: serde's other side, which knows where it is and what the nearest word is.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};

use super::tree::{Entry, Node, Place, Value};
use super::{KeyPath, Step};

/// What is wrong with a value.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    /// From the inside out while it is handed up.
    steps: Vec<Step>,
    /// Where, if that is known better than by the path.
    pub(super) place: Option<Place>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            steps: Vec::new(),
            place: None,
        }
    }

    pub(super) fn at(path: KeyPath, message: String) -> Self {
        let mut steps = path.0;
        steps.reverse();
        Self {
            message,
            steps,
            place: None,
        }
    }

    pub(super) fn in_place(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    pub(super) fn inside(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn path(&self) -> KeyPath {
        KeyPath(self.steps.iter().rev().cloned().collect())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{} is not {expected}", words(unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("{} is not {expected}", words(unexpected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("{length} values are not {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("{variant:?} is not known here; {}", suggest(variant, expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("there is no such key here; {}", suggest(field, expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key {field} is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key {field} is given twice"))
    }
}

fn words(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(boolean) => boolean.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What else was meant: the nearest word if one is near, else all there are.
pub(in crate::scenario) fn suggest<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let likeness = |other: &&str| strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
    let nearest = known.iter().min_by_key(|other| likeness(other));
    match nearest {
        Some(nearest) if likeness(nearest) <= 1 + word.chars().count() / 4 => format!("did you mean {nearest}?"),
        Some(_) => format!("there are {}", known.join(", ")),
        None => "there are none".to_owned(),
    }
}

/// A node as serde reads it.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'a>(&'a Node);

impl<'a> Decoder<'a> {
    pub(super) const fn new(node: &'a Node) -> Self {
        Self(node)
    }
}

impl<'de> de::Deserializer<'de> for Decoder<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let result = match &self.0.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(integer) => visitor.visit_i64(*integer),
            Value::Real(real) => visitor.visit_f64(*real),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Date(date) => Err(Problem::new(format!(
                "{date}: nothing here is a date; write it in quotes"
            ))),
            Value::Unfit(number) => Err(Problem::new(format!("{number} is too large a number"))),
            Value::List(nodes) => visitor.visit_seq(List { nodes, next: 0 }),
            Value::Table(entries) => visitor.visit_map(Table { entries, next: 0 }),
        };
        result.map_err(|problem| problem.in_place(&self.0.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let result = match &self.0.value {
            Value::Text(text) => {
                let unit: StrDeserializer<'_, Problem> = text.as_str().into_deserializer();
                visitor.visit_enum(unit)
            }
            Value::Table(entries) => match &entries[..] {
                [only] => visitor.visit_enum(Variant(only)),
                _ => Err(Problem::new(format!("write one of {}", variants.join(", ")))),
            },
            _ => return self.deserialize_any(visitor),
        };
        result.map_err(|problem| problem.in_place(&self.0.place))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Decoder<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

struct List<'de> {
    nodes: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some(node) = self.nodes.get(self.next) else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Decoder(node))
            .map(Some)
            .map_err(|problem| problem.in_place(&node.place).inside(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len() - self.next)
    }
}

struct Table<'de> {
    entries: &'de [Entry],
    next: usize,
}

impl<'de> MapAccess<'de> for Table<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some(entry) = self.entries.get(self.next) else {
            return Ok(None);
        };
        let key: StrDeserializer<'de, Problem> = entry.key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|problem| problem.in_place(&entry.place).inside(Step::Key(entry.key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some(entry) = self.entries.get(self.next) else {
            return Err(Problem::new("a value without a key"));
        };
        self.next += 1;
        seed.deserialize(Decoder(&entry.node))
            .map_err(|problem| problem.in_place(&entry.node.place).inside(Step::Key(entry.key.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.next)
    }
}

/// `{ grid = { … } }`: the one key names the variant.
struct Variant<'de>(&'de Entry);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Problem> {
        let name: StrDeserializer<'de, Problem> = self.0.key.as_str().into_deserializer();
        let variant = seed
            .deserialize(name)
            .map_err(|problem| problem.in_place(&self.0.place).inside(Step::Key(self.0.key.clone())))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Err(Problem::new(format!("write {:?} alone, without a value", self.0.key)).in_place(&self.0.place))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(Decoder(&self.0.node))
            .map_err(|problem| problem.inside(Step::Key(self.0.key.clone())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        de::Deserializer::deserialize_any(Decoder(&self.0.node), visitor)
            .map_err(|problem| problem.inside(Step::Key(self.0.key.clone())))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Problem> {
        de::Deserializer::deserialize_any(Decoder(&self.0.node), visitor)
            .map_err(|problem| problem.inside(Step::Key(self.0.key.clone())))
    }
}
