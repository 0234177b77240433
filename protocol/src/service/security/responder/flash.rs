//! What becomes of a responder when its flash answers.

use zeroize::Zeroizing;

use super::dialogue::Stage;
use super::{Reply, Responder, ResponderEvent, State};
use crate::board::StorageError;
use crate::service::security::kept::KeptError;
use crate::service::security::record::{RECORD_LEN, Record};
use crate::time::Instant;

/// What the flash is doing for this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlashUse {
    None,
    Load,
    Store,
    Remove,
    LoadGuesses,
    MarkGuesses,
    UnmarkGuesses,
}

impl Responder {
    pub(super) fn handle_loaded(&mut self, value: Result<Option<&[u8]>, StorageError>) {
        if !matches!(self.state, State::Starting) {
            return;
        }
        let value = match value {
            Ok(value) => value,
            Err(error) => return self.shut(KeptError::Unreadable(error)),
        };
        self.state = State::Open;
        let Some(value) = value else { return };
        match Record::parse(value) {
            // Flash outlives firmware: this one no longer takes keys in that mode.
            Some(record) if !self.modes.contains(record.mode) => self.tell(ResponderEvent::ModeRefused {
                client: record.client,
                mode: record.mode,
            }),
            Some(record) => {
                self.tell(ResponderEvent::Keyed {
                    client: record.client,
                    mode: record.mode,
                    kept: true,
                });
                self.state = State::Keyed(record);
            }
            None => self.shut(KeptError::Damaged),
        }
    }

    fn shut(&mut self, error: KeptError) {
        self.state = State::Shut(error);
        self.tell(ResponderEvent::Shut(error));
    }

    pub(super) fn handle_stored(&mut self, now: Instant, result: Result<(), StorageError>) {
        match core::mem::replace(&mut self.flash, FlashUse::None) {
            FlashUse::Store => self.settle(result),
            FlashUse::Remove => self.tell(match result {
                Ok(()) => ResponderEvent::Erased,
                Err(error) => ResponderEvent::Storage(error),
            }),
            FlashUse::MarkGuesses => self.handle_guesses_stored(now, true, result),
            FlashUse::UnmarkGuesses => self.handle_guesses_stored(now, false, result),
            FlashUse::None | FlashUse::Load | FlashUse::LoadGuesses => {}
        }
        self.record = Zeroizing::new([0; RECORD_LEN]);
    }

    fn settle(&mut self, result: Result<(), StorageError>) {
        let Some(mut dialogue) = self.dialogue.take() else {
            // It was erased meanwhile, and is going to be removed.
            return;
        };
        let Stage::Taking {
            session,
            key,
            asked: true,
        } = dialogue.stage
        else {
            self.dialogue = Some(dialogue);
            return;
        };
        let (client, mode) = (dialogue.client, dialogue.mode);
        if let Err(error) = result {
            self.tell(ResponderEvent::Storage(error));
            return;
        }
        self.state = State::Keyed(Record { mode, client, key });
        self.guesses.forgive();
        dialogue.stage = Stage::Taken(session);
        self.dialogue = Some(dialogue);
        self.reply = Some(Reply::Receipt);
        self.tell(ResponderEvent::Keyed {
            client,
            mode,
            kept: false,
        });
    }

    fn handle_guesses_stored(&mut self, now: Instant, marks: bool, result: Result<(), StorageError>) {
        match (marks, result) {
            (true, Ok(())) => self.guesses.handle_marked(),
            // What can't be marked is not judged: a cut of the power would make it a guess for nothing.
            (true, Err(error)) => {
                self.dialogue = None;
                self.tell(ResponderEvent::Storage(error));
            }
            (false, result) => self.guesses.handle_removed(result.is_ok()),
        }
        self.judge(now);
    }
}
