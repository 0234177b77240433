//! Groups: boards that listen to a name.

use core::fmt;

use crate::MacAddress;

/// The group of the boards that are being upgraded.
pub const UPGRADE_GROUP: MacAddress = MacAddress(*b"OTA\0\0\0");

/// The group of the boards that are being provisioned.
pub const PROVISIONING_GROUP: MacAddress = MacAddress(*b"PROV\0\0");

/// The group of the boards that want a key.
pub const SECURITY_GROUP: MacAddress = MacAddress(*b"SEC\0\0\0");

/// The most addresses in one message (`espnow_set_group` in the component's `espnow.c`).
pub const MAX_MEMBERS: usize = 32;

/// Octets before the addresses.
const FIXED_LEN: usize = 8;

const ADDRESS_LEN: usize = 6;

/// The payload of a [`Kind::Group`](super::Kind::Group) message: who joins or leaves which group.
///
/// ```text
/// 1 join, 0 leave │ group 6 │ count │ addresses, 6 each; the one address broadcast means everybody
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupChange<'a> {
    join: bool,
    group: MacAddress,
    members: &'a [[u8; ADDRESS_LEN]],
}

impl<'a> GroupChange<'a> {
    /// Makes `members` join `group`, or leave it; `None` for more than [`MAX_MEMBERS`].
    #[must_use]
    pub const fn new(join: bool, group: MacAddress, members: &'a [[u8; ADDRESS_LEN]]) -> Option<Self> {
        if members.len() > MAX_MEMBERS {
            return None;
        }
        Some(Self { join, group, members })
    }

    /// Whether the members join.
    #[must_use]
    pub const fn join(&self) -> bool {
        self.join
    }

    /// Which group.
    #[must_use]
    pub const fn group(&self) -> MacAddress {
        self.group
    }

    /// Who joins or leaves.
    pub fn members(&self) -> impl Iterator<Item = MacAddress> + use<'a> {
        self.members.iter().copied().map(MacAddress)
    }

    /// Whether `address` is one of the members, or all are meant.
    #[must_use]
    pub fn concerns(&self, address: MacAddress) -> bool {
        self.members == [MacAddress::BROADCAST.octets()] || self.members.contains(&address.octets())
    }

    /// Reads a payload. Octets after the last address are ignored, as in the component.
    ///
    /// # Errors
    /// [`GroupTooShort`] if it ends within the fixed part or within an address.
    pub fn parse(payload: &'a [u8]) -> Result<Self, GroupTooShort> {
        let too_short = GroupTooShort { have: payload.len() };
        let (fixed, addresses) = payload.split_first_chunk::<FIXED_LEN>().ok_or(too_short)?;
        let [join, group @ .., count] = fixed;
        let (addresses, _) = addresses.as_chunks::<ADDRESS_LEN>();
        let members = addresses.get(..usize::from(*count)).ok_or(too_short)?;
        Ok(Self {
            join: *join != 0,
            group: MacAddress(*group),
            members,
        })
    }

    /// Octets that it takes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        FIXED_LEN + self.members.len() * ADDRESS_LEN
    }

    /// Writes it to the beginning of `buffer` and returns its length; `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.buffer_len();
        let (fixed, addresses) = buffer.get_mut(..length)?.split_at_mut(FIXED_LEN);
        fixed[0] = u8::from(self.join);
        fixed[1..7].copy_from_slice(&self.group.octets());
        // 255 at most: a read one had as many.
        fixed[7] = self.members.len().to_le_bytes()[0];
        addresses.copy_from_slice(self.members.as_flattened());
        Some(length)
    }
}

/// A group message ends before its addresses do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupTooShort {
    /// Octets that there are.
    pub have: usize,
}

impl fmt::Display for GroupTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a group message of {} octets ends before its addresses do",
            self.have
        )
    }
}

impl core::error::Error for GroupTooShort {}

/// The groups that a board is in.
#[derive(Clone, Debug)]
pub(super) struct Memberships {
    groups: heapless::Vec<MacAddress, { Self::MAX }>,
}

impl Memberships {
    /// The component's list grows without end; a board that is told to join a ninth group stays out of it.
    pub(super) const MAX: usize = 8;

    pub(super) const fn new() -> Self {
        Self {
            groups: heapless::Vec::new(),
        }
    }

    pub(super) fn contains(&self, group: MacAddress) -> bool {
        self.groups.contains(&group)
    }

    /// Returns whether there was room.
    pub(super) fn join(&mut self, group: MacAddress) -> bool {
        self.contains(group) || self.groups.push(group).is_ok()
    }

    pub(super) fn leave(&mut self, group: MacAddress) {
        self.groups.retain(|&member| member != group);
    }
}
