//! All boards of a scenario by name, address and group.

use std::collections::{BTreeMap, BTreeSet};

use protocol::MacAddress;

use super::check::Complaint;
use super::scalar::{Address, Selector};
use super::source::KeyPath;
use super::{Board, Scenario};
use crate::board::{FreeAddresses, PER_BOARD};
use crate::legible;
use crate::observe::{BoardId, MOST_BOARDS, pixels_have_room};

/// A board.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The entry that it is from.
    pub(crate) group: usize,
    /// Its number there, from 0.
    pub(crate) number: u32,
    pub(crate) address: MacAddress,
}

/// All boards, in the order of their ids.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    members: Vec<Member>,
    by_name: BTreeMap<String, u32>,
}

impl Cast {
    pub(super) fn new(scenario: &Scenario) -> Result<Self, Complaint> {
        let mut cast = Self {
            members: Vec::new(),
            by_name: BTreeMap::new(),
        };
        check_numbers(scenario)?;
        let mut free = FreeAddresses::beside(given_addresses(scenario)?);
        for (group, board) in scenario.boards.iter().enumerate() {
            let path = || board_path(group);
            if board.count > 1 && !board.name.contains("{n}") {
                let message = format!(
                    "{} boards need different names: write \"{}-{{n}}\"",
                    board.count, board.name
                );
                return Err(Complaint::new(path().key("name"), message));
            }
            for number in 0..board.count {
                let name = board.name.replace("{n}", &(number + 1).to_string());
                legible::check_name(&name).map_err(|rule| Complaint::new(path().key("name"), rule.to_owned()))?;
                let address = match board.address {
                    Some(first) => nth(first, number),
                    None => free.next(),
                };
                let Some(address) = address else {
                    return Err(Complaint::new(
                        path().key("count"),
                        "there are not so many addresses".to_owned(),
                    ));
                };
                let id = cast.members.len() as u32;
                if cast.by_name.insert(name.clone(), id).is_some() {
                    return Err(Complaint::new(
                        path().key("name"),
                        format!("another board is called {name}, too"),
                    ));
                }
                cast.members.push(Member {
                    name,
                    group,
                    number,
                    address,
                });
            }
        }
        Ok(cast)
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Member> {
        let id = *self.by_name.get(name)?;
        self.members.get(id as usize)
    }

    /// The boards that a selector means, in their order.
    pub(crate) fn select(&self, selector: &Selector) -> Vec<BoardId> {
        if selector.patterns().all(|pattern| !pattern.contains('*')) {
            let ids: BTreeSet<_> = selector.patterns().filter_map(|name| self.by_name.get(name)).collect();
            return ids.into_iter().map(|&id| BoardId(id)).collect();
        }
        let all = (0..).zip(&self.members);
        all.filter(|(_, member)| selector.matches(&member.name))
            .map(|(id, _)| BoardId(id))
            .collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.name.as_str()).collect()
    }
}

pub(super) fn board_path(group: usize) -> KeyPath {
    KeyPath::default().key("board").index(group)
}

/// All groups together have no more boards and pixels than a run may.
fn check_numbers(scenario: &Scenario) -> Result<(), Complaint> {
    let mut boards = 0_usize;
    for (group, board) in scenario.boards.iter().enumerate() {
        boards = boards.saturating_add(board.count as usize);
        if boards > MOST_BOARDS {
            let message = match group {
                0 => format!("{boards} boards are more than {MOST_BOARDS}"),
                _ => format!("with these there are {boards} boards, more than {MOST_BOARDS}"),
            };
            return Err(Complaint::new(board_path(group).key("count"), message));
        }
    }
    let strip = |board: &Board| (board.profile().pixels, board.count as usize);
    let strips = scenario.boards.iter().map(|board| {
        let (pixels, count) = strip(board);
        (board.name.as_str(), pixels, count)
    });
    pixels_have_room(strips).map_err(|message| {
        let groups = (0..).zip(&scenario.boards);
        let most = groups.max_by_key(|(_, board)| {
            let (pixels, count) = strip(board);
            pixels.saturating_mul(count)
        });
        Complaint::new(board_path(most.map_or(0, |(group, _)| group)).key("pixels"), message)
    })
}

/// The address of the board with this number of a group.
fn nth(first: Address, number: u32) -> Option<MacAddress> {
    first.plus(number.saturating_mul(PER_BOARD)).map(Address::get)
}

/// The addresses that are written; two boards can't have the same.
fn given_addresses(scenario: &Scenario) -> Result<BTreeSet<MacAddress>, Complaint> {
    let mut taken = BTreeSet::new();
    for (group, board) in scenario.boards.iter().enumerate() {
        let Some(first) = board.address else { continue };
        for number in 0..board.count {
            let path = board_path(group).key("address");
            let Some(address) = nth(first, number) else {
                return Err(Complaint::new(
                    path,
                    format!("there are not {} boards' addresses from there on", board.count),
                ));
            };
            if !taken.insert(address) {
                return Err(Complaint::new(
                    path,
                    format!("{address} is another board's address, too"),
                ));
            }
        }
    }
    Ok(taken)
}
