//! What a switch says.

use core::fmt;

use super::Attribute;
use crate::message::FrameHead;

/// Octets of a command without a text.
const FIXED_LEN: usize = 12;

/// Octets of the second head and its padding.
const HEAD_LEN: usize = 8;

/// Octets of the longest text, with the NUL that ends it on the air: its length is one octet.
pub const MAX_TEXT: usize = 255;

/// Octets of the longest payload.
pub const MAX_PAYLOAD: usize = HEAD_LEN + FIXED_LEN + MAX_TEXT;

/// The value of a command. Nothing on the air says whether it is a truth, a number or a text: sender and receiver have to agree for
/// each attribute, and a value is read as what is asked for.
///
/// ```
/// use protocol::service::control::Value;
///
/// assert!(Value::from(true).as_bool());
/// assert_eq!(Value::from(-20).as_i32(), -20);
/// assert_eq!(Value::from(212.5_f32).as_f32(), 212.5);
/// assert_eq!(Value::text("rainbow").expect("it is short").as_text(), Some("rainbow"));
/// assert_eq!(Value::from(8 << 24).as_text(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    octets: [u8; 4],
    /// What follows them, without the NUL at its end.
    text: Option<&'a [u8]>,
}

impl<'a> Value<'a> {
    /// A text; `None` if it is longer than [`MAX_TEXT`] less its NUL, or has a NUL in it. One frame of ESP-NOW v1 takes 217 octets.
    #[must_use]
    pub fn text(text: &'a str) -> Option<Self> {
        let octets = text.as_bytes();
        let length = u8::try_from(octets.len() + 1).ok()?;
        (!octets.contains(&0)).then_some(Self {
            octets: [0, 0, 0, length],
            text: Some(octets),
        })
    }

    /// As C reads a `bool`: the first octet.
    #[must_use]
    pub const fn as_bool(self) -> bool {
        self.octets[0] != 0
    }

    /// As a whole number.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        i32::from_le_bytes(self.octets)
    }

    /// As a number of IEEE 754's binary32.
    #[must_use]
    pub const fn as_f32(self) -> f32 {
        f32::from_le_bytes(self.octets)
    }

    /// As a text, without its NUL; `None` if there is none, or if it is not UTF-8.
    #[must_use]
    pub fn as_text(self) -> Option<&'a str> {
        let text = self.text?.split(|&octet| octet == 0).next()?;
        core::str::from_utf8(text).ok()
    }

    /// What a text is made of.
    pub(super) const fn text_octets(self) -> Option<&'a [u8]> {
        self.text
    }

    /// The value with these four octets and this text.
    pub(super) const fn with_text(self, text: &[u8]) -> Value<'_> {
        Value {
            octets: self.octets,
            text: Some(text),
        }
    }

    const fn octets(octets: [u8; 4]) -> Self {
        Self { octets, text: None }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::from(i32::from(value))
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::octets(value.to_le_bytes())
    }
}

impl From<f32> for Value<'_> {
    fn from(value: f32) -> Self {
        Self::octets(value.to_le_bytes())
    }
}

/// Shows the text, if it is one, else the whole number.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_text() {
            Some(text) => write!(f, "{text:?}"),
            None => self.as_i32().fmt(f),
        }
    }
}

/// A bind or control message's payload (`espnow_ctrl_data_t` in `espnow_ctrl.h`).
///
/// ```text
/// [frame head 6, padding 2 │] initiator's attribute u32 │ responder's attribute u32 │ value 4 [│ text with NUL]
/// ```
///
/// The second head is there in the component's builds with `CONFIG_ESPNOW_CONTROL_AUTO_CHANNEL_SENDING`, and nothing on the air says
/// so: all boards of a house have to be built alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Which key, sensor, … it comes from.
    pub initiator: Attribute,
    /// What it sets.
    pub responder: Attribute,
    /// To what, or by how much.
    pub value: Value<'a>,
}

impl<'a> Command<'a> {
    /// Reads a payload without a second head.
    ///
    /// # Errors
    /// [`NotACommand::TooShort`], [`NotACommand::Text`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, NotACommand> {
        let too_short = NotACommand::TooShort { have: octets.len() };
        let (fixed, text) = octets.split_first_chunk::<FIXED_LEN>().ok_or(too_short)?;
        let [i0, i1, i2, i3, r0, r1, r2, r3, value @ ..] = *fixed;
        // What follows a value that announces no text is the sender's memory, and not the value's.
        let text = match value {
            [0, 0, 0, length @ 1..=255] if !text.is_empty() => {
                let length = usize::from(length);
                let text = text.get(..length).ok_or(NotACommand::Text {
                    announced: length,
                    have: text.len(),
                })?;
                Some(text.strip_suffix(&[0]).unwrap_or(text))
            }
            _ => None,
        };
        Ok(Self {
            initiator: Attribute(u32::from_le_bytes([i0, i1, i2, i3])),
            responder: Attribute(u32::from_le_bytes([r0, r1, r2, r3])),
            value: Value { octets: value, text },
        })
    }

    /// Reads a payload with a second head.
    ///
    /// # Errors
    /// As [`Command::parse`].
    pub fn parse_with_head(octets: &'a [u8]) -> Result<(FrameHead, Self), NotACommand> {
        let too_short = NotACommand::TooShort { have: octets.len() };
        let (head, rest) = octets.split_first_chunk::<HEAD_LEN>().ok_or(too_short)?;
        let [head @ .., _, _] = *head;
        Ok((FrameHead::from_octets(head), Self::parse(rest)?))
    }

    /// Octets that it takes without a second head.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        match self.value.text {
            Some(_) => FIXED_LEN + self.value.octets[3] as usize,
            None => FIXED_LEN,
        }
    }

    /// Writes it to the beginning of `buffer`, after `head` if there is one, and returns the length; `None` if it does not fit.
    pub fn emit(&self, head: Option<FrameHead>, buffer: &mut [u8]) -> Option<usize> {
        let offset = if head.is_some() { HEAD_LEN } else { 0 };
        let length = offset + self.buffer_len();
        let buffer = buffer.get_mut(..length)?;
        buffer.fill(0);
        if let Some(head) = head {
            let octets = head.to_octets();
            buffer[..octets.len()].copy_from_slice(&octets);
        }
        let command = &mut buffer[offset..];
        command[..4].copy_from_slice(&self.initiator.0.to_le_bytes());
        command[4..8].copy_from_slice(&self.responder.0.to_le_bytes());
        command[8..FIXED_LEN].copy_from_slice(&self.value.octets);
        if let Some(text) = self.value.text {
            command[FIXED_LEN..][..text.len()].copy_from_slice(text);
        }
        Some(length)
    }
}

/// Why a payload is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotACommand {
    /// It ends before its value.
    TooShort {
        /// Octets that there are.
        have: usize,
    },
    /// Its text ends before it should.
    Text {
        /// Octets that it should have.
        announced: usize,
        /// Octets that it has.
        have: usize,
    },
}

impl fmt::Display for NotACommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets, a command has at least {FIXED_LEN}"),
            Self::Text { announced, have } => write!(f, "a text of {announced} octets is announced, {have} are there"),
        }
    }
}

impl core::error::Error for NotACommand {}
