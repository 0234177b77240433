//! A light.

use core::fmt;

use rand_core::Rng;

use super::bindings::KEY;
use super::{Attribute, Binding, Bindings, Command, MAX_TEXT, Value};
use crate::MacAddress;
use crate::board::StorageError;
use crate::message::{FrameHead, Kind, Kinds, SendChannel};
use crate::service::{Incoming, Input, Output, Send, Service};
use crate::time::{Duration, Instant};

/// Commands that wait for the application; more push the oldest out.
const EVENTS: usize = 8;

/// Acks that wait for the radio.
const ACKS: usize = 4;

/// What is fixed about a [`Responder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponderConfig {
    /// Whether its switches search the channel: their payloads have a second head, and want an ack.
    pub search: bool,
    /// How often an ack goes out, 1 to 31. The component's lights say it once.
    pub ack_repetitions: u8,
    /// An ack waits for a random part of this, so that lights that hear a switch at the same moment do not answer at the same moment,
    /// and nobody hears any. A switch waits for 40 ms.
    pub ack_spread: Duration,
    /// Whether commands and binds that are not sealed under the application's key are ignored. The component's lights obey
    /// plain ones too, whatever the switch does.
    pub secured: bool,
}

impl ResponderConfig {
    /// As the component is built unless told otherwise: no search.
    pub const DEFAULT: Self = Self {
        search: false,
        ack_repetitions: 1,
        ack_spread: Duration::from_millis(20),
        secured: false,
    };
}

impl Default for ResponderConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// When a light may be bound, and by whom (`espnow_ctrl_responder_bind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindWindow {
    /// For how long.
    pub duration: Duration,
    /// How strong a switch has to be, in dBm.
    pub min_rssi_dbm: i8,
    /// Whether the application decides: [`ResponderEvent::Asked`].
    pub ask: bool,
}

impl BindWindow {
    /// The component's examples have −55 dBm: a switch held near.
    #[must_use]
    pub const fn new(duration: Duration) -> Self {
        Self {
            duration,
            min_rssi_dbm: -55,
            ask: false,
        }
    }
}

/// Why a light was not bound (`espnow_ctrl_bind_error_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BindError {
    /// Its window is not open.
    Timeout = 1,
    /// The switch is too far away.
    Rssi = 2,
    /// It has [`super::MAX_BINDINGS`].
    ListFull = 3,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the bind window is not open",
            Self::Rssi => "the switch is too far away",
            Self::ListFull => "the bind list is full",
        })
    }
}

impl core::error::Error for BindError {}

/// What a [`Responder`] tells its application.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResponderEvent<'a> {
    /// A bound key says something.
    Command {
        /// Whose key.
        from: MacAddress,
        /// What it says.
        command: Command<'a>,
        /// How strong it was heard, in dBm.
        rssi_dbm: i8,
    },
    /// A key is bound from now on.
    Bound(Binding),
    /// A key is bound no longer.
    Unbound(Binding),
    /// A switch wants to be bound: [`Responder::accept`] binds it.
    Asked {
        /// Its key.
        binding: Binding,
        /// How strong it was heard, in dBm.
        rssi_dbm: i8,
    },
    /// A switch was not bound.
    BindError {
        /// Its key.
        binding: Binding,
        /// Why.
        error: BindError,
    },
    /// Nobody can be bound any longer.
    WindowClosed,
    /// The list that was kept was changed; it begins empty, so that the light obeys nobody.
    Damaged,
    /// The list that is kept can't be read; it begins empty, so that the light obeys nobody.
    NotRead(StorageError),
    /// The list can't be kept. It lasts until the next reset.
    NotKept(StorageError),
}

/// An event without its text.
#[derive(Clone, Copy, Debug)]
enum Told {
    Command {
        from: MacAddress,
        initiator: Attribute,
        responder: Attribute,
        number: i32,
        has_text: bool,
        rssi_dbm: i8,
    },
    Other(ResponderEvent<'static>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// The list was not asked for yet.
    Unknown,
    /// It was asked for. Nothing is bound and nobody can be.
    Loading,
    /// It is as in memory, or being written.
    Current,
    /// Memory is ahead.
    Behind,
}

/// An ack that is owed: its head, and when it is due, once that is drawn.
#[derive(Clone, Copy, Debug)]
struct Ack {
    head: FrameHead,
    due: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct OpenWindow {
    until: Instant,
    min_rssi_dbm: i8,
    ask: bool,
}

/// A light.
///
/// ```
/// use core::time::Duration;
///
/// use protocol::service::control::{BindWindow, Responder, ResponderConfig};
/// use protocol::time::Instant;
///
/// let mut light = Responder::new(ResponderConfig::DEFAULT);
/// light.open_window(Instant::START, BindWindow::new(Duration::from_secs(30)));
/// assert!(light.bindings().is_empty());
/// ```
#[derive(Debug)]
pub struct Responder {
    config: ResponderConfig,
    bindings: Bindings,
    kept: Kept,
    writing: bool,
    window: Option<OpenWindow>,
    acks: heapless::Deque<Ack, ACKS>,
    ack_payload: [u8; 6],
    tag: u16,
    events: heapless::Deque<Told, EVENTS>,
    /// The text of the one command with a text that waits.
    text: heapless::Vec<u8, MAX_TEXT>,
    text_waits: bool,
    missed: u32,
}

impl Responder {
    /// A light that has not read its list yet.
    #[must_use]
    pub fn new(config: ResponderConfig) -> Self {
        Self {
            config,
            bindings: Bindings::new(),
            kept: Kept::Unknown,
            writing: false,
            window: None,
            acks: heapless::Deque::new(),
            ack_payload: [0; 6],
            tag: 0,
            events: heapless::Deque::new(),
            text: heapless::Vec::new(),
            text_waits: false,
            missed: 0,
        }
    }

    /// Lets switches bind this light from now on; replaces a window that is open.
    pub fn open_window(&mut self, now: Instant, window: BindWindow) {
        self.window = Some(OpenWindow {
            until: now + window.duration,
            min_rssi_dbm: window.min_rssi_dbm,
            ask: window.ask,
        });
    }

    /// Closes the window before its time.
    pub const fn close_window(&mut self) {
        self.window = None;
    }

    /// Whether a switch can bind this light now.
    #[must_use]
    pub fn is_window_open(&self, now: Instant) -> bool {
        self.window.is_some_and(|window| now <= window.until)
    }

    /// Who commands this light.
    #[must_use]
    pub const fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Whether the list has been read from the flash, which is done once, at the start.
    #[must_use]
    pub const fn is_loaded(&self) -> bool {
        matches!(self.kept, Kept::Current | Kept::Behind)
    }

    /// Commands that the application did not take in time.
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.missed
    }

    /// Binds a switch that asked ([`ResponderEvent::Asked`]), while the window is open.
    ///
    /// # Errors
    /// [`BindError::Timeout`], [`BindError::ListFull`].
    pub fn accept(&mut self, now: Instant, binding: Binding) -> Result<(), BindError> {
        if !self.is_window_open(now) {
            return Err(BindError::Timeout);
        }
        self.insert(binding)
    }

    /// Binds a key without its asking (`espnow_ctrl_responder_set_bindlist`).
    ///
    /// # Errors
    /// [`BindError::ListFull`]; [`BindError::Timeout`] before the list is read.
    pub fn insert(&mut self, binding: Binding) -> Result<(), BindError> {
        if !self.is_loaded() {
            return Err(BindError::Timeout);
        }
        if self.bindings.contains(binding) {
            return Ok(());
        }
        if !self.bindings.insert(binding) {
            return Err(BindError::ListFull);
        }
        self.kept = Kept::Behind;
        self.tell(Told::Other(ResponderEvent::Bound(binding)));
        Ok(())
    }

    /// Takes a key off the list. Returns whether it was there.
    pub fn remove(&mut self, binding: Binding) -> bool {
        let removed = self.bindings.remove(binding);
        if removed {
            self.kept = Kept::Behind;
            self.tell(Told::Other(ResponderEvent::Unbound(binding)));
        }
        removed
    }

    /// Takes all keys off the list, as a reset to how the light was delivered does.
    pub fn clear(&mut self) {
        while let Some(binding) = self.bindings.first() {
            self.remove(binding);
        }
    }

    /// What there is to tell, the oldest first.
    pub fn poll_event(&mut self) -> Option<ResponderEvent<'_>> {
        Some(match self.events.pop_front()? {
            Told::Other(event) => event,
            Told::Command {
                from,
                initiator,
                responder,
                number,
                has_text,
                rssi_dbm,
            } => {
                let mut value = Value::from(number);
                if has_text {
                    self.text_waits = false;
                    value = value.with_text(&self.text);
                }
                ResponderEvent::Command {
                    from,
                    command: Command {
                        initiator,
                        responder,
                        value,
                    },
                    rssi_dbm,
                }
            }
        })
    }

    fn tell(&mut self, event: Told) {
        if self.events.is_full()
            && let Some(Told::Command { has_text, .. }) = self.events.pop_front()
        {
            self.missed += 1;
            self.text_waits &= !has_text;
        }
        // There is room now.
        let _ = self.events.push_back(event);
    }

    fn message(&mut self, incoming: &Incoming<'_>) {
        let message = &incoming.message;
        let parsed = if self.config.search {
            Command::parse_with_head(message.payload).map(|(head, command)| (Some(head), command))
        } else {
            Command::parse(message.payload).map(|command| (None, command))
        };
        // What is no command is somebody else's, or built otherwise.
        let Ok((second, command)) = parsed else { return };
        if let Some(head) = second
            && head.ack
        {
            self.owe_ack(head);
        }
        let binding = Binding {
            address: message.source,
            attribute: command.initiator,
        };
        match message.kind {
            Kind::ControlBind if command.value.as_bool() => self.bind(incoming.at, incoming.rssi_dbm, binding),
            Kind::ControlBind => {
                self.remove(binding);
            }
            _ if self.bindings.contains(binding) => self.take(incoming, &command),
            _ => {}
        }
    }

    /// The component's checks, in its order; only that a key which is bound already needs no room.
    fn bind(&mut self, now: Instant, rssi_dbm: i8, binding: Binding) {
        if binding.address.is_group() {
            return;
        }
        let error = match self.window {
            Some(window) if now <= window.until => {
                if rssi_dbm < window.min_rssi_dbm {
                    BindError::Rssi
                } else if window.ask && !self.bindings.contains(binding) && !self.bindings.is_full() {
                    return self.tell(Told::Other(ResponderEvent::Asked { binding, rssi_dbm }));
                } else {
                    match self.insert(binding) {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                }
            }
            _ => BindError::Timeout,
        };
        self.tell(Told::Other(ResponderEvent::BindError { binding, error }));
    }

    fn take(&mut self, incoming: &Incoming<'_>, command: &Command<'_>) {
        let text = command.value.text_octets();
        if let Some(text) = text {
            if self.text_waits {
                self.missed += 1;
                return;
            }
            self.text.clear();
            // A text is never longer.
            let _ = self.text.extend_from_slice(text);
        }
        self.tell(Told::Command {
            from: incoming.message.source,
            initiator: command.initiator,
            responder: command.responder,
            number: command.value.as_i32(),
            has_text: text.is_some(),
            rssi_dbm: incoming.rssi_dbm,
        });
        self.text_waits |= text.is_some();
    }

    fn owe_ack(&mut self, head: FrameHead) {
        let head = FrameHead {
            retransmit_count: self.config.ack_repetitions,
            // An ack is never sealed.
            security: false,
            channel: match head.channel {
                SendChannel::All => SendChannel::Current,
                channel => channel,
            },
            ..head
        };
        // One that does not fit is asked for again.
        let _ = self.acks.push_back(Ack { head, due: None });
    }

    fn take_due_ack(&mut self, now: Instant) -> Option<Ack> {
        let is_due = self.acks.front()?.due.is_some_and(|due| due <= now);
        if is_due { self.acks.pop_front() } else { None }
    }

    /// Without its list the light obeys nobody, until somebody is bound anew in a window that its owner opens.
    fn loaded(&mut self, value: Result<Option<&[u8]>, StorageError>) {
        self.kept = Kept::Current;
        match value.map(|value| value.map(Bindings::parse)) {
            Ok(None) => {}
            Ok(Some(Some(bindings))) => self.bindings = bindings,
            Ok(Some(None)) => self.tell(Told::Other(ResponderEvent::Damaged)),
            Err(error) => self.tell(Told::Other(ResponderEvent::NotRead(error))),
        }
    }
}

impl Service for Responder {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::ControlBind, Kind::ControlData])
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            // Nobody is bound before the list is read.
            Input::Message(incoming)
                if self.is_loaded()
                    && self.kinds().contains(incoming.message.kind)
                    && (incoming.secured || !self.config.secured) =>
            {
                self.message(&incoming);
            }
            Input::Loaded { key: KEY, value } if self.kept == Kept::Loading => self.loaded(value),
            Input::Stored { key: KEY, result } => {
                self.writing = false;
                if let Err(error) = result {
                    self.tell(Told::Other(ResponderEvent::NotKept(error)));
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if self.kept == Kept::Unknown {
            self.kept = Kept::Loading;
            return Output::Load { key: KEY };
        }
        let spread = u64::try_from(self.config.ack_spread.as_micros()).unwrap_or(u64::MAX);
        for ack in &mut self.acks {
            let mut drawn = || Duration::from_micros(random.next_u64() % spread.max(1));
            ack.due.get_or_insert_with(|| now + drawn());
        }
        if let Some(ack) = self.take_due_ack(now) {
            self.tag = self.tag.wrapping_add(1);
            self.ack_payload = ack.head.to_octets();
            return Output::Send(Send {
                tag: self.tag,
                kind: Kind::Ack,
                head: ack.head,
                destination: MacAddress::BROADCAST,
                payload: &self.ack_payload,
            });
        }
        if self.kept == Kept::Behind && !self.writing {
            self.kept = Kept::Current;
            self.writing = true;
            return Output::Store {
                key: KEY,
                value: self.bindings.as_octets(),
            };
        }
        if self.window.is_some_and(|window| now > window.until) {
            self.window = None;
            self.tell(Told::Other(ResponderEvent::WindowClosed));
        }
        let window = self.window.map(|window| window.until + Duration::from_micros(1));
        let ack = self.acks.front().and_then(|ack| ack.due);
        Output::Wait(window.into_iter().chain(ack).min())
    }
}
