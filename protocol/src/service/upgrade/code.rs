//! What a status says about the upgrade.

use core::fmt;

/// The error code of a status (`ESP_ERR_ESPNOW_OTA_…` in the component's `espnow_ota.h`): the low 16 bits of an `esp_err_t`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(pub i16);

impl Code {
    /// All is well.
    pub const OK: Self = Self(0);
    /// The responder makes room for the image, or is busy with it: its next answer comes by itself.
    pub const NOT_INIT: Self = Self(0x1001);
    /// There is no place for the image.
    pub const PARTITION: Self = Self(0x1002);
    /// The image is none of this project's.
    pub const INVALID: Self = Self(0x1003);
    /// Packets are missing.
    pub const INCOMPLETE: Self = Self(0x1004);
    /// The flash can't be written.
    pub const DOWNLOAD: Self = Self(0x1005);
    /// The image was written before.
    pub const WRITTEN: Self = Self(0x1006);
    /// There is nobody to upgrade.
    pub const NO_DEVICE: Self = Self(0x1007);
    /// Some do not answer.
    pub const PACKET_LOSS: Self = Self(0x1008);
    /// The responder was not started.
    pub const NOT_STARTED: Self = Self(0x1009);
    /// The responder does not take this image: leave it alone.
    pub const STOP: Self = Self(0x100a);
    /// The image is the one that the responder runs.
    pub const RUNNING: Self = Self(0x100b);
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::OK => "ok",
            Self::NOT_INIT => "not ready yet",
            Self::PARTITION => "no place for the image",
            Self::INVALID => "image of another project",
            Self::INCOMPLETE => "packets are missing",
            Self::DOWNLOAD => "the flash can't be written",
            Self::WRITTEN => "written before",
            Self::NO_DEVICE => "nobody to upgrade",
            Self::PACKET_LOSS => "some do not answer",
            Self::NOT_STARTED => "not started",
            Self::STOP => "stopped",
            Self::RUNNING => "already running",
            Self(other) => return write!(f, "error {:#06x}", other as u16),
        })
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x} ({self})", self.0 as u16)
    }
}
