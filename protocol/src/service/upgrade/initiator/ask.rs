//! Asking how far they are.
//!
//! ```text
//!  group   ask all ─► 1 s after the last answer ─► ask all ─► 0.5 s ─► ask all ─► 0.5 s ─► send
//!                     (10 s if one makes room for the image)
//!  each    ask one ─► its answer, or 100 ms, or no ACK ─► ask the next … three times at most ─► send
//!                     (who makes room speaks up by itself; it is waited for unless others are ready)
//! ```

use super::targets::{Answered, Target, TargetState};
use super::{Asking, End, Initiator, InitiatorEvent, Job, State, Want};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, UPGRADE_GROUP};
use crate::service::Outcome;
use crate::service::upgrade::{Code, Status, bitmap};
use crate::time::{Duration, Instant};

/// `CONFIG_ESPNOW_OTA_RETRANSMISSION_TIMES`.
const QUESTION_COPIES: u8 = 2;

/// How often who does not answer is asked in a round.
const TRIES: u8 = 3;

/// How long is waited for answers of a group, after the first question and after the others.
const GROUP_WAIT: [Duration; TRIES as usize] = [
    Duration::from_secs(1),
    Duration::from_millis(500),
    Duration::from_millis(500),
];

/// How long a board may take that makes room (`CONFIG_ESPNOW_OTA_WAIT_RESPONSE_TIMEOUT`).
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// How long others are waited for once that board is done.
const AFTER_ROOM: Duration = Duration::from_millis(100);

/// How long one board's answer may take: ten times what the air needs for it.
const EACH_WAIT: Duration = Duration::from_millis(100);

/// After how long a board that makes room is asked again.
const ROOM_AGAIN: Duration = Duration::from_secs(2);

/// Those that are ready wait so long for those that make room.
const GRACE: Duration = Duration::from_secs(1);

/// A pause before everybody is asked again where nobody answered.
const PAUSE: Duration = Duration::from_millis(500);

/// Where asking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) since: Instant,
    /// Questions to the group.
    asked: u8,
    /// Who was asked last, by itself.
    whom: Option<MacAddress>,
    /// Who makes room, as far as the group's wait heeds it.
    makes_room: Option<MacAddress>,
    wait: Duration,
    /// Until when answers are waited for; `None` while a question is on its way or the next is to be asked.
    until: Option<Instant>,
    /// When the first was ready.
    ready: Option<Instant>,
    /// It is waited for those that make room.
    resting: bool,
}

impl Ask {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            since: now,
            asked: 0,
            whom: None,
            makes_room: None,
            wait: Duration::ZERO,
            until: None,
            ready: None,
            resting: false,
        }
    }
}

impl<const TARGETS: usize, const BITMAP: usize> Initiator<TARGETS, BITMAP> {
    /// A round begins.
    pub(super) fn begin_round(&mut self, now: Instant) {
        if self.targets.unfinished().next().is_none() {
            return self.end(End::Complete);
        }
        if self.rounds >= self.config.rounds {
            return self.end(End::RoundsOver);
        }
        self.rounds += 1;
        self.written.fill(0xff);
        for target in self.targets.iter_mut() {
            target.answer = Answered::No;
            target.tries = 0;
        }
        self.state = State::Asking(Ask::new(now));
    }

    pub(super) fn poll_ask(&mut self, now: Instant, mut ask: Ask) -> Want {
        if self.targets.unfinished().next().is_none() {
            self.end(End::Complete);
            return Want::Again;
        }
        let everybody = self.targets.unfinished().all(|target| target.answer == Answered::Ready);
        if everybody {
            self.asked(now, ask);
            return Want::Again;
        }
        if let Some(until) = ask.until {
            if now < until {
                return Want::Wait(Some(until));
            }
            ask.until = None;
            if core::mem::take(&mut ask.resting) {
                // Should what they said have been lost, they are asked again.
                let not_ready = |target: &&mut Target| target.answer == Answered::NotReady;
                for target in self.targets.iter_mut().filter(not_ready) {
                    target.answer = Answered::No;
                    target.tries = 0;
                }
            }
        }
        self.state = State::Asking(ask);
        match self.config.asking {
            Asking::Group => self.ask_group(now, ask),
            Asking::Each => self.ask_each(now, ask),
        }
    }

    fn ask_group(&mut self, now: Instant, mut ask: Ask) -> Want {
        let Some(&wait) = GROUP_WAIT.get(usize::from(ask.asked)) else {
            self.asked(now, ask);
            return Want::Again;
        };
        ask.asked += 1;
        ask.wait = wait;
        self.state = State::Asking(ask);
        let mut head = self.config.group_head(QUESTION_COPIES);
        head.filter_adjacent_channel = true;
        self.question(head, UPGRADE_GROUP)
    }

    fn ask_each(&mut self, now: Instant, mut ask: Ask) -> Want {
        // Whoever was asked least often, in their order.
        let next = self
            .targets
            .iter_mut()
            .filter(|target| target.state == TargetState::Unfinished)
            .filter(|target| target.answer == Answered::No && target.tries < TRIES)
            .min_by_key(|target| target.tries);
        if let Some(target) = next {
            target.tries += 1;
            let destination = target.address;
            ask.whom = Some(destination);
            self.state = State::Asking(ask);
            return self.question(self.config.head(1), destination);
        }
        let graced = ask.ready.is_some_and(|ready| now >= ready + GRACE);
        if self.targets.answered(Answered::NotReady) == 0 || graced {
            self.asked(now, ask);
            return Want::Again;
        }
        let again = now + ROOM_AGAIN;
        let until = ask.ready.map_or(again, |ready| again.min(ready + GRACE));
        ask.until = Some(until);
        ask.since = until;
        ask.resting = true;
        self.state = State::Asking(ask);
        Want::Wait(ask.until)
    }

    fn question(&mut self, head: FrameHead, destination: MacAddress) -> Want {
        self.job = Some(Job::Question);
        let question = Status::question(self.image, self.packets);
        Want::Send {
            kind: Kind::UpgradeData,
            head,
            destination,
            length: question.emit(&mut self.octets).unwrap_or_default(),
        }
    }

    /// The question is out, or nobody took it.
    pub(super) fn handle_question_sent(&mut self, now: Instant, outcome: Outcome) {
        let State::Asking(mut ask) = self.state else { return };
        ask.until = Some(match self.config.asking {
            Asking::Group => now + ask.wait,
            Asking::Each if outcome == Outcome::Sent => now + EACH_WAIT,
            Asking::Each => now,
        });
        let answered = self
            .targets
            .unfinished()
            .any(|target| Some(target.address) == ask.whom && target.answer != Answered::No);
        if self.config.asking == Asking::Each && answered {
            ask.until = None;
        }
        self.state = State::Asking(ask);
    }

    /// All have answered, or will not.
    fn asked(&mut self, now: Instant, ask: Ask) {
        let ready = self.targets.answered(Answered::Ready);
        if ready == 0 && now - self.heard >= self.config.patience {
            return self.end(End::NobodyAnswers);
        }
        if ready == 0 {
            // Nobody's packets are known to be missing. The component asks again at once.
            self.state = match self.config.asking {
                Asking::Group => State::Round,
                Asking::Each => State::Pause(now + PAUSE),
            };
            return;
        }
        self.asking_took = now - ask.since;
        self.begin_sending(now, ready);
    }

    pub(super) fn handle_status(&mut self, now: Instant, from: MacAddress, status: &Status<'_>) {
        let size = self.image.size;
        let ours = status.image == self.image;
        let Some(target) = self.targets.find_unfinished(from) else {
            return;
        };
        let event = match status.code {
            // Who runs it, or was stopped, may name another image, or none.
            Code::RUNNING => {
                target.state = TargetState::AlreadyRunning;
                InitiatorEvent::Succeeded {
                    address: from,
                    already: true,
                }
            }
            Code::STOP => {
                target.state = TargetState::Refused;
                InitiatorEvent::Refused {
                    address: from,
                    code: status.code,
                }
            }
            _ if !ours => return,
            _ if status.written == size => {
                target.state = TargetState::Succeeded;
                target.written = size;
                InitiatorEvent::Succeeded {
                    address: from,
                    already: false,
                }
            }
            Code::NOT_INIT => {
                target.answer = Answered::NotReady;
                self.heard = now;
                self.answered(now, from, Answered::NotReady);
                return;
            }
            _ => {
                let first = target.answer != Answered::Ready;
                target.answer = Answered::Ready;
                // It speaks without being asked, or did not get what was sent: it has restarted, and is in no group.
                let unasked = matches!(self.state, State::Sending(_));
                let got_nothing = self.rounds > 1 && status.written <= target.written;
                target.join |= self.config.asking == Asking::Each && (unasked || got_nothing || !target.joined);
                target.written = status.written.min(size);
                self.heard = now;
                if let State::Asking(_) = self.state
                    && first
                {
                    self.heed(status);
                }
                self.answered(now, from, Answered::Ready);
                InitiatorEvent::Progress {
                    address: from,
                    written: status.written.min(size),
                    size,
                }
            }
        };
        if matches!(event, InitiatorEvent::Succeeded { .. } | InitiatorEvent::Refused { .. }) {
            self.heard = now;
            if let Some(target) = self.targets.iter_mut().find(|target| target.address == from) {
                target.leave = true;
            }
            self.answered(now, from, Answered::Ready);
        }
        self.tell(event);
    }

    /// Takes what a responder misses into account.
    fn heed(&mut self, status: &Status<'_>) {
        let needed = bitmap::octets(self.packets);
        if status.written == 0 {
            self.written[..needed].fill(0);
            return;
        }
        let page_len = self.config.layout.page_len();
        let page = self.written[..needed]
            .get_mut(usize::from(status.page) * page_len..)
            .unwrap_or_default();
        for (ours, theirs) in page.iter_mut().zip(status.bitmap.iter().take(page_len)) {
            *ours &= theirs;
        }
    }

    /// How long is waited for others now.
    fn answered(&mut self, now: Instant, from: MacAddress, answer: Answered) {
        let State::Asking(mut ask) = self.state else { return };
        if answer == Answered::Ready {
            ask.ready = ask.ready.or(Some(now));
        }
        match self.config.asking {
            Asking::Group if ask.until.is_some() => {
                if answer == Answered::NotReady {
                    ask.makes_room = Some(from);
                    ask.wait = ROOM_WAIT;
                } else if ask.makes_room == Some(from) && ask.wait == ROOM_WAIT {
                    ask.wait = AFTER_ROOM;
                }
                ask.until = Some(now + ask.wait);
            }
            Asking::Each if ask.resting => {
                ask.until = ask
                    .until
                    .map(|until| ask.ready.map_or(until, |ready| until.min(ready + GRACE)));
            }
            Asking::Each if ask.whom == Some(from) => ask.until = None,
            Asking::Group | Asking::Each => {}
        }
        self.state = State::Asking(ask);
    }
}
