//! Describing a run.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::image::{ChipId, Description};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use slab::Slab;

use super::gateway::Gateway;
use super::interference::Interference;
use super::landing::Inbox;
use super::life::Life;
use super::program::{App, Program};
use super::touch::Wired;
use super::turns::Countdowns;
use super::walk::Walker;
use super::{Action, Happening, Intervention, Lab, MediumStatistics, Seat, Walk};
use crate::board::{FramePool, Hardware, Landings, Profile, Stock, VirtualBoard, synthetic_image};
use crate::kernel::{Crystal, Queue, Span, Tasks, Time};
use crate::medium::interferer::Interferer;
use crate::medium::propagation::{Environment, Position};
use crate::medium::{Links, Medium};
use crate::observe::{BoardId, BoardInfo, Ending, Observer};
use crate::station::Station;

/// A run's description: boards, links, interferers, end. Made by [`Lab::builder`].
pub struct LabBuilder {
    name: Rc<str>,
    seed: u64,
    environment: Environment,
    links: Links,
    interferers: Vec<Interferer>,
    limit: Time,
    quiet: Option<Span>,
    crystal_tolerance_ppm: f64,
    boards: Vec<Plan>,
    rows: BTreeMap<MacAddress, u32>,
    ends_with: Vec<(BoardId, Span)>,
    interventions: Vec<(Time, BoardId, Intervention)>,
    actions: Vec<(Time, Action)>,
    walkers: Vec<Walker>,
    /// The antenna's seat, and the board that it speaks for.
    antenna: Option<(u32, BoardId)>,
    observers: Vec<Box<dyn Observer>>,
    /// The images that boards come with unless told otherwise, a kind of chip each.
    stocks: Vec<(ChipId, Rc<Stock>)>,
}

/// The seat of an antenna to real boards.
#[derive(Clone, Debug)]
pub struct AntennaPlan {
    /// The antenna's own address.
    pub address: MacAddress,
    /// The channel that it listens on in the lab.
    pub channel: Channel,
    /// The name of the board that its address stands for on the real air; `None` for the first.
    pub speaks_for: Option<String>,
}

/// Why an antenna can't have a seat in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AntennaError {
    /// No board has that name.
    #[error("there is no board {name:?} that the antenna could speak for; there are {known}")]
    NoSuchBoard {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A virtual board has the antenna's address.
    #[error("{address} is the antenna's address and a virtual board's too: flash another board as the antenna")]
    SameAddress {
        /// The address.
        address: MacAddress,
    },
}

/// How often the antenna's program looks up, so that a run which is open to the outside does not end for lack of events.
const LOOK_UP_EVERY: Duration = Duration::from_secs(1);

struct Plan {
    info: BoardInfo,
    profile: Profile,
    position: Position,
    is_off: bool,
    program: Program,
    stock: Rc<Stock>,
    /// What the world does to its pins from the start.
    analogue: Vec<(u8, u16)>,
    driven: Vec<(u8, bool)>,
}

impl LabBuilder {
    pub(super) fn new(name: &str, seed: u64) -> Self {
        Self {
            name: name.into(),
            seed,
            environment: Environment::desk(),
            links: Links::default(),
            interferers: Vec::new(),
            limit: Time::MAX,
            quiet: None,
            crystal_tolerance_ppm: 0.0,
            boards: Vec::new(),
            rows: BTreeMap::new(),
            ends_with: Vec::new(),
            interventions: Vec::new(),
            actions: Vec::new(),
            walkers: Vec::new(),
            antenna: None,
            observers: Vec::new(),
            stocks: Vec::new(),
        }
    }

    /// What lies between the boards. Default: a desk, where everybody hears everybody equally well.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// What is set by hand for links.
    #[must_use]
    pub fn links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }

    /// Adds a source of energy that no board decodes: a Wi-Fi network, Bluetooth, a microwave oven. The environment lies
    /// between it and the boards, too; on the desk, where everybody is equally far from everybody, so is it. It does not keep
    /// a run going: where nothing else is left to happen, the run is over.
    #[must_use]
    pub fn interferer(mut self, interferer: Interferer) -> Self {
        self.interferers.push(interferer);
        self
    }

    /// The run ends then at the latest.
    #[must_use]
    pub fn until(mut self, limit: Time) -> Self {
        self.limit = limit;
        self
    }

    /// The run ends when for so long no frame was sent, nothing printed, and no board showed, began or ended anything: programs
    /// that wait for each other for ever do nothing else.
    #[must_use]
    pub fn ends_when_quiet_for(mut self, quiet: Span) -> Self {
        self.quiet = Some(quiet);
        self
    }

    /// The run ends `grace` after the program of the board added last has ended.
    #[must_use]
    pub fn ends_after_it(mut self, grace: Span) -> Self {
        self.ends_with.extend(self.last().map(|last| (last, grace)));
        self
    }

    /// The board added last.
    fn last(&self) -> Option<BoardId> {
        let index = self.boards.len().checked_sub(1)?;
        u32::try_from(index).ok().map(BoardId)
    }

    /// Adds a board that runs `app` from the start, and again whenever it is reset. What runs may depend on the image:
    /// [`VirtualBoard::image`].
    ///
    /// # Panics
    /// If the address is a group address or another board's: a scenario's author wants to know at once.
    #[must_use]
    pub fn board<A>(mut self, name: &str, profile: Profile, address: MacAddress, app: A) -> Self
    where
        A: AsyncFn(VirtualBoard) -> Ending + 'static,
    {
        assert!(
            !address.is_group(),
            "{name}: {address} is a group address, no board can have it"
        );
        let row = u32::try_from(self.boards.len()).expect("fewer than 2^32 boards");
        assert!(
            self.rows.insert(address, row).is_none(),
            "{name}: {address} is another board's address"
        );
        let stock = self.default_stock(profile.image_chip);
        self.boards.push(Plan {
            info: BoardInfo {
                name: name.into(),
                chip: profile.chip,
                address,
                pixels: profile.pixels,
            },
            profile,
            position: Position::default(),
            is_off: false,
            program: Program {
                app: Rc::new(app),
                boots: None,
            },
            stock,
            analogue: Vec::new(),
            driven: Vec::new(),
        });
        self
    }

    fn default_stock(&mut self, chip: ChipId) -> Rc<Stock> {
        if let Some((_, stock)) = self.stocks.iter().find(|(of, _)| *of == chip) {
            return Rc::clone(stock);
        }
        let stock = Rc::new(Stock::new(synthetic_image(chip, &self.name_of_image(), "1.0.0", &[])));
        self.stocks.push((chip, Rc::clone(&stock)));
        stock
    }

    /// The scenario's name, as far as an image has room for it.
    fn name_of_image(&self) -> String {
        let mut name: String = self.name.chars().filter(|&letter| letter != '\0').take(31).collect();
        while name.len() > 31 {
            name.pop();
        }
        name
    }

    /// The image in the running slot of the board added last: [`synthetic_image`], or one that was built for a chip. By default
    /// it is a synthetic one, version 1.0.0, of a project named like the scenario.
    #[must_use]
    pub fn image(mut self, octets: impl Into<Bytes>) -> Self {
        let octets = octets.into();
        if let Some(plan) = self.boards.last_mut() {
            plan.stock = Rc::new(Stock::new(octets));
        }
        self
    }

    /// What images the board added last can run, besides that they must be whole and for its chip. One that does not boot is
    /// passed over, and the other slot's runs. By default all do.
    #[must_use]
    pub fn boots(mut self, boots: impl Fn(&Description) -> bool + 'static) -> Self {
        if let Some(plan) = self.boards.last_mut() {
            plan.program.boots = Some(Rc::new(boots));
        }
        self
    }

    /// Something is done to the board added last.
    #[must_use]
    pub fn intervene_at(mut self, at: Time, what: Intervention) -> Self {
        self.interventions.extend(self.last().map(|last| (at, last, what)));
        self
    }

    /// Something is done to the run. Boards are named by their place in the scenario, and need not be there yet.
    #[must_use]
    pub fn act_at(mut self, at: Time, action: Action) -> Self {
        self.actions.push((at, action));
        self
    }

    /// The board added last walks, from `at` on. It stands at the walk's beginning until then.
    #[must_use]
    pub fn walks(mut self, at: Time, walk: Walk) -> Self {
        let Some(board) = self.last() else { return self };
        let beginning = walk.position(Span::ZERO);
        self.walkers.push(Walker::new(board, at, walk));
        self.at(beginning)
    }

    /// Gives the board added last a sensor: what a converter reads at this pin, 65535 being full scale.
    #[must_use]
    pub fn analogue(mut self, pin: u8, value: u16) -> Self {
        if let Some(plan) = self.boards.last_mut() {
            plan.analogue.push((pin, value));
        }
        self
    }

    /// Drives a pin of the board added last, from the start.
    #[must_use]
    pub fn drives_pin(mut self, pin: u8, level: bool) -> Self {
        if let Some(plan) = self.boards.last_mut() {
            plan.driven.push((pin, level));
        }
        self
    }

    /// Puts the board added last there; boards that are put nowhere are at the origin.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        if let Some(plan) = self.boards.last_mut() {
            plan.position = position;
        }
        self
    }

    /// Adds the seat of an antenna to real boards, at the origin. Nothing passes through it until a
    /// [`Bridge`](crate::bridge::Bridge) is there. A run with it has no end of its own but [`LabBuilder::until`] and
    /// [`LabBuilder::ends_after_it`].
    ///
    /// # Errors
    /// If there is no board that it is to speak for, or its address is taken.
    pub fn antenna(self, plan: &AntennaPlan) -> Result<Self, AntennaError> {
        let address = plan.address;
        if self.rows.contains_key(&address) {
            return Err(AntennaError::SameAddress { address });
        }
        let names = || self.boards.iter().map(|plan| &*plan.info.name);
        let speaks_for = match &plan.speaks_for {
            None => Some(0),
            Some(name) => names().position(|other| other == name),
        };
        let board = speaks_for
            .filter(|&index| index < self.boards.len())
            .and_then(|index| u32::try_from(index).ok())
            .map(BoardId)
            .ok_or_else(|| AntennaError::NoSuchBoard {
                name: plan.speaks_for.clone().unwrap_or_default(),
                known: names().collect::<Vec<_>>().join(", "),
            })?;
        let seat = u32::try_from(self.boards.len()).unwrap_or(u32::MAX);
        let channel = plan.channel;
        let mut builder = self.board("antenna", Profile::ANTENNA, address, async move |mut board| {
            let Parts { radio, clock, .. } = board.parts();
            if let Err(error) = radio.set_channel(channel) {
                return Ending::Failed(error.to_string());
            }
            loop {
                clock.sleep(LOOK_UP_EVERY).await;
            }
        });
        builder.antenna = Some((seat, board));
        Ok(builder)
    }

    /// Leaves the board added last without power until `time`; then it boots, and its timer begins. Others are up from the start.
    #[must_use]
    pub fn powered_on_at(mut self, time: Time) -> Self {
        if let Some(plan) = self.boards.last_mut() {
            plan.is_off = true;
        }
        self.intervene_at(time, Intervention::PowerOn)
    }

    /// Gives each board a crystal of its own, wrong by `tolerance_ppm` parts in a million at most, drawn from the seed. Default:
    /// all are right. Espressif asks for ±10 ppm.
    #[must_use]
    pub fn crystals(mut self, tolerance_ppm: f64) -> Self {
        self.crystal_tolerance_ppm = tolerance_ppm;
        self
    }

    /// Adds somebody who watches.
    #[must_use]
    pub fn observe(mut self, observer: Box<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Puts everything together. Nothing happens before the first step, so that observers may still be added.
    #[must_use]
    pub fn build(self) -> Lab {
        let mut lab = Lab {
            name: self.name,
            seed: self.seed,
            queue: Queue::default(),
            tasks: Tasks::default(),
            seats: Vec::with_capacity(self.boards.len()),
            medium: Medium::new(self.environment, self.links, self.seed),
            hand_overs: Slab::new(),
            held: Vec::new(),
            actions: Vec::new(),
            walkers: self.walkers,
            countdowns: Countdowns::default(),
            inboxes: Vec::new(),
            landings: Landings::default(),
            interference: Interference::default(),
            gateway: self.antenna.map(|(seat, speaks_for)| {
                Gateway::new(seat, speaks_for, self.rows.keys().copied().collect(), self.seed)
            }),
            rows: self.rows,
            air_is_watched: self.observers.iter().any(|observer| observer.watches_air()),
            observers: self.observers,
            medium_statistics: MediumStatistics::default(),
            advice: Vec::new(),
            next_transmission: 0,
            awaiting_acks: 0,
            cut_off: Vec::new(),
            limit: self.limit,
            quiet: self.quiet,
            last_seen: Time::ZERO,
            over: false,
            unfinished: false,
            asked_at: None,
            ends_with: self.ends_with,
            requests: None,
            pool: FramePool::default(),
            verdicts: Vec::new(),
            idle: Vec::new(),
            ending: Vec::new(),
            ended: Vec::new(),
            mailings: Vec::new(),
        };
        for (
            index,
            Plan {
                info,
                profile,
                position,
                is_off,
                program,
                stock,
                analogue,
                driven,
            },
        ) in (0..).zip(self.boards)
        {
            let hardware = Hardware::new(
                &profile,
                info.address,
                self.seed,
                index,
                stock,
                lab.pool.clone(),
                lab.landings.clone(),
            );
            let crystal = Crystal::drawn(self.crystal_tolerance_ppm, self.seed, index);
            let mut hardware = hardware.with_crystal(crystal);
            for (pin, value) in analogue {
                hardware.peripherals().pins.set_analogue(pin, value);
            }
            for (pin, level) in driven {
                hardware.peripherals().pins.drive(pin, Some(level), Instant::START);
            }
            let hardware = Wired::new(hardware);
            lab.medium.add(position, &profile.radio, profile.power_dbm);
            let task = lab.tasks.spawn(App::start(Rc::clone(&program.app), hardware.board()));
            debug_assert_eq!(task, index, "a row a board");
            if let Some(waker) = lab.tasks.waker(task) {
                hardware.introduce(waker);
            }
            if is_off {
                lab.tasks.end(task);
                lab.medium.set_on(Time::ZERO, index, false);
            }
            lab.inboxes.push(Inbox::default());
            lab.seats.push(Seat {
                info,
                power_dbm: profile.power_dbm,
                hardware,
                station: Station::new(profile.mac, self.seed, index),
                life: if is_off { Life::Off } else { Life::Up },
                boot: profile.boot,
                program,
                access_armed: None,
                wake_armed: None,
                wakes_queued: 0,
                statistics: super::BoardStatistics::default(),
                computation: None,
                told: Vec::new(),
            });
        }
        lab.queue.schedule(Time::ZERO, Happening::PowerOn);
        for (at, board, what) in self.interventions {
            lab.queue.schedule(at, Happening::Intervention(board.0, what));
        }
        for interferer in &self.interferers {
            lab.add_interferer(Time::ZERO, interferer);
        }
        for (at, action) in self.actions {
            lab.schedule_action(at, action);
        }
        lab.schedule_walkers();
        lab
    }
}

impl std::fmt::Debug for LabBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: BTreeSet<_> = self.boards.iter().map(|plan| &plan.info.name).collect();
        f.debug_struct("LabBuilder")
            .field("name", &self.name)
            .field("boards", &names)
            .finish_non_exhaustive()
    }
}
