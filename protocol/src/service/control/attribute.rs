//! What a switch is, and what of a light it sets.

use core::fmt;

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// A control attribute (`espnow_attribute_t` in the component's `espnow_ctrl.h`): the high octet of its low 16 bits is the
        /// sort of device, the low one what of it. A program may use numbers of its own.
        ///
        /// ```
        /// use protocol::service::control::Attribute;
        ///
        /// assert_eq!(Attribute::KEY_1.0, 0x0201);
        /// assert_eq!(Attribute::HUE.relative(), Some(Attribute::HUE_ADD));
        /// assert_eq!(Attribute(0x4711).to_string(), "0x4711");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Attribute(pub u32);

        impl Attribute {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The name that the component has for it, in small letters; `None` for a program's own.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

attributes! {
    /// None: what a bind message has for the responder.
    NONE = 0x0000, "none";
    /// On or off.
    POWER = 0x0001, "power";
    /// The other way round.
    POWER_ADD = 0x0002, "power_add";
    /// Which attributes a device has.
    ATTRIBUTE = 0x0003, "attribute";
    /// How bright, 0 to 100.
    BRIGHTNESS = 0x0101, "brightness";
    /// Brighter or darker by so much.
    BRIGHTNESS_ADD = 0x0102, "brightness_add";
    /// Hue, 0 to 360 degrees.
    HUE = 0x0103, "hue";
    /// Further round the circle of hues by so much.
    HUE_ADD = 0x0104, "hue_add";
    /// Saturation, 0 to 100.
    SATURATION = 0x0105, "saturation";
    /// More or less saturated by so much.
    SATURATION_ADD = 0x0106, "saturation_add";
    /// Share of warm white, 0 to 100.
    WARM = 0x0107, "warm";
    /// Warmer by so much.
    WARM_ADD = 0x0108, "warm_add";
    /// Share of cold white, 0 to 100.
    COLD = 0x0109, "cold";
    /// Colder by so much.
    COLD_ADD = 0x010a, "cold_add";
    /// Red, 0 to 255.
    RED = 0x010b, "red";
    /// More red by so much.
    RED_ADD = 0x010c, "red_add";
    /// Green, 0 to 255.
    GREEN = 0x010d, "green";
    /// More green by so much.
    GREEN_ADD = 0x010e, "green_add";
    /// Blue, 0 to 255.
    BLUE = 0x010f, "blue";
    /// More blue by so much.
    BLUE_ADD = 0x0110, "blue_add";
    /// A scene or an effect, by number or name.
    MODE = 0x0111, "mode";
    /// So many scenes on.
    MODE_ADD = 0x0112, "mode_add";
    /// The first key of a switch.
    KEY_1 = 0x0201, "key_1";
    /// The second key.
    KEY_2 = 0x0202, "key_2";
    /// The third key.
    KEY_3 = 0x0203, "key_3";
    /// The fourth key.
    KEY_4 = 0x0204, "key_4";
    /// The fifth key.
    KEY_5 = 0x0205, "key_5";
    /// The sixth key.
    KEY_6 = 0x0206, "key_6";
    /// The seventh key.
    KEY_7 = 0x0207, "key_7";
    /// The eighth key.
    KEY_8 = 0x0208, "key_8";
    /// The ninth key.
    KEY_9 = 0x0209, "key_9";
    /// The tenth key.
    KEY_10 = 0x020a, "key_10";
    /// The battery is nearly empty.
    LOW_BATTERY = 0x0301, "status_low_battery";
    /// How full the battery is, 0 to 100.
    BATTERY_LEVEL = 0x0302, "battery_level";
    /// Whether the battery is being charged.
    CHARGING = 0x0303, "charging_state";
}

impl Attribute {
    /// The attribute that adds to this one: `HUE_ADD` for `HUE`; `None` if the component has none.
    #[must_use]
    pub const fn relative(self) -> Option<Self> {
        match self.0 {
            0x0001 | 0x0101..=0x0111 if self.0 & 1 == 1 => Some(Self(self.0 + 1)),
            _ => None,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{:#06x}", self.0),
        }
    }
}
