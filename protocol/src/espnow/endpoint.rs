//! The driver's part of ESP-NOW, without a driver.

use heapless::Vec;

use super::queue::ReceiveQueue;
use super::{
    Accepted, Delivery, Error, Interface, Key, MAX_PEERS, Outgoing, Peer, PeerCount, Received, Rejection, Statistics,
};
use crate::frame::{ActionFrame, Header, Mpdu, Packet, PacketNumber, Payload, Sealed, TemporalKey, Version};
use crate::time::Instant;
use crate::{Channel, MacAddress, Rate};

/// What a v1 device does with a v2 frame whose payload it can't hold. Versions of ESP-IDF differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongFrames {
    /// Drop it.
    #[default]
    Drop,
    /// Keep the first element.
    Truncate,
}

/// What an endpoint is, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The station interface's address.
    pub address: MacAddress,
    /// The highest version spoken.
    pub version: Version,
    /// How many peers may be encrypted: 7 unless configured otherwise, at most 17 (ESP32-C2: 2, at most 4).
    pub max_encrypted_peers: usize,
    /// Octets of the receive queue; each message takes 14 and its payload.
    pub receive_buffer: usize,
    /// Frames that the MAC takes before the first is done.
    pub transmit_queue: usize,
    /// What to do with frames longer than `version` takes.
    pub long_frames: LongFrames,
    /// The interface's data rate, for peers that have none of their own.
    pub rate: Rate,
}

impl Config {
    /// ESP-IDF's defaults for an ESP32-S3 or C3: v2, 7 encrypted peers, 32 frames to transmit, 1 Mbit/s.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            version: Version::V2,
            max_encrypted_peers: 7,
            receive_buffer: super::DEFAULT_RECEIVE_BUFFER,
            transmit_queue: 32,
            long_frames: LongFrames::Drop,
            rate: Rate::Dsss1M,
        }
    }
}

/// A peer with what its encryption remembers.
#[derive(Debug)]
struct Entry {
    peer: Peer,
    /// The number for the next frame to it; `None` when all 2⁴⁸ are used up.
    next_packet: Option<PacketNumber>,
    /// The last number accepted from it.
    last_packet: Option<PacketNumber>,
}

impl Entry {
    fn new(peer: Peer) -> Self {
        Self {
            peer,
            next_packet: Some(PacketNumber::FIRST),
            last_packet: None,
        }
    }
}

/// The raw ESP-NOW service of one device: a state machine without clock, task or socket.
///
/// ```
/// use protocol::MacAddress;
/// use protocol::espnow::{Config, Endpoint, Peer};
/// use protocol::frame::Mpdu;
/// use protocol::time::Instant;
///
/// let (a, b) = (MacAddress([2, 0, 0, 0, 0, 1]), MacAddress([2, 0, 0, 0, 0, 2]));
/// let (mut alice, mut bob) = (Endpoint::new(Config::new(a)), Endpoint::new(Config::new(b)));
/// alice.init();
/// bob.init();
///
/// alice.add_peer(Peer::new(b))?;
/// let mut air = [0; 2048];
/// let outgoing = alice.send(b, b"hello", [1, 2, 3, 4], &mut air)?;
///
/// // The MAC and the air are somebody else's business. At the other end:
/// let mpdu = Mpdu::parse(&air[..outgoing.length]).expect("what an endpoint sends is ESP-NOW");
/// bob.handle_frame(&mpdu, -40, Instant::START).expect("it is for Bob");
/// let mut buffer = [0; 250];
/// let received = bob.receive(&mut buffer).expect("a message waits");
/// assert_eq!((received.source, &buffer[..received.length]), (a, &b"hello"[..]));
/// # Ok::<(), protocol::espnow::Error>(())
/// ```
#[derive(Debug)]
pub struct Endpoint {
    config: Config,
    initialised: bool,
    channel: Channel,
    station_active: bool,
    access_point_active: bool,
    pmk: Key,
    peers: Vec<Entry, MAX_PEERS>,
    queue: ReceiveQueue,
    in_flight: usize,
    statistics: Statistics,
}

impl Endpoint {
    /// A device with its station interface active, on channel 1, ESP-NOW not initialised yet.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            initialised: false,
            channel: Channel::DEFAULT,
            station_active: true,
            access_point_active: false,
            pmk: Key::new([0; 16]),
            peers: Vec::new(),
            queue: ReceiveQueue::new(config.receive_buffer),
            in_flight: 0,
            statistics: Statistics {
                tx_packets: 0,
                tx_responses: 0,
                tx_failures: 0,
                rx_packets: 0,
                rx_dropped: 0,
                rx_foreign: 0,
                rx_too_long: 0,
                rx_no_key: 0,
                rx_unauthentic: 0,
                rx_replayed: 0,
            },
        }
    }

    /// `esp_now_init`. The PMK is all zero until it is set; Espressif does not publish its default.
    pub fn init(&mut self) {
        self.initialised = true;
    }

    /// `esp_now_deinit`: peers, keys and unread messages are gone.
    pub fn deinit(&mut self) {
        self.initialised = false;
        self.pmk = Key::new([0; 16]);
        self.peers.clear();
        self.queue.clear();
    }

    /// The address of the station interface.
    #[must_use]
    pub const fn address(&self) -> MacAddress {
        self.config.address
    }

    /// What the endpoint is.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The interface's channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The interface moved to another channel.
    pub fn set_channel(&mut self, channel: Channel) {
        self.channel = channel;
    }

    /// An interface was started or stopped. Sending through an inactive one fails with [`Error::If`].
    pub fn set_active(&mut self, interface: Interface, active: bool) {
        match interface {
            Interface::Station => self.station_active = active,
            Interface::AccessPoint => self.access_point_active = active,
        }
    }

    /// `esp_now_set_pmk`. It holds for all frames from now on.
    ///
    /// # Errors
    /// [`Error::NotInit`].
    pub fn set_pmk(&mut self, pmk: Key) -> Result<(), Error> {
        self.check_initialised()?;
        self.pmk = pmk;
        Ok(())
    }

    /// `esp_now_add_peer`.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::Exist`]; [`Error::Full`] with 20 peers or too many encrypted ones; [`Error::Arg`] for a
    /// group address with a key.
    pub fn add_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.check_initialised()?;
        Self::check_peer(&peer)?;
        if self.entry(peer.address).is_some() {
            return Err(Error::Exist);
        }
        if peer.is_encrypted() && self.peer_count().encrypted >= self.config.max_encrypted_peers {
            return Err(Error::Full);
        }
        self.peers.push(Entry::new(peer)).map_err(|_| Error::Full)
    }

    /// `esp_now_mod_peer`. A new key starts new packet numbers, the same key goes on with the old ones.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::NotFound`]; [`Error::Full`] with too many encrypted peers; [`Error::Arg`] for a group
    /// address with a key.
    pub fn modify_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.check_initialised()?;
        Self::check_peer(&peer)?;
        let encrypted = self.peer_count().encrypted;
        let limit = self.config.max_encrypted_peers;
        let entry = self.entry_mut(peer.address).ok_or(Error::NotFound)?;
        if peer.is_encrypted() && !entry.peer.is_encrypted() && encrypted >= limit {
            return Err(Error::Full);
        }
        if entry.peer.lmk == peer.lmk {
            entry.peer = peer;
        } else {
            *entry = Entry::new(peer);
        }
        Ok(())
    }

    /// `esp_now_del_peer`.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::NotFound`].
    pub fn remove_peer(&mut self, address: MacAddress) -> Result<(), Error> {
        self.check_initialised()?;
        let index = self
            .peers
            .iter()
            .position(|entry| entry.peer.address == address)
            .ok_or(Error::NotFound)?;
        self.peers.remove(index);
        Ok(())
    }

    /// `esp_now_get_peer`.
    #[must_use]
    pub fn peer(&self, address: MacAddress) -> Option<&Peer> {
        self.entry(address).map(|entry| &entry.peer)
    }

    /// All peers in the order in which they were added.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().map(|entry| &entry.peer)
    }

    /// `esp_now_get_peer_num`.
    #[must_use]
    pub fn peer_count(&self) -> PeerCount {
        PeerCount {
            total: self.peers.len(),
            encrypted: self.peers().filter(|peer| peer.is_encrypted()).count(),
        }
    }

    /// `esp_now_send`: writes the MPDU for `data` into `buffer` and leaves the rest to the MAC, which fills in sequence
    /// number, duration and retry bit and adds the FCS. `random` are the frame's four octets against relaying.
    ///
    /// The frame is of this device's version. A v1 device takes a v2 frame of up to 250 octets of payload all the same.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::Arg`] for data that is empty or longer than [`Config::version`] allows, and for a buffer
    /// too short for the frame; [`Error::NotFound`] if `destination` is no peer; [`Error::If`] if its interface is not
    /// active; [`Error::Chan`] if its channel is not the current one; [`Error::NoMem`] while [`Config::transmit_queue`]
    /// frames wait; [`Error::Internal`] when a key is used up.
    pub fn send(
        &mut self,
        destination: MacAddress,
        data: &[u8],
        random: [u8; 4],
        buffer: &mut [u8],
    ) -> Result<Outgoing, Error> {
        self.check_initialised()?;
        if data.is_empty() {
            return Err(Error::Arg);
        }
        let payload = Payload::new(self.config.version, data).map_err(|_| Error::Arg)?;
        let (source, channel, default_rate) = (self.config.address, self.channel, self.config.rate);
        let (station_active, access_point_active) = (self.station_active, self.access_point_active);
        let queue_full = self.in_flight >= self.config.transmit_queue;
        let pmk = self.pmk.clone();
        let entry = self.entry_mut(destination).ok_or(Error::NotFound)?;
        let source = match entry.peer.interface {
            Interface::Station if station_active => source,
            Interface::AccessPoint if access_point_active => access_point_address(source),
            Interface::Station | Interface::AccessPoint => return Err(Error::If),
        };
        if entry.peer.channel.is_some_and(|wanted| wanted != channel) {
            return Err(Error::Chan);
        }
        if queue_full {
            return Err(Error::NoMem);
        }
        let frame = ActionFrame {
            header: Header::new(destination, source),
            random,
            payload,
        };
        let length = match &entry.peer.lmk {
            None => frame.emit(buffer).map_err(|_| Error::Arg)?,
            Some(lmk) => {
                let number = entry.next_packet.ok_or(Error::Internal)?;
                let key = TemporalKey::derive(&pmk, lmk);
                let length = frame.emit_sealed(&key, number, buffer).map_err(|_| Error::Arg)?;
                entry.next_packet = number.next();
                length
            }
        };
        let rate = entry.peer.rate.unwrap_or(default_rate);
        self.in_flight += 1;
        self.statistics.tx_packets += 1;
        Ok(Outgoing { length, rate })
    }

    /// The MAC is done with a frame of [`Endpoint::send`]: the send callback.
    pub fn handle_sent(&mut self, acknowledged: bool) -> Delivery {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.statistics.tx_responses += 1;
        if acknowledged {
            Delivery::Acknowledged
        } else {
            self.statistics.tx_failures += 1;
            Delivery::Unacknowledged
        }
    }

    /// The MAC took this frame in: acknowledged if it was unicast, repetitions removed.
    ///
    /// # Errors
    /// Why the application will not see it. Everything but [`Rejection::NotInit`] is counted.
    pub fn handle_frame(&mut self, mpdu: &Mpdu<'_>, rssi_dbm: i8, now: Instant) -> Result<Accepted, Rejection> {
        let result = match mpdu {
            _ if !self.initialised => Err(Rejection::NotInit),
            Mpdu::Ack(_) => Err(Rejection::Foreign),
            Mpdu::Plain(packet) => self.handle_plain(packet, rssi_dbm, now),
            Mpdu::Sealed(sealed) => self.handle_sealed(sealed, rssi_dbm, now),
        };
        if let Err(rejection) = result {
            self.statistics.count(rejection);
        }
        result
    }

    fn handle_plain(&mut self, packet: &Packet<'_>, rssi_dbm: i8, now: Instant) -> Result<Accepted, Rejection> {
        self.check_destination(packet.header().destination)?;
        let keyed = self.peer(packet.header().source).is_some_and(Peer::is_encrypted);
        // Chips deliver it all the same (espressif/esp-idf#8577), so this does too, and says so.
        let unprotected = keyed && !packet.header().destination.is_group();
        self.deliver(packet, rssi_dbm, now)
            .map(|length| Accepted { length, unprotected })
    }

    fn handle_sealed(&mut self, sealed: &Sealed<'_>, rssi_dbm: i8, now: Instant) -> Result<Accepted, Rejection> {
        self.check_destination(sealed.header().destination)?;
        let number = sealed.packet_number();
        let pmk = self.pmk.clone();
        let entry = self.entry_mut(sealed.header().source).ok_or(Rejection::NoKey)?;
        let lmk = entry.peer.lmk.as_ref().ok_or(Rejection::NoKey)?;
        if entry.last_packet.is_some_and(|last| number <= last) {
            return Err(Rejection::Replayed);
        }
        let key = TemporalKey::derive(&pmk, lmk);
        let mut opened = [0; ActionFrame::MAX_LEN];
        let packet = sealed.open(&key, &mut opened).map_err(Rejection::Unauthentic)?;
        // Only an authentic frame may move the window, or a forger could shut the peer out.
        entry.last_packet = Some(number);
        self.deliver(&packet, rssi_dbm, now).map(|length| Accepted {
            length,
            unprotected: false,
        })
    }

    fn deliver(&mut self, packet: &Packet<'_>, rssi_dbm: i8, now: Instant) -> Result<usize, Rejection> {
        let mut length = packet.payload_len();
        if length > self.config.version.max_payload() {
            match self.config.long_frames {
                LongFrames::Drop => return Err(Rejection::TooLong),
                LongFrames::Truncate => length = packet.first_element().len(),
            }
        }
        let header = packet.header();
        let message = Received {
            source: header.source,
            destination: header.destination,
            length,
            rssi_dbm,
            at: now,
        };
        self.queue
            .push(message, packet.segments())
            .map_err(|_| Rejection::QueueFull)?;
        self.statistics.rx_packets += 1;
        Ok(length)
    }

    /// Takes the oldest unread message; as much of its payload as fits is copied into `buffer`.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        self.queue.pop(buffer)
    }

    /// How many messages wait.
    #[must_use]
    pub const fn unread(&self) -> usize {
        self.queue.len()
    }

    /// The counters.
    #[must_use]
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    const fn check_initialised(&self) -> Result<(), Error> {
        if self.initialised { Ok(()) } else { Err(Error::NotInit) }
    }

    fn check_peer(peer: &Peer) -> Result<(), Error> {
        if peer.address.is_group() && peer.is_encrypted() {
            Err(Error::Arg)
        } else {
            Ok(())
        }
    }

    fn check_destination(&self, destination: MacAddress) -> Result<(), Rejection> {
        let own = (self.station_active && destination == self.config.address)
            || (self.access_point_active && destination == access_point_address(self.config.address));
        if own || destination.is_group() {
            Ok(())
        } else {
            Err(Rejection::Foreign)
        }
    }

    fn entry(&self, address: MacAddress) -> Option<&Entry> {
        self.peers.iter().find(|entry| entry.peer.address == address)
    }

    fn entry_mut(&mut self, address: MacAddress) -> Option<&mut Entry> {
        self.peers.iter_mut().find(|entry| entry.peer.address == address)
    }
}

/// The access point's address is the station's plus one (ESP-IDF, "MAC Address Allocation").
fn access_point_address(station: MacAddress) -> MacAddress {
    let mut octets = station.octets();
    octets[5] = octets[5].wrapping_add(1);
    MacAddress(octets)
}
