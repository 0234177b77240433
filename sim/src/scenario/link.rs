//! `[[link]]`: links that differ from the others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::air::BurstRule;
use super::scalar::{Period, Selector, Share};
use crate::lab::LinkChange;

/// Links that differ from what `[air]` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct LinkRule {
    /// From which boards.
    pub from: Selector,
    /// To which boards.
    pub to: Selector,
    /// Whether the other direction is meant, too.
    pub both: bool,
    /// What differs.
    pub settings: LinkSettings,
}

/// What of a link is set; the rest stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkSettings {
    /// The probability that a frame is lost, for each attempt and each ACK.
    pub loss: Option<Share>,
    /// Losses that come in bursts.
    pub burst: Option<BurstRule>,
    /// Between the receiver's MAC and its driver.
    pub latency: Option<Period>,
    /// Up to this much more latency.
    pub jitter: Option<Period>,
    /// So much weaker than distance makes it, dB.
    pub attenuation: Option<f64>,
    /// Whether the two do not hear each other at all.
    pub off: Option<bool>,
}

/// The same as it is written.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Link")]
pub(super) struct Written {
    /// From which boards.
    pub(super) from: Selector,
    /// To which boards.
    pub(super) to: Selector,
    /// Whether the other direction is meant, too; true unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) both: Option<bool>,
    /// The probability that a frame is lost, for each attempt and each ACK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) loss: Option<Share>,
    /// Losses that come in bursts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) burst: Option<BurstRule>,
    /// Between the receiver's MAC and its driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) latency: Option<Period>,
    /// Up to this much more latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jitter: Option<Period>,
    /// So much weaker than distance makes it, dB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attenuation: Option<f64>,
    /// Whether the two do not hear each other at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) off: Option<bool>,
}

impl LinkSettings {
    /// A loss.
    #[must_use]
    pub const fn loss(loss: Share) -> Self {
        Self {
            loss: Some(loss),
            burst: None,
            latency: None,
            jitter: None,
            attenuation: None,
            off: None,
        }
    }

    pub(super) fn change(&self) -> LinkChange {
        LinkChange {
            loss: self.loss.map(Share::get),
            burst: self.burst.map(BurstRule::burst),
            latency: self.latency.map(Period::span),
            jitter: self.jitter.map(Period::span),
            attenuation_db: self.attenuation,
            up: self.off.map(|off| !off),
        }
    }
}

impl TryFrom<Written> for LinkRule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let settings = LinkSettings {
            loss: written.loss,
            burst: written.burst,
            latency: written.latency,
            jitter: written.jitter,
            attenuation: written.attenuation,
            off: written.off,
        };
        if settings == LinkSettings::default() {
            return Err("nothing of the link is set: give loss, burst, latency, jitter, attenuation or off");
        }
        Ok(Self {
            from: written.from,
            to: written.to,
            both: written.both.unwrap_or(true),
            settings,
        })
    }
}

impl From<LinkRule> for Written {
    fn from(rule: LinkRule) -> Self {
        let LinkSettings {
            loss,
            burst,
            latency,
            jitter,
            attenuation,
            off,
        } = rule.settings;
        Self {
            from: rule.from,
            to: rule.to,
            both: (!rule.both).then_some(false),
            loss,
            burst,
            latency,
            jitter,
            attenuation,
            off,
        }
    }
}
