//! `[[board]]`: a board or a group of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::scalar::{Address, Period, Place, WifiChannel, place};
use super::{Argument, Arguments, Program, Workload};
use crate::board::{Chip, Profile, VirtualBoard};
use crate::observe::Ending;

/// A board, or a group of boards that differ in name, address and place.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Board {
    /// Its name; `{n}` in it is the board's number in the group, from 1.
    pub name: String,
    /// How many there are.
    pub count: u32,
    /// What they are.
    pub chip: Chip,
    /// The first one's address; each next one's is four further on, as a chip has four. Without it they get addresses by their place in
    /// the scenario.
    pub address: Option<Address>,
    /// Where they are.
    pub place: Placement,
    /// The channel they are on from their start, if not the air's.
    pub channel: Option<WifiChannel>,
    /// dBm at the antenna, if not the chip's most.
    pub power: Option<i8>,
    /// How many NeoPixels they have, if not the board's.
    pub pixels: Option<u16>,
    /// Octets of the receive queue, if not the default (MicroPython's `rxbuf`).
    pub receive_buffer: Option<u32>,
    /// When they get their power, if not at the run's start.
    pub powered_on_at: Option<Period>,
    /// The run ends so long after the program of any of them has ended.
    pub ends_run_after: Option<Period>,
    /// What they run.
    pub workload: Workload,
}

/// Where the boards of a group are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum Placement {
    /// All in one place.
    At(Place),
    /// In a form.
    Shape(Shape),
}

impl Default for Placement {
    fn default() -> Self {
        Self::At(Place::default())
    }
}

/// Forms that groups of boards make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Shape {
    /// Row by row, from west to east and from south to north.
    Grid {
        /// The first one's place.
        #[serde(default)]
        at: Place,
        /// Metres from one to the next.
        #[schemars(range(min = 0.0))]
        spacing: f64,
        /// How many are in a row; as many as there are rows unless set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        columns: Option<u32>,
    },
    /// Evenly on a circle, from the east on, counterclockwise.
    Circle {
        /// Its middle.
        #[serde(default)]
        at: Place,
        /// Metres.
        #[schemars(range(min = 0.0))]
        radius: f64,
    },
    /// Anywhere in a rectangle, drawn from the seed.
    Uniform {
        /// One corner.
        from: Place,
        /// The other.
        to: Place,
    },
    /// On their way from place to place.
    Path {
        /// The places.
        points: Vec<Place>,
        /// Metres a second.
        speed: f64,
        /// When the first one starts.
        #[serde(default, skip_serializing_if = "is_zero")]
        start: Period,
        /// How much later each next one starts.
        #[serde(default, skip_serializing_if = "is_zero")]
        apart: Period,
    },
}

fn is_zero(period: &Period) -> bool {
    *period == Period::default()
}

impl<'de> Deserialize<'de> for Placement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlaceOrShape;
        impl<'de> Visitor<'de> for PlaceOrShape {
            type Value = Placement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(
                    f,
                    "{}, or one of {{ grid = … }}, {{ circle = … }}, {{ uniform = … }}, {{ path = … }}",
                    place::EXPECTED
                )
            }

            fn visit_seq<A: SeqAccess<'de>>(self, numbers: A) -> Result<Placement, A::Error> {
                place::read(numbers).map(Placement::At)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Placement, A::Error> {
                if map.size_hint().is_some_and(|keys| keys != 1) {
                    return Err(A::Error::custom("write one of grid, circle, uniform and path"));
                }
                Shape::deserialize(MapAccessDeserializer::new(map)).map(Placement::Shape)
            }
        }
        deserializer.deserialize_any(PlaceOrShape)
    }
}

impl JsonSchema for Placement {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Placement".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (place, shape) = (generator.subschema_for::<Place>(), generator.subschema_for::<Shape>());
        schemars::json_schema!({ "anyOf": [place, shape] })
    }
}

/// A board as it is written.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Board")]
pub(super) struct Written {
    /// Its name; `{n}` in it is the board's number in the group, from 1.
    name: String,
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    count: Option<u32>,
    /// What they are; an ESP32-S3 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chip: Option<Chip>,
    /// The first one's address; each next one's is four further on, as a chip has four. Without it they get addresses by their place in
    /// the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    /// Where they are: `[east, north]` in metres, or a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Placement>,
    /// The channel they are on from their start, if not the air's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<WifiChannel>,
    /// dBm at the antenna, if not the chip's most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -60, max = 30))]
    power: Option<i8>,
    /// How many NeoPixels they have, if not the board's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pixels: Option<u16>,
    /// Octets of the receive queue, if not the default (MicroPython's `rxbuf`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receive_buffer: Option<u32>,
    /// When they get their power, if not at the run's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    powered_on_at: Option<Period>,
    /// The run ends so long after the program of any of them has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends_run_after: Option<Period>,
    /// The application that they run; `sim apps` lists what there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    /// The program that they run, from this file's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    /// What it is run with.
    #[serde(default, skip_serializing_if = "Arguments::is_empty")]
    arguments: Arguments,
}

impl TryFrom<Written> for Board {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let arguments = written.arguments;
        let workload = match (written.app, written.script) {
            (Some(_), Some(_)) => return Err("a board runs an app or a script, not both"),
            (Some(name), None) => Workload::App { name, arguments },
            (None, Some(path)) if arguments.is_empty() => Workload::Script { path },
            (None, Some(_)) => return Err("a script takes no arguments: what it needs is in its own folder"),
            (None, None) if arguments.is_empty() => Workload::Idle,
            (None, None) => return Err("there are arguments, but no app or script that takes them"),
        };
        Ok(Self {
            name: written.name,
            count: written.count.unwrap_or(1),
            chip: written.chip.unwrap_or_default(),
            address: written.address,
            place: written.place.unwrap_or_default(),
            channel: written.channel,
            power: written.power,
            pixels: written.pixels,
            receive_buffer: written.receive_buffer,
            powered_on_at: written.powered_on_at,
            ends_run_after: written.ends_run_after,
            workload,
        })
    }
}

impl From<Board> for Written {
    fn from(board: Board) -> Self {
        let (app, script, arguments) = match board.workload {
            Workload::Idle => (None, None, Arguments::new()),
            Workload::App { name, arguments } => (Some(name), None, arguments),
            Workload::Script { path } => (None, Some(path), Arguments::new()),
            // Refused when it is read: no application has this name.
            Workload::Program(_) => (Some("(a program in Rust)".to_owned()), None, Arguments::new()),
        };
        Self {
            name: board.name,
            count: (board.count != 1).then_some(board.count),
            chip: (board.chip != Chip::default()).then_some(board.chip),
            address: board.address,
            place: (board.place != Placement::default()).then_some(board.place),
            channel: board.channel,
            power: board.power,
            pixels: board.pixels,
            receive_buffer: board.receive_buffer,
            powered_on_at: board.powered_on_at,
            ends_run_after: board.ends_run_after,
            app,
            script,
            arguments,
        }
    }
}

impl Board {
    /// A walk that begins after this time is none.
    pub(crate) fn stay_if_it_leaves_after(&mut self, end: Period) {
        if let Placement::Shape(Shape::Path { points, start, .. }) = &self.place
            && *start > end
            && let Some(first) = points.first()
        {
            self.place = Placement::At(*first);
        }
    }

    /// A board that does nothing yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            count: 1,
            chip: Chip::default(),
            address: None,
            place: Placement::default(),
            channel: None,
            power: None,
            pixels: None,
            receive_buffer: None,
            powered_on_at: None,
            ends_run_after: None,
            workload: Workload::Idle,
        }
    }

    /// So many of them. The name needs a `{n}`, then.
    #[must_use]
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// Runs an application that comes with the simulator.
    #[must_use]
    pub fn app(mut self, name: &str) -> Self {
        self.workload = Workload::App {
            name: name.to_owned(),
            arguments: Arguments::new(),
        };
        self
    }

    /// Runs it with this argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Argument>) -> Self {
        if let Workload::App { arguments, .. } = &mut self.workload {
            arguments.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Runs a program in Rust: the one that is tested, as it runs on chips. It is called again after each reset.
    #[must_use]
    pub fn runs(mut self, program: impl AsyncFn(VirtualBoard) -> Ending + Send + Sync + 'static) -> Self {
        let program: Arc<dyn Program> = Arc::new(program);
        self.workload = Workload::Program(program);
        self
    }

    /// Has this address, if it is the first of a group.
    ///
    /// # Panics
    /// If it is a group's address: a scenario's author wants to know at once.
    #[must_use]
    pub fn address(mut self, address: protocol::MacAddress) -> Self {
        self.address = Some(Address::new(address).expect("no group's address"));
        self
    }

    /// Stands there.
    #[must_use]
    pub fn at(mut self, x_m: f64, y_m: f64) -> Self {
        self.place = Placement::At(Place::on_ground(x_m, y_m));
        self
    }

    /// Its end, and so much time, is the run's.
    #[must_use]
    pub fn ends_run_after(mut self, grace: Duration) -> Self {
        self.ends_run_after = Some(Period(grace));
        self
    }

    /// What the boards of the group have.
    pub(super) fn profile(&self) -> Profile {
        let mut profile = self.chip.profile();
        profile.power_dbm = self.power.unwrap_or(profile.power_dbm);
        profile.pixels = self.pixels.map_or(profile.pixels, usize::from);
        profile.receive_buffer = self
            .receive_buffer
            .map_or(profile.receive_buffer, |octets| octets as usize);
        profile
    }
}
