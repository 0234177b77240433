//! How an initiator goes about it, and what it tells.

use core::fmt;

use super::super::{Code, ImageId, Layout};
use crate::board::{FirmwareError, Slot};
use crate::image::Text;
use crate::message::FrameHead;
use crate::time::Duration;
use crate::{Channel, MacAddress};

/// How responders are asked for their status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// All at once by their group, as the component does. All answer at once.
    Group,
    /// One after the other by unicast, which every responder understands: no answer meets another, and who does not acknowledge
    /// the question need not be waited for.
    Each,
}

/// How often a packet is sent before the responders are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Always so often; the component's `CONFIG_ESPNOW_OTA_RETRANSMISSION_TIMES` is 2.
    Always(u8),
    /// Once, so that nothing is sent that nobody misses; and where asking takes longer than sending again what is missing, as often
    /// as asking takes, up to this.
    UpTo(u8),
}

/// What is fixed about an [`Initiator`](super::Initiator).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitiatorConfig {
    /// The lengths of packets and pages.
    pub layout: Layout,
    /// How responders are asked.
    pub asking: Asking,
    /// How often a packet is sent in a round.
    pub copies: Copies,
    /// After so many rounds of asking and sending, those that are not done stay so (`CONFIG_ESPNOW_OTA_RETRY_COUNT`).
    pub rounds: u16,
    /// While nobody answers, they are asked again for so long: boards may be restarting. The component gives up at once.
    pub patience: Duration,
    /// How many more boards may pass a message on (`CONFIG_ESPNOW_OTA_SEND_FORWARD_TTL`).
    pub forward_ttl: u8,
    /// Boards that hear it weaker than this, in dBm, don't pass it on (`CONFIG_ESPNOW_OTA_SEND_FORWARD_RSSI`).
    pub forward_rssi: i8,
    /// Everything is sealed under the application's key, and answers that are not are ignored.
    pub security: bool,
}

impl InitiatorConfig {
    /// The component's own algorithm: everything twice, all asked at once, up to 50 rounds.
    pub const COMPONENT: Self = Self {
        layout: Layout::PLAIN,
        asking: Asking::Group,
        copies: Copies::Always(2),
        rounds: 50,
        patience: Duration::ZERO,
        forward_ttl: 0,
        forward_rssi: -65,
        security: false,
    };

    /// Our own, which the component's responders understand too: everything once, then what anybody misses; asked one by one.
    pub const THRIFTY: Self = Self {
        asking: Asking::Each,
        copies: Copies::UpTo(4),
        rounds: 250,
        patience: Duration::from_secs(30),
        ..Self::COMPONENT
    };

    pub(super) const fn group_head(&self, retransmit_count: u8) -> FrameHead {
        FrameHead {
            group: true,
            broadcast: true,
            ..self.head(retransmit_count)
        }
    }

    pub(super) const fn head(&self, retransmit_count: u8) -> FrameHead {
        FrameHead {
            retransmit_count,
            forward_ttl: self.forward_ttl,
            forward_rssi: self.forward_rssi,
            security: self.security,
            ..FrameHead::UNICAST
        }
    }
}

impl Default for InitiatorConfig {
    fn default() -> Self {
        Self::THRIFTY
    }
}

/// Where an initiator has the image from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A slot of its own. Which image that is, it finds out itself.
    Slot(Slot),
    /// The application, which is asked by [`InitiatorEvent::Wanted`].
    Application(ImageId),
}

/// A board that answered a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub address: MacAddress,
    /// How strong its answer was, in dBm.
    pub rssi_dbm: i8,
    /// Where it was heard.
    pub channel: Channel,
    /// The version that it runs.
    pub version: Text<32>,
    /// The project that it runs.
    pub project: Text<32>,
}

/// What an initiator tells its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiatorEvent {
    /// A board answered the scan.
    Found(Found),
    /// The scan is over.
    Scanned,
    /// The image is known, and the upgrade begins.
    Started {
        /// Which.
        image: ImageId,
        /// Its packets.
        packets: u16,
    },
    /// All were asked, and what is missing is sent now.
    Round {
        /// The first is 1.
        number: u16,
        /// Responders that are not done.
        unfinished: u16,
        /// Of these, that answered.
        answered: u16,
        /// Packets that anybody is known to miss.
        missing: u16,
        /// How often each is sent.
        copies: u8,
    },
    /// A responder is so far.
    Progress {
        /// Who.
        address: MacAddress,
        /// Octets that it has.
        written: u32,
        /// Of how many.
        size: u32,
    },
    /// A responder has the whole image and runs it after its restart; or ran it before.
    Succeeded {
        /// Who.
        address: MacAddress,
        /// Whether it ran it before.
        already: bool,
    },
    /// A responder does not take the image.
    Refused {
        /// Who.
        address: MacAddress,
        /// What it says.
        code: Code,
    },
    /// The application is to [`provide`](super::Initiator::provide) this part of the image.
    Wanted {
        /// From here.
        offset: u32,
        /// So many octets.
        length: u16,
    },
    /// It is over: see [`Initiator::targets`](super::Initiator::targets).
    Finished(Summary),
}

/// How an upgrade ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Why it ended.
    pub end: End,
    /// Responders that have the image.
    pub succeeded: u16,
    /// Responders that refused it.
    pub refused: u16,
    /// Responders that are not done.
    pub unfinished: u16,
    /// Rounds that were begun.
    pub rounds: u16,
    /// Packets that were sent, each copy counted.
    pub packets_sent: u32,
}

/// Why an upgrade ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Every responder has the image, or refused it.
    Complete,
    /// Nobody answered any more (`ESP_ERR_ESPNOW_OTA_DEVICE_NO_EXIST`).
    NobodyAnswers,
    /// All rounds are over (`ESP_ERR_ESPNOW_OTA_FIRMWARE_INCOMPLETE`).
    RoundsOver,
    /// The application stopped it.
    Stopped,
    /// The image can't be read, or there is none.
    Image(FirmwareError),
    /// The image needs more packets than there are bits for.
    TooLarge,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "complete",
            Self::NobodyAnswers => "nobody answers any more",
            Self::RoundsOver => "all rounds are over",
            Self::Stopped => "stopped",
            Self::Image(error) => return write!(f, "the image can't be read: {error}"),
            Self::TooLarge => "the image is too large",
        })
    }
}

/// Why an initiator can't begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// It is scanning or sending.
    Busy,
    /// There is nobody to upgrade (`ESP_ERR_ESPNOW_OTA_DEVICE_NO_EXIST`).
    NoTargets,
    /// There are more than it has room for.
    TooManyTargets,
    /// One of the addresses is a group's.
    GroupAddress,
    /// The image is empty, or needs more packets than there are bits for.
    Size,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "a scan or an upgrade is on its way",
            Self::NoTargets => "there is nobody to upgrade",
            Self::TooManyTargets => "there are more boards to upgrade than the initiator has room for",
            Self::GroupAddress => "a board's address is needed, not a group's",
            Self::Size => "the image is empty, or larger than the initiator has room for",
        })
    }
}

impl core::error::Error for StartError {}
