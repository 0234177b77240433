//! Counting what a capture held.

use std::fmt;

use super::explanation::{Content, Explanation};

/// Frames by kind; each is counted once, but for what is said of messages besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// ESP-NOW messages that were sent in the clear.
    pub plain: u64,
    /// Encrypted messages that a key opened.
    pub decrypted: u64,
    /// Encrypted action frames that no key opened.
    pub encrypted: u64,
    /// Acknowledgements.
    pub acks: u64,
    /// Frames that are not ESP-NOW.
    pub other: u64,
    /// Frames with a wrong FCS.
    pub bad_fcs: u64,
    /// Among the messages, those whose payload the component's message layer has secured.
    pub sealed: u64,
}

impl Summary {
    /// Counts one frame.
    pub fn count(&mut self, explanation: &Explanation) {
        let kind = match &explanation.content {
            Content::Message(message) if message.ccmp.is_some() => &mut self.decrypted,
            Content::Message(_) => &mut self.plain,
            Content::Encrypted { .. } => &mut self.encrypted,
            Content::Ack { .. } => &mut self.acks,
            Content::Other { .. } => &mut self.other,
            Content::BadFcs => &mut self.bad_fcs,
        };
        *kind += 1;
        if let Content::Message(message) = &explanation.content {
            let component = message.component.as_ref();
            self.sealed += u64::from(component.is_some_and(|component| component.seal.is_some()));
        }
    }

    /// Whether anything of ESP-NOW is among them, be it encrypted.
    #[must_use]
    pub const fn has_espnow(&self) -> bool {
        self.plain + self.decrypted + self.encrypted > 0
    }

    /// All frames.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.plain + self.decrypted + self.encrypted + self.acks + self.other + self.bad_fcs
    }
}

impl fmt::Display for Summary {
    /// One line: `7 frames: 3 ESP-NOW (1 decrypted), 1 encrypted, 1 ACK, 1 other, 1 with a bad FCS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let frames = self.frames();
        let messages = self.plain + self.decrypted;
        write!(f, "{frames} frame{}: {messages} ESP-NOW", plural(frames))?;
        if self.decrypted > 0 {
            write!(f, " ({} decrypted)", self.decrypted)?;
        }
        write!(f, ", {} encrypted", self.encrypted)?;
        write!(f, ", {} ACK{}", self.acks, plural(self.acks))?;
        write!(f, ", {} other", self.other)?;
        write!(f, ", {} with a bad FCS", self.bad_fcs)
    }
}
