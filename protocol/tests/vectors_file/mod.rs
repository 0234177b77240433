//! Reading `vectors/messages.json`.

#![allow(dead_code, reason = "every test takes what it needs")]

use protocol::MacAddress;
use serde_json::Value;

/// The vectors whose names begin so; at least one.
pub(crate) fn vectors(prefix: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../vectors/messages.json")).expect("the file is JSON");
    let all = file["vectors"].as_array().expect("a list of vectors");
    let named: Vec<_> = all
        .iter()
        .filter(|vector| vector["name"].as_str().is_some_and(|name| name.starts_with(prefix)))
        .cloned()
        .collect();
    assert!(!named.is_empty(), "no vectors called {prefix}…");
    named
}

/// The vector with this name.
pub(crate) fn vector(name: &str) -> Value {
    vectors(name)
        .into_iter()
        .find(|vector| vector["name"] == name)
        .expect("there is one")
}

pub(crate) fn octets(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hexadecimal digits")).expect("hexadecimal digits")
}

pub(crate) fn array<const N: usize>(value: &Value) -> [u8; N] {
    octets(value).try_into().expect("as many octets as the field has")
}

pub(crate) fn address(value: &Value) -> MacAddress {
    MacAddress(array(value))
}

pub(crate) fn integer<T: TryFrom<i64>>(value: &Value) -> T {
    let number = value.as_i64().expect("an integer");
    T::try_from(number).unwrap_or_else(|_| panic!("{number} is out of range"))
}
