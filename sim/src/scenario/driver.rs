//! `driver` of a `[[board]]`: a chip's Wi-Fi driver that breaks its rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalar::{Period, Share};
use crate::board::{DriverFaults, Timestamps};

/// The longest delays that may be set: what is later than this, no driver does.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(60);

/// What a driver does wrong; nothing that is not set. How often chips do is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DriverRule {
    /// The part of all frames whose send callback never comes: `send` gives up after a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks_lost: Option<Share>,
    /// The part whose callback comes twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks_doubled: Option<Share>,
    /// The part whose callback comes late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks_late: Option<Share>,
    /// How late it comes; 100ms unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks_late_by: Option<Period>,
    /// What the counter that stamps messages does while the radio sleeps by wake windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<Stamps>,
    /// By how much each interval of a radio that sleeps by wake windows is too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_interval_late_by: Option<Period>,
}

/// What the counter that stamps messages does while the radio sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stamps {
    /// It stands still.
    Stalled,
    /// It begins anew with each window.
    Restarted,
}

impl DriverRule {
    /// What it is for a board, or the key and what is wrong with it.
    pub(super) fn faults(&self) -> Result<DriverFaults, (&'static str, String)> {
        let share = |share: Option<Share>| share.map_or(0.0, Share::get);
        let period = |key, period: Option<Period>, otherwise: u64| match period {
            Some(Period(length)) if length > LONGEST => Err((key, "this is at most 1m".to_owned())),
            Some(length) => Ok(length.span()),
            None => Ok(crate::kernel::Span::from_micros(otherwise)),
        };
        let faults = DriverFaults {
            callbacks_lost: share(self.callbacks_lost),
            callbacks_doubled: share(self.callbacks_doubled),
            callbacks_late: share(self.callbacks_late),
            callbacks_late_by: period("callbacks-late-by", self.callbacks_late_by, 100_000)?,
            timestamps: match self.timestamps {
                None => Timestamps::Running,
                Some(Stamps::Stalled) => Timestamps::Stalled,
                Some(Stamps::Restarted) => Timestamps::Restarted,
            },
            wake_interval_late_by: period("wake-interval-late-by", self.wake_interval_late_by, 0)?,
        };
        let sum = faults.callbacks_lost + faults.callbacks_doubled + faults.callbacks_late;
        if sum > 1.0 {
            let message = format!("callbacks that are lost, doubled and late are {sum} of all, which is more than 1");
            return Err(("callbacks-lost", message));
        }
        Ok(faults)
    }
}
