//! Traps of ESP-NOW that a run walked into, and what to tell about them.

use protocol::Channel;
use protocol::MacAddress;
use protocol::board::WakeWindow;
use protocol::espnow::Interface;
use strum::{IntoStaticStr, VariantNames};

use crate::board::PER_BOARD;

/// A trap, with what it takes to explain it. Its name is the variant's, in small letters with hyphens.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum Trap {
    /// A group address where a board's was meant.
    GroupAddress { destination: MacAddress },
    /// A message was acknowledged and then thrown away.
    QueueOverrun { source: String },
    /// Sender and receiver are on different channels.
    ChannelMismatch {
        receiver: String,
        theirs: Channel,
        ours: Channel,
    },
    /// The receiver's radio was off.
    SleepingReceiver { receiver: String, window: WakeWindow },
    /// Nobody listens at the address, but its board does at the other interface's.
    InactiveInterface {
        destination: MacAddress,
        receiver: String,
        interface: Interface,
        active: MacAddress,
    },
    /// Two boards answer to one address.
    SharedAddress {
        address: MacAddress,
        interface: Interface,
        other: String,
        theirs: Interface,
    },
    /// A plain frame from a peer that has a key.
    UnencryptedFrame { source: String, delivered: bool },
    /// After a reset, encrypted frames have packet numbers that others had before it under the same key.
    NonceReuse { destination: MacAddress },
    /// An encrypted frame without a key to open it.
    MissingKey { source: String },
    /// An encrypted frame that this key does not open.
    WrongKey { source: String },
    /// An encrypted frame to a real board.
    SealedToOutside { destination: MacAddress },
    /// The program waits for nothing that can come, or its board sleeps and nothing can wake it.
    WaitsInVain { asleep: bool },
    /// A unicast frame to a real board from a board that has no address out there.
    NoAddressOutside {
        destination: MacAddress,
        speaks_for: String,
    },
    /// A program wants to connect to an access point.
    NoAccessPoint,
}

impl Trap {
    /// The names of all.
    pub(crate) const NAMES: &[&str] = <Self as VariantNames>::VARIANTS;

    /// A short name that stays the same between versions.
    pub(crate) fn name(&self) -> &'static str {
        self.into()
    }

    /// What happened, what it means on real chips, and how to mend it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::GroupAddress { destination } => format!(
                "{destination} is a group address, because its first octet is odd: every board takes the frame, none \
                 acknowledges it, it is sent once, and send() reports success whatever happens. Use the receiver's own \
                 address."
            ),
            Self::QueueOverrun { source } => format!(
                "a message from {source} was acknowledged and then dropped, because the receive queue was full: the \
                 sender can't know. Read more often, enlarge the queue (rxbuf), or have the application answer."
            ),
            Self::ChannelMismatch { receiver, theirs, ours } => format!(
                "sends to {receiver} on channel {ours}, but {receiver} listens on channel {theirs}: nothing arrives. Both \
                 must be on the same channel; joining an access point moves a board to the access point's."
            ),
            Self::SleepingReceiver { receiver, window } => format!(
                "sends to {receiver} while it sleeps: of every {} ms its receiver is on for {} ms, and what does not fall \
                 into that is lost, all repetitions of one frame with it. Send when it is awake (boards that share a clock \
                 know when), or repeat for a whole interval.",
                window.interval_ms(),
                window.window_ms()
            ),
            Self::InactiveInterface {
                destination,
                receiver,
                interface,
                active,
            } => format!(
                "sends to {destination}, which nobody acknowledges: it is the address of {receiver}'s {}, which is not \
                 active. Send to {active}, which is, or activate that interface too.",
                name_of(*interface)
            ),
            Self::SharedAddress {
                address,
                interface,
                other,
                theirs,
            } => format!(
                "its {} has the address {address}, and so has {other}'s {}: both boards acknowledge and take what is sent to it. \
                 A chip has {PER_BOARD} addresses, one after the other, beginning with its station's: give the boards addresses that are \
                 {PER_BOARD} apart, or none.",
                name_of(*interface),
                name_of(*theirs)
            ),
            Self::UnencryptedFrame {
                source,
                delivered: false,
            } => format!(
                "dropped an unencrypted frame from {source}, as a key is set for it: the MAC acknowledged the frame, the application \
                 never sees it. Add this board as an encrypted peer at {source} too."
            ),
            Self::UnencryptedFrame {
                source,
                delivered: true,
            } => format!(
                "took an unencrypted frame from {source} although a key is set for it: chips deliver such frames, so the \
                 key protects nobody. Add this board as an encrypted peer at {source} too."
            ),
            Self::NonceReuse { destination } => format!(
                "sends encrypted frames to {destination} under the key that it had before its reset, and their packet numbers begin again: \
                 CCMP must never seal two frames under one key and number. Who recorded both works out what they say, and a \
                 receiver can't tell new frames from old ones. Use the security service's strong mode, which keeps its numbers in flash, or \
                 agree on a key anew after each reset."
            ),
            Self::MissingKey { source } => format!(
                "got an encrypted frame from {source}, for which it has no key: its MAC acknowledged the frame, its \
                 application never sees it. Add {source} as a peer with the same LMK."
            ),
            Self::SealedToOutside { destination } => format!(
                "sends an encrypted frame to {destination}, which is a real board: the antenna has no keys, so the bridge \
                 carries no encrypted frames. Add {destination} as a peer without a key."
            ),
            Self::NoAddressOutside {
                destination,
                speaks_for,
            } => format!(
                "sends to {destination}, which is a real board, but on the real air the antenna's address stands for \
                 {speaks_for}, and an answer would go there: the bridge carries this board's group frames only. Use \
                 --bridge-as to choose the board that the antenna speaks for."
            ),
            Self::WaitsInVain { asleep: false } => "its program waits, and nothing that it waits for can come any more: no time, no message, no pin and no \
                 console. A board that is left like this does nothing until it is reset. Wait with a time limit, or for an event that \
                 happens."
                .to_owned(),
            Self::WaitsInVain { asleep: true } => "is in deep sleep, and nothing can wake it any more: deepsleep() was given no time, and no pin that \
                 wakes it was set. (Touch pads and the low-power processor wake nothing here.) It does nothing until it is reset. Give a time, or set a pin \
                 with esp32.wake_on_ext0(), wake_on_ext1() or wake_on_gpio(), as its chip has them, or with Pin.irq(wake=…)."
                .to_owned(),
            Self::NoAccessPoint => "wants to connect to an access point, and this lab has none: connect() never succeeds, \
                                    isconnected() stays False and status() becomes STAT_NO_AP_FOUND (201), as on a board out of \
                                    its network's reach. ESP-NOW needs no connection: give up waiting after a while, or leave \
                                    connect() out."
                .to_owned(),
            Self::WrongKey { source } => format!(
                "can't open an encrypted frame from {source}: its MAC acknowledged the frame, its application never sees \
                 it. PMK and LMK must be the same on both boards."
            ),
        }
    }
}

const fn name_of(interface: Interface) -> &'static str {
    match interface {
        Interface::Station => "station",
        Interface::AccessPoint => "access point",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_traps_has_all() {
        let readme = include_str!("../../README.md");
        let table = readme.split("| trap | what happens |").nth(1).expect("a table");
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let names = rows.filter_map(|row| row.split('|').nth(1));
        let mut told: Vec<_> = names
            .flat_map(|names| names.split(", "))
            .map(|name| name.trim().trim_matches('`'))
            .collect();
        let mut all = Trap::NAMES.to_vec();
        told.sort_unstable();
        all.sort_unstable();
        assert_eq!(told, all);
    }
}
