//! A switch.

use core::fmt;

use rand_core::Rng;

use super::Attribute;
use super::command::{Command, MAX_PAYLOAD, Value};
use crate::board::StorageError;
use crate::message::{Country, FrameHead, Kind, Kinds, Message, SendChannel};
use crate::service::{Input, Outcome, Output, Send, SendError, Service};
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

/// What the channel of the last ack is kept under; the component's name for it.
const KEY: &str = "ch_key";

/// Of what is kept: version, channel.
const VERSION: u8 = 1;

/// How a switch finds its lights' channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Which channels it tries, from the lowest on.
    pub country: Country,
    /// How often it tries on each (`CONFIG_ESPNOW_CONTROL_RETRANSMISSION_TIMES` and once more).
    pub tries: u8,
    /// How long it waits for an ack after each (`CONFIG_ESPNOW_CONTROL_WAIT_ACK_DURATION`).
    pub wait: Duration,
    /// How often its messages may be passed on (`CONFIG_ESPNOW_CONTROL_FORWARD_TTL`).
    pub forward_ttl: u8,
    /// How strong they have to be for that, in dBm (`CONFIG_ESPNOW_CONTROL_FORWARD_RSSI`).
    pub forward_rssi: i8,
}

impl Search {
    /// The component's defaults.
    pub const DEFAULT: Self = Self {
        country: Country::WORLD,
        tries: 6,
        wait: Duration::from_millis(40),
        forward_ttl: 10,
        forward_rssi: -55,
    };

    /// The channel that follows `channel`, if `home` was tried first and then the others from the lowest on.
    fn after(&self, channel: Channel, home: Channel) -> Option<Channel> {
        self.country
            .channels()
            .find(|&next| next != home && (channel == home || next > channel))
    }
}

impl Default for Search {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is fixed about an [`Initiator`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InitiatorConfig {
    /// Whether its payloads are sealed under the application's key (`CONFIG_ESPNOW_CONTROL_SECURITY`).
    pub secured: bool,
    /// Whether it searches the channel and asks for acks, or says everything everywhere. The lights have to be set likewise.
    pub search: Option<Search>,
}

impl InitiatorConfig {
    /// How a command travels without a search (`g_initiator_frame`).
    #[must_use]
    pub const fn head(&self) -> FrameHead {
        FrameHead {
            channel: SendChannel::All,
            forward_ttl: 10,
            forward_rssi: -25,
            security: self.secured,
            ..FrameHead::BROADCAST
        }
    }
}

/// How a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was said on all channels. Who heard it, nobody knows.
    Said,
    /// Somebody heard it; whether that was a light that has bound the key, nobody knows.
    Heard {
        /// Who answered first.
        by: MacAddress,
        /// Where: the next search begins there.
        channel: Channel,
    },
    /// Nobody answered on any channel.
    Unheard,
    /// It could not be sent.
    Refused(SendError),
}

/// What an [`Initiator`] tells its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiatorEvent {
    /// A command is done. The next one may be given.
    Done {
        /// Its number.
        number: u16,
        /// How it went.
        verdict: Verdict,
    },
    /// The channel that was kept can't be read. The search begins on the lowest one.
    Damaged,
}

/// Why a command can't be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The one before is still on its way.
    Busy,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the command before is still on its way"),
        }
    }
}

impl core::error::Error for CommandError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// What was kept is not there yet. Commands wait for it.
    Loading {
        asked: bool,
    },
    Idle,
    /// To be tried on this channel for the `tried`th time, counted from 0. Without a search: to be said everywhere.
    Ready {
        channel: Channel,
        tried: u8,
    },
    /// It is on its way.
    OnAir {
        channel: Channel,
        tried: u8,
    },
    /// An ack may come until then.
    Awaiting {
        channel: Channel,
        tried: u8,
        until: Instant,
    },
}

/// A switch: one command at a time.
///
/// ```
/// use protocol::service::control::{Attribute, Initiator, InitiatorConfig};
///
/// let mut switch = Initiator::new(InitiatorConfig::default());
/// switch.bind(Attribute::KEY_1)?;
/// assert!(switch.send(Attribute::KEY_1, Attribute::POWER, true).is_err(), "one at a time");
/// # Ok::<(), protocol::service::control::CommandError>(())
/// ```
#[derive(Debug)]
pub struct Initiator {
    config: InitiatorConfig,
    state: State,
    kind: Kind,
    head: FrameHead,
    payload: heapless::Vec<u8, MAX_PAYLOAD>,
    /// A command has been given and is not done.
    number: Option<u16>,
    next_number: u16,
    tag: u16,
    /// Where lights were found last time.
    home: Channel,
    tuned: Option<Channel>,
    kept: [u8; 2],
    to_keep: bool,
    events: heapless::Deque<InitiatorEvent, 4>,
}

impl Initiator {
    /// A switch that has said nothing yet.
    #[must_use]
    pub const fn new(config: InitiatorConfig) -> Self {
        let (state, home) = match config.search {
            Some(search) => (State::Loading { asked: false }, search.country.first),
            None => (State::Idle, Channel::DEFAULT),
        };
        Self {
            config,
            state,
            kind: Kind::ControlData,
            head: FrameHead::UNICAST,
            payload: heapless::Vec::new(),
            number: None,
            next_number: 0,
            tag: 0,
            home,
            tuned: None,
            kept: [VERSION, 0],
            to_keep: false,
            events: heapless::Deque::new(),
        }
    }

    /// Asks lights with an open window to listen to this key from now on.
    ///
    /// # Errors
    /// [`CommandError::Busy`].
    pub fn bind(&mut self, key: Attribute) -> Result<u16, CommandError> {
        self.say_to_bind(key, true)
    }

    /// Tells all lights to listen to this key no longer.
    ///
    /// # Errors
    /// [`CommandError::Busy`].
    pub fn unbind(&mut self, key: Attribute) -> Result<u16, CommandError> {
        self.say_to_bind(key, false)
    }

    fn say_to_bind(&mut self, key: Attribute, bind: bool) -> Result<u16, CommandError> {
        // Binding is for what is near: it is not passed on.
        let head = FrameHead {
            forward_ttl: 0,
            ..self.config.head()
        };
        let command = Command {
            initiator: key,
            responder: Attribute::NONE,
            value: bind.into(),
        };
        self.give(Kind::ControlBind, head, &command)
    }

    /// Tells the lights that have bound `key` to set `attribute`.
    ///
    /// # Errors
    /// [`CommandError::Busy`].
    pub fn send<'v>(
        &mut self,
        key: Attribute,
        attribute: Attribute,
        value: impl Into<Value<'v>>,
    ) -> Result<u16, CommandError> {
        self.send_with(self.config.head(), key, attribute, value)
    }

    /// The same with another head (`espnow_ctrl_send`): fewer repetitions, one channel, a group. A search has a head of its own.
    ///
    /// # Errors
    /// [`CommandError::Busy`].
    pub fn send_with<'v>(
        &mut self,
        head: FrameHead,
        key: Attribute,
        attribute: Attribute,
        value: impl Into<Value<'v>>,
    ) -> Result<u16, CommandError> {
        let command = Command {
            initiator: key,
            responder: attribute,
            value: value.into(),
        };
        self.give(Kind::ControlData, head, &command)
    }

    fn give(&mut self, kind: Kind, head: FrameHead, command: &Command<'_>) -> Result<u16, CommandError> {
        if self.is_busy() {
            return Err(CommandError::Busy);
        }
        self.kind = kind;
        self.head = head;
        // The longest command has room. The second head is written when there is a magic.
        self.payload.clear();
        let _ = self.payload.resize(MAX_PAYLOAD, 0);
        let second = self.config.search.map(|_| FrameHead::UNICAST);
        let length = command.emit(second, &mut self.payload).unwrap_or(0);
        self.payload.truncate(length);
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        self.number = Some(number);
        if self.state == State::Idle {
            self.begin();
        }
        Ok(number)
    }

    /// Whether a command is on its way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.number.is_some()
    }

    /// What there is to tell, the oldest first. What is not taken is lost when four more have come.
    pub fn poll_event(&mut self) -> Option<InitiatorEvent> {
        self.events.pop_front()
    }

    fn begin(&mut self) {
        self.head.magic = if self.config.search.is_some() {
            0
        } else {
            self.head.magic
        };
        self.tuned = None;
        self.state = State::Ready {
            channel: self.home,
            tried: 0,
        };
    }

    fn finish(&mut self, verdict: Verdict) {
        self.state = State::Idle;
        if let Some(number) = self.number.take() {
            self.tell(InitiatorEvent::Done { number, verdict });
        }
    }

    fn tell(&mut self, event: InitiatorEvent) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room now.
        let _ = self.events.push_back(event);
    }

    fn loaded(&mut self, value: Result<Option<&[u8]>, StorageError>) {
        // Where its lights were last is a hint; without it they are searched for.
        match value.ok().flatten() {
            None => {}
            Some(&[VERSION, number]) if Channel::new(number).is_some() => {
                self.home = Channel::new(number).unwrap_or(self.home);
                self.kept = [VERSION, number];
            }
            Some(_) => self.tell(InitiatorEvent::Damaged),
        }
        self.state = State::Idle;
        if self.is_busy() {
            self.begin();
        }
    }

    fn sent(&mut self, now: Instant, outcome: Outcome) {
        let State::OnAir { channel, tried } = self.state else {
            return;
        };
        match (self.config.search, outcome) {
            (_, Outcome::Refused(error)) => self.finish(Verdict::Refused(error)),
            (None, _) => self.finish(Verdict::Said),
            (Some(search), _) => {
                let until = now + search.wait;
                self.state = State::Awaiting { channel, tried, until };
            }
        }
    }

    /// Nobody answered in time.
    fn give_up_a_try(&mut self, search: &Search, channel: Channel, tried: u8) {
        self.state = if tried + 1 < search.tries {
            State::Ready {
                channel,
                tried: tried + 1,
            }
        } else if let Some(next) = search.after(channel, self.home) {
            State::Ready {
                channel: next,
                tried: 0,
            }
        } else {
            return self.finish(Verdict::Unheard);
        };
    }

    fn answered(&mut self, ack: &Message<'_>) {
        let (State::OnAir { channel, .. } | State::Awaiting { channel, .. }) = self.state else {
            return;
        };
        if ack.head.magic != self.head.magic {
            return;
        }
        self.home = channel;
        if self.kept != [VERSION, channel.number()] {
            self.kept = [VERSION, channel.number()];
            self.to_keep = true;
        }
        self.finish(Verdict::Heard {
            by: ack.source,
            channel,
        });
    }

    /// The head of a search's message, which is in its payload, too.
    fn search_head(&self, search: &Search, channel: Channel) -> FrameHead {
        FrameHead {
            magic: self.head.magic,
            channel: SendChannel::On(channel),
            filter_adjacent_channel: true,
            security: self.config.secured,
            broadcast: true,
            ack: true,
            forward_ttl: search.forward_ttl,
            forward_rssi: search.forward_rssi,
            ..FrameHead::UNICAST
        }
    }
}

impl Service for Initiator {
    fn kinds(&self) -> Kinds {
        match self.config.search {
            // The acks of a search are messages to everybody, which only this service understands.
            Some(_) => Kinds::of(&[Kind::Ack]),
            None => Kinds::NONE,
        }
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::Ack => self.answered(&incoming.message),
            Input::Sent { tag, outcome } if tag == self.tag => self.sent(now, outcome),
            Input::Loaded { key: KEY, value } if matches!(self.state, State::Loading { .. }) => self.loaded(value),
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if self.state == (State::Loading { asked: false }) {
            self.state = State::Loading { asked: true };
            return Output::Load { key: KEY };
        }
        if self.to_keep {
            self.to_keep = false;
            return Output::Store {
                key: KEY,
                value: &self.kept,
            };
        }
        if let (State::Awaiting { channel, tried, until }, Some(search)) = (self.state, self.config.search) {
            if until > now {
                return Output::Wait(Some(until));
            }
            self.give_up_a_try(&search, channel, tried);
        }
        let State::Ready { channel, tried } = self.state else {
            return Output::Wait(None);
        };
        if let Some(search) = self.config.search {
            if self.tuned != Some(channel) {
                self.tuned = Some(channel);
                return Output::Tune(channel);
            }
            while self.head.magic == 0 {
                self.head.magic = random.next_u32() as u16;
            }
            self.head = self.search_head(&search, channel);
            let head = self.head.to_octets();
            self.payload[..head.len()].copy_from_slice(&head);
        }
        self.state = State::OnAir { channel, tried };
        self.tag = self.tag.wrapping_add(1);
        Output::Send(Send {
            tag: self.tag,
            kind: self.kind,
            head: self.head,
            destination: MacAddress::BROADCAST,
            payload: &self.payload,
        })
    }
}
