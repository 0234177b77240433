//! What is fixed about a responder, and what it tells.

use core::fmt;

use super::super::{ImageId, Layout};
use crate::MacAddress;
use crate::board::FirmwareError;
use crate::image::{ImageError, Text};
use crate::time::Duration;

/// How a responder sends the page of its bitmap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// To the initiator, whose MAC acknowledges it: one transmission, as a rule. Every initiator takes it.
    #[default]
    Unicast,
    /// By broadcast, ten times, as the component does.
    Broadcast,
}

/// What is fixed about a [`Responder`](super::Responder) (`espnow_ota_config_t`, and more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponderConfig {
    /// The lengths of packets and pages.
    pub layout: Layout,
    /// Whether an image of the version that runs is taken (`skip_version_check`).
    pub same_version: bool,
    /// Whether an image with a lower secure version than the one that runs is refused, as boot loaders with anti-rollback do.
    pub anti_rollback: bool,
    /// Every how many per cent the state is kept, and progress told (`progress_report_interval`). 0 keeps it only at the
    /// beginning and the end: a reset between them begins anew.
    pub progress_interval: u8,
    /// How the page of the bitmap is sent.
    pub pages: Pages,
    /// Questions to a whole group are answered within this, each responder after a time of its own, so that not all answer at once.
    /// The component's initiator waits 500 ms. Zero answers at once.
    pub spread: Duration,
    /// After the new image was switched to, the board restarts when the initiator has been silent for so long: until then it can
    /// still be asked how it went. `None` leaves the restart to the application.
    pub restart_after: Option<Duration>,
    /// An upgrade whose initiator has been silent for so long may be replaced by another initiator's.
    pub takeover_after: Duration,
    /// Whether questions and packets that are not sealed under the application's key are ignored. Without it, whoever is near can have the
    /// board run an image of his: its SHA-256 says that it is whole, not whose it is. The component has no such setting.
    pub security: bool,
}

impl Default for ResponderConfig {
    /// Progress every 10 %, answers spread over 200 ms, restart after 3 s of silence, versions checked.
    fn default() -> Self {
        Self {
            layout: Layout::PLAIN,
            same_version: false,
            anti_rollback: false,
            progress_interval: 10,
            pages: Pages::Unicast,
            spread: Duration::from_millis(200),
            restart_after: Some(Duration::from_secs(3)),
            takeover_after: Duration::from_secs(30),
            security: false,
        }
    }
}

impl ResponderConfig {
    /// Timing and traffic as the component's: answers at once, pages by ten broadcasts. At once is within 5 ms, as tasks and interrupts
    /// of real chips scatter; boards that answer in the same microsecond, as virtual ones would, never hear that others do.
    pub const COMPONENT: Self = Self {
        layout: Layout::PLAIN,
        same_version: true,
        anti_rollback: false,
        progress_interval: 10,
        pages: Pages::Broadcast,
        spread: Duration::from_millis(5),
        restart_after: None,
        takeover_after: Duration::ZERO,
        security: false,
    };
}

/// What a responder tells its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponderEvent {
    /// An upgrade begins: the other slot is erased (`ESP_EVENT_ESPNOW_OTA_STARTED`).
    Started {
        /// With which image.
        image: ImageId,
        /// By whom.
        initiator: MacAddress,
    },
    /// An upgrade that a reset interrupted goes on. The board has left the group: it should
    /// [join](crate::node::Node) [`UPGRADE_GROUP`](crate::message::UPGRADE_GROUP) again.
    Resumed {
        /// With which image.
        image: ImageId,
        /// Octets that were kept.
        written: u32,
    },
    /// What was kept can't be used, and is forgotten: an upgrade that was on its way begins anew.
    RecordDamaged,
    /// So much is written and kept (`ESP_EVENT_ESPNOW_OTA_STATUS`).
    Progress {
        /// Of a hundred.
        percent: u8,
    },
    /// All is written, and looked through.
    Verifying,
    /// The next start runs the new image (`ESP_EVENT_ESPNOW_OTA_FINISH`).
    Finished {
        /// Its version.
        version: Text<32>,
    },
    /// The upgrade came to nothing (`ESP_EVENT_ESPNOW_OTA_STOPED`). The image that runs is what it was.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether it begins anew by itself when the initiator asks again.
        again: bool,
    },
    /// An initiator offered the image that runs.
    AlreadyRunning,
    /// The image that runs is to be kept.
    Confirmed,
    /// The image that runs is given up: the next start runs the one before.
    RolledBack,
    /// Confirming or rolling back failed.
    TrialError(FirmwareError),
}

/// Why an upgrade came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The image needs more packets than there are bits in the record, or more room than the slot has.
    TooLarge,
    /// The image that runs is on trial and needs the other slot.
    OnTrial,
    /// The flash refused.
    Flash(FirmwareError),
    /// What was written is no image.
    Image(ImageError),
    /// It is an image, but not the one that was announced.
    OtherImage,
    /// It is made for another chip.
    Chip,
    /// It is the version that runs.
    SameVersion,
    /// Its secure version is lower than that of the one that runs.
    SecureVersion,
    /// The application stopped it.
    Stopped,
}

impl Failure {
    /// Whether another try may go better: not where the image itself is at fault.
    pub(super) const fn may_pass(self) -> bool {
        matches!(self, Self::Flash(_) | Self::Image(_) | Self::OtherImage)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the image is too large",
            Self::OnTrial => "the image that runs is on trial and needs the other slot",
            Self::Flash(error) => return fmt::Display::fmt(error, f),
            Self::Image(error) => return fmt::Display::fmt(error, f),
            Self::OtherImage => "it is not the image that was announced",
            Self::Chip => "the image is made for another chip",
            Self::SameVersion => "the image is of the version that runs",
            Self::SecureVersion => "the image's secure version is too low",
            Self::Stopped => "it was stopped",
        })
    }
}

impl core::error::Error for Failure {}
