//! What a switch says without being pressed.

use core::fmt;

use crate::service::control::{Attribute, CommandError, Initiator, Value};
use crate::time::Duration;

/// Something that a switch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lights whose window is open may bind this key.
    Bind(Attribute),
    /// No light is to listen to this key any longer.
    Unbind(Attribute),
    /// The key's lights are to set an attribute to a number, or by it.
    Set(Attribute, Attribute, i32),
    /// The key's lights are to show a scene.
    Scene(Attribute, &'static str),
}

impl Step {
    pub(super) fn say(self, switch: &mut Initiator) -> Result<u16, CommandError> {
        match self {
            Self::Bind(key) => switch.bind(key),
            Self::Unbind(key) => switch.unbind(key),
            Self::Set(key, attribute, value) => switch.send(key, attribute, value),
            Self::Scene(key, name) => switch.send(key, Attribute::MODE, Value::text(name).unwrap_or(Value::from(0))),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(key) => write!(f, "bind {key}"),
            Self::Unbind(key) => write!(f, "unbind {key}"),
            Self::Set(key, attribute, value) => write!(f, "{key}: {attribute} {value}"),
            Self::Scene(key, name) => write!(f, "{key}: scene {name}"),
        }
    }
}

/// Steps, and the time from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// What is said, in order.
    pub steps: &'static [Step],
    /// From one to the next.
    pub period: Duration,
}

impl Script {
    /// Three keys are bound, all lights are lit and coloured, each key's own way, and at last put out.
    pub const EVENING: &'static [Step] = &[
        Step::Bind(Attribute::KEY_1),
        Step::Bind(Attribute::KEY_2),
        Step::Bind(Attribute::KEY_3),
        Step::Set(Attribute::KEY_1, Attribute::POWER, 1),
        Step::Set(Attribute::KEY_1, Attribute::BRIGHTNESS, 100),
        Step::Set(Attribute::KEY_1, Attribute::HUE, 40),
        Step::Set(Attribute::KEY_2, Attribute::HUE, 240),
        Step::Set(Attribute::KEY_3, Attribute::HUE_ADD, 80),
        Step::Set(Attribute::KEY_2, Attribute::POWER_ADD, 1),
        Step::Set(Attribute::KEY_2, Attribute::POWER_ADD, 1),
        Step::Set(Attribute::KEY_1, Attribute::BRIGHTNESS_ADD, -60),
        Step::Scene(Attribute::KEY_1, "rainbow"),
        Step::Set(Attribute::KEY_1, Attribute::BRIGHTNESS, 80),
        Step::Set(Attribute::KEY_1, Attribute::POWER, 0),
    ];
}
