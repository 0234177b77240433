//! The board that is upgraded.
//!
//! ```text
//!              status: an image that is not mine
//!    idle ──────────────────────────────────────► preparing: forget the record, erase, keep a new record
//!      ▲                                              │ "not ready yet", then a status by itself
//!      │ again, at most three times                   ▼
//!    failed ◄──────── flash ───────────────────── receiving: write, set a bit, keep the record now and then ◄── reset
//!      ▲  │                                           │ all written
//!      │  └─► refused: every status is answered       ▼
//!      │      "stopped"                           verifying: the boot loader's checks, hash, chip, version
//!      └───────────────────────────────────────────── │
//!                                                     ▼
//!                                                 switching: the boot loader runs it next, on trial; forget the record
//!                                                     │
//!                                                     ▼
//!                                                 done: status "all written"; restart when the initiator is silent
//! ```
//!
//! The record is kept only after what it says is in the flash, and the slot is erased only after the record is forgotten. So at
//! whatever moment the power is cut, the record is true of the flash, and until the switch the old image is what starts. After
//! a reset, a packet that may have been written after the record was kept is compared first, so that no part of the flash is written
//! with other octets than it has.
//!
//! An upgrade belongs to its initiator: packets name no image, so those of others are not taken. Who can forge addresses can spoil
//! an upgrade, but not make a board run what was not announced; for more, seal the messages.

mod answer;
mod config;
mod flash;
mod record;
mod running;

use rand_core::Rng;

use super::layout::{LONGEST_PACKET, LONGEST_PAGE};
use super::wire::STATUS_LEN;
use super::{Command, ImageId, TURN};
use crate::MacAddress;
use crate::board::LONGEST_VALUE;
use crate::image::{Checker, Text};
use crate::message::{Kind, Kinds};
use crate::service::{Input, Output, Service};
use crate::time::Instant;

use answer::{Outgoing, Question, Reply};
pub use config::{Failure, Pages, ResponderConfig, ResponderEvent};
use flash::{Op, State, Trial};
pub use record::RECORD_HEAD_LEN;
use record::Session;
use running::Running;

/// How often an upgrade is begun before the image is refused, where it was found broken or the flash refused.
const ATTEMPTS: u8 = 3;

/// Answers that may wait.
const REPLIES: usize = 4;

/// Events that may wait.
const EVENTS: usize = 4;

/// The responder. `RECORD` octets are its record of what is written: [`RECORD_HEAD_LEN`], and a bit a packet. The default is for
/// images of up to 4800 packets, 1 050 KiB; the most is [`LONGEST_VALUE`]: 16 096 packets, 3 521 KiB.
///
/// It weighs about 1.2 KiB beside the record.
#[derive(Debug)]
pub struct Responder<const RECORD: usize = 636> {
    config: ResponderConfig,
    state: State,
    /// What the board is doing for it.
    op: Option<Op>,
    /// Messages have their turn before the next op.
    turn: bool,
    trial: Option<Trial>,
    running: Running,
    checker: Checker,
    /// The new image's.
    version: Text<32>,

    session: Option<Session>,
    record: [u8; RECORD],
    /// Octets written.
    written: u32,
    /// A reset interrupted it: packets that were written after the record was kept may come again.
    resumed: bool,
    /// When its initiator said something.
    heard: Option<Instant>,
    done_at: Instant,
    /// The record is to be kept, or to be forgotten.
    save: bool,
    forget: bool,
    stopping: bool,
    /// Header and description are written, and not yet looked at.
    inspect: bool,
    failed: Option<Failed>,

    /// The packet that is to be written, and whether its place was compared.
    pending: Option<u16>,
    compared: bool,
    packet: [u8; LONGEST_PACKET],

    /// A question that has to wait for what the board is doing.
    question: Option<Question>,
    replies: heapless::Vec<Reply, REPLIES>,
    outgoing: Option<Outgoing>,
    /// Who wants to know what runs.
    describe: Option<MacAddress>,
    sending: bool,
    octets: [u8; STATUS_LEN + LONGEST_PAGE],

    events: heapless::Deque<ResponderEvent, EVENTS>,
}

/// An upgrade that came to nothing.
#[derive(Clone, Copy, Debug)]
struct Failed {
    image: ImageId,
    attempts: u8,
}

/// What a responder is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// It makes room for an image.
    Preparing,
    /// It waits for packets.
    Receiving,
    /// It looks through what was written.
    Verifying,
    /// The next start runs the new image.
    Done,
}

/// The new image was switched to: it can't be stopped, only rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate;

impl core::fmt::Display for TooLate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the next start runs the new image: it can only be rolled back then")
    }
}

impl core::error::Error for TooLate {}

impl<const RECORD: usize> Responder<RECORD> {
    /// Packets of the longest image.
    pub const MAX_PACKETS: usize = (RECORD - RECORD_HEAD_LEN) * 8;

    /// A responder that first of all looks at what is kept and what runs.
    #[must_use]
    pub fn new(config: ResponderConfig) -> Self {
        const {
            assert!(RECORD > RECORD_HEAD_LEN && RECORD <= LONGEST_VALUE);
        }
        Self {
            config,
            state: State::START,
            op: None,
            turn: false,
            trial: None,
            running: Running::default(),
            checker: Checker::new(),
            version: Text::default(),
            session: None,
            record: [0; RECORD],
            written: 0,
            resumed: false,
            heard: None,
            done_at: Instant::START,
            save: false,
            forget: false,
            stopping: false,
            inspect: false,
            failed: None,
            pending: None,
            compared: false,
            packet: [0; LONGEST_PACKET],
            question: None,
            replies: heapless::Vec::new(),
            outgoing: None,
            describe: None,
            sending: false,
            octets: [0; STATUS_LEN + LONGEST_PAGE],
            events: heapless::Deque::new(),
        }
    }

    /// What it is doing.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Octets written, of how many, where an upgrade is on its way (`espnow_ota_responder_get_status`).
    #[must_use]
    pub fn progress(&self) -> Option<(u32, u32)> {
        self.session.map(|session| (self.written, session.image.size))
    }

    /// Gives the upgrade up, and refuses its image until [`Responder::start`].
    ///
    /// # Errors
    /// [`TooLate`] after the switch: restart, and roll back.
    pub fn stop(&mut self) -> Result<(), TooLate> {
        if self.state.has_switched() {
            return Err(TooLate);
        }
        self.stopping = true;
        Ok(())
    }

    /// Takes every image again, those that were refused or stopped too.
    pub const fn start(&mut self) {
        self.failed = None;
        self.stopping = false;
    }

    /// Keeps the image that runs, which is on trial: the application has seen that it works.
    pub const fn confirm(&mut self) {
        self.trial = Some(Trial::Confirm);
    }

    /// Gives the image that runs up: the next start runs the one before.
    pub const fn roll_back(&mut self) {
        self.trial = Some(Trial::RollBack);
    }

    /// What has happened, one event at a time.
    pub fn poll_event(&mut self) -> Option<ResponderEvent> {
        self.events.pop_front()
    }

    fn tell(&mut self, event: ResponderEvent) {
        if let (ResponderEvent::Progress { .. }, Some(last @ ResponderEvent::Progress { .. })) =
            (event, self.events.back_mut())
        {
            *last = event;
            return;
        }
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room.
        let _ = self.events.push_back(event);
    }

    fn bits(&self) -> &[u8] {
        &self.record[RECORD_HEAD_LEN..]
    }

    fn size(&self) -> u32 {
        self.session.map_or(0, |session| session.image.size)
    }

    fn percent(&self) -> u8 {
        let percent = u64::from(self.written) * 100 / u64::from(self.size().max(1));
        // 100 at most.
        percent as u8
    }

    /// An upgrade begins.
    fn begin(&mut self, now: Instant, image: ImageId, packets: u16, initiator: MacAddress) {
        self.clear();
        self.session = Some(Session {
            image,
            packets,
            initiator,
        });
        self.heard = Some(now);
        self.state = State::FORGET;
        self.tell(ResponderEvent::Started { image, initiator });
    }

    /// Forgets what is known of the upgrade that was on its way.
    fn clear(&mut self) {
        self.session = None;
        self.record.fill(0);
        self.written = 0;
        self.resumed = false;
        self.save = false;
        self.forget = false;
        self.stopping = false;
        self.inspect = false;
        self.pending = None;
        self.state = State::Idle;
    }

    /// The upgrade came to nothing: what is kept of it is forgotten. Some failures are worth another try.
    fn fail(&mut self, failure: Failure) {
        let Some(session) = self.session else { return };
        let attempts = match self.failed {
            Some(failed) if failed.image == session.image => failed.attempts + 1,
            _ => 1,
        };
        let attempts = if failure.may_pass() { attempts } else { ATTEMPTS };
        self.clear();
        self.forget = true;
        if failure == Failure::OnTrial {
            self.refuse(session.initiator, session.image, session.packets);
            self.tell(ResponderEvent::Failed { failure, again: true });
            return;
        }
        self.failed = Some(Failed {
            image: session.image,
            attempts,
        });
        let again = attempts < ATTEMPTS;
        if !again {
            self.refuse(session.initiator, session.image, session.packets);
        }
        self.tell(ResponderEvent::Failed { failure, again });
    }

    /// An image that is refused before anything is done for it.
    fn fail_for_good(&mut self, image: ImageId, failure: Failure) {
        self.failed = Some(Failed {
            image,
            attempts: ATTEMPTS,
        });
        self.tell(ResponderEvent::Failed { failure, again: false });
    }

    fn refuses(&self, image: ImageId) -> bool {
        self.failed
            .is_some_and(|failed| failed.image == image && failed.attempts >= ATTEMPTS)
    }
}

impl<const RECORD: usize> Service for Responder<RECORD> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::UpgradeData])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if self.config.security && !incoming.secured => {}
            Input::Message(incoming) => {
                let from = incoming.message.source;
                match Command::parse(incoming.message.payload) {
                    Ok(Command::Request) => self.handle_request(from),
                    Ok(Command::Status(status)) => self.handle_question(
                        now,
                        Question {
                            from,
                            to_many: incoming.message.head.broadcast,
                            image: status.image,
                            packets: status.packets,
                        },
                    ),
                    Ok(Command::Packet(packet)) => self.handle_packet(now, from, packet),
                    Err(_) => {}
                }
            }
            Input::Sent { .. } => self.sending = false,
            Input::Loaded { value, .. } => self.handle_loaded(value),
            Input::Stored { result, .. } => self.handle_stored(now, result),
            Input::Image(result) => self.handle_image(now, result),
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if self.op.is_none()
            && let Some(question) = self.question.take()
        {
            self.handle_question(now, question);
        }
        self.prepare_answer(now, random);
        if !self.sending
            && let Some(outgoing) = self.outgoing.take()
        {
            self.sending = true;
            return Output::Send(outgoing.send(&self.octets));
        }
        if self.op.is_none() {
            if core::mem::take(&mut self.turn) {
                return Output::Wait(Some(now + TURN));
            }
            self.op = self.next_op();
            if let Some(op) = self.op {
                return self.output(op);
            }
            if self.restart_at().is_some_and(|at| at <= now) {
                return Output::Restart;
            }
        }
        // Not while the flash has something to do.
        let restart_at = self.restart_at().filter(|_| self.op.is_none());
        Output::Wait(self.next_reply_at().into_iter().chain(restart_at).min())
    }
}
