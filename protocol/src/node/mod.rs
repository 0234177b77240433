//! The one loop between services, messages and a board.
//!
//! ```text
//!    services ◄── messages, outcomes ──┐                 ┌──► radio     frames, channel, peers
//!        │                             │    Node::work   ├──► storage   values
//!        └── what each wants ──► Switchboard ◄──────────►├──► firmware  images, restart
//!                                      │    Node::wait   └──  clock     the next deadline
//!                                 Messenger
//! ```
//!
//! An application makes its services and a [`Node`], and goes round:
//!
//! ```
//! use protocol::board::Board;
//! use protocol::message::MessengerConfig;
//! use protocol::node::Node;
//! use protocol::service::Service;
//!
//! async fn application<B: Board>(board: &mut B, service: &mut impl Service) {
//!     let mut parts = board.parts();
//!     let mut node = Node::<8, 250>::of(&mut parts);
//!     loop {
//!         node.turn(&mut parts, &mut [service], None).await;
//!         // Here: what the service tells, and what it is told to do.
//!     }
//! }
//! ```

mod peers;
mod switchboard;

pub use switchboard::{Step, Switchboard};

use embassy_futures::select::{Either, select};

use crate::MacAddress;
use crate::board::{Board, Button as _, Clock, Firmware, LONGEST_VALUE, Parts, Radio, Storage, StorageError};
use crate::message::{MessageStatistics, MessengerConfig};
use crate::service::{ImageDone, ImageTask, Input, Service};
use crate::time::Instant;
use peers::NodePeers;

/// Carries out for a board what its services want. `SLOTS` messages may be on their way at once, each of at most `LENGTH` octets
/// (250 for ESP-NOW v1, 1470 for v2).
#[derive(Debug)]
pub struct Node<const SLOTS: usize, const LENGTH: usize> {
    switchboard: Switchboard<SLOTS, LENGTH>,
    peers: NodePeers,
    /// Until when [`Node::work`] found nothing to do.
    deadline: Option<Instant>,
}

impl<const SLOTS: usize, const LENGTH: usize> Node<SLOTS, LENGTH> {
    /// A node with the component's settings on the channel that the board is on.
    pub fn of<B: Board + ?Sized>(parts: &mut Parts<'_, B>) -> Self {
        Self::new(MessengerConfig {
            channel: parts.radio.channel(),
            ..MessengerConfig::new(parts.radio.address())
        })
    }

    /// A node with these settings.
    #[must_use]
    pub const fn new(config: MessengerConfig) -> Self {
        Self {
            switchboard: Switchboard::new(config),
            peers: NodePeers::new(),
            deadline: None,
        }
    }

    /// What was sent, delivered, passed on and dropped.
    #[must_use]
    pub const fn statistics(&self) -> &MessageStatistics {
        self.switchboard.messenger().statistics()
    }

    /// The peers that it has added, the one used longest ago first.
    #[must_use]
    pub fn peers(&self) -> &[MacAddress] {
        self.peers.added()
    }

    /// The messages' and services' side: groups, settings.
    pub const fn switchboard(&mut self) -> &mut Switchboard<SLOTS, LENGTH> {
        &mut self.switchboard
    }

    /// Does what the services want, until they want to wait. Must be awaited to its end: dropped on the way, a frame's outcome
    /// is lost. Messages that come meanwhile are taken between two frames. Returns whether a service was told something.
    pub async fn work<B: Board + ?Sized>(
        &mut self,
        parts: &mut Parts<'_, B>,
        services: &mut [&mut dyn Service],
    ) -> bool {
        self.run(parts, services, false).await
    }

    /// [`Node::work`]; with `heed`, no further than until a message has come.
    async fn run<B: Board + ?Sized>(
        &mut self,
        parts: &mut Parts<'_, B>,
        services: &mut [&mut dyn Service],
        heed: bool,
    ) -> bool {
        let mut told = false;
        loop {
            let now = parts.clock.now();
            match self.switchboard.step(now, services, &mut *parts.random) {
                Step::Again => {}
                Step::Told => told = true,
                Step::Wait(deadline) => {
                    self.deadline = deadline;
                    break;
                }
                Step::Transmit(transmit) => {
                    let result = self.peers.send(parts.radio, transmit).await;
                    self.switchboard.handle_sent(parts.clock.now(), result);
                    // Before the answer to what was sent.
                    told |= self.switchboard.tell_outcomes(parts.clock.now(), services);
                    if self.take_in(parts, services) {
                        told = true;
                        if heed {
                            return true;
                        }
                    }
                }
                Step::Tune(channel) => self.switchboard.set_channel(channel),
                Step::Load { service, key } => {
                    let mut buffer = [0; LONGEST_VALUE];
                    let value = match parts.storage.load(key, &mut buffer).await {
                        Ok(None) => Ok(None),
                        // A length beyond the buffer is no absence either.
                        Ok(Some(needed)) => buffer.get(..needed).map(Some).ok_or(StorageError::Buffer { needed }),
                        Err(error) => Err(error),
                    };
                    let input = Input::Loaded { key, value };
                    told |= tell(services, service, parts.clock.now(), input);
                }
                Step::Store { service, key, value } => {
                    let result = parts.storage.store(key, value).await;
                    told |= tell(services, service, parts.clock.now(), Input::Stored { key, result });
                }
                Step::Remove { service, key } => {
                    let result = parts.storage.remove(key).await;
                    told |= tell(services, service, parts.clock.now(), Input::Stored { key, result });
                }
                Step::Image { service, task } => {
                    let mut buffer = [0; LONGEST_VALUE];
                    let result = carry_out(parts.firmware, task, &mut buffer).await;
                    told |= tell(services, service, parts.clock.now(), Input::Image(result));
                }
                Step::Restart => match parts.firmware.restart().await {},
            }
        }
        // A message on another channel may have left the interface there.
        let channel = self.switchboard.messenger().current_channel();
        if parts.radio.channel() != channel {
            // A radio that can't go there stays; every send tries again.
            let _ = parts.radio.set_channel(channel);
        }
        told
    }

    /// Takes a message that came while a frame was sent: an answer may change what is to be sent next. No more than one, as services
    /// have little room, and the radio's queue has much. Returns whether there was one.
    fn take_in<B: Board + ?Sized>(&mut self, parts: &mut Parts<'_, B>, services: &mut [&mut dyn Service]) -> bool {
        if services.iter().any(|service| service.is_busy()) {
            return false;
        }
        let mut octets = [0; LENGTH];
        let Some(received) = parts.radio.try_receive(&mut octets) else {
            return false;
        };
        let length = received.length.min(LENGTH);
        let channel = parts.radio.channel();
        self.switchboard
            .handle_received(parts.clock.now(), &received, channel, &mut octets[..length], services);
        true
    }

    /// What most applications do between looking at their services' events: [`Node::work`]; if no service was told anything, so that
    /// none can have an event, [`Node::wait`] until `deadline` at most, and work again. A message that comes while a service has much to
    /// send ends the turn early: a service keeps few events, and what it sends next may depend on what the application makes of them.
    pub async fn turn<B: Board + ?Sized>(
        &mut self,
        parts: &mut Parts<'_, B>,
        services: &mut [&mut dyn Service],
        deadline: Option<Instant>,
    ) {
        if !self.run(parts, services, true).await {
            self.wait(parts, services, deadline).await;
            self.run(parts, services, true).await;
        }
    }

    /// Waits for a message, or until a service has something to do, but no longer than until `deadline`, and tells the services. May
    /// be dropped, so that an application can wait for something else at the same time. Whatever a service was told since
    /// [`Node::work`] is not heeded before the next.
    pub async fn wait<B: Board + ?Sized>(
        &mut self,
        parts: &mut Parts<'_, B>,
        services: &mut [&mut dyn Service],
        deadline: Option<Instant>,
    ) {
        self.listen(parts.radio, parts.clock, services, deadline).await;
    }

    /// As [`Node::wait`], but no longer than until the button is pressed. Returns whether it was.
    pub async fn wait_for_press<B: Board + ?Sized>(
        &mut self,
        parts: &mut Parts<'_, B>,
        services: &mut [&mut dyn Service],
        deadline: Option<Instant>,
    ) -> bool {
        let listening = self.listen(parts.radio, parts.clock, services, deadline);
        matches!(select(parts.button.pressed(), listening).await, Either::First(()))
    }

    async fn listen<R: Radio, C: Clock>(
        &mut self,
        radio: &mut R,
        clock: &mut C,
        services: &mut [&mut dyn Service],
        deadline: Option<Instant>,
    ) {
        let mut octets = [0; LENGTH];
        let deadline = self.deadline.into_iter().chain(deadline).min();
        let deadline = deadline.unwrap_or(Instant::from_micros(u64::MAX));
        let received = match select(radio.receive(&mut octets), clock.sleep_until(deadline)).await {
            Either::First(received) => received,
            Either::Second(()) => return,
        };
        let length = received.length.min(LENGTH);
        let channel = radio.channel();
        self.switchboard
            .handle_received(clock.now(), &received, channel, &mut octets[..length], services);
    }
}

fn tell(services: &mut [&mut dyn Service], service: usize, now: Instant, input: Input<'_>) -> bool {
    let Some(service) = services.get_mut(service) else {
        return false;
    };
    service.handle(now, input);
    true
}

async fn carry_out<'b, F: Firmware>(
    firmware: &mut F,
    task: ImageTask<'_>,
    buffer: &'b mut [u8],
) -> Result<ImageDone<'b>, crate::board::FirmwareError> {
    use crate::board::FirmwareError;

    match task {
        ImageTask::Length { slot } => return Ok(ImageDone::Length(firmware.length(slot).await)),
        ImageTask::Read { slot, offset, length } => {
            let part = buffer.get_mut(..usize::from(length)).ok_or(FirmwareError::Range)?;
            firmware.read(slot, offset, part).await?;
            return Ok(ImageDone::Read(part));
        }
        ImageTask::Erase { offset, length } => firmware.erase(offset, length).await?,
        ImageTask::Write { offset, data } => firmware.write(offset, data).await?,
        ImageTask::Switch => firmware.switch().await?,
        ImageTask::Confirm => firmware.confirm().await?,
        ImageTask::RollBack => firmware.roll_back().await?,
    }
    Ok(ImageDone::Done)
}
