//! What is done with record and slots, one thing at a time.

use core::cmp::min;

use super::super::wire::INFO_DESCRIPTION_LEN;
use super::super::{Packet, bitmap};
use super::record::{KEY, Session};
use super::running::Described;
use super::{Failure, Phase, RECORD_HEAD_LEN, Responder, ResponderEvent};
use crate::MacAddress;
use crate::board::{FirmwareError, SECTOR, Slot, StorageError};
use crate::image::{Checker, Description, HASH_LEN, Header, ImageError};
use crate::service::{ImageDone, ImageTask, Output};
use crate::time::Instant;

/// Octets of header and description.
const HEAD_LEN: u16 = Description::OFFSET as u16 + Description::LEN as u16;

/// Octets of an image that are looked at in one go.
const CHUNK: u16 = 1024;

/// A restart is not put off longer than so many times [`super::ResponderConfig::restart_after`].
const MOST_PUT_OFF: u32 = 20;

/// Where an upgrade is. All but three of them wait for the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    LoadingRecord,
    /// What runs: how long it is, what it says of itself, the hash at its end, or of all of it.
    Measuring,
    ReadingRunning {
        length: u32,
    },
    ReadingHash {
        length: u32,
    },
    Hashing {
        offset: u32,
        length: u32,
    },
    Idle,
    Forgetting,
    Erasing {
        offset: u32,
    },
    Keeping,
    Receiving,
    Checking {
        offset: u32,
    },
    /// Header and description of the whole image.
    Describing,
    Switching,
    Completing,
    Done,
}

impl State {
    pub(super) const START: Self = Self::LoadingRecord;
    pub(super) const FORGET: Self = Self::Forgetting;

    pub(super) const fn is_starting(self) -> bool {
        matches!(
            self,
            Self::LoadingRecord
                | Self::Measuring
                | Self::ReadingRunning { .. }
                | Self::ReadingHash { .. }
                | Self::Hashing { .. }
        )
    }

    pub(super) const fn has_switched(self) -> bool {
        matches!(self, Self::Switching | Self::Completing | Self::Done)
    }

    pub(super) const fn phase(self) -> Phase {
        match self {
            Self::Forgetting | Self::Erasing { .. } | Self::Keeping => Phase::Preparing,
            Self::Receiving => Phase::Receiving,
            Self::Checking { .. } | Self::Describing | Self::Switching | Self::Completing => Phase::Verifying,
            Self::Done => Phase::Done,
            _ => Phase::Idle,
        }
    }
}

/// What the board is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// What the state needs.
    State,
    /// The description of what runs, for whom.
    Describe(MacAddress),
    /// What there is in a packet's place.
    Compare(u16),
    Write(u16),
    Save,
    Inspect,
    Forget,
    Trial(Trial),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    Confirm,
    RollBack,
}

impl<const RECORD: usize> Responder<RECORD> {
    pub(super) fn next_op(&mut self) -> Option<Op> {
        // What is read becomes the next answer: the one before has to be on its way.
        if self.outgoing.is_none()
            && let Some(to) = self.describe.take()
        {
            return Some(Op::Describe(to));
        }
        if !self.state.is_starting()
            && let Some(trial) = self.trial.take()
        {
            return Some(Op::Trial(trial));
        }
        if self.stopping && !self.state.is_starting() && !self.state.has_switched() {
            self.stopping = false;
            self.fail(Failure::Stopped);
        }
        match self.state {
            State::Idle if core::mem::take(&mut self.forget) => Some(Op::Forget),
            State::Idle | State::Done => None,
            State::Receiving if core::mem::take(&mut self.inspect) => Some(Op::Inspect),
            State::Receiving if core::mem::take(&mut self.save) => Some(Op::Save),
            State::Receiving if self.resumed && !self.compared => self.pending.map(Op::Compare),
            State::Receiving => self.pending.map(Op::Write),
            _ => Some(Op::State),
        }
    }

    pub(super) fn output(&mut self, op: Op) -> Output<'_> {
        let read = |slot, offset, length| Output::Image(ImageTask::Read { slot, offset, length });
        match op {
            Op::State => self.state_output(),
            Op::Describe(_) => read(Slot::Running, Description::OFFSET, INFO_DESCRIPTION_LEN as u16),
            Op::Compare(number) => read(Slot::Other, self.config.layout.offset(number), self.flash_len(number)),
            Op::Write(number) => {
                let length = usize::from(self.flash_len(number));
                Output::Image(ImageTask::Write {
                    offset: self.config.layout.offset(number),
                    data: &self.packet[..length],
                })
            }
            Op::Save => self.store(),
            Op::Inspect => read(Slot::Other, 0, HEAD_LEN),
            Op::Forget => Output::Remove { key: KEY },
            Op::Trial(Trial::Confirm) => Output::Image(ImageTask::Confirm),
            Op::Trial(Trial::RollBack) => Output::Image(ImageTask::RollBack),
        }
    }

    fn state_output(&mut self) -> Output<'_> {
        let read = |slot, offset, length| Output::Image(ImageTask::Read { slot, offset, length });
        let chunk = |offset, end: u32| min(u32::from(CHUNK), end - offset) as u16;
        match self.state {
            State::LoadingRecord => Output::Load { key: KEY },
            State::Measuring => Output::Image(ImageTask::Length { slot: Slot::Running }),
            State::ReadingRunning { .. } => read(Slot::Running, 0, HEAD_LEN),
            State::ReadingHash { length } => read(Slot::Running, length - HASH_LEN as u32, HASH_LEN as u16),
            State::Hashing { offset, length } => read(Slot::Running, offset, chunk(offset, length)),
            State::Forgetting | State::Completing => Output::Remove { key: KEY },
            State::Erasing { offset } => Output::Image(ImageTask::Erase { offset, length: SECTOR }),
            State::Keeping => self.store(),
            State::Checking { offset } => read(Slot::Other, offset, chunk(offset, self.size())),
            State::Describing => read(Slot::Other, 0, HEAD_LEN),
            State::Switching => Output::Image(ImageTask::Switch),
            State::Idle | State::Receiving | State::Done => Output::Wait(None),
        }
    }

    fn store(&mut self) -> Output<'_> {
        match self.session {
            Some(session) => Output::Store {
                key: KEY,
                value: session.seal(self.config.layout, &mut self.record),
            },
            None => Output::Remove { key: KEY },
        }
    }

    /// Octets that a packet takes in the flash, which is written by four.
    fn flash_len(&self, number: u16) -> u16 {
        let length = self.config.layout.length(number, self.size());
        // 224 at most.
        length.next_multiple_of(4) as u16
    }

    /// When the board restarts into the new image.
    pub(super) fn restart_at(&self) -> Option<Instant> {
        let after = self.config.restart_after?;
        if self.state != State::Done {
            return None;
        }
        let heard = self.heard.map_or(self.done_at, |heard| heard.max(self.done_at));
        Some(min(heard + after, self.done_at + after * MOST_PUT_OFF))
    }

    pub(super) fn handle_packet(&mut self, now: Instant, from: MacAddress, packet: Packet<'_>) {
        let Some(session) = self.session else { return };
        if session.initiator != from {
            return;
        }
        self.heard = Some(now);
        let Packet { number, data } = packet;
        let wanted = self.state == State::Receiving
            && number < session.packets
            && data.len() == self.config.layout.length(number, session.image.size)
            && !bitmap::get(self.bits(), number);
        // While one is written, others are let go: they come again.
        if wanted && self.pending.is_none() {
            self.packet.fill(0xff);
            self.packet[..data.len()].copy_from_slice(data);
            self.pending = Some(number);
            self.compared = false;
        }
    }

    fn handle_written(&mut self, number: u16) {
        let Some(session) = self.session else { return };
        self.pending = None;
        bitmap::set(&mut self.record[RECORD_HEAD_LEN..], number);
        let before = self.percent();
        // 224 at most.
        self.written += self.config.layout.length(number, session.image.size) as u32;
        let interval = self.config.progress_interval;
        let whole = self.written >= session.image.size;
        self.save |= whole || interval > 0 && before / interval != self.percent() / interval;
        let describing = u32::from(HEAD_LEN).min(session.image.size);
        // The packets that header and description are in.
        let describing = self.config.layout.packets(describing).unwrap_or_default();
        self.inspect |= number < describing && bitmap::first_hole(self.bits(), 0, describing).is_none();
    }

    pub(super) fn handle_loaded(&mut self, value: Result<Option<&[u8]>, StorageError>) {
        if self.op.take() != Some(Op::State) || self.state != State::LoadingRecord {
            return;
        }
        self.state = State::Measuring;
        let value = match value {
            Ok(Some(value)) => value,
            Ok(None) => return,
            Err(_) => {
                // An upgrade begins by forgetting the record, and does not go on where that fails.
                self.tell(ResponderEvent::RecordDamaged);
                return;
            }
        };
        self.session = Session::load(value, self.config.layout, &mut self.record);
        if let Some(session) = self.session {
            let layout = self.config.layout;
            self.written = (0..session.packets)
                .filter(|&number| bitmap::get(self.bits(), number))
                .map(|number| layout.length(number, session.image.size) as u32)
                .sum();
            self.resumed = true;
        } else {
            self.record.fill(0);
            self.forget = true;
            self.tell(ResponderEvent::RecordDamaged);
        }
    }

    /// What is kept and what runs is known.
    fn started(&mut self) {
        self.state = State::Idle;
        let Some(session) = self.session else { return };
        if self.running.hash == Some(session.image.hash) {
            // The power was cut after the switch, before the record was forgotten.
            self.clear();
            self.forget = true;
            return;
        }
        self.tell(ResponderEvent::Resumed {
            image: session.image,
            written: self.written,
        });
        // The initiator may not have missed it, but the board has left the group.
        self.report();
        if self.written >= session.image.size {
            self.check();
        } else {
            self.state = State::Receiving;
        }
    }

    fn check(&mut self) {
        self.checker = Checker::new();
        self.state = State::Checking { offset: 0 };
        self.tell(ResponderEvent::Verifying);
    }

    pub(super) fn handle_stored(&mut self, now: Instant, result: Result<(), StorageError>) {
        let Some(op) = self.op.take() else { return };
        match (op, self.state) {
            (Op::State, State::Forgetting) => match result {
                Ok(()) => self.state = State::Erasing { offset: 0 },
                // Else the old record would be believed after a reset, and its slot is erased.
                Err(_) => self.fail(Failure::Flash(FirmwareError::Flash)),
            },
            // A record that can't be kept costs that an upgrade begins anew after a reset, no more.
            (Op::State, State::Keeping) => {
                self.state = State::Receiving;
                self.report();
            }
            // The record names the image that runs after the restart: it is forgotten then.
            (Op::State, State::Completing) => {
                self.state = State::Done;
                self.done_at = now;
                self.tell(ResponderEvent::Finished { version: self.version });
                self.report();
            }
            (Op::Save, State::Receiving) => {
                let percent = self.percent();
                self.tell(ResponderEvent::Progress { percent });
                if self.written >= self.size() {
                    self.check();
                }
            }
            _ => {}
        }
    }

    pub(super) fn handle_image(&mut self, now: Instant, result: Result<ImageDone<'_>, FirmwareError>) {
        let octets = match result {
            Ok(ImageDone::Read(octets)) => Some(octets),
            _ => None,
        };
        match self.op.take() {
            None | Some(Op::Save | Op::Forget) => {}
            Some(Op::State) => self.handle_state(now, result),
            Some(Op::Describe(to)) => self.answer_request(to, octets.unwrap_or_default()),
            Some(Op::Compare(number)) => {
                self.compared = true;
                if octets.is_some_and(|octets| self.packet.starts_with(octets)) {
                    self.handle_written(number);
                }
            }
            Some(Op::Write(number)) => match result {
                Ok(_) => self.handle_written(number),
                Err(error) => self.fail(flash_failure(error)),
            },
            Some(Op::Inspect) => {
                if let Some(Err(failure)) = octets.map(|octets| self.judge(octets)) {
                    self.fail(failure);
                }
            }
            Some(Op::Trial(trial)) => self.tell(match (result, trial) {
                (Ok(_), Trial::Confirm) => ResponderEvent::Confirmed,
                (Ok(_), Trial::RollBack) => ResponderEvent::RolledBack,
                (Err(error), _) => ResponderEvent::TrialError(error),
            }),
        }
    }

    fn handle_state(&mut self, now: Instant, result: Result<ImageDone<'_>, FirmwareError>) {
        self.turn = true;
        if self.state.is_starting() {
            return self.handle_start(result);
        }
        let done = match result {
            Ok(done) => done,
            Err(error) => return self.fail(flash_failure(error)),
        };
        match (self.state, done) {
            (State::Erasing { offset }, _) => {
                let offset = offset.saturating_add(SECTOR);
                self.state = if offset < self.size() {
                    State::Erasing { offset }
                } else {
                    State::Keeping
                };
            }
            (State::Checking { offset }, ImageDone::Read(octets)) => self.handle_checked(offset, octets),
            (State::Describing, ImageDone::Read(octets)) => match self.judge(octets) {
                Ok(()) => self.state = State::Switching,
                Err(failure) => self.fail(failure),
            },
            (State::Switching, _) => {
                self.state = State::Completing;
                self.heard = Some(now);
            }
            _ => {}
        }
    }

    fn handle_checked(&mut self, offset: u32, octets: &[u8]) {
        let session = self.session.map(|session| session.image);
        let offset = offset + octets.len() as u32;
        match self.checker.feed(octets) {
            Err(error) => self.fail(Failure::Image(error)),
            Ok(Some(_)) => {
                let hash = self.checker.hash();
                let announced = session.map(|image| image.hash);
                if hash.and_then(|hash| hash.first_chunk().copied()) == announced {
                    self.state = State::Describing;
                } else {
                    self.fail(Failure::OtherImage);
                }
            }
            Ok(None) if offset >= self.size() || octets.is_empty() => {
                self.fail(Failure::Image(ImageError::Truncated));
            }
            Ok(None) => self.state = State::Checking { offset },
        }
    }

    /// Whether an image that begins so may run here.
    fn judge(&mut self, head: &[u8]) -> Result<(), Failure> {
        let new = Described::parse(head).map_err(Failure::Image)?;
        self.version = new.version;
        let Some(old) = self.running.described else {
            return Ok(());
        };
        if new.chip != old.chip {
            return Err(Failure::Chip);
        }
        if self.config.anti_rollback && new.secure_version < old.secure_version {
            return Err(Failure::SecureVersion);
        }
        if !self.config.same_version && new.version == old.version {
            return Err(Failure::SameVersion);
        }
        Ok(())
    }

    /// What runs is looked at. A board whose image is not in the usual format, or can't be read, is upgraded all the same.
    fn handle_start(&mut self, result: Result<ImageDone<'_>, FirmwareError>) {
        let next = match (self.state, result) {
            (State::Measuring, Ok(ImageDone::Length(Some(length)))) if length >= u32::from(HEAD_LEN) => {
                Some(State::ReadingRunning { length })
            }
            (State::ReadingRunning { length }, Ok(ImageDone::Read(octets))) => {
                self.running.described = Described::parse(octets).ok();
                Header::parse(octets).ok().map(|header| {
                    if header.hash_appended {
                        State::ReadingHash { length }
                    } else {
                        self.checker = Checker::new();
                        State::Hashing { offset: 0, length }
                    }
                })
            }
            (State::ReadingHash { .. }, Ok(ImageDone::Read(octets))) => {
                self.running.hash = octets.first_chunk().copied();
                None
            }
            (State::Hashing { offset, length }, Ok(ImageDone::Read(octets))) => {
                let offset = offset + octets.len() as u32;
                match self.checker.feed(octets) {
                    Ok(None) if offset < length && !octets.is_empty() => Some(State::Hashing { offset, length }),
                    Ok(Some(_)) => {
                        self.running.hash = self.checker.hash().and_then(|hash| hash.first_chunk().copied());
                        None
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        match next {
            Some(state) => self.state = state,
            None => self.started(),
        }
    }
}

const fn flash_failure(error: FirmwareError) -> Failure {
    match error {
        FirmwareError::OnTrial => Failure::OnTrial,
        FirmwareError::Range => Failure::TooLarge,
        FirmwareError::Image => Failure::Image(ImageError::Truncated),
        error => Failure::Flash(error),
    }
}
