//! A file as a tree whose keys and values know where they are.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Step;

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Octets of the file.
    File(Range<usize>),
    /// In the override with this number.
    Override(usize),
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    /// Dates and times, which nothing takes.
    Date(String),
    /// A number that no type here holds.
    Unfit(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Node {
    /// Reads a document.
    pub(super) fn parse(text: &str) -> Result<Self, (String, Option<Range<usize>>)> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self {
                place: Place::File(0..0),
                value: Value::of_table(table.into_inner(), &Place::File),
            }),
            Err(error) => Err((error.message().to_owned(), error.span())),
        }
    }

    /// Reads one value, as it may follow an equals sign; `None` if the text is none.
    pub(super) fn parse_value(text: &str, place: &Place) -> Option<Self> {
        let value = DeValue::parse(text).ok()?;
        let node = Self {
            value: Value::of(value.into_inner(), &|_| place.clone()),
            place: place.clone(),
        };
        (!matches!(node.value, Value::Date(_) | Value::Unfit(_))).then_some(node)
    }

    /// What is at the end of a way, or as far along it as there is something: first what it is, then where.
    pub(super) fn place_of(&self, path: &[Step]) -> &Place {
        let Some((step, rest)) = path.split_first() else {
            return &self.place;
        };
        let child = match (step, &self.value) {
            (Step::Key(key), Value::Table(entries)) => {
                let entry = entries.iter().find(|entry| entry.key == *key);
                // A key stands for a table that has no brackets of its own.
                entry.map(|entry| {
                    if rest.is_empty() && entry.node.is_table() {
                        (&entry.node, &entry.place)
                    } else {
                        (&entry.node, &entry.node.place)
                    }
                })
            }
            (Step::Index(index), Value::List(nodes)) => nodes.get(*index).map(|node| (node, &node.place)),
            _ => None,
        };
        match child {
            Some((_, place)) if rest.is_empty() => place,
            Some((node, _)) => node.place_of(rest),
            None => &self.place,
        }
    }

    fn is_table(&self) -> bool {
        matches!(self.value, Value::Table(_))
    }
}

impl Value {
    fn of_table(table: DeTable<'_>, place: &impl Fn(Range<usize>) -> Place) -> Self {
        let mut entries: Vec<Entry> = table
            .into_iter()
            .map(|(key, value)| Entry {
                place: place(key.span()),
                key: key.into_inner().into_owned(),
                node: Node {
                    place: place(value.span()),
                    value: Self::of(value.into_inner(), place),
                },
            })
            .collect();
        // So that of several errors the first in the file is told.
        entries.sort_by_key(|entry| match &entry.place {
            Place::File(span) => span.start,
            Place::Override(_) => 0,
        });
        Self::Table(entries)
    }

    fn of(value: DeValue<'_>, place: &impl Fn(Range<usize>) -> Place) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.into_owned()),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(integer) => Self::Integer(integer),
                Err(_) => Self::Unfit(integer.to_string()),
            },
            DeValue::Float(real) => match real.as_str().parse() {
                Ok(real) => Self::Real(real),
                Err(_) => Self::Unfit(real.to_string()),
            },
            DeValue::Boolean(boolean) => Self::Boolean(boolean),
            DeValue::Datetime(date) => Self::Date(date.to_string()),
            DeValue::Array(nodes) => Self::List(
                nodes
                    .into_iter()
                    .map(|value| Node {
                        place: place(value.span()),
                        value: Self::of(value.into_inner(), place),
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Self::of_table(table, place),
        }
    }
}
