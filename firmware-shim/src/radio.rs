//! ESP-NOW by the chip's own driver, through esp-radio.

use core::mem;

use esp_hal::efuse::{self, InterfaceMacAddress};
use esp_radio::esp_now::{
    self, EspNow, EspNowError, EspNowManager, EspNowReceiver, EspNowSender, EspNowWifiInterface, PeerInfo, ReceivedData,
};
use firmware_shim::arrival::Arrivals;
use firmware_shim::sends::Settling;
use protocol::board::{Clock as _, Radio, WakeWindow};
use protocol::espnow::{Delivery, Error, Interface, Key, Peer, Received, Version};
use protocol::{Channel, MacAddress};

use crate::board::COUNTRY;
use crate::clock::ChipClock;
use crate::rates;
use crate::send_account::SendAccount;
use crate::wake_interval;

/// The station interface.
pub(crate) struct ChipRadio {
    manager: EspNowManager,
    sender: EspNowSender,
    receiver: EspNowReceiver,
    account: SendAccount,
    arrivals: Arrivals,
    version: Version,
    /// What was set last: the driver does not tell.
    channel: Channel,
}

impl ChipRadio {
    /// Takes ESP-NOW as esp-radio leaves it and makes it what the seam promises: no peers, channel 1. `None` if the driver refuses.
    pub(crate) fn start(esp_now: EspNow) -> Option<Self> {
        let (manager, sender, receiver) = esp_now.split();
        // A convenience of esp-radio's. Not to be there is what is wanted.
        let _ = manager.remove_peer(&esp_now::BROADCAST_ADDRESS);
        let mut radio = Self {
            version: match manager.version() {
                Ok(1) | Err(_) => Version::V1,
                Ok(_) => Version::V2,
            },
            manager,
            sender,
            receiver,
            account: SendAccount::open()?,
            arrivals: Arrivals::new(),
            channel: Channel::DEFAULT,
        };
        radio.set_channel(Channel::DEFAULT).ok()?;
        Some(radio)
    }

    fn hand_over(&mut self, destination: MacAddress, data: &[u8]) -> Result<(), Error> {
        let sender = &mut self.sender;
        self.account.hand(|| {
            let waiter = sender.send(&destination.0, data).map_err(refused)?;
            // Dropped, it would keep the processor busy until the frame is out, and its status may be another frame's.
            mem::forget(waiter);
            Ok(())
        })
    }

    fn hand_out(&mut self, message: &ReceivedData, buffer: &mut [u8]) -> Received {
        let data = message.data();
        let taken = data.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&data[..taken]);
        let heard = &message.info.rx_control;
        // The radio's counter has 32 bits.
        let stamp = heard.timestamp.duration_since_epoch().as_micros() as u32;
        Received {
            source: MacAddress(message.info.src_address),
            destination: MacAddress(message.info.dst_address),
            length: data.len(),
            // The driver has 8 bits of it.
            rssi_dbm: heard.rssi as i8,
            at: self.arrivals.arrived(stamp, ChipClock.now()),
        }
    }
}

impl Radio for ChipRadio {
    fn address(&self) -> MacAddress {
        let mut address = [0; 6];
        address.copy_from_slice(efuse::interface_mac_address(InterfaceMacAddress::Station).as_bytes());
        MacAddress(address)
    }

    fn version(&self) -> Version {
        self.version
    }

    fn channel(&self) -> Channel {
        self.channel
    }

    fn set_channel(&mut self, channel: Channel) -> Result<(), Error> {
        if !COUNTRY.has(channel) {
            return Err(Error::Chan);
        }
        // Whatever its number is: the chip can't go there now.
        self.manager.set_channel(channel.number()).map_err(|_| Error::Chan)?;
        self.channel = channel;
        Ok(())
    }

    fn set_pmk(&mut self, pmk: Key) -> Result<(), Error> {
        self.manager.set_pmk(pmk.octets()).map_err(refused)
    }

    fn add_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.manager.add_peer(info(&peer)).map_err(refused)?;
        let Some(rate) = peer.rate else {
            return Ok(());
        };
        let result = self.manager.set_peer_rate(&peer.address.0, rates::config(rate));
        if result.is_err() {
            // It was added this very moment.
            let _ = self.manager.remove_peer(&peer.address.0);
        }
        result.map_err(refused)
    }

    fn modify_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.manager.modify_peer(info(&peer)).map_err(refused)?;
        let rate = rates::config(peer.rate.unwrap_or_default());
        self.manager.set_peer_rate(&peer.address.0, rate).map_err(refused)
    }

    fn remove_peer(&mut self, address: MacAddress) -> Result<(), Error> {
        self.manager.remove_peer(&address.0).map_err(refused)
    }

    fn set_wake_window(&mut self, window: Option<WakeWindow>) -> Result<(), Error> {
        let (window_ms, interval_ms) = match window {
            Some(window) => (window.window_ms(), window.interval_ms()),
            None => (u16::MAX, wake_interval::NEVER_SLEEPS),
        };
        // From now on, or no longer: the driver says nothing of its counter while the radio sleeps, and in the middle it may sleep already.
        self.arrivals
            .sleeps(window.is_some_and(|window| !window.is_always_open()));
        let window = esp_hal::time::Duration::from_millis(window_ms.into());
        self.manager.set_wake_window(window).map_err(refused)?;
        wake_interval::set(interval_ms)
    }

    async fn send(&mut self, destination: MacAddress, data: &[u8]) -> Result<Delivery, Error> {
        // Frames of earlier calls, enqueued or given up, would count as this one's.
        self.account.settled().await;
        self.hand_over(destination, data)?;
        Ok(match self.account.settled().await {
            Settling::Done => self.account.delivery(),
            // Whatever became of it, nobody says so.
            Settling::WrittenOff | Settling::Until(_) => Delivery::Unacknowledged,
        })
    }

    fn enqueue(&mut self, destination: MacAddress, data: &[u8]) -> Result<(), Error> {
        self.hand_over(destination, data)
    }

    async fn receive(&mut self, buffer: &mut [u8]) -> Received {
        let message = self.receiver.receive_async().await;
        self.hand_out(&message, buffer)
    }

    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        let message = self.receiver.receive()?;
        Some(self.hand_out(&message, buffer))
    }
}

fn info(peer: &Peer) -> PeerInfo {
    PeerInfo {
        interface: match peer.interface {
            Interface::Station => EspNowWifiInterface::Station,
            Interface::AccessPoint => EspNowWifiInterface::AccessPoint,
        },
        peer_address: peer.address.0,
        lmk: peer.lmk.as_ref().map(|lmk| *lmk.octets()),
        channel: peer.channel.map(Channel::number),
        encrypt: peer.is_encrypted(),
    }
}

fn refused(error: EspNowError) -> Error {
    let EspNowError::Error(error) = error else {
        // Of starting, and of esp-radio's own sends.
        return Error::Internal;
    };
    match error {
        esp_now::Error::NotInitialized => Error::NotInit,
        esp_now::Error::InvalidArgument => Error::Arg,
        esp_now::Error::OutOfMemory => Error::NoMem,
        esp_now::Error::PeerListFull => Error::Full,
        esp_now::Error::NotFound => Error::NotFound,
        esp_now::Error::Internal => Error::Internal,
        esp_now::Error::PeerExists => Error::Exist,
        esp_now::Error::InterfaceMismatch => Error::If,
        // esp-radio has no name for ESP_ERR_ESPNOW_CHAN.
        esp_now::Error::Other(code) => Error::from_code(code).unwrap_or(Error::Internal),
    }
}
