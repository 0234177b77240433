//! Who can matter to whom: for each sender the boards that it reaches, and with what power.
//!
//! A list is made when its sender first sends, from the boards near it, and kept until something about it changes. Frames on
//! the air hold the list that they began with, so that what was added at their start is taken away at their end.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::Channel;

use super::Verdict;
use super::links::Links;
use super::power::Power;
use super::propagation::{Antenna, Environment, Grid, Position};
use crate::observe::Loss;

/// A board that a sender reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub(super) index: u32,
    /// Mean received power.
    pub(super) power: Power,
    /// The same in whole dBm.
    pub(super) rssi_dbm: i8,
}

impl Neighbour {
    fn new(index: u32, received_dbm: f64) -> Self {
        Self {
            index,
            power: Power::from_dbm(received_dbm),
            rssi_dbm: libm::round(received_dbm).clamp(-127.0, 20.0) as i8,
        }
    }

    /// How a frame ended there.
    pub(super) const fn verdict(&self, outcome: Result<(), Loss>) -> Verdict {
        Verdict {
            index: self.index,
            rssi_dbm: self.rssi_dbm,
            outcome,
        }
    }
}

/// A board's place and antenna.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Site {
    pub(super) antenna: Antenna,
    /// dBm at the antenna.
    pub(super) power_dbm: f64,
}

/// All sites and the paths between them.
#[derive(Debug)]
pub(super) struct Topology {
    environment: Environment,
    seed: u64,
    /// Received power below this changes nothing anywhere, dBm.
    floor_dbm: f64,
    sites: Vec<Site>,
    /// The highest gain of all antennas.
    best_gain_dbi: f64,
    grid: Option<Grid>,
    /// The longest range of all senders whose list was made, m.
    longest_range_m: f64,
    lists: Vec<Option<Rc<[Neighbour]>>>,
    /// How often sites came or moved.
    changes: u64,
    /// Sites whose radio is off.
    off: BTreeSet<u32>,
    /// Filled and emptied with each list that is made.
    near: Vec<u32>,
    reached: Vec<Neighbour>,
}

/// All powers are those of this channel; neighbour channels differ by hundredths of a decibel.
const FREQUENCY_MHZ: u16 = Channel::DEFAULT.centre_mhz();

impl Topology {
    pub(super) fn new(environment: Environment, seed: u64) -> Self {
        Self {
            environment: Environment {
                path_loss: environment.path_loss.at(FREQUENCY_MHZ),
                ..environment
            },
            seed,
            floor_dbm: f64::INFINITY,
            sites: Vec::new(),
            best_gain_dbi: f64::NEG_INFINITY,
            grid: None,
            longest_range_m: 0.0,
            lists: Vec::new(),
            changes: 0,
            off: BTreeSet::new(),
            near: Vec::new(),
            reached: Vec::new(),
        }
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Adds a site whose receiver does not notice what is weaker than `floor_dbm`.
    pub(super) fn add(&mut self, site: Site, floor_dbm: f64) {
        self.floor_dbm = self.floor_dbm.min(floor_dbm);
        self.best_gain_dbi = self.best_gain_dbi.max(site.antenna.gain_dbi);
        self.sites.push(site);
        self.lists.push(None);
        self.forget();
    }

    /// Something changed that may concern everybody.
    pub(super) fn forget(&mut self) {
        self.changes += 1;
        self.grid = None;
        self.lists.fill(None);
    }

    /// Something changed that concerns what one sender reaches.
    pub(super) fn forget_sender(&mut self, sender: u32) {
        if let Some(list) = self.lists.get_mut(sender as usize) {
            *list = None;
        }
    }

    /// Puts a site elsewhere. Lists in which it is, or may come to be, are made anew when they are needed.
    pub(super) fn move_to(&mut self, index: u32, position: Position) {
        let Some(site) = self.sites.get_mut(index as usize) else {
            return;
        };
        let before = std::mem::replace(&mut site.antenna.position, position);
        self.changes += 1;
        self.forget_sender(index);
        let Some(grid) = &mut self.grid else { return };
        grid.move_to(index, position);
        for place in [before, position] {
            self.forget_near(place);
        }
    }

    /// A site sends with another power from now on.
    pub(super) fn set_power(&mut self, index: u32, power_dbm: f64) {
        if let Some(site) = self.sites.get_mut(index as usize) {
            site.power_dbm = power_dbm;
            self.changes += 1;
            self.forget_sender(index);
        }
    }

    /// Switches a site's radio off or on: nobody reaches one that is off.
    pub(super) fn set_on(&mut self, index: u32, on: bool) {
        let changed = if on {
            self.off.remove(&index)
        } else {
            self.off.insert(index)
        };
        if let (true, Some(place)) = (changed, self.position(index)) {
            self.forget_near(place);
        }
    }

    /// Something changed there. Without a grid, no list was made yet.
    fn forget_near(&mut self, place: Position) {
        let near = self.grid.iter().flat_map(|grid| grid.near(place, self.longest_range_m));
        for index in near {
            self.lists[index as usize] = None;
        }
    }

    /// How often sites came or moved.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whom a source that is no site of its own reaches, in the order of their rows. Links set by hand do not matter to it.
    pub(super) fn reached_from(&self, source: &Site) -> Rc<[Neighbour]> {
        let reached = (0..).zip(&self.sites).filter_map(|(index, site)| {
            let gain_db = self
                .environment
                .mean_gain_db(self.seed, &source.antenna, &site.antenna, FREQUENCY_MHZ);
            let received_dbm = source.power_dbm + gain_db;
            (received_dbm >= self.floor_dbm).then(|| Neighbour::new(index, received_dbm))
        });
        reached.collect()
    }

    /// With what mean power a sender arrives at an antenna that is no site's, dBm.
    pub(super) fn received_dbm(&self, sender: u32, antenna: &Antenna) -> Option<f64> {
        let site = self.sites.get(sender as usize)?;
        let gain_db = self
            .environment
            .mean_gain_db(self.seed, &site.antenna, antenna, FREQUENCY_MHZ);
        Some(site.power_dbm + gain_db)
    }

    pub(super) fn position(&self, index: u32) -> Option<Position> {
        self.sites.get(index as usize).map(|site| site.antenna.position)
    }

    /// Whom a sender reaches, in the order of their rows.
    pub(super) fn neighbours(&mut self, sender: u32, links: &Links) -> Rc<[Neighbour]> {
        if let Some(Some(list)) = self.lists.get(sender as usize) {
            return Rc::clone(list);
        }
        let list = self.reach(sender, links);
        self.lists[sender as usize] = Some(Rc::clone(&list));
        list
    }

    #[cold]
    #[inline(never)]
    fn reach(&mut self, sender: u32, links: &Links) -> Rc<[Neighbour]> {
        let from = self.sites[sender as usize];
        let gains_dbi = from.antenna.gain_dbi + self.best_gain_dbi;
        let range_m = self
            .environment
            .range_m(self.floor_dbm - from.power_dbm, gains_dbi, FREQUENCY_MHZ);
        self.longest_range_m = self.longest_range_m.max(range_m);
        let sites = &self.sites;
        let grid = self.grid.get_or_insert_with(|| {
            // Cells of half the range: a circle covers some twenty of them.
            let cell_m = (range_m / 2.0).clamp(1.0, 1e6);
            Grid::new(cell_m, sites.iter().map(|site| site.antenna.position))
        });
        // Not `extend`: nested iterators are faster when they are driven from within.
        grid.near(from.antenna.position, range_m)
            .filter(|index| *index != sender && !self.off.contains(index))
            .for_each(|index| self.near.push(index));
        self.near.sort_unstable();
        let of_all = links.of_all();
        let reached = self.near.drain(..).filter_map(|index| {
            let differing;
            let link = match of_all {
                Some(link) => link,
                None => {
                    differing = links.get(sender, index);
                    &differing
                }
            };
            if !link.up {
                return None;
            }
            let to = &sites[index as usize].antenna;
            let gain_db = self
                .environment
                .mean_gain_db(self.seed, &from.antenna, to, FREQUENCY_MHZ);
            let received_dbm = from.power_dbm + gain_db - link.attenuation_db;
            (received_dbm >= self.floor_dbm).then(|| Neighbour::new(index, received_dbm))
        });
        self.reached.extend(reached);
        let list = Rc::from(self.reached.as_slice());
        self.reached.clear();
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::Link;
    use crate::medium::propagation::{Shadowing, Wall};
    use proptest::prelude::*;

    const SEED: u64 = 7;

    fn sites() -> impl Strategy<Value = Vec<Site>> {
        let site = (-300.0..300.0, -300.0..300.0, prop_oneof![Just(20.0), Just(11.0)]);
        prop::collection::vec(site, 2..12).prop_map(|sites| {
            let sites = (0..).zip(sites).map(|(board, (x_m, y_m, power_dbm))| Site {
                antenna: Antenna {
                    board,
                    position: Position::on_ground(x_m, y_m),
                    gain_dbi: f64::from(board % 3),
                },
                power_dbm,
            });
            sites.collect()
        })
    }

    proptest! {
        /// Whoever asked before, and whoever moved, changed its power or was off meanwhile.
        #[test]
        fn a_sender_reaches_whom_its_power_reaches(
            sites in sites(),
            steps in prop::collection::vec((0..12_usize, 0..4_u8, -300.0..300.0), 0..40),
        ) {
            let environment = Environment {
                shadowing: Shadowing { sigma_db: 4.0 },
                walls: vec![Wall { from: [5.0, -100.0], to: [5.0, 100.0], loss_db: 10.0 }],
                ..Environment::default()
            };
            let mut topology = Topology::new(environment, SEED);
            for &site in &sites {
                topology.add(site, -100.0);
            }
            let links = Links::all(Link::default());
            for (index, what, metres) in steps {
                let index = index % sites.len();
                let row = index as u32;
                match what {
                    0 => topology.move_to(row, Position::on_ground(metres, -metres)),
                    1 => topology.set_power(row, if metres > 0.0 { 20.0 } else { 11.0 }),
                    2 => topology.set_on(row, metres > 0.0),
                    // Who is off does not send.
                    _ if topology.off.contains(&row) => {}
                    _ => {
                        let site = topology.sites[index];
                        let mut expected = topology.reached_from(&site).to_vec();
                        expected.retain(|neighbour| neighbour.index != row && !topology.off.contains(&neighbour.index));
                        prop_assert_eq!(topology.neighbours(row, &links).to_vec(), expected);
                    }
                }
            }
        }
    }
}
