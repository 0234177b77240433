//! What the types of a scenario can't say: that what is named is there, that numbers make sense together.

use super::cast::{Cast, board_path};
use super::event::{Event, Fault};
use super::expectation::{Condition, Expectation, When};
use super::scalar::Selector;
use super::scripts::Scripts;
use super::source::KeyPath;
use super::{BurstRule, Period, Placement, Scenario, ScenarioError, Workload};
use crate::advice::Trap;
use crate::board::analogue_sensor;
use crate::kernel::Span;
use crate::observe::BoardId;
use crate::scenario::board::Shape;
use crate::scenario::source::suggest;

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) path: KeyPath,
    pub(super) message: String,
}

impl Complaint {
    pub(super) fn new(path: KeyPath, message: String) -> Self {
        Self { path, message }
    }
}

impl Scenario {
    /// Whether it can be run: what is named is there, what runs takes its arguments, numbers make sense.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        self.check().map_err(|complaint| self.error(complaint))
    }

    pub(super) fn check(&self) -> Result<(), Complaint> {
        let cast = Cast::new(self)?;
        self.check_all_but_programs(&cast)?;
        // Each member's arguments, as they may depend on its number.
        for member in cast.members() {
            self.started(&cast, member, 0, &mut Scripts::Sought)?;
        }
        Ok(())
    }

    /// What is left to check when the boards' programs have been started.
    pub(super) fn check_all_but_programs(&self, cast: &Cast) -> Result<(), Complaint> {
        let root = KeyPath::default;
        if self.speed.is_some_and(|speed| !(speed.is_finite() && speed > 0.0)) {
            return Err(Complaint::new(root().key("speed"), "a speed is above 0".to_owned()));
        }
        self.check_air()?;
        self.check_boards()?;
        for (index, rule) in self.links.iter().enumerate() {
            let path = || root().key("link").index(index);
            check_selector(cast, path().key("from"), &rule.from)?;
            check_selector(cast, path().key("to"), &rule.to)?;
            check_attenuation(path(), rule.settings.attenuation)?;
            check_burst(path(), rule.settings.burst)?;
        }
        for (index, event) in self.events.iter().enumerate() {
            self.check_event(cast, &root().key("event").index(index), event)?;
        }
        for (index, expectation) in self.expectations.iter().enumerate() {
            self.check_expectation(cast, &root().key("expect").index(index), expectation)?;
        }
        Ok(())
    }

    fn check_air(&self) -> Result<(), Complaint> {
        let path = || KeyPath::default().key("air");
        let within = |key: &str, value: f64, least: f64, most: f64| match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(Complaint::new(
                path().key(key),
                format!("{value} is not a number from {least} to {most}"),
            )),
        };
        let air = &self.air;
        if let Some(exponent) = air.exponent {
            within("exponent", exponent, 1.0, 10.0)?;
            if air.environment != super::Environment::Indoors {
                let message = "an exponent is for environment = \"indoors\"".to_owned();
                return Err(Complaint::new(path().key("exponent"), message));
            }
        }
        check_burst(path(), air.burst)?;
        within("shadowing", air.shadowing, 0.0, 20.0)?;
        within("crystals", air.crystals, 0.0, 1000.0)?;
        for (index, wall) in air.walls.iter().enumerate() {
            if !(0.0..=200.0).contains(&wall.loss) {
                let path = path().key("wall").index(index).key("loss");
                return Err(Complaint::new(
                    path,
                    format!("{} is not a number from 0 to 200 (dB)", wall.loss),
                ));
            }
        }
        for (index, interferer) in air.interferers.iter().enumerate() {
            if let Err((key, message)) = interferer.interferer() {
                return Err(Complaint::new(path().key("interferer").index(index).key(key), message));
            }
        }
        Ok(())
    }

    fn check_boards(&self) -> Result<(), Complaint> {
        for (group, board) in self.boards.iter().enumerate() {
            let path = || board_path(group);
            if board.power.is_some_and(|power| !(-60..=30).contains(&power)) {
                return Err(Complaint::new(
                    path().key("power"),
                    "a power is from -60 to 30 dBm".to_owned(),
                ));
            }
            if let Some(at) = board.powered_on_at {
                self.check_time(at, &path().key("powered-on-at"))?;
            }
            if let Placement::Shape(Shape::Path { start, .. }) = &board.place {
                self.check_time(*start, &path().key("place").key("path").key("start"))?;
            }
            if let Placement::Shape(shape) = &board.place {
                check_shape(shape).map_err(|(keys, message)| {
                    let path = keys.iter().fold(path().key("place"), |path, key| path.key(key));
                    Complaint::new(path, message)
                })?;
            }
        }
        Ok(())
    }

    /// A time of the run that the run does not reach is a mistake: what is to happen then never does.
    fn check_time(&self, at: Period, path: &KeyPath) -> Result<(), Complaint> {
        match at > self.duration {
            true => Err(self.beyond(path.clone())),
            false => Ok(()),
        }
    }

    fn beyond(&self, path: KeyPath) -> Complaint {
        let message = format!("the run's end, duration, is at {}, before that", self.duration);
        Complaint::new(path, message)
    }

    fn check_event(&self, cast: &Cast, path: &KeyPath, event: &Event) -> Result<(), Complaint> {
        let at = |keys: &[&str]| keys.iter().fold(path.clone(), |path, key| path.key(key));
        self.check_time(event.at, &at(&["at"]))?;
        for (keys, selector) in event.fault.selectors() {
            check_selector(cast, at(keys), selector)?;
        }
        match &event.fault {
            Fault::Partition(parts) if parts.is_empty() => Err(Complaint::new(
                at(&["partition"]),
                "a partition has at least one list of boards".to_owned(),
            )),
            Fault::Partition(parts) => {
                let mut seen = std::collections::BTreeMap::new();
                for (index, part) in parts.iter().enumerate() {
                    for board in cast.select(part) {
                        if seen.insert(board, index).is_some_and(|before| before != index) {
                            let name = &cast.members()[board.index()].name;
                            let message = format!("{name} is in two parts");
                            return Err(Complaint::new(at(&["partition"]).index(index), message));
                        }
                    }
                }
                Ok(())
            }
            Fault::Link(rule) => {
                check_attenuation(at(&["link"]), rule.settings.attenuation)?;
                check_burst(at(&["link"]), rule.settings.burst)
            }
            Fault::Jam(jam) => match self.jammer(jam) {
                Ok(_) => Ok(()),
                Err(message) => Err(Complaint::new(at(&["jam", "power"]), message)),
            },
            Fault::Sensor { boards, name, value } => {
                let result = self.check_sensor(cast, boards, name, *value);
                result.map_err(|(key, message)| Complaint::new(at(&["sensor", key]), message))
            }
            Fault::Press(boards) => {
                let runs = |board: &BoardId| !matches!(self.workload(cast, *board), Workload::Idle);
                match cast.select(boards) {
                    pressed if pressed.iter().any(runs) => Ok(()),
                    pressed => {
                        let names: Vec<_> = pressed
                            .iter()
                            .map(|board| cast.members()[board.index()].name.as_str())
                            .collect();
                        let message = format!("no program notices: give app or script to {}", few(&names));
                        Err(Complaint::new(at(&["press"]), message))
                    }
                }
            }
            _ => Ok(()),
        }
    }

    fn workload(&self, cast: &Cast, board: BoardId) -> &Workload {
        &self.boards[cast.members()[board.index()].group].workload
    }

    /// Whether the program of one of the boards can read the sensor, and such a value. Else the key that is wrong, and how.
    fn check_sensor(
        &self,
        cast: &Cast,
        boards: &Selector,
        name: &str,
        value: f64,
    ) -> Result<(), (&'static str, String)> {
        if !value.is_finite() {
            return Err(("value", "a sensor shows a number".to_owned()));
        }
        let mut refusal = None;
        for board in cast.select(boards) {
            let member = &cast.members()[board.index()];
            let board = &self.boards[member.group];
            let wrong = match &board.workload {
                // It may ask for whatever it likes.
                Workload::Program(_) => return Ok(()),
                Workload::Idle => (
                    "board",
                    format!("{} runs no program that could read a sensor", member.name),
                ),
                Workload::App { name: app, .. } => {
                    ("board", format!("{} runs {app}, which reads no sensor", member.name))
                }
                Workload::Script { .. } => {
                    let pins = board.chip.analogue_pins();
                    let known: Vec<_> = pins.iter().map(|pin| analogue_sensor(*pin)).collect();
                    match known.iter().any(|known| known == name) {
                        true if (0.0..=f64::from(u16::MAX)).contains(&value) => return Ok(()),
                        true => ("value", format!("{value} is not a number from 0 to 65535, full scale")),
                        false => {
                            let suggestion = suggest(name, &known);
                            let message = format!(
                                "no program in MicroPython reads {name:?}; what ADC(Pin(1)) reads is the sensor adc1; {suggestion}"
                            );
                            ("name", message)
                        }
                    }
                }
            };
            refusal.get_or_insert(wrong);
        }
        refusal.map_or(Ok(()), Err)
    }

    fn check_expectation(&self, cast: &Cast, path: &KeyPath, expectation: &Expectation) -> Result<(), Complaint> {
        let at = |keys: &[&str]| keys.iter().fold(path.clone(), |path, key| path.key(key));
        for (keys, selector) in expectation.selectors() {
            check_selector(cast, at(keys), selector)?;
        }
        match &expectation.condition {
            Condition::Pixel { index, .. } => {
                let Some(boards) = &expectation.boards else {
                    return Err(Complaint::new(at(&["pixel"]), "whose pixel? give board".to_owned()));
                };
                for board in cast.select(boards) {
                    let member = &cast.members()[board.index()];
                    let pixels = self.boards[member.group].profile().pixels;
                    if index.is_some_and(|index| index >= pixels) || pixels == 0 {
                        let message = format!("{} has {pixels} pixels, counted from 0", member.name);
                        return Err(Complaint::new(at(&["pixel", "index"]), message));
                    }
                }
            }
            Condition::Advice(trap) if !Trap::NAMES.contains(&trap.as_str()) => {
                let message = format!("{trap:?} is no trap; {}", suggest(trap, Trap::NAMES));
                return Err(Complaint::new(at(&["advice"]), message));
            }
            Condition::Delivery { .. } | Condition::Latency { .. }
                if !matches!(expectation.when, When::By(_) | When::End) =>
            {
                let message = "it is asked for at a time: give by, or nothing for the run's end".to_owned();
                return Err(Complaint::new(path.clone(), message));
            }
            Condition::Delivery { .. } | Condition::Latency { .. } if expectation.boards.is_some() => {
                return Err(Complaint::new(at(&["board"]), "say from and to instead".to_owned()));
            }
            _ => {}
        }
        let beyond = |key: &'static str| Err(self.beyond(at(&[key])));
        match &expectation.when {
            When::By(by) if *by > self.duration => beyond("by"),
            When::Within { length, after } => {
                let named = |event: &&Event| event.name.as_ref() == Some(after);
                let Some(event) = self.events.iter().find(named) else {
                    let names: Vec<_> = self.events.iter().filter_map(|event| event.name.as_deref()).collect();
                    let message = format!("no event has the name {after}; {}", suggest(after, &names));
                    return Err(Complaint::new(at(&["after"]), message));
                };
                if event.at.time() + length.span() > self.duration.time() {
                    return beyond("within");
                }
                Ok(())
            }
            When::Always(_) if expectation.condition.is_moment() => {
                let message = "that happens in a moment and can't always be so: give by, within or never".to_owned();
                Err(Complaint::new(at(&["always"]), message))
            }
            When::Never(window) | When::Always(window) => match (window.from, window.until) {
                (Some(from), _) if from > self.duration => beyond("from"),
                (_, Some(until)) if until > self.duration => beyond("until"),
                (Some(from), Some(until)) if from > until => {
                    Err(Complaint::new(at(&["until"]), format!("{until} is before {from}")))
                }
                _ => Ok(()),
            },
            When::By(_) | When::End => Ok(()),
        }
    }
}

fn check_selector(cast: &Cast, path: KeyPath, selector: &Selector) -> Result<(), Complaint> {
    for pattern in selector.patterns() {
        if cast.select(&pattern.into()).is_empty() {
            let message = match pattern.contains('*') {
                true => format!("no board is like {pattern:?}; there are {}", few(&cast.names())),
                false => format!("no board is called {pattern:?}; {}", suggest(pattern, &cast.names())),
            };
            return Err(Complaint::new(path, message));
        }
    }
    match selector.patterns().next() {
        Some(_) => Ok(()),
        None => Err(Complaint::new(path, "an empty list names no board".to_owned())),
    }
}

/// Some of many names.
pub(super) fn few(names: &[&str]) -> String {
    const SOME: usize = 8;
    match names.len() {
        0 => "none".to_owned(),
        count if count <= SOME => names.join(", "),
        count => format!("{} and {} more", names[..SOME].join(", "), count - SOME),
    }
}

/// A burst has a length, here as on the command line.
fn check_burst(path: KeyPath, burst: Option<BurstRule>) -> Result<(), Complaint> {
    match burst {
        Some(burst) if burst.length.span() < Span::from_micros(1) => Err(Complaint::new(
            path.key("burst").key("length"),
            "a burst's mean length is a time of 1us or more, as in 50ms".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn check_attenuation(path: KeyPath, attenuation: Option<f64>) -> Result<(), Complaint> {
    match attenuation {
        Some(db) if !(-200.0..=200.0).contains(&db) => {
            let message = format!("{db} is not a number from -200 to 200 (dB)");
            Err(Complaint::new(path.key("attenuation"), message))
        }
        _ => Ok(()),
    }
}

fn check_shape(shape: &Shape) -> Result<(), (&'static [&'static str], String)> {
    let metres = |key: &'static [&'static str], metres: f64| match (0.0..=1e6).contains(&metres) {
        true => Ok(()),
        false => Err((key, format!("{metres} is not a number from 0 to 1000000 (m)"))),
    };
    match shape {
        Shape::Grid { columns: Some(0), .. } => {
            Err((&["grid", "columns"], "a grid has at least one column".to_owned()))
        }
        Shape::Grid { spacing, .. } => metres(&["grid", "spacing"], *spacing),
        Shape::Circle { radius, .. } => metres(&["circle", "radius"], *radius),
        Shape::Uniform { .. } => Ok(()),
        Shape::Path { points, .. } if points.is_empty() => {
            Err((&["path", "points"], "a path has at least one point".to_owned()))
        }
        Shape::Path { speed, .. } if !(*speed > 0.0 && *speed <= 1e6) => {
            Err((&["path", "speed"], format!("{speed} is not a speed above 0 (m/s)")))
        }
        Shape::Path { .. } => Ok(()),
    }
}
