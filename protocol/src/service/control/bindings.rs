//! Who may command a light: pairs of an address and an attribute.

use super::Attribute;
use crate::MacAddress;
use crate::service::check::{CHECK_LEN, checksum};

/// How many pairs there may be (`ESPNOW_BIND_LIST_MAX_SIZE`).
pub const MAX_BINDINGS: usize = 32;

/// What the list is kept under; the component's name for it.
pub(super) const KEY: &str = "bindlist";

const VERSION: u8 = 2;

/// Version 1 had no check. Lists of it are read, and kept anew when they change.
const UNCHECKED: u8 = 1;

/// Octets before the check, and with it.
const FIRST_LEN: usize = 2;
const HEADER_LEN: usize = FIRST_LEN + CHECK_LEN;
const BINDING_LEN: usize = 10;
const LEN: usize = HEADER_LEN + MAX_BINDINGS * BINDING_LEN;

/// A key of a switch that may command this light (`espnow_ctrl_bind_info_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binding {
    /// The switch.
    pub address: MacAddress,
    /// Its key.
    pub attribute: Attribute,
}

impl Binding {
    fn from_octets([m0, m1, m2, m3, m4, m5, a0, a1, a2, a3]: [u8; BINDING_LEN]) -> Self {
        Self {
            address: MacAddress([m0, m1, m2, m3, m4, m5]),
            attribute: Attribute(u32::from_le_bytes([a0, a1, a2, a3])),
        }
    }

    fn to_octets(self) -> [u8; BINDING_LEN] {
        let [m0, m1, m2, m3, m4, m5] = self.address.octets();
        let [a0, a1, a2, a3] = self.attribute.0.to_le_bytes();
        [m0, m1, m2, m3, m4, m5, a0, a1, a2, a3]
    }
}

/// The list, in the form in which it is kept. A bit that flips in it would let another board, or another key, command the light; so it has a
/// check.
///
/// ```text
/// version 2 │ count u8 │ CRC-32 of all else, little-endian │ count × (address 6, attribute u32 little-endian)
/// version 1 │ count u8 │ count × (address 6, attribute u32 little-endian)                        read, but not written
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings {
    octets: heapless::Vec<u8, LEN>,
}

impl Bindings {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        let mut octets = heapless::Vec::new();
        // There is room for the header.
        let _ = octets
            .extend_from_slice(&[VERSION, 0])
            .and_then(|()| octets.extend_from_slice(&[0; CHECK_LEN]));
        let mut bindings = Self { octets };
        bindings.seal();
        bindings
    }

    fn seal(&mut self) {
        let check = check_of(&self.octets[..FIRST_LEN], &self.octets[HEADER_LEN..]);
        self.octets[FIRST_LEN..HEADER_LEN].copy_from_slice(&check);
    }

    /// Reads a list that was kept; `None` if that is no list: another version, another length or check, a pair twice, a group's address.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let pairs = pairs_of(octets)?;
        if !are_different(pairs) {
            return None;
        }
        let mut bindings = Self::new();
        bindings.octets.extend_from_slice(pairs).ok()?;
        bindings.octets[1] = octets[1];
        bindings.seal();
        Some(bindings)
    }

    /// As it is kept.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets
    }

    /// The pairs; the order is that of binding until one is removed.
    pub fn iter(&self) -> impl Iterator<Item = Binding> {
        self.octets[HEADER_LEN..]
            .chunks_exact(BINDING_LEN)
            .filter_map(|pair| pair.first_chunk().copied().map(Binding::from_octets))
    }

    /// The oldest.
    #[must_use]
    pub fn first(&self) -> Option<Binding> {
        self.iter().next()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.octets.len() / BINDING_LEN
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there are [`MAX_BINDINGS`].
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == MAX_BINDINGS
    }

    /// Whether it has this one.
    #[must_use]
    pub fn contains(&self, binding: Binding) -> bool {
        self.iter().any(|bound| bound == binding)
    }

    /// Adds one that is not there yet. Returns whether there was room.
    pub(super) fn insert(&mut self, binding: Binding) -> bool {
        let room = self.octets.extend_from_slice(&binding.to_octets()).is_ok();
        self.octets[1] += u8::from(room);
        self.seal();
        room
    }

    /// Removes one; the last takes its place. Returns whether it was there.
    pub(super) fn remove(&mut self, binding: Binding) -> bool {
        let Some(index) = self.iter().position(|bound| bound == binding) else {
            return false;
        };
        let (place, last) = (HEADER_LEN + index * BINDING_LEN, self.octets.len() - BINDING_LEN);
        self.octets.copy_within(last.., place);
        self.octets.truncate(last);
        self.octets[1] -= 1;
        self.seal();
        true
    }
}

/// The pairs of a list whose version, check and length are right.
fn pairs_of(octets: &[u8]) -> Option<&[u8]> {
    let (first, rest) = octets.split_first_chunk::<FIRST_LEN>()?;
    let (pairs, count) = match first {
        [UNCHECKED, count] => (rest, count),
        [VERSION, count] => {
            let (check, pairs) = rest.split_first_chunk::<CHECK_LEN>()?;
            if *check != check_of(first, pairs) {
                return None;
            }
            (pairs, count)
        }
        _ => return None,
    };
    (pairs.len() == usize::from(*count) * BINDING_LEN).then_some(pairs)
}

/// Whether these are pairs of a board and an attribute, none of them there twice.
fn are_different(pairs: &[u8]) -> bool {
    let mut chunks = pairs.chunks_exact(BINDING_LEN);
    while let Some(pair) = chunks.next() {
        let is_board = pair
            .first_chunk()
            .is_some_and(|pair| !Binding::from_octets(*pair).address.is_group());
        if !is_board || chunks.clone().any(|later| later == pair) {
            return false;
        }
    }
    true
}

fn check_of(first: &[u8], pairs: &[u8]) -> [u8; CHECK_LEN] {
    checksum(&[first, pairs])
}

impl Default for Bindings {
    fn default() -> Self {
        Self::new()
    }
}
