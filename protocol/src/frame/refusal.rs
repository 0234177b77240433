//! Why a received frame is not taken for ESP-NOW.

use core::fmt;

/// The rule that a received frame breaks.
///
/// A refused frame is none of the receiver's business: it is counted, never an error to the application. Lengths are
/// octets of the MPDU without FCS; once a sealed frame is open, they are as if it had been sent plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The frame ends before a field does.
    TooShort {
        /// Octets there are.
        have: usize,
        /// Octets that the field's end takes.
        need: usize,
    },
    /// The encrypted part is longer than that of any ESP-NOW frame.
    TooLong {
        /// Octets there are.
        have: usize,
        /// Octets of the longest.
        most: usize,
    },
    /// The frame check sequence is not that of the octets before it.
    Fcs {
        /// What the frame carries.
        found: u32,
        /// What its octets give.
        computed: u32,
    },
    /// The frame control field's protocol version is not 0.
    ProtocolVersion {
        /// 1 to 3.
        found: u8,
    },
    /// Neither a management frame of subtype Action (13) nor a control frame of subtype ACK (13).
    FrameType {
        /// 0 management, 1 control, 2 data, 3 extension.
        kind: u8,
        /// 0 to 15.
        subtype: u8,
    },
    /// To DS, From DS or, in an ACK, another flag that has to be 0 is set.
    Flags {
        /// The second octet of the frame control field.
        found: u8,
    },
    /// A fragment of a longer MSDU; ESP-NOW never fragments.
    Fragment,
    /// The action category is not 127, vendor specific.
    Category {
        /// The category octet.
        found: u8,
    },
    /// The organisation of the frame or of an element is not 18:fe:34, Espressif.
    Organisation {
        /// The organisation identifier.
        found: [u8; 3],
    },
    /// An element that is not vendor specific (221).
    ElementId {
        /// The element's identifier.
        found: u8,
    },
    /// An element too short for organisation, type and version.
    ElementLength {
        /// The element's length octet, less than 5.
        found: u8,
    },
    /// A vendor element of Espressif's that is not ESP-NOW (4).
    ElementType {
        /// The type octet.
        found: u8,
    },
    /// The low four bits of the version octet are neither 1 nor 2.
    ElementVersion {
        /// The four bits.
        found: u8,
    },
    /// Two elements of one frame disagree about the version.
    MixedVersions,
    /// A version 1 frame with more than one element.
    SeveralElementsInV1,
    /// More elements than the longest payload fills.
    TooManyElements,
    /// An element promises another one and is the last.
    MissingElement,
    /// Octets follow the last element.
    TrailingOctets {
        /// How many.
        octets: usize,
    },
    /// The elements' bodies together exceed the version's longest payload.
    PayloadTooLong {
        /// Octets of payload.
        octets: usize,
    },
    /// A sealed frame to a group address; ESP-NOW encrypts unicast only.
    SealedGroupAddress,
    /// The CCMP header has no extended initialisation vector: the frame is WEP's.
    NoExtendedIv,
    /// The CCMP header's key identifier is not 3, which ESP-NOW uses.
    KeyId {
        /// 0 to 2.
        found: u8,
    },
    /// Reserved bits of the CCMP header are set.
    CcmpReserved,
    /// The message integrity code is wrong: another key, or the frame was altered.
    Authentication,
    /// The scratch buffer does not hold the decrypted part of the frame.
    ScratchTooSmall {
        /// Octets there are.
        have: usize,
        /// Octets it takes.
        need: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { have, need } => write!(f, "the frame has {have} octets and needs {need}"),
            Self::TooLong { have, most } => {
                write!(f, "the encrypted part has {have} octets, the longest of ESP-NOW {most}")
            }
            Self::Fcs { found, computed } => {
                write!(f, "the FCS is {found:08x}, the octets before it give {computed:08x}")
            }
            Self::ProtocolVersion { found } => write!(f, "802.11 protocol version {found}, expected 0"),
            Self::FrameType { kind, subtype } => {
                let name = match (kind, subtype) {
                    (0, 0) => "an association request",
                    (0, 4) => "a probe request",
                    (0, 5) => "a probe response",
                    (0, 8) => "a beacon",
                    (0, 11) => "an authentication frame",
                    (0, _) => "a management frame",
                    (1, 10) => "a PS-Poll",
                    (1, 11) => "an RTS",
                    (1, 12) => "a CTS",
                    (1, _) => "a control frame",
                    (2, 4 | 12) => "a null data frame",
                    (2, 8) => "a QoS data frame",
                    (2, _) => "a data frame",
                    _ => "an extension frame",
                };
                write!(
                    f,
                    "{name} (type {kind}, subtype {subtype}), expected an action frame or an ACK"
                )
            }
            Self::Flags { found } => write!(f, "frame control flags {found:#04x} include one that has to be 0"),
            Self::Fragment => f.write_str("a fragment; ESP-NOW never fragments"),
            Self::Category { found } => write!(f, "action category {found}, expected 127 (vendor specific)"),
            Self::Organisation { found: [a, b, c] } => {
                write!(f, "organisation {a:02x}:{b:02x}:{c:02x}, expected 18:fe:34 (Espressif)")
            }
            Self::ElementId { found } => write!(f, "element {found}, expected 221 (vendor specific)"),
            Self::ElementLength { found } => write!(f, "element length {found}, expected at least 5"),
            Self::ElementType { found } => write!(f, "element type {found}, expected 4 (ESP-NOW)"),
            Self::ElementVersion { found } => write!(f, "ESP-NOW version {found}, expected 1 or 2"),
            Self::MixedVersions => f.write_str("elements of different ESP-NOW versions in one frame"),
            Self::SeveralElementsInV1 => f.write_str("several elements; ESP-NOW version 1 has one"),
            Self::TooManyElements => f.write_str("more elements than the longest payload fills"),
            Self::MissingElement => f.write_str("the last element says that another one follows"),
            Self::TrailingOctets { octets } => write!(f, "{octets} octets follow the end of the frame's last field"),
            Self::PayloadTooLong { octets } => {
                write!(f, "the elements hold {octets} octets, more than the version allows")
            }
            Self::SealedGroupAddress => f.write_str("encrypted to a group address; ESP-NOW encrypts unicast only"),
            Self::NoExtendedIv => f.write_str("the CCMP header has no extended initialisation vector"),
            Self::KeyId { found } => write!(f, "CCMP key identifier {found}, expected 3"),
            Self::CcmpReserved => f.write_str("reserved bits of the CCMP header are set"),
            Self::Authentication => {
                f.write_str("the message integrity code is wrong: another key, or altered on the way")
            }
            Self::ScratchTooSmall { have, need } => {
                write!(
                    f,
                    "the scratch buffer has {have} octets, decrypting takes {need}: pass a longer one"
                )
            }
        }
    }
}

impl core::error::Error for Refusal {}
