//! The driver's part of ESP-NOW, without a driver.

use super::peers::{Entry, Peers};
use super::queue::ReceiveQueue;
use super::{
    Accepted, Config, Delivery, Error, Interface, Key, LongFrames, Outgoing, Peer, PeerCount, Received, Rejection,
    Statistics, Unencrypted,
};
use crate::frame::{ActionFrame, Header, Mpdu, Packet, PacketNumber, Payload, Sealed};
use crate::time::Instant;
use crate::{Channel, MacAddress, Rate};

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
    peers: Peers,
    /// For the next encrypted frame, whoever it is to; `None` when all 2⁴⁸ are used up. One count for all keys and for
    /// as long as the device runs: no number can come twice under one key, not even if two peers share it or it is
    /// taken away and given again. It is not kept across a reset, as the chips' is not, so that after one numbers come again.
    next_packet: Option<PacketNumber>,
    queue: ReceiveQueue,
    in_flight: usize,
    statistics: Statistics,
}

impl Endpoint {
    /// A device with its station interface active, on channel 1, ESP-NOW not initialised yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            initialised: false,
            channel: Channel::DEFAULT,
            station_active: true,
            access_point_active: false,
            pmk: Key::new([0; 16]),
            peers: Peers::new(config.max_encrypted_peers),
            next_packet: Some(PacketNumber::FIRST),
            queue: ReceiveQueue::new(config.receive_buffer),
            in_flight: 0,
            statistics: Statistics::default(),
        }
    }

    /// `esp_now_init`. The PMK is all zero until it is set; Espressif does not publish its default.
    pub fn init(&mut self) {
        self.initialised = true;
    }

    /// `esp_now_deinit`: peers, keys and unread messages are gone. Frames that the MAC has already are still sent, stay
    /// in flight until [`Endpoint::handle_sent`], and the counters go on.
    pub fn deinit(&mut self) {
        self.initialised = false;
        self.pmk = Key::new([0; 16]);
        self.peers.clear();
        self.queue.clear();
    }

    /// Whether ESP-NOW is initialised.
    #[must_use]
    pub const fn is_initialised(&self) -> bool {
        self.initialised
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

    /// An interface was started or stopped. Sending through an inactive one fails with [`Error::If`], and nothing is
    /// received through it.
    pub fn set_active(&mut self, interface: Interface, active: bool) {
        match interface {
            Interface::Station => self.station_active = active,
            Interface::AccessPoint => self.access_point_active = active,
        }
    }

    /// Whether an interface is active.
    #[must_use]
    pub const fn is_active(&self, interface: Interface) -> bool {
        match interface {
            Interface::Station => self.station_active,
            Interface::AccessPoint => self.access_point_active,
        }
    }

    /// Gives the receive queue another size, in octets. What waited in it is gone.
    pub fn set_receive_buffer(&mut self, octets: usize) {
        self.config.receive_buffer = octets;
        self.queue = ReceiveQueue::new(octets);
    }

    /// `esp_wifi_config_espnow_rate`: the interface's data rate from now on.
    pub fn set_rate(&mut self, rate: Rate) {
        self.config.rate = rate;
    }

    /// The primary master key.
    #[must_use]
    pub const fn pmk(&self) -> &Key {
        &self.pmk
    }

    /// `esp_now_set_pmk`. It holds for all frames from now on. Another PMK makes another key for every peer, so what
    /// was accepted under the old one is forgotten.
    ///
    /// # Errors
    /// [`Error::NotInit`].
    pub fn set_pmk(&mut self, pmk: Key) -> Result<(), Error> {
        self.check_initialised()?;
        if self.pmk != pmk {
            self.peers.rekey(&pmk);
            self.pmk = pmk;
        }
        Ok(())
    }

    /// `esp_now_add_peer`.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::Exist`]; [`Error::Full`] with 20 peers or [`Config::max_encrypted_peers`] encrypted
    /// ones; [`Error::Arg`] for a group address with a key.
    pub fn add_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.check_initialised()?;
        self.peers.add(peer, &self.pmk)
    }

    /// `esp_now_mod_peer`. With another key, packet numbers are accepted from the start again; with the same one, the
    /// last one accepted stays in force.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::NotFound`]; [`Error::Full`] with [`Config::max_encrypted_peers`] encrypted ones
    /// already; [`Error::Arg`] for a group address with a key.
    pub fn modify_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.check_initialised()?;
        self.peers.modify(peer, &self.pmk)
    }

    /// `esp_now_del_peer`. Its keys are wiped, and with them goes the last packet number accepted: a peer that was
    /// reset and counts from 1 again is heard after it is removed and added, and so is a replay of its old frames.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::NotFound`].
    pub fn remove_peer(&mut self, address: MacAddress) -> Result<(), Error> {
        self.check_initialised()?;
        self.peers.remove(address)
    }

    /// `esp_now_get_peer`.
    #[must_use]
    pub fn peer(&self, address: MacAddress) -> Option<&Peer> {
        self.peers.get(address).map(Entry::peer)
    }

    /// All peers in the order in which they were added.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter()
    }

    /// `esp_now_get_peer_num`.
    #[must_use]
    pub fn peer_count(&self) -> PeerCount {
        self.peers.count()
    }

    /// `esp_now_send`: writes the MPDU for `data` into `buffer` and leaves the rest to the MAC, which fills in sequence
    /// number, duration and retry bit and adds the FCS. `random` are the frame's four octets against relaying.
    ///
    /// The frame is of this device's version. A v1 device takes a v2 frame of up to 250 octets of payload all the same.
    ///
    /// # Errors
    /// [`Error::NotInit`]; [`Error::Arg`] for data that is empty or longer than [`Config::version`] allows, and for a
    /// buffer too short for the frame; [`Error::NotFound`] if `destination` is no peer; [`Error::If`] if its interface
    /// is not active; [`Error::Chan`] if its channel is not the current one; [`Error::NoMem`] while
    /// [`Config::transmit_queue`] frames wait; [`Error::Internal`] when all 2⁴⁸ packet numbers are used up.
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
        let entry = self.peers.get(destination).ok_or(Error::NotFound)?;
        let peer = entry.peer();
        let source = self.interface_address(peer.interface).ok_or(Error::If)?;
        if peer.channel.is_some_and(|wanted| wanted != self.channel) {
            return Err(Error::Chan);
        }
        if self.in_flight >= self.config.transmit_queue {
            return Err(Error::NoMem);
        }
        let frame = ActionFrame {
            header: Header::new(destination, source),
            random,
            payload,
        };
        let rate = peer.rate.unwrap_or(self.config.rate);
        let (length, packet_number) = match entry.key() {
            None => (frame.emit(buffer).map_err(|_| Error::Arg)?, None),
            Some(key) => {
                let number = self.next_packet.ok_or(Error::Internal)?;
                let length = frame.emit_sealed(key, number, buffer).map_err(|_| Error::Arg)?;
                self.next_packet = number.next();
                (length, Some(number))
            }
        };
        self.in_flight += 1;
        self.statistics.tx_packets += 1;
        Ok(Outgoing {
            length,
            rate,
            packet_number,
        })
    }

    /// The MAC is done with a frame of [`Endpoint::send`]: the send callback. To be called once for each frame, also
    /// after [`Endpoint::deinit`]; a call without a frame in flight is not counted.
    pub fn handle_sent(&mut self, acknowledged: bool) -> Delivery {
        if let Some(others) = self.in_flight.checked_sub(1) {
            self.in_flight = others;
            self.statistics.tx_responses += 1;
            self.statistics.tx_failures += u64::from(!acknowledged);
        }
        if acknowledged {
            Delivery::Acknowledged
        } else {
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
        let header = packet.header();
        self.check_addresses(header)?;
        let keyed = self.peer(header.source).is_some_and(Peer::is_encrypted);
        let unprotected = keyed && !header.destination.is_group();
        if unprotected && self.config.unencrypted == Unencrypted::Drop {
            return Err(Rejection::Unencrypted);
        }
        let length = self.deliver(packet, rssi_dbm, now)?;
        Ok(Accepted { length, unprotected })
    }

    /// What [`Endpoint::handle_frame`] does with a plain frame to a group whose payload fits a v1 frame, for whoever hands one
    /// such frame to many endpoints and has parsed it before.
    ///
    /// # Errors
    /// [`Rejection::NotInit`], [`Rejection::Foreign`] or [`Rejection::QueueFull`], as there.
    pub fn handle_group_message(
        &mut self,
        header: &Header,
        payload: &[u8],
        rssi_dbm: i8,
        now: Instant,
    ) -> Result<Accepted, Rejection> {
        debug_assert!(header.destination.is_group() && payload.len() <= super::Version::V1.max_payload());
        let result = if self.initialised {
            self.check_addresses(header)
                .and_then(|()| self.accept(header, payload.len(), core::iter::once(payload), rssi_dbm, now))
        } else {
            Err(Rejection::NotInit)
        };
        if let Err(rejection) = result {
            self.statistics.count(rejection);
        }
        result.map(|()| Accepted {
            length: payload.len(),
            unprotected: false,
        })
    }

    /// What [`Endpoint::handle_group_message`] and then [`Endpoint::receive`] do while nothing else waits: the message goes
    /// straight to `buffer`. `None` if it is refused, which the statistics tell.
    pub fn receive_group_message(
        &mut self,
        header: &Header,
        payload: &[u8],
        rssi_dbm: i8,
        now: Instant,
        buffer: &mut [u8],
    ) -> Option<Received> {
        if self.queue.len() > 0 || !self.initialised || self.check_addresses(header).is_err() {
            self.handle_group_message(header, payload, rssi_dbm, now).ok()?;
            return self.receive(buffer);
        }
        let copied = payload.len().min(buffer.len());
        buffer[..copied].copy_from_slice(&payload[..copied]);
        self.statistics.rx_packets += 1;
        Some(Received {
            source: header.source,
            destination: header.destination,
            length: payload.len(),
            rssi_dbm,
            at: now,
        })
    }

    fn handle_sealed(&mut self, sealed: &Sealed<'_>, rssi_dbm: i8, now: Instant) -> Result<Accepted, Rejection> {
        let header = sealed.header();
        self.check_addresses(header)?;
        let entry = self.peers.get_mut(header.source).ok_or(Rejection::NoKey)?;
        let mut scratch = [0; ActionFrame::MAX_LEN];
        let packet = entry.open(sealed, self.config.replays, &mut scratch)?;
        let length = self.deliver(&packet, rssi_dbm, now)?;
        let unprotected = false;
        Ok(Accepted { length, unprotected })
    }

    fn deliver(&mut self, packet: &Packet<'_>, rssi_dbm: i8, now: Instant) -> Result<usize, Rejection> {
        let whole = packet.payload_len();
        let length = if whole <= self.config.version.max_payload() {
            whole
        } else {
            match self.config.long_frames {
                LongFrames::Drop => return Err(Rejection::TooLong),
                LongFrames::Truncate => packet.first_element().len(),
            }
        };
        self.accept(packet.header(), length, packet.segments(), rssi_dbm, now)?;
        self.statistics.rx_truncated += u64::from(length < whole);
        Ok(length)
    }

    /// Puts a message into the queue.
    fn accept<'a>(
        &mut self,
        header: &Header,
        length: usize,
        segments: impl Iterator<Item = &'a [u8]>,
        rssi_dbm: i8,
        now: Instant,
    ) -> Result<(), Rejection> {
        let message = Received {
            source: header.source,
            destination: header.destination,
            length,
            rssi_dbm,
            at: now,
        };
        self.queue.push(message, segments).map_err(|_| Rejection::QueueFull)?;
        self.statistics.rx_packets += 1;
        Ok(())
    }

    /// Takes the oldest unread message; as much of its payload as fits is copied into `buffer`.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        self.queue.pop(buffer)
    }

    /// Octets that are free in the receive queue; a message takes [`queue_octets`](super::queue_octets). None are while nothing
    /// is taken in.
    #[must_use]
    pub const fn receive_room(&self) -> usize {
        if self.initialised && (self.station_active || self.access_point_active) {
            self.queue.room()
        } else {
            0
        }
    }

    /// How many frames the MAC has that it is not done with.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.in_flight
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

    /// The active interface that has this address: the MAC acknowledges frames to it, and to no other.
    #[must_use]
    pub fn interface_at(&self, address: MacAddress) -> Option<Interface> {
        Interface::ALL
            .into_iter()
            .find(|&interface| self.interface_address(interface) == Some(address))
    }

    /// The address of an interface, if it is active.
    fn interface_address(&self, interface: Interface) -> Option<MacAddress> {
        self.is_active(interface)
            .then(|| interface.address(self.config.address))
    }

    fn check_addresses(&self, header: &Header) -> Result<(), Rejection> {
        let taken = if header.destination.is_group() {
            self.station_active || self.access_point_active
        } else {
            self.interface_at(header.destination).is_some()
        };
        // No board sends from a group address.
        if taken && !header.source.is_group() {
            Ok(())
        } else {
            Err(Rejection::Foreign)
        }
    }
}
