//! The boards that are upgraded.

use crate::MacAddress;

/// A board that is upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Who.
    pub address: MacAddress,
    /// How it went.
    pub state: TargetState,
    /// Octets that it had when it was last heard of.
    pub written: u32,
    /// In this round.
    pub(super) answer: Answered,
    pub(super) tries: u8,
    /// It is to be told to join the group: at the beginning, and where what was sent did not reach it, as a restart forgets groups.
    pub(super) join: bool,
    pub(super) joined: bool,
    /// It is to be told to leave.
    pub(super) leave: bool,
}

impl Target {
    fn new(address: MacAddress) -> Self {
        Self {
            address,
            state: TargetState::Unfinished,
            written: 0,
            answer: Answered::No,
            tries: 0,
            join: false,
            joined: false,
            leave: false,
        }
    }

    /// Another upgrade begins.
    pub(super) fn renew(&mut self) {
        *self = Self::new(self.address);
    }
}

/// How it went with a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// It is not done.
    Unfinished,
    /// It has the image.
    Succeeded,
    /// It ran the image before.
    AlreadyRunning,
    /// It does not take the image.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// Not, or not yet.
    No,
    /// It makes room for the image, or looks through it, and speaks up when it is done.
    NotReady,
    /// It waits for packets.
    Ready,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Targets<const N: usize>(heapless::Vec<Target, N>);

impl<const N: usize> Targets<N> {
    pub(super) const fn new() -> Self {
        Self(heapless::Vec::new())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn as_slice(&self) -> &[Target] {
        &self.0
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Target> {
        self.0.iter_mut()
    }

    /// Adds a board, if it is not there; `None` if there is no room.
    pub(super) fn add(&mut self, address: MacAddress) -> Option<bool> {
        if self.0.iter().any(|target| target.address == address) {
            return Some(false);
        }
        self.0.push(Target::new(address)).ok().map(|()| true)
    }

    pub(super) fn unfinished(&self) -> impl Iterator<Item = &Target> {
        self.0.iter().filter(|target| target.state == TargetState::Unfinished)
    }

    pub(super) fn count(&self, state: TargetState) -> u16 {
        // A board has far fewer than 65 536.
        self.0.iter().filter(|target| target.state == state).count() as u16
    }

    pub(super) fn find_unfinished(&mut self, address: MacAddress) -> Option<&mut Target> {
        self.0
            .iter_mut()
            .find(|target| target.address == address && target.state == TargetState::Unfinished)
    }

    /// How many of those that are not done have answered so.
    pub(super) fn answered(&self, answer: Answered) -> usize {
        self.unfinished().filter(|target| target.answer == answer).count()
    }
}
