//! Messages that can't be repeated, changed or redirected, around any service.
//!
//! ```text
//!      the service                        Guarded                                    message layer
//!   Send { kind, … } ─────► number (in the flash ahead), seal ─────► Send { kind: security data, … }
//!   Message { kind, … } ◄── open, window (in the flash ahead) ◄───── Message { kind: security data, … }
//!   everything else ◄──────────────────────────────────────────────► as it is
//! ```
//!
//! The wrapped service notices nothing but that its messages are [secured](crate::service::Incoming::secured), that
//! plain ones never reach it, and that sending without a key is refused. The component's security data type, 13, is
//! used by nothing in it: its boards drop these messages.

mod counter;
mod envelope;
mod event;
mod keep;
mod window;

pub use counter::RESERVED;
pub use envelope::TagLength;
pub use event::GuardEvent;
pub use window::{AHEAD, WINDOW};

use rand_core::Rng;

use crate::MacAddress;
use crate::message::{AppKey, FrameHead, Kind, Kinds, Message};
use crate::service::security::KeptError;
use crate::service::{Incoming, Input, Outcome, Output, Send, SendError, Service};
use crate::time::{Duration, Instant};
use counter::{COUNTER_LEN, Counter};
use envelope::{ENVELOPE_LEN, Envelope, Lasting, MasterKey};
use keep::{FlashUse, Forgets, KeptWindows};
use window::{Verdict, Windows};

/// A sender that was quiet for so long sends no burst: the flash goes ahead no further than it came, so that a reset loses nothing.
pub const QUIET: Duration = Duration::from_secs(1);

const EVENTS: usize = 4;

/// The shortest wait: a service that was refused is told in the next turn.
const AT_ONCE: Duration = Duration::from_micros(1);

/// A guard's fixed properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardConfig {
    /// This board.
    pub address: MacAddress,
    /// How long the tags are; all boards that share a key have the same.
    pub tag: TagLength,
    /// Under which name the counter is kept. Several guards on a board have each their own names, and guard each their own kinds.
    pub counter_name: &'static str,
    /// Under which name the windows are kept.
    pub windows_name: &'static str,
}

impl GuardConfig {
    /// The only guard on a board: tags of 8 octets.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            tag: TagLength::Eight,
            counter_name: "guard.counter",
            windows_name: "guard.windows",
        }
    }
}

/// What a guard has let through, and what not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuardStatistics {
    /// Messages sealed.
    pub sealed: u32,
    /// Messages opened and handed to the service.
    pub opened: u32,
    /// Messages that were not sealed under this key, or were changed since.
    pub forged: u32,
    /// Messages that were taken before, or may have been.
    pub repeated: u32,
    /// Messages for which there was no key, or no way yet to know whether they had been taken before.
    pub not_ready: u32,
    /// Authentic messages of senders for which there is no room.
    pub no_room: u32,
    /// Authentic messages that came while another waited for the flash.
    pub missed: u32,
    /// Values in the flash that were damaged.
    pub damaged: u32,
    /// Messages that came while what was taken before was not known, because the flash does not give it or it was changed.
    pub shut: u32,
    /// Times that the flash refused.
    pub flash_refused: u32,
}

/// `S`, guarded: its messages go out as [`Kind::SecurityData`] and come in as nothing else. `SENDERS` senders are known at 52 octets each,
/// a message has at most `LENGTH` octets.
///
/// If what it keeps can't be read or was changed, it is shut: it takes nothing, counts what it did not take, and tells of it
/// ([`Guarded::poll_guard_event`]). Its owner opens it with [`Guarded::forget_all`].
///
/// The first message of a sender, and the first after it was quiet for [`QUIET`], waits until its number is in the flash, some
/// milliseconds. In a burst the flash is [`AHEAD`] messages ahead. A reset in the middle of one costs at most that many; a reset otherwise costs nothing.
#[derive(Debug)]
pub struct Guarded<S, const SENDERS: usize, const LENGTH: usize> {
    service: S,
    config: GuardConfig,
    key: Option<MasterKey>,
    counter: Option<Counter>,
    windows: Windows<SENDERS>,
    /// What the windows were under this key.
    windows_kept: KeptWindows,
    /// Why the counter is not known, if the flash does not give it.
    counter_error: Option<KeptError>,
    /// How often the flash has refused to give the windows, and the counter.
    windows_refused: u8,
    counter_refused: u8,
    /// The owner wants what is kept forgotten.
    forgets: Forgets,
    events: heapless::Deque<GuardEvent, EVENTS>,
    flash: FlashUse,
    /// A message that waits until the flash has its number; its text stands in `plain`.
    held: Option<Held>,
    /// In a burst: the sender and number that the flash should go beyond.
    go_ahead: Option<(MacAddress, u32, u32)>,
    taken_at: Option<Instant>,
    /// Before then the flash is not asked again.
    flash_at: Option<Instant>,
    /// What could not be sent, and why.
    refused: Option<(u16, SendError)>,
    counter_value: [u8; COUNTER_LEN],
    /// What the flash has of the counter, until there is a random number for a new epoch.
    counter_loaded: Option<Option<[u8; COUNTER_LEN]>>,
    plain: [u8; LENGTH],
    sealed: [u8; LENGTH],
    statistics: GuardStatistics,
}

/// A message without its payload.
#[derive(Clone, Copy, Debug)]
struct Held {
    kind: Kind,
    lasting: Lasting,
    epoch: u32,
    counter: u32,
    length: usize,
    transmitter: MacAddress,
    rssi_dbm: i8,
    channel: crate::Channel,
    at: Instant,
    ahead: u32,
}

impl<S: Service, const SENDERS: usize, const LENGTH: usize> Guarded<S, SENDERS, LENGTH> {
    /// A guard around `service`, without a key.
    #[must_use]
    pub const fn new(service: S, config: GuardConfig) -> Self {
        Self {
            service,
            config,
            key: None,
            counter: None,
            windows: Windows::new(),
            windows_kept: KeptWindows::Unread,
            counter_error: None,
            windows_refused: 0,
            counter_refused: 0,
            forgets: Forgets::Nothing,
            events: heapless::Deque::new(),
            flash: FlashUse::None,
            held: None,
            go_ahead: None,
            taken_at: None,
            flash_at: None,
            refused: None,
            counter_value: [0; COUNTER_LEN],
            counter_loaded: None,
            plain: [0; LENGTH],
            sealed: [0; LENGTH],
            statistics: GuardStatistics {
                sealed: 0,
                opened: 0,
                forged: 0,
                repeated: 0,
                not_ready: 0,
                no_room: 0,
                missed: 0,
                damaged: 0,
                shut: 0,
                flash_refused: 0,
            },
        }
    }

    /// Sets the key, or takes it away. It is to be one given in [`Mode::Strong`](super::Mode::Strong). A key that was replaced by another is not to be used again:
    /// which of its messages were taken is forgotten.
    pub fn set_key(&mut self, key: Option<&AppKey>) {
        self.key = key.map(MasterKey::derive);
        self.windows.clear();
        self.windows_kept = KeptWindows::Unread;
        self.windows_refused = 0;
        self.held = None;
        self.go_ahead = None;
    }

    /// Whether there is a key.
    #[must_use]
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The service.
    pub const fn get(&self) -> &S {
        &self.service
    }

    /// The service, for commands and events.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.service
    }

    /// Forgets a sender, which makes room for another. Messages of it that were taken before can be repeated from then on: only
    /// for boards that are gone, with their key.
    pub fn forget(&mut self, sender: MacAddress) {
        self.windows.forget(sender);
    }

    /// Forgets what is kept in the flash, whatever it is: the way back of a guard that is shut. It takes nothing until
    /// that is done, and then every message that its senders have ever sealed under this key can be repeated once. So its owner gives
    /// the boards a new key first, or knows that nobody has recorded anything.
    pub fn forget_all(&mut self) {
        self.windows.clear();
        self.windows_kept = KeptWindows::Unread;
        self.held = None;
        self.go_ahead = None;
        self.flash_at = None;
        self.windows_refused = 0;
        self.forgets = Forgets::Windows;
    }

    /// Why nothing is taken, if what was taken before is not known.
    #[must_use]
    pub const fn is_shut(&self) -> Option<KeptError> {
        match self.windows_kept {
            KeptWindows::Lost(error) => Some(error),
            KeptWindows::Unread | KeptWindows::Read => None,
        }
    }

    /// Why nothing is sent, if which numbers were used before is not known.
    #[must_use]
    pub const fn is_mute(&self) -> Option<KeptError> {
        self.counter_error
    }

    /// What has happened to the guard itself.
    pub fn poll_guard_event(&mut self) -> Option<GuardEvent> {
        self.events.pop_front()
    }

    /// When nobody asks for events, the latest are lost; the statistics have all.
    fn tell(&mut self, event: GuardEvent) {
        let _ = self.events.push_back(event);
    }

    /// What was let through, and what not.
    #[must_use]
    pub const fn statistics(&self) -> &GuardStatistics {
        &self.statistics
    }

    fn handle_guarded(&mut self, now: Instant, incoming: &Incoming<'_>) {
        let Message {
            head,
            destination,
            source,
            payload,
            ..
        } = incoming.message;
        let Some((envelope, sealed)) = Envelope::parse(payload) else {
            self.statistics.forged += 1;
            return;
        };
        if !self.service.kinds().contains(envelope.kind) {
            // Another guard's.
            return;
        }
        let Envelope {
            epoch,
            counter,
            kind,
            tag,
        } = envelope;
        if let KeptWindows::Lost(_) = self.windows_kept {
            self.statistics.shut += 1;
            return;
        }
        let Some(key) = self.key.as_ref().filter(|_| self.windows_kept == KeptWindows::Read) else {
            self.statistics.not_ready += 1;
            return;
        };
        if tag != self.config.tag || head.security {
            self.statistics.forged += 1;
            return;
        }
        let verdict = self.windows.judge(source, epoch, counter);
        if verdict == Verdict::Old {
            self.statistics.repeated += 1;
            return;
        }
        if self.held.is_some() && !self.windows.is_allowed(source, epoch, counter) {
            self.statistics.missed += 1;
            return;
        }
        // The held message's text stays where it is.
        let mut second = [0; LENGTH];
        let place = if self.held.is_some() {
            &mut second
        } else {
            &mut self.plain
        };
        let Some(text) = place.get_mut(..sealed.len()) else {
            self.statistics.forged += 1;
            return;
        };
        text.copy_from_slice(sealed);
        let lasting = Lasting {
            head,
            destination,
            source,
        };
        let Some(length) = key.open(&lasting, &envelope, text) else {
            self.statistics.forged += 1;
            return;
        };
        if verdict == Verdict::NoRoom {
            self.statistics.no_room += 1;
            return;
        }
        let in_burst = self.taken_at.is_some_and(|taken_at| now < taken_at + QUIET);
        let held = Held {
            kind,
            lasting,
            epoch,
            counter,
            length,
            transmitter: incoming.transmitter,
            rssi_dbm: incoming.rssi_dbm,
            channel: incoming.channel,
            at: incoming.at,
            ahead: if in_burst { AHEAD } else { 0 },
        };
        if self.windows.is_allowed(source, epoch, counter) {
            let wants_more = self.windows.take(source, epoch, counter);
            if wants_more && in_burst {
                self.go_ahead = Some((source, epoch, counter));
            }
            self.taken_at = Some(now);
            self.statistics.opened += 1;
            let text = if self.held.is_some() { &second } else { &self.plain };
            self.service.handle(now, held.input(&text[..length]));
        } else {
            self.held = Some(held);
        }
    }
}

impl Held {
    const fn input<'a>(&self, payload: &'a [u8]) -> Input<'a> {
        Input::Message(Incoming {
            message: Message {
                kind: self.kind,
                head: self.lasting.head,
                destination: self.lasting.destination,
                source: self.lasting.source,
                payload,
            },
            secured: true,
            transmitter: self.transmitter,
            rssi_dbm: self.rssi_dbm,
            channel: self.channel,
            at: self.at,
        })
    }
}

/// What the message layer would fill in, filled in before it is authenticated.
fn final_head(head: FrameHead, destination: MacAddress, random: &mut dyn Rng) -> FrameHead {
    FrameHead {
        magic: match head.magic {
            0 => (random.next_u32() as u16).max(1),
            magic => magic,
        },
        broadcast: head.broadcast || destination == MacAddress::BROADCAST,
        retransmit_count: head.retransmit_count.max(1),
        // This is about the component's way.
        security: false,
        ..head
    }
}

impl<S: Service, const SENDERS: usize, const LENGTH: usize> Service for Guarded<S, SENDERS, LENGTH> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::SecurityData])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        let config = self.config;
        match input {
            Input::Message(incoming) => {
                if incoming.message.kind == Kind::SecurityData {
                    self.handle_guarded(now, &incoming);
                }
            }
            Input::Loaded { key, value } if key == config.counter_name => self.handle_counter(now, value),
            Input::Loaded { key, value } if key == config.windows_name => self.handle_windows(now, value),
            Input::Stored { key, result } if key == config.counter_name || key == config.windows_name => {
                self.handle_flash(now, result);
            }
            other => self.service.handle(now, other),
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if let Some(value) = self.counter_loaded.take() {
            let mut counter = Counter::default();
            if !counter.start(value.as_ref().map(<[u8; COUNTER_LEN]>::as_slice), random) {
                self.statistics.damaged += 1;
                self.tell(GuardEvent::NewEpoch);
            }
            self.counter = Some(counter);
        }
        if let Some((tag, error)) = self.refused.take() {
            let outcome = Outcome::Refused(error);
            self.service.handle(now, Input::Sent { tag, outcome });
        }
        let flash_use = self.next_flash_use(now);
        if flash_use != FlashUse::None {
            self.flash = flash_use;
        }
        match flash_use {
            FlashUse::None => {}
            FlashUse::LoadCounter => {
                let key = self.config.counter_name;
                return Output::Load { key };
            }
            FlashUse::LoadWindows => {
                let key = self.config.windows_name;
                return Output::Load { key };
            }
            FlashUse::RemoveCounter => {
                let key = self.config.counter_name;
                return Output::Remove { key };
            }
            FlashUse::RemoveWindows => {
                let key = self.config.windows_name;
                return Output::Remove { key };
            }
            FlashUse::StoreCounter => {
                return Output::Store {
                    key: self.config.counter_name,
                    value: &self.counter_value,
                };
            }
            FlashUse::StoreWindows => {
                let fingerprint = self.key.as_ref().map_or([0; 8], MasterKey::fingerprint);
                return Output::Store {
                    key: self.config.windows_name,
                    value: self.windows.emit(fingerprint),
                };
            }
        }
        let deadline = self.deadline();
        if self.is_getting_ready() {
            return Output::Wait(deadline);
        }
        match self.service.poll(now, random) {
            // Groups are the message layer's: nobody could open that.
            Output::Send(send) if send.kind == Kind::Group => Output::Send(send),
            Output::Send(send) => {
                let tag = self.config.tag;
                let fits = send.payload.len() + tag.overhead() <= LENGTH;
                let number = self.counter.as_mut().filter(|_| fits).and_then(Counter::take);
                let (Some(key), Some((epoch, counter))) = (&self.key, number) else {
                    let error = match (fits, self.counter_error) {
                        (false, _) => SendError::TooLong,
                        (true, Some(_)) => SendError::Mute,
                        (true, None) => SendError::NoKey,
                    };
                    self.refused = Some((send.tag, error));
                    return Output::Wait(Some(now + AT_ONCE));
                };
                let head = final_head(send.head, send.destination, random);
                let envelope = Envelope {
                    kind: send.kind,
                    tag,
                    epoch,
                    counter,
                };
                let lasting = Lasting {
                    head,
                    destination: send.destination,
                    source: self.config.address,
                };
                self.statistics.sealed += 1;
                Output::Send(Send {
                    kind: Kind::SecurityData,
                    head,
                    payload: seal(key, &lasting, &envelope, send.payload, &mut self.sealed),
                    ..send
                })
            }
            Output::Wait(service_deadline) => Output::Wait(service_deadline.into_iter().chain(deadline).min()),
            other => other,
        }
    }
}

/// Writes the whole envelope to the beginning of `buffer`, which has room for it.
fn seal<'a>(key: &MasterKey, lasting: &Lasting, envelope: &Envelope, payload: &[u8], buffer: &'a mut [u8]) -> &'a [u8] {
    let length = payload.len() + envelope.tag.overhead();
    let (out, _) = buffer.split_at_mut(length);
    let (first, rest) = out.split_at_mut(ENVELOPE_LEN);
    first.copy_from_slice(&envelope.to_octets());
    let (text, tag) = rest.split_at_mut(payload.len());
    text.copy_from_slice(payload);
    key.seal(lasting, envelope, text, tag);
    out
}
