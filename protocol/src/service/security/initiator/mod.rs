//! The board that gives the key.
//!
//! ```text
//!  give ─► join "SEC" ─► hello to the group, once ─► leave ─► to each board by unicast, all at once:
//!              ▲                                              hello (again) ─► proof ─► key ─► done
//!              └── second round, for who is not done ◄─────── 1.2 s + 0.3 s a board
//! ```
//!
//! The order, the waits and the two rounds are the component's (`espnow_sec_initiator_start`). It sends each message once;
//! this one sends it again when no answer comes.

mod event;
mod roster;

pub use event::{BoardResult, Found, InitiatorError, InitiatorEvent, Reached, ResetOutcome, Terms};

use rand_core::Rng;

use super::packet::{MAX_PACKET, Mode, Packet};
use super::proof::ProofOfPossession;
use super::session::{EphemeralKey, reset_proof};
use crate::MacAddress;
use crate::message::{AppKey, FrameHead, GroupChange, Kind, Kinds, MAX_MEMBERS, SECURITY_GROUP};
use crate::service::{Incoming, Input, Output, Send, Service};
use crate::time::{Duration, Instant};
use roster::{Candidate, Gift};

/// How many boards the component gives a key at once.
pub const MAX_BOARDS: usize = 100;

/// A round lasts so long …
pub const ROUND: Duration = Duration::from_millis(1200);

/// … and so much longer for each board.
pub const ROUND_PER_BOARD: Duration = Duration::from_millis(300);

/// Boards that are not done after a round are asked in another; then it is over.
const ROUNDS: u8 = 2;

/// How often a scan asks, every [`SCAN_WAIT`].
const SCANS: u8 = 5;

const SCAN_WAIT: Duration = Duration::from_millis(500);

/// How often a board is asked about its state or told to forget, every [`RESET_WAIT`], until it says that it has no key.
const RESET_TRIES: u8 = 20;

const RESET_WAIT: Duration = Duration::from_millis(100);

/// Boards found and not yet told of.
const FOUND: usize = 4;

const BUFFER: usize = 8 + MAX_MEMBERS * 6;

const _: () = assert!(BUFFER >= MAX_PACKET);

/// The board that gives the key: a service. It has room for `BOARDS` boards at once, at some 110 octets each.
///
/// ```
/// use protocol::MacAddress;
/// use protocol::message::AppKey;
/// use protocol::service::security::{Initiator, Mode, ProofOfPossession, Terms};
/// use protocol::time::Instant;
///
/// let mut initiator = Initiator::<16>::new(MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]));
/// let terms = Terms {
///     mode: Mode::Strong,
///     proof: &ProofOfPossession::new(b"espnow_pop"),
///     key: &AppKey::new([7; 32]),
/// };
/// initiator.give(&terms, &[MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2])])?;
/// # Ok::<(), protocol::service::security::InitiatorError>(())
/// ```
#[derive(Debug)]
pub struct Initiator<const BOARDS: usize> {
    address: MacAddress,
    task: Task,
    /// Who is to be given the key, or who answered the scan.
    boards: heapless::Vec<Candidate, BOARDS>,
    /// Whose turn it is.
    turn: usize,
    next_tag: u16,
    /// A message is on its way; the next waits for its end.
    in_flight: Option<u16>,
    found: heapless::Deque<Found, FOUND>,
    over: Option<InitiatorEvent>,
    buffer: [u8; BUFFER],
}

#[derive(Debug)]
enum Task {
    Idle,
    Giving(Giving),
    Scanning { asked: u8, due: Instant },
    Resetting(Resetting),
}

#[derive(Debug)]
struct Giving {
    terms: Owned,
    round: u8,
    step: Step,
    gift: Option<Gift>,
    until: Instant,
}

/// [`Terms`], kept.
#[derive(Clone, Debug)]
struct Owned {
    mode: Mode,
    proof: ProofOfPossession,
    key: AppKey,
}

/// What the group is told, and then the talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// From this board on.
    Join(usize),
    Hello,
    Leave(usize),
    Talk,
}

#[derive(Debug)]
struct Resetting {
    board: MacAddress,
    key: Option<AppKey>,
    said: u8,
    due: Instant,
    order: Option<Packet>,
}

impl<const BOARDS: usize> Initiator<BOARDS> {
    /// An initiator on the board with this address.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            task: Task::Idle,
            boards: heapless::Vec::new(),
            turn: 0,
            next_tag: 0,
            in_flight: None,
            found: heapless::Deque::new(),
            over: None,
            buffer: [0; BUFFER],
        }
    }

    /// Gives `boards` the key. [`InitiatorEvent::Board`] tells of each, [`InitiatorEvent::Finished`] of the end. A board named
    /// twice counts once.
    ///
    /// # Errors
    /// [`InitiatorError`].
    pub fn give(&mut self, terms: &Terms<'_>, boards: &[MacAddress]) -> Result<(), InitiatorError> {
        self.check_idle()?;
        if boards.is_empty() {
            return Err(InitiatorError::Nobody);
        }
        if let Some(&group) = boards.iter().find(|board| board.is_group()) {
            return Err(InitiatorError::Group(group));
        }
        self.boards.clear();
        for &board in boards {
            if self.candidate(board).is_none() && self.boards.push(Candidate::new(board)).is_err() {
                self.boards.clear();
                return Err(InitiatorError::TooMany { room: BOARDS });
            }
        }
        self.task = Task::Giving(Giving {
            terms: Owned {
                mode: terms.mode,
                proof: terms.proof.clone(),
                key: terms.key.clone(),
            },
            round: 0,
            step: Step::Join(0),
            gift: None,
            until: Instant::START,
        });
        Ok(())
    }

    /// Asks who is there: [`InitiatorEvent::Found`] for each board that answers, [`InitiatorEvent::Scanned`] after 2.5 s.
    ///
    /// # Errors
    /// [`InitiatorError::Busy`].
    pub fn scan(&mut self, now: Instant) -> Result<(), InitiatorError> {
        self.check_idle()?;
        self.boards.clear();
        self.task = Task::Scanning { asked: 0, due: now };
        Ok(())
    }

    /// Makes a board forget its key: [`InitiatorEvent::Reset`], whose good news is a [claim](ResetOutcome). A key given in [`Mode::Strong`] is forgotten only by who has it.
    ///
    /// # Errors
    /// [`InitiatorError::Busy`], [`InitiatorError::Group`].
    pub fn reset(&mut self, now: Instant, board: MacAddress, key: Option<&AppKey>) -> Result<(), InitiatorError> {
        self.check_idle()?;
        if board.is_group() {
            return Err(InitiatorError::Group(board));
        }
        self.task = Task::Resetting(Resetting {
            board,
            key: key.cloned(),
            said: 0,
            due: now,
            order: None,
        });
        Ok(())
    }

    /// Stops what is being done; what was reached until then is told.
    pub fn stop(&mut self) {
        match &self.task {
            Task::Idle => {}
            Task::Giving(_) => self.finish(),
            Task::Scanning { .. } => self.finish_scan(),
            Task::Resetting(resetting) => {
                let address = resetting.board;
                self.end(InitiatorEvent::Reset {
                    address,
                    outcome: ResetOutcome::Unanswered,
                });
            }
        }
    }

    /// Whether nothing is being done, and everything told.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.task, Task::Idle) && self.over.is_none()
    }

    /// The boards that the key was given to at last, and how it went until now.
    pub fn results(&self) -> impl Iterator<Item = (MacAddress, BoardResult)> {
        self.boards.iter().map(|board| (board.address, board.result()))
    }

    /// What has happened since.
    pub fn poll_event(&mut self) -> Option<InitiatorEvent> {
        if let Some(found) = self.found.pop_front() {
            return Some(InitiatorEvent::Found(found));
        }
        let gives = matches!(
            (&self.task, &self.over),
            (Task::Giving(_), _) | (_, Some(InitiatorEvent::Finished { .. }))
        );
        let all = self.over.is_some();
        if gives && let Some(board) = self.boards.iter_mut().find(|b| !b.told && (all || b.is_settled())) {
            board.told = true;
            return Some(InitiatorEvent::Board {
                address: board.address,
                result: board.result(),
            });
        }
        self.over.take()
    }

    const fn check_idle(&self) -> Result<(), InitiatorError> {
        if self.is_idle() {
            Ok(())
        } else {
            Err(InitiatorError::Busy)
        }
    }

    fn candidate(&mut self, address: MacAddress) -> Option<&mut Candidate> {
        self.boards.iter_mut().find(|board| board.address == address)
    }

    fn finish(&mut self) {
        for board in &mut self.boards {
            board.forget();
        }
        let succeeded = self
            .results()
            .filter(|(_, result)| *result == BoardResult::Succeeded)
            .count();
        let asked = self.boards.len();
        self.end(InitiatorEvent::Finished { succeeded, asked });
    }

    fn finish_scan(&mut self) {
        let found = self.boards.len();
        self.end(InitiatorEvent::Scanned { found });
    }

    fn end(&mut self, event: InitiatorEvent) {
        self.task = Task::Idle;
        self.over = Some(event);
    }

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        let source = incoming.message.source;
        let Ok(packet) = Packet::parse(incoming.message.payload) else {
            return;
        };
        if packet.kind() != incoming.message.kind {
            return;
        }
        match &mut self.task {
            Task::Idle => {}
            Task::Giving(giving) => {
                // Answers to the group come while it is told to leave.
                if let Some(gift) = &giving.gift
                    && let Some(board) = self.boards.iter_mut().find(|board| board.address == source)
                {
                    board.handle(now, &packet, gift);
                }
            }
            Task::Scanning { .. } => {
                if let Packet::Info(info) = packet {
                    let found = Found {
                        address: source,
                        rssi_dbm: incoming.rssi_dbm,
                        channel: incoming.channel,
                        info,
                    };
                    // Without room it is left for the next time that it answers.
                    if !source.is_group()
                        && self.candidate(source).is_none()
                        && !self.found.is_full()
                        && self.boards.push(Candidate::new(source)).is_ok()
                    {
                        let _ = self.found.push_back(found);
                    }
                }
            }
            Task::Resetting(resetting) => {
                if let Packet::Info(info) = packet
                    && resetting.board == source
                {
                    if info.keyed.is_none() {
                        self.end(InitiatorEvent::Reset {
                            address: source,
                            outcome: ResetOutcome::Claimed,
                        });
                        return;
                    }
                    let challenge = info.ours.filter(|_| info.keyed == Some(Mode::Strong));
                    let proof = challenge.zip(resetting.key.as_ref()).map(|(ours, key)| {
                        // The challenge is as good as the key: nobody else can answer it.
                        reset_proof(key, source, ours.challenge)
                    });
                    resetting.order = Some(Packet::Reset { proof });
                    resetting.due = now;
                }
            }
        }
    }

    /// What is to be said next, and to whom; it stands in the buffer.
    fn next(&mut self, now: Instant, random: &mut dyn Rng) -> Option<Words> {
        match &mut self.task {
            Task::Idle => None,
            Task::Giving(_) => self.next_gift(now, random),
            Task::Scanning { asked, due } => {
                if now < *due {
                    return None;
                }
                if *asked == SCANS {
                    self.finish_scan();
                    return None;
                }
                *asked += 1;
                *due = now + SCAN_WAIT;
                let head = FrameHead {
                    filter_adjacent_channel: true,
                    ..FrameHead::BROADCAST
                };
                self.words(MacAddress::BROADCAST, head, &Packet::Request)
            }
            Task::Resetting(resetting) => {
                if now < resetting.due {
                    return None;
                }
                let address = resetting.board;
                if resetting.said == RESET_TRIES {
                    self.end(InitiatorEvent::Reset {
                        address,
                        outcome: ResetOutcome::Unanswered,
                    });
                    return None;
                }
                resetting.said += 1;
                resetting.due = now + RESET_WAIT;
                let packet = resetting.order.take().unwrap_or(Packet::Request);
                self.words(address, BY_UNICAST, &packet)
            }
        }
    }

    fn next_gift(&mut self, now: Instant, random: &mut dyn Rng) -> Option<Words> {
        let waiting = self.boards.iter().filter(|board| !board.is_settled()).count();
        if waiting == 0 {
            self.finish();
            return None;
        }
        let Task::Giving(giving) = &mut self.task else {
            return None;
        };
        if giving.step == Step::Talk && now >= giving.until {
            if giving.round + 1 == ROUNDS {
                self.finish();
                return None;
            }
            giving.round += 1;
            giving.step = Step::Join(0);
        }
        match giving.step {
            Step::Join(from) => {
                let (words, next) = change_group(&self.boards, &mut self.buffer, true, from)?;
                giving.step = next.map_or(Step::Hello, Step::Join);
                Some(words)
            }
            Step::Hello => {
                let Owned { mode, proof, key } = giving.terms.clone();
                // A new one for each round, as in the component.
                let gift = Gift {
                    client: self.address,
                    mode,
                    proof,
                    key,
                    ephemeral: EphemeralKey::generate(random),
                };
                let hello = Packet::Hello {
                    mode,
                    client_public: *gift.ephemeral.public(),
                };
                giving.gift = Some(gift);
                giving.step = Step::Leave(0);
                let count = u32::try_from(waiting).unwrap_or(u32::MAX);
                giving.until = now + ROUND + ROUND_PER_BOARD * count;
                let asked_again = now + roster::patience(waiting);
                for board in &mut self.boards {
                    board.begin(asked_again);
                }
                let head = FrameHead {
                    broadcast: true,
                    group: true,
                    ..BY_UNICAST
                };
                self.words(SECURITY_GROUP, head, &hello)
            }
            Step::Leave(from) => {
                let (words, next) = change_group(&self.boards, &mut self.buffer, false, from)?;
                giving.step = next.map_or(Step::Talk, Step::Leave);
                Some(words)
            }
            Step::Talk => {
                let count = self.boards.len();
                let index = (self.turn..self.turn + count)
                    .map(|index| index % count)
                    .find(|&index| self.boards[index].due().is_some_and(|due| due <= now))?;
                self.turn = (index + 1) % count;
                let gift = giving.gift.as_ref()?;
                let packet = self.boards[index].next(now, waiting, gift);
                let address = self.boards[index].address;
                self.words(address, BY_UNICAST, &packet)
            }
        }
    }

    fn words(&mut self, destination: MacAddress, head: FrameHead, packet: &Packet) -> Option<Words> {
        let length = packet.emit(&mut self.buffer)?;
        Some(Words {
            kind: packet.kind(),
            head,
            destination,
            length,
        })
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.task {
            Task::Idle => None,
            Task::Giving(giving) => {
                let due = self.boards.iter().filter_map(Candidate::due).min();
                Some(due.map_or(giving.until, |due| due.min(giving.until)))
            }
            Task::Scanning { due, .. } | Task::Resetting(Resetting { due, .. }) => Some(*due),
        }
    }
}

/// A message whose payload stands in the buffer.
#[derive(Clone, Copy, Debug)]
struct Words {
    kind: Kind,
    head: FrameHead,
    destination: MacAddress,
    length: usize,
}

/// `CONFIG_ESPNOW_SEC_SEND_RETRY_NUM` 1, `…_FORWARD_TTL` 0, `…_FORWARD_RSSI` −65: the component's defaults.
const BY_UNICAST: FrameHead = FrameHead {
    retransmit_count: 1,
    filter_adjacent_channel: true,
    forward_rssi: -65,
    ..FrameHead::UNICAST
};

/// Makes the boards from `from` on that are not settled join or leave the group, as many as one message names. Also gives with
/// which board the next message begins, if there is one.
fn change_group(boards: &[Candidate], buffer: &mut [u8], join: bool, from: usize) -> Option<(Words, Option<usize>)> {
    let mut members = heapless::Vec::<[u8; 6], MAX_MEMBERS>::new();
    let mut next = None;
    for (index, board) in boards.iter().enumerate().skip(from) {
        if !board.is_settled() && members.push(board.address.octets()).is_err() {
            next = Some(index);
            break;
        }
    }
    let length = GroupChange::new(join, SECURITY_GROUP, &members)?.emit(buffer)?;
    let words = Words {
        kind: Kind::Group,
        head: FrameHead::BROADCAST,
        destination: MacAddress::BROADCAST,
        length,
    };
    Some((words, next))
}

impl<const BOARDS: usize> Service for Initiator<BOARDS> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Security, Kind::SecurityStatus])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => self.handle_message(now, &incoming),
            Input::Sent { tag, .. } if self.in_flight == Some(tag) => self.in_flight = None,
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if self.in_flight.is_some() {
            // `Sent` comes.
            return Output::Wait(None);
        }
        let Some(words) = self.next(now, random) else {
            return Output::Wait(self.deadline());
        };
        self.next_tag = self.next_tag.wrapping_add(1);
        self.in_flight = Some(self.next_tag);
        Output::Send(Send {
            tag: self.next_tag,
            kind: words.kind,
            head: words.head,
            destination: words.destination,
            payload: &self.buffer[..words.length],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_initiator_weighs_what_its_boards_weigh() {
        let fixed = size_of::<Initiator<0>>();
        assert!(fixed <= 900, "{fixed} octets");
        assert!(size_of::<Initiator<16>>() <= 2800);
        assert!(size_of::<Initiator<MAX_BOARDS>>() <= 12_000);
    }

    #[test]
    fn commands_say_what_is_wrong_with_them() {
        let mut initiator = Initiator::<2>::new(MacAddress([2, 0, 0, 0, 0, 1]));
        let board = |number| MacAddress([2, 0, 0, 0, 1, number]);
        let (proof, key) = (ProofOfPossession::new(b"pop"), AppKey::new([7; 32]));
        let terms = Terms {
            mode: Mode::Strong,
            proof: &proof,
            key: &key,
        };
        assert_eq!(initiator.give(&terms, &[]), Err(InitiatorError::Nobody));
        let placeholder = MacAddress([0xbb; 6]);
        assert_eq!(
            initiator.give(&terms, &[placeholder]),
            Err(InitiatorError::Group(placeholder))
        );
        assert_eq!(
            initiator.give(&terms, &[board(1), board(2), board(3)]),
            Err(InitiatorError::TooMany { room: 2 })
        );
        assert_eq!(initiator.give(&terms, &[board(1), board(2), board(1)]), Ok(()));
        assert_eq!(initiator.results().count(), 2);
        assert_eq!(initiator.scan(Instant::START), Err(InitiatorError::Busy));
        initiator.stop();
        assert!(initiator.poll_event().is_some());
    }
}
