//! The light.

use core::convert::Infallible;
use core::fmt;

use crate::board::{Board, Clock, Console as _, Pixels, Rgb};
use crate::espnow;
use crate::node::Node;
use crate::service::control::{Attribute, BindWindow, Binding, Command, Responder, ResponderConfig, ResponderEvent};
use crate::{Channel, board::Radio};

/// Shown by the first pixel while a switch may bind the light.
const OPEN: Rgb = Rgb::new(0, 0, 30);

/// As bright as it gets: of 255, so that one can look at it.
const BRIGHTEST: u32 = 120;

/// What a light does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LampConfig {
    /// How its switches speak.
    pub control: ResponderConfig,
    /// Who may bind it after each start.
    pub window: BindWindow,
    /// Which keys it accepts.
    pub keys: [Attribute; 2],
    /// Where it listens.
    pub channel: Channel,
}

/// Binds the keys that it accepts, and shows what they say. Its list outlives a reset, its colour does not.
///
/// # Errors
/// If the radio can't go to the channel.
pub async fn lamp<B: Board>(board: &mut B, config: LampConfig) -> Result<Infallible, espnow::Error> {
    let mut parts = board.parts();
    parts.radio.set_channel(config.channel)?;
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut control = Responder::new(config.control);
    control.open_window(
        parts.clock.now(),
        BindWindow {
            ask: true,
            ..config.window
        },
    );
    let mut glow = Glow::default();
    let mut shown = None;
    loop {
        node.turn(&mut parts, &mut [&mut control], None).await;
        let now = parts.clock.now();
        while let Some(event) = control.poll_event() {
            match event {
                ResponderEvent::Command { command, .. } => {
                    glow.obey(&command);
                    parts.console.line(format_args!("{}: {glow}", command.initiator));
                }
                ResponderEvent::Asked { binding, rssi_dbm } if config.keys.contains(&binding.attribute) => {
                    let accepted = control.accept(now, binding);
                    if accepted.is_ok() {
                        let Binding { address, attribute } = binding;
                        parts
                            .console
                            .line(format_args!("bound to {attribute} of {address}, {rssi_dbm} dBm"));
                    }
                }
                ResponderEvent::Asked { .. } | ResponderEvent::Bound(_) => {}
                ResponderEvent::Unbound(Binding { attribute, .. }) => {
                    parts.console.line(format_args!("no longer bound to {attribute}"));
                }
                ResponderEvent::BindError { error, .. } => parts.console.line(format_args!("not bound: {error}")),
                ResponderEvent::WindowClosed => parts.console.line(format_args!("the window is closed")),
                ResponderEvent::Damaged => parts.console.line(format_args!("the bind list was damaged")),
                ResponderEvent::NotRead(error) => {
                    parts.console.line(format_args!("the bind list can't be read: {error}"));
                }
                ResponderEvent::NotKept(error) => parts.console.line(format_args!("the list is not kept: {error}")),
            }
        }
        let face = (glow, control.is_window_open(now));
        if shown != Some(face) {
            shown = Some(face);
            glow.show(parts.pixels, face.1);
            parts.pixels.write().await;
        }
    }
}

/// What a light shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Glow {
    is_on: bool,
    is_rainbow: bool,
    /// 0 to 100.
    brightness: i32,
    /// 0 to 359 degrees.
    hue: i32,
    /// 0 to 100.
    saturation: i32,
}

impl Default for Glow {
    fn default() -> Self {
        Self {
            is_on: false,
            is_rainbow: false,
            brightness: 50,
            hue: 0,
            saturation: 0,
        }
    }
}

impl Glow {
    fn obey(&mut self, command: &Command<'_>) {
        let value = command.value.as_i32();
        let percent = |percent: i32| percent.clamp(0, 100);
        match command.responder {
            Attribute::POWER => self.is_on = command.value.as_bool(),
            Attribute::POWER_ADD => self.is_on ^= value & 1 == 1,
            Attribute::BRIGHTNESS => self.brightness = percent(value),
            Attribute::BRIGHTNESS_ADD => self.brightness = percent(self.brightness.saturating_add(value)),
            Attribute::SATURATION => self.saturation = percent(value),
            Attribute::SATURATION_ADD => self.saturation = percent(self.saturation.saturating_add(value)),
            Attribute::HUE => self.turn_to(value),
            Attribute::HUE_ADD => self.turn_to(self.hue.saturating_add(value)),
            Attribute::MODE => self.is_rainbow = command.value.as_text() == Some("rainbow"),
            _ => {}
        }
    }

    /// A hue is a colour: what was white becomes coloured.
    const fn turn_to(&mut self, hue: i32) {
        self.hue = hue.rem_euclid(360);
        self.is_rainbow = false;
        if self.saturation == 0 {
            self.saturation = 100;
        }
    }

    fn show<P: Pixels>(&self, pixels: &mut P, is_open: bool) {
        let count = pixels.count();
        for index in 0..count {
            let colour = if self.is_on {
                // A strip has fewer pixels than there are degrees times 2^16.
                let shift = if self.is_rainbow {
                    (index * 360 / count.max(1)) as i32
                } else {
                    0
                };
                let saturation = if self.is_rainbow { 100 } else { self.saturation };
                colour(self.hue + shift, saturation, self.brightness)
            } else {
                Rgb::OFF
            };
            pixels.set(index, colour);
        }
        if is_open && !self.is_on {
            pixels.set(0, OPEN);
        }
    }
}

impl fmt::Display for Glow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_on {
            return f.write_str("off");
        }
        write!(f, "on, {} %", self.brightness)?;
        if self.is_rainbow {
            f.write_str(", rainbow")
        } else if self.saturation == 0 {
            f.write_str(", white")
        } else {
            write!(f, ", hue {}°", self.hue)
        }
    }
}

/// A colour of hue, saturation and value; percents are of what one can look at.
fn colour(hue: i32, saturation: i32, brightness: i32) -> Rgb {
    let hue = hue.rem_euclid(360) as u32;
    let (saturation, brightness) = (saturation.clamp(0, 100) as u32, brightness.clamp(0, 100) as u32);
    let most = brightness * BRIGHTEST / 100;
    let least = most * (100 - saturation) / 100;
    // Within a sixth of the circle one of the three rises or falls.
    let (sixth, within) = (hue / 60, hue % 60);
    let rising = least + (most - least) * within / 60;
    let falling = most - (most - least) * within / 60;
    let (red, green, blue) = match sixth {
        0 => (most, rising, least),
        1 => (falling, most, least),
        2 => (least, most, rising),
        3 => (least, falling, most),
        4 => (rising, least, most),
        _ => (most, least, falling),
    };
    // None is above BRIGHTEST.
    Rgb::new(red as u8, green as u8, blue as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_the_circles() {
        let most = BRIGHTEST as u8;
        for (hue, expected) in [
            (0, (most, 0, 0)),
            (60, (most, most, 0)),
            (120, (0, most, 0)),
            (180, (0, most, most)),
            (240, (0, 0, most)),
            (300, (most, 0, most)),
            (360, (most, 0, 0)),
        ] {
            let (red, green, blue) = expected;
            assert_eq!(colour(hue, 100, 100), Rgb::new(red, green, blue), "{hue}");
        }
        assert_eq!(colour(77, 0, 50), Rgb::new(most / 2, most / 2, most / 2));
        assert_eq!(colour(77, 100, 0), Rgb::OFF);
    }

    #[test]
    fn values_stay_in_their_range() {
        let mut glow = Glow::default();
        for (attribute, value) in [
            (Attribute::BRIGHTNESS_ADD, i32::MIN),
            (Attribute::SATURATION_ADD, i32::MAX),
            (Attribute::HUE_ADD, i32::MAX),
            (Attribute::HUE_ADD, i32::MIN),
            (Attribute::BRIGHTNESS_ADD, i32::MAX),
        ] {
            glow.obey(&Command {
                initiator: Attribute::KEY_1,
                responder: attribute,
                value: value.into(),
            });
            assert!((0..=100).contains(&glow.brightness) && (0..=100).contains(&glow.saturation));
            assert!((0..360).contains(&glow.hue));
        }
    }
}
