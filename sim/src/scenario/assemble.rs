//! From a description to a lab.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::Channel;
use protocol::board::{Board as _, Parts, Radio as _};

use super::app::{App, Call, Refusal, Started};
use super::board::Shape;
use super::cast::{Cast, Member, board_path};
use super::check::Complaint;
use super::event::{Event, Fault, JamRule};
use super::link::LinkRule;
use super::scripts::Scripts;
use super::source::suggest;
use super::{Place, Placement, Scenario, ScenarioError, Selector, Workload};
use crate::board::VirtualBoard;
use crate::kernel::{Concern, TaskFuture, stream, unit};
use crate::lab::{Action, Intervention, Lab, LabBuilder, Walk};
use crate::medium::Links;
use crate::medium::interferer::{Interferer, Jammer};
use crate::medium::propagation::Position;
use crate::observe::{BoardId, Ending};

impl Scenario {
    /// Describes a run with this seed. Nothing of it depends on anything but the scenario and the seed.
    ///
    /// # Errors
    /// What [`Scenario::validate`] finds.
    pub fn builder(&self, seed: u64) -> Result<LabBuilder, ScenarioError> {
        let builder = self.builder_unless(seed, &AtomicBool::new(false))?;
        Ok(builder.expect("nobody stops it"))
    }

    /// The same, until somebody says stop; `None` then. Boards' programs start meanwhile, which takes a while if there are many.
    pub(crate) fn builder_unless(&self, seed: u64, stop: &AtomicBool) -> Result<Option<LabBuilder>, ScenarioError> {
        self.assemble(seed, stop).map_err(|complaint| self.error(complaint))
    }

    fn assemble(&self, seed: u64, stop: &AtomicBool) -> Result<Option<LabBuilder>, Complaint> {
        let cast = Cast::new(self)?;
        self.check_all_but_programs(&cast)?;
        let mut builder = Lab::builder(&self.name, seed)
            .until(self.duration.time())
            .environment(self.air.surroundings())
            .links(self.all_links(&cast))
            .crystals(self.air.crystals);
        for (index, interferer) in self.air.interferers.iter().enumerate() {
            let interferer = interferer.interferer().map_err(|(key, message)| {
                let path = super::source::KeyPath::default()
                    .key("air")
                    .key("interferer")
                    .index(index);
                Complaint::new(path.key(key), message)
            })?;
            builder = builder.interferer(interferer);
        }
        let mut scripts = Scripts::to_start();
        for member in cast.members() {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            builder = self.seat(builder, &cast, member, seed, &mut scripts)?;
        }
        for event in &self.events {
            builder = self.stage(builder, &cast, event);
        }
        Ok(Some(builder))
    }

    fn all_links(&self, cast: &Cast) -> Links {
        let mut links = Links::all(self.air.link());
        for rule in &self.links {
            for (from, to) in pairs(cast, rule) {
                let link = rule.settings.change().applied_to(links.get(from.0, to.0));
                links.set(from.0, to.0, link);
            }
        }
        links
    }

    fn seat(
        &self,
        builder: LabBuilder,
        cast: &Cast,
        member: &Member,
        seed: u64,
        scripts: &mut Scripts,
    ) -> Result<LabBuilder, Complaint> {
        let group = &self.boards[member.group];
        let Started { program, image } = self.started(cast, member, seed, scripts)?;
        let channel = group
            .channel
            .or(self.air.channel)
            .map(|channel| channel.0)
            .unwrap_or_default();
        let mut builder = builder.board(&member.name, group.profile(), member.address, move |board| {
            on(board, channel, &program)
        });
        if let Some(image) = image {
            builder = builder.image(image);
        }
        builder = match &group.place {
            Placement::At(Place(position)) => builder.at(*position),
            Placement::Shape(Shape::Path {
                points,
                speed,
                start,
                apart,
            }) => match Walk::new(points.iter().map(|place| place.0).collect(), *speed) {
                Some(walk) => builder.walks(start.time() + apart.span() * u64::from(member.number), walk),
                None => builder,
            },
            Placement::Shape(shape) => builder.at(place_in(shape, member, group.count, seed)),
        };
        if let Some(at) = group.powered_on_at {
            builder = builder.powered_on_at(at.time());
        }
        if let Some(grace) = group.ends_run_after {
            builder = builder.ends_after_it(grace.span());
        }
        Ok(builder)
    }

    /// What a board begins with.
    pub(super) fn started(
        &self,
        cast: &Cast,
        member: &Member,
        seed: u64,
        scripts: &mut Scripts,
    ) -> Result<Started, Complaint> {
        let group = &self.boards[member.group];
        let path = || board_path(member.group);
        let (name, arguments) = match &group.workload {
            Workload::App { name, arguments } => (name.as_str(), arguments.clone()),
            Workload::Idle => ("idle", super::Arguments::new()),
            Workload::Script { path } => return self.script(scripts, member, path),
            Workload::Program(program) => {
                let program = Arc::clone(program);
                return Ok(Started {
                    program: Box::new(move |board| Arc::clone(&program).start(board)),
                    image: None,
                });
            }
        };
        let Some(app) = App::named(name) else {
            let names: Vec<_> = App::ALL.iter().map(|app| app.name).collect();
            let message = format!("there is no app {name:?}; {}", suggest(name, &names));
            return Err(Complaint::new(path().key("app"), message));
        };
        let call = Call {
            parameters: app.parameters,
            arguments: &arguments,
            cast,
            member,
            seed,
            image_chip: group.profile().image_chip,
        };
        let started = call.check_names().and_then(|()| app.start(&call));
        started.map_err(|Refusal { key, message }| match key {
            Some(key) => Complaint::new(path().key("arguments").key(&key), message),
            None => Complaint::new(path().key("app"), message),
        })
    }

    fn stage(&self, builder: LabBuilder, cast: &Cast, event: &Event) -> LabBuilder {
        let at = event.at.time();
        let actions = self.actions(cast, &event.fault);
        actions
            .into_iter()
            .fold(builder, |builder, action| builder.act_at(at, action))
    }

    /// What a fault is to a lab.
    pub(crate) fn actions(&self, cast: &Cast, fault: &Fault) -> Vec<Action> {
        let intervene = |boards: &Selector, what: Intervention| -> Vec<Action> {
            let boards = cast.select(boards).into_iter();
            boards.map(|board| Action::Intervene(board, what)).collect()
        };
        let each_way = |from: &Selector, to: &Selector, action: fn(BoardId, BoardId) -> Action| -> Vec<Action> {
            let ways = ways(cast, from, to).into_iter();
            ways.map(|(from, to)| action(from, to)).collect()
        };
        match fault {
            Fault::Press(boards) => intervene(boards, Intervention::Press),
            Fault::Reboot(boards) => intervene(boards, Intervention::Restart),
            Fault::Crash(boards) => intervene(boards, Intervention::Crash),
            Fault::PowerOff(boards) => intervene(boards, Intervention::PowerOff),
            Fault::PowerOn(boards) => intervene(boards, Intervention::PowerOn),
            Fault::Move { boards, to } => {
                let boards = cast.select(boards).into_iter();
                boards.map(|board| Action::Move(board, to.0)).collect()
            }
            Fault::Channel { boards, to } => {
                let boards = cast.select(boards).into_iter();
                boards.map(|board| Action::Tune(board, to.0)).collect()
            }
            Fault::Sensor { boards, name, value } => {
                let boards = cast.select(boards).into_iter();
                boards
                    .map(|board| Action::Sense(board, name.as_str().into(), *value))
                    .collect()
            }
            Fault::Link(rule) => {
                let change = rule.settings.change();
                let pairs = pairs(cast, rule).into_iter();
                pairs.map(|(from, to)| Action::Link(from, to, change)).collect()
            }
            Fault::Partition(parts) => vec![Action::Part(parts.iter().map(|part| cast.select(part)).collect())],
            Fault::Heal => vec![Action::Heal],
            Fault::Nothing => Vec::new(),
            Fault::Hold { from, to } => each_way(from, to, Action::Hold),
            Fault::Release { from, to } => each_way(from, to, Action::Release),
            Fault::Jam(jam) => self.jammer(jam).map(Action::Interfere).into_iter().collect(),
        }
    }

    pub(super) fn jammer(&self, jam: &JamRule) -> Result<Interferer, String> {
        let channel = jam.channel.or(self.air.channel).map(|channel| channel.0);
        let jammer = Jammer {
            channel: channel.unwrap_or_default(),
            span: jam.length.span(),
        };
        let interferer = Interferer::new(jammer, jam.power.unwrap_or(20.0)).map_err(|error| error.to_string())?;
        Ok(interferer.at(jam.place.unwrap_or_default().0))
    }
}

/// Begins a program on a channel.
fn on(mut board: VirtualBoard, channel: Channel, program: &dyn Fn(VirtualBoard) -> TaskFuture) -> TaskFuture {
    let Parts { radio, .. } = board.parts();
    if radio.channel() != channel
        && let Err(error) = radio.set_channel(channel)
    {
        let ending = Ending::Failed(error.name().to_owned());
        return Box::pin(std::future::ready(ending));
    }
    program(board)
}

/// Every way from one of these boards to another of those.
fn ways(cast: &Cast, from: &Selector, to: &Selector) -> Vec<(BoardId, BoardId)> {
    let (from, to) = (cast.select(from), cast.select(to));
    let ways = from.iter().flat_map(|&from| to.iter().map(move |&to| (from, to)));
    ways.filter(|(from, to)| from != to).collect()
}

/// Every way that a rule means.
fn pairs(cast: &Cast, rule: &LinkRule) -> Vec<(BoardId, BoardId)> {
    let mut pairs = ways(cast, &rule.from, &rule.to);
    if rule.both {
        let back: Vec<_> = pairs.iter().map(|&(from, to)| (to, from)).collect();
        pairs.extend(back);
        pairs.sort_unstable();
        pairs.dedup();
    }
    pairs
}

fn place_in(shape: &Shape, member: &Member, count: u32, seed: u64) -> Position {
    let number = member.number;
    match shape {
        Shape::Grid { at, spacing, columns } => {
            let columns = columns.unwrap_or_else(|| square_side(count)).max(1);
            Position {
                x_m: at.0.x_m + f64::from(number % columns) * spacing,
                y_m: at.0.y_m + f64::from(number / columns) * spacing,
                z_m: at.0.z_m,
            }
        }
        Shape::Circle { at, radius } => {
            let angle = TAU * f64::from(number) / f64::from(count.max(1));
            Position {
                x_m: at.0.x_m + radius * libm::cos(angle),
                y_m: at.0.y_m + radius * libm::sin(angle),
                z_m: at.0.z_m,
            }
        }
        Shape::Uniform { from, to } => {
            // A generator for each board, so that one more does not move the others.
            let group = u32::try_from(member.group).unwrap_or(u32::MAX);
            let mut generator = stream(seed ^ u64::from(group).rotate_left(32), Concern::Place, number);
            let mut between = |from: f64, to: f64| from + (to - from) * unit(&mut generator);
            Position {
                x_m: between(from.0.x_m, to.0.x_m),
                y_m: between(from.0.y_m, to.0.y_m),
                z_m: between(from.0.z_m, to.0.z_m),
            }
        }
        Shape::Path { points, .. } => points.first().copied().unwrap_or_default().0,
    }
}

/// The side of the smallest square with so many fields.
fn square_side(count: u32) -> u32 {
    (1..=count)
        .find(|side| u64::from(*side) * u64::from(*side) >= u64::from(count))
        .unwrap_or(1)
}
