//! The component's `espnow_send` and its receive callback, as a machine.

mod receive;

use rand_core::Rng;

use crate::espnow::{self, Delivery};
use crate::message::group::Memberships;
use crate::message::recent::Recent;
use crate::message::slot::{Country, Course, Next, Stage};
use crate::message::wire::{HEADER_LEN, Message};
use crate::message::{AppKey, FrameHead, Kind, Kinds, MessageStatistics, SEAL_LEN, SendChannel};
use crate::service::{Outcome, Send, SendError};
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

/// How many acks may wait for the radio. More than that are asked for again by the repetitions that follow.
const ACKS: usize = 8;

/// As many as a receiver remembers.
const RECENT_MAGICS: usize = 32;

/// What is fixed about a [`Messenger`] (`espnow_config_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessengerConfig {
    /// This board.
    pub address: MacAddress,
    /// Where the board listens.
    pub channel: Channel,
    /// Where it may send.
    pub country: Country,
    /// Whether it passes messages on (`forward_enable`).
    pub forward: bool,
    /// Whether it passes messages that were sent on all channels on on all channels (`forward_switch_channel`).
    pub forward_on_all_channels: bool,
    /// How long after the last transmission an ack message may still come, and how long a message is passed on
    /// (`send_max_timeout`).
    pub patience: Duration,
}

impl MessengerConfig {
    /// The component's defaults (`ESPNOW_INIT_CONFIG_DEFAULT`), on channel 1.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            channel: Channel::DEFAULT,
            country: Country::WORLD,
            forward: true,
            forward_on_all_channels: false,
            patience: Duration::from_secs(3),
        }
    }
}

/// A raw frame for the radio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// To whom; it must be a peer.
    pub destination: MacAddress,
    /// Where.
    pub channel: Channel,
    /// The raw payload.
    pub octets: &'a [u8],
}

/// Whose message a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// This board's, under the number that it was submitted with.
    Own(u32),
    /// Passed on.
    Forwarded,
}

#[derive(Debug)]
struct Slot<const LENGTH: usize> {
    owner: Owner,
    magic: u16,
    octets: heapless::Vec<u8, LENGTH>,
    course: Course,
    /// Slots are served in the order of their filling.
    order: u32,
}

/// What the radio has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnAir {
    Nothing,
    Ack,
    Slot(usize),
}

/// Messages out and in. `SLOTS` may be on their way at once, each of at most `LENGTH` octets with its header.
///
/// ```
/// use protocol::MacAddress;
/// use protocol::espnow::Delivery;
/// use protocol::message::{FrameHead, Kind, Messenger, MessengerConfig};
/// use protocol::service::{Outcome, Send};
/// use protocol::time::Instant;
/// # struct Three;
/// # impl rand_core::TryRng for Three {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(3) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(3) }
/// #     fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> { octets.fill(3); Ok(()) }
/// # }
/// # let mut random = Three;
/// let mut messenger = Messenger::<4, 250>::new(MessengerConfig::new(MacAddress([2, 0, 0, 0, 0, 1])));
/// let hello = Send {
///     tag: 7,
///     kind: Kind::Data,
///     head: FrameHead { retransmit_count: 2, ..FrameHead::BROADCAST },
///     destination: MacAddress::BROADCAST,
///     payload: b"hello",
/// };
/// messenger.submit(7, hello, &mut random)?;
/// let mut frames = 0;
/// while let Some(transmit) = messenger.poll_transmit(Instant::START) {
///     assert_eq!(transmit.octets.len(), 25);
///     messenger.handle_sent(Instant::START, Ok(Delivery::Acknowledged));
///     frames += 1;
/// }
/// assert_eq!(frames, 2);
/// assert_eq!(messenger.poll_outcome(), Some((7, Outcome::Sent)));
/// # Ok::<(), protocol::service::SendError>(())
/// ```
#[derive(Debug)]
pub struct Messenger<const SLOTS: usize, const LENGTH: usize> {
    config: MessengerConfig,
    wanted: Kinds,
    key: Option<AppKey>,
    groups: Memberships,
    recent: Recent,
    sent_magics: heapless::HistoryBuf<u16, RECENT_MAGICS>,
    slots: [Option<Slot<LENGTH>>; SLOTS],
    next_order: u32,
    acks: heapless::Deque<Ack, ACKS>,
    ack_octets: [u8; HEADER_LEN],
    on_air: OnAir,
    outcomes: heapless::Deque<(u32, Outcome), SLOTS>,
    statistics: MessageStatistics,
}

/// An ack message that is owed.
#[derive(Clone, Copy, Debug)]
struct Ack {
    head: FrameHead,
    destination: MacAddress,
}

impl<const SLOTS: usize, const LENGTH: usize> Messenger<SLOTS, LENGTH> {
    /// Octets of the longest payload.
    pub const MAX_PAYLOAD: usize = LENGTH - HEADER_LEN;

    /// A messenger with nothing on its way.
    #[must_use]
    pub const fn new(config: MessengerConfig) -> Self {
        Self {
            config,
            wanted: Kinds::NONE,
            key: None,
            groups: Memberships::new(),
            recent: Recent::new(),
            sent_magics: heapless::HistoryBuf::new(),
            slots: [const { None }; SLOTS],
            next_order: 0,
            acks: heapless::Deque::new(),
            ack_octets: [0; HEADER_LEN],
            on_air: OnAir::Nothing,
            outcomes: heapless::Deque::new(),
            statistics: MessageStatistics::new(),
        }
    }

    /// Says which kinds are delivered; acks and groups are the messenger's own.
    pub const fn set_wanted(&mut self, kinds: Kinds) {
        self.wanted = kinds;
    }

    /// Sets the key that secured messages are sealed and opened under, or forgets it.
    pub fn set_key(&mut self, key: Option<AppKey>) {
        self.key = key;
    }

    /// Where the board listens when nothing is on its way.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.config.channel
    }

    /// Lets the board listen elsewhere from now on.
    pub const fn set_channel(&mut self, channel: Channel) {
        self.config.channel = channel;
    }

    /// Joins a group. Returns whether there was room: a board is in eight groups at most.
    pub fn join(&mut self, group: MacAddress) -> bool {
        self.groups.join(group)
    }

    /// Leaves a group.
    pub fn leave(&mut self, group: MacAddress) {
        self.groups.leave(group);
    }

    /// What was sent, delivered, passed on and dropped.
    #[must_use]
    pub const fn statistics(&self) -> &MessageStatistics {
        &self.statistics
    }

    /// Whether [`Messenger::submit`] has room.
    #[must_use]
    pub fn has_room(&self) -> bool {
        // An outcome must have its place when it comes.
        let own = self
            .slots
            .iter()
            .flatten()
            .filter(|slot| slot.owner != Owner::Forwarded)
            .count();
        self.slots.iter().any(Option::is_none) && self.outcomes.len() + own < SLOTS
    }

    /// Takes a message; its outcome comes from [`Messenger::poll_outcome`] under `number`.
    ///
    /// # Errors
    /// [`SendError::TooLong`], [`SendError::Channel`], [`SendError::NoRoom`], [`SendError::NoKey`].
    pub fn submit(&mut self, number: u32, send: Send<'_>, random: &mut dyn Rng) -> Result<(), SendError> {
        let Send {
            kind,
            mut head,
            destination,
            payload,
            ..
        } = send;
        // Asked to secure what the component never does, it sends it plain, as the component.
        head.security &= kind.can_be_secured();
        let seal_len = if head.security { SEAL_LEN } else { 0 };
        if payload.len() + seal_len > Self::MAX_PAYLOAD {
            return Err(SendError::TooLong);
        }
        if head.security && self.key.is_none() {
            return Err(SendError::NoKey);
        }
        if !self.has_room() {
            return Err(SendError::NoRoom);
        }
        match head.channel {
            SendChannel::Current => head.channel = SendChannel::On(self.config.channel),
            SendChannel::On(channel) if !self.config.country.allows(channel) => return Err(SendError::Channel),
            SendChannel::On(_) | SendChannel::All => {}
        }
        if head.magic == 0 {
            head.magic = self.fresh_magic(random);
        }
        self.sent_magics.write(head.magic);
        head.broadcast |= destination == MacAddress::BROADCAST;
        head.retransmit_count = head.retransmit_count.max(1);
        let mut course = Course::new(&head, destination, self.config.patience);
        // Its own channel is where it listens, even if that changes meanwhile.
        if send.head.channel == SendChannel::Current {
            course.stay_at_home();
        }
        let message = Message {
            kind,
            head,
            destination,
            source: self.config.address,
            payload,
        };
        if let Some(slot) = self.fill(Owner::Own(number), &message, course)
            && head.security
        {
            self.seal(slot, random);
        }
        Ok(())
    }

    /// Seals the payload of the message in that slot, which has room for it.
    fn seal(&mut self, slot: usize, random: &mut dyn Rng) {
        let (Some(key), Some(slot)) = (&self.key, &mut self.slots[slot]) else {
            return;
        };
        let octets = &mut slot.octets;
        let plain = octets.len() - HEADER_LEN;
        if octets.resize(HEADER_LEN + plain + SEAL_LEN, 0).is_ok() {
            key.seal(random, &mut octets[HEADER_LEN..], plain);
            Message::set_length_octet(octets);
        }
    }

    /// A magic that none of this board's last messages had. The component's is just random, and of 32 messages to a board one in 2000
    /// is taken for a repetition.
    fn fresh_magic(&self, random: &mut dyn Rng) -> u16 {
        let start = random.next_u32() as u16;
        // One of 33 is none of the last 32; 0 would mean that a random one is wanted.
        (0..=RECENT_MAGICS as u16 + 1)
            .map(|step| start.wrapping_add(step))
            .find(|magic| *magic != 0 && !self.sent_magics.as_slice().contains(magic))
            .unwrap_or(1)
    }

    /// Puts a message into a free slot and says into which.
    fn fill(&mut self, owner: Owner, message: &Message<'_>, course: Course) -> Option<usize> {
        let index = self.slots.iter().position(Option::is_none)?;
        let mut octets = heapless::Vec::new();
        octets.resize(message.buffer_len(), 0).ok()?;
        message.emit(&mut octets)?;
        self.slots[index] = Some(Slot {
            owner,
            magic: message.head.magic,
            octets,
            course,
            order: self.next_order,
        });
        self.next_order = self.next_order.wrapping_add(1);
        Some(index)
    }

    /// Whether [`Messenger::poll_transmit`] has a frame.
    pub fn wants_to_transmit(&mut self, now: Instant) -> bool {
        self.handle_deadlines(now);
        self.on_air == OnAir::Nothing && (!self.acks.is_empty() || self.next_slot().is_some())
    }

    /// The next frame for the radio; [`Messenger::handle_sent`] has to follow before the next one. `None` if there is none now.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit<'_>> {
        if self.on_air != OnAir::Nothing {
            return None;
        }
        self.handle_deadlines(now);
        if let Some(ack) = self.acks.pop_front() {
            return Some(self.transmit_ack(ack));
        }
        let index = self.next_slot()?;
        self.on_air = OnAir::Slot(index);
        let (home, country) = (self.config.channel, self.config.country);
        let slot = self.slots[index].as_mut()?;
        slot.course.stage = Stage::OnAir;
        self.statistics.transmissions += 1;
        Some(Transmit {
            destination: slot.course.raw_destination,
            channel: slot.course.channel(home, country),
            octets: &slot.octets,
        })
    }

    fn transmit_ack(&mut self, ack: Ack) -> Transmit<'_> {
        let Ack { head, destination } = ack;
        let message = Message {
            kind: Kind::Ack,
            head,
            destination,
            source: self.config.address,
            payload: &[],
        };
        message.emit(&mut self.ack_octets);
        self.on_air = OnAir::Ack;
        self.statistics.acks_sent += 1;
        Transmit {
            destination: MacAddress::BROADCAST,
            // Where it was heard, which is where the board is.
            channel: self.current_channel(),
            octets: &self.ack_octets,
        }
    }

    /// Where a message holds the radio, or home.
    #[must_use]
    pub fn current_channel(&self) -> Channel {
        let (home, country) = (self.config.channel, self.config.country);
        self.slots
            .iter()
            .flatten()
            .find(|slot| slot.course.holds_channel())
            .map_or(home, |slot| slot.course.channel(home, country))
    }

    /// The slot whose turn it is: one that is in the middle of its transmissions, else what is to be passed on, else the oldest.
    fn next_slot(&self) -> Option<usize> {
        if self.slots.iter().flatten().any(|slot| slot.course.holds_channel()) {
            return None;
        }
        (0..SLOTS)
            .filter_map(|index| self.slots[index].as_ref().map(|slot| (index, slot)))
            .filter(|(_, slot)| slot.course.stage == Stage::Ready)
            .min_by_key(|(_, slot)| {
                let age = self.next_order.wrapping_sub(slot.order);
                (!slot.course.has_begun(), slot.owner != Owner::Forwarded, u32::MAX - age)
            })
            .map(|(index, _)| index)
    }

    /// The radio is done with the frame, or refused it.
    pub fn handle_sent(&mut self, now: Instant, result: Result<Delivery, espnow::Error>) {
        let OnAir::Slot(index) = core::mem::replace(&mut self.on_air, OnAir::Nothing) else {
            return;
        };
        let Some(slot) = &mut self.slots[index] else {
            return;
        };
        match result {
            Ok(delivery) => {
                let next = slot.course.handle_sent(now, delivery, self.config.country);
                self.go_on(index, next);
            }
            Err(error) => self.finish(index, Outcome::Refused(SendError::Radio(error))),
        }
    }

    fn handle_deadlines(&mut self, now: Instant) {
        for index in 0..SLOTS {
            if let Some(slot) = &mut self.slots[index] {
                let next = slot.course.handle_deadline(now, self.config.country);
                self.go_on(index, next);
            }
        }
    }

    fn go_on(&mut self, index: usize, next: Next) {
        let Next::Done { acknowledged } = next else { return };
        self.finish(
            index,
            if acknowledged {
                Outcome::Sent
            } else {
                Outcome::Unacknowledged
            },
        );
    }

    fn finish(&mut self, index: usize, outcome: Outcome) {
        if let Some(Slot {
            owner: Owner::Own(number),
            ..
        }) = self.slots[index].take()
        {
            // `has_room` has kept a place.
            let _ = self.outcomes.push_back((number, outcome));
        }
    }

    /// How a message went, under the number that it was submitted with.
    pub fn poll_outcome(&mut self) -> Option<(u32, Outcome)> {
        self.outcomes.pop_front()
    }

    /// When time alone changes something.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.slots
            .iter()
            .flatten()
            .filter_map(|slot| slot.course.deadline())
            .min()
    }
}
