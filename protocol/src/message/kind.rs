//! What a message is about.

use core::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// A message's type (`espnow_data_type_t` in the component's `espnow.h`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$doc])* $name = $number,)*
        }

        impl Kind {
            /// All of them, by number.
            pub const ALL: [Self; 16] = [$(Self::$name),*];

            /// The name that the component's documentation has for it, in small letters.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    /// Answers a message that asked for it.
    Ack = 0, "ack";
    /// Reserved for forwarding; unused by the component.
    Forward = 1, "forward";
    /// Makes boards join or leave a group.
    Group = 2, "group";
    /// Provisioning: beacon, device and Wi-Fi records.
    Provisioning = 3, "provisioning";
    /// Binds a control to a light, or unbinds it.
    ControlBind = 4, "control_bind";
    /// A bound control's command.
    ControlData = 5, "control_data";
    /// A responder's part of a firmware upgrade.
    UpgradeStatus = 6, "ota_status";
    /// The initiator's part of a firmware upgrade.
    UpgradeData = 7, "ota_data";
    /// A line of a board's log.
    DebugLog = 8, "debug_log";
    /// A command for a board's console.
    DebugCommand = 9, "debug_command";
    /// A user's own data.
    Data = 10, "data";
    /// The initiator's scan for boards that want a key.
    SecurityStatus = 11, "security_status";
    /// The security handshake.
    Security = 12, "security";
    /// Reserved for secured data; secured messages keep their own type.
    SecurityData = 13, "security_data";
    /// Time synchronisation.
    TimeSync = 14, "timesync";
    /// Not used by the component. Ours is the reliable transport.
    Reserved = 15, "reserved";
}

impl Kind {
    /// The kind with this number; only the low four bits count.
    #[must_use]
    pub const fn from_low_bits(number: u8) -> Self {
        Self::ALL[(number & 0x0f) as usize]
    }

    /// Its number on the air.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the component would secure its payload when asked to: not acks, forwards and the handshake itself.
    #[must_use]
    pub const fn can_be_secured(self) -> bool {
        !matches!(
            self,
            Self::Ack | Self::Forward | Self::Group | Self::SecurityStatus | Self::Security
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of [`Kind`]s: what a board wants to receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u16);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// The set of `kinds`.
    #[must_use]
    pub const fn of(kinds: &[Kind]) -> Self {
        let mut set = 0;
        let mut index = 0;
        while index < kinds.len() {
            set |= 1 << kinds[index].number();
            index += 1;
        }
        Self(set)
    }

    /// Whether `kind` is one of them.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind.number() != 0
    }

    /// These and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places() {
        for (number, kind) in (0..).zip(Kind::ALL) {
            assert_eq!(kind.number(), number);
            assert_eq!(Kind::from_low_bits(number | 0x20), kind);
        }
    }

    #[test]
    fn sets_contain_what_they_are_made_of() {
        let set = Kinds::of(&[Kind::Ack, Kind::Reserved]).union(Kinds::of(&[Kind::Data]));
        let members = Kind::ALL.into_iter().filter(|&kind| set.contains(kind));
        assert!(members.eq([Kind::Ack, Kind::Data, Kind::Reserved]));
    }
}
