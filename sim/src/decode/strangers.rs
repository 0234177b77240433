//! Why a capture holds nothing of ESP-NOW.

use std::collections::BTreeMap;
use std::fmt;

use super::explanation::{Content, Explanation};
use super::text::BAD_FCS;

/// Reasons that are told; those of the rest are few and seldom.
const TOLD: usize = 8;

/// Frames by the reason why they are no message of ESP-NOW.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    reasons: BTreeMap<String, Frames>,
}

#[derive(Debug)]
struct Frames {
    count: u64,
    first: u64,
}

/// Different reasons that are counted, so that a long capture does not fill the memory.
const COUNTED: usize = 256;

impl Strangers {
    pub(super) fn note(&mut self, explanation: &Explanation) {
        let reason = match &explanation.content {
            Content::Other { refusal } => refusal.as_str(),
            Content::BadFcs => BAD_FCS,
            Content::Ack { .. } | Content::Message(_) | Content::Encrypted { .. } => return,
        };
        if let Some(frames) = self.reasons.get_mut(reason) {
            frames.count += 1;
        } else if self.reasons.len() < COUNTED {
            let first = explanation.frame;
            self.reasons.insert(reason.to_owned(), Frames { count: 1, first });
        }
    }
}

impl fmt::Display for Strangers {
    /// A line a reason, the most frequent first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, frames)| (u64::MAX - frames.count, frames.first));
        for (reason, Frames { count, first }) in reasons.iter().take(TOLD) {
            match count {
                1 => writeln!(f, "  not ESP-NOW, frame {first}: {reason}")?,
                _ => writeln!(f, "  not ESP-NOW, {count} frames from {first} on: {reason}")?,
            }
        }
        match reasons.len().saturating_sub(TOLD) {
            0 => Ok(()),
            _ => writeln!(f, "  and others: --all lists each frame with its reason"),
        }
    }
}
