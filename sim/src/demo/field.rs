//! A field of boards that broadcast now and then.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::MacAddress;
use protocol::app::beacon;

use super::surroundings::{CHANNEL, FADING, SHADOWING, WALL_LOSS, channels, on, surroundings, walls_across};
use super::{Demo, Kind, Parameter, ParameterError, Settings, ending};
use crate::board::Profile;
use crate::intake;
use crate::kernel::{Concern, Time, stream, unit};
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::{LogDistance, PathLoss, Position, Wall};

const LIMIT: Time = Time::from_micros(10_000_000);

/// Each board has a square of this side to itself, m.
const SPACING_M: f64 = 20.0;

/// The width of a strip, m.
const STRIP_M: f64 = 40.0;

pub(super) const FIELD: Demo = Demo {
    name: "field",
    summary: "boards strewn over a field, each broadcasting now and then: who hears whom, and what a crowded air loses",
    watch_at: 0.1,
    parameters: &[
        Parameter {
            name: "boards",
            summary: "how many",
            default: "100",
            kind: Kind::Count(1, 1_000_000),
        },
        Parameter {
            name: "exponent",
            summary: "of the log-distance path loss: 2 in the open, 3 to 4 among buildings",
            default: "3",
            kind: Kind::Real(1.0, 10.0),
        },
        Parameter {
            name: "period",
            summary: "between a board's broadcasts",
            default: "100ms",
            kind: Kind::Time,
        },
        Parameter {
            name: "payload",
            summary: "octets a frame",
            default: "64",
            kind: Kind::Count(1, 250),
        },
        Parameter {
            name: "walls",
            summary: "how many run across the field from south to north, and as many from west to east",
            default: "0",
            kind: Kind::Count(0, 100),
        },
        WALL_LOSS,
        CHANNEL,
        Parameter {
            name: "other_channel",
            summary: "every other board's channel, if it is another",
            default: "",
            kind: Kind::Channel,
        },
        SHADOWING,
        FADING,
        Parameter {
            name: "places",
            summary: "a file with a line a board, `x_m y_m phase_us`, instead of places from the seed",
            default: "",
            kind: Kind::File,
        },
    ],
    build,
};

/// Why a file of places can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    /// It can't be read.
    #[error("can't read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not a place.
    #[error("{}, line {line}: expected three numbers, `x_m y_m phase_us`", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// It has fewer lines than there are boards.
    #[error("{} has places for {places} boards, not {boards}", path.display())]
    TooFew {
        /// The file.
        path: PathBuf,
        /// How many places it has.
        places: usize,
        /// How many are wanted.
        boards: usize,
    },
}

/// Where a board is, and when it first speaks if that is not left to its own generator.
struct Place {
    position: Position,
    phase: Option<Duration>,
}

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let boards = parameters.count("boards")?;
    let exponent = parameters.real("exponent")?;
    let period = parameters.time("period")?;
    let payload = parameters.count("payload")?;
    let places = match parameters.file("places") {
        Some(path) => read_places(&path, boards)?,
        None => strew(boards, settings.seed),
    };
    let path_loss = PathLoss::LogDistance(LogDistance::from_1_m(exponent));
    let side_m = SPACING_M * libm::sqrt(boards as f64);
    let across = walls_across(
        parameters.count("walls")?,
        0.0,
        side_m,
        parameters.real(WALL_LOSS.name)?,
    );
    let along = across.iter().map(|&wall| turned(wall));
    let walls = along.chain(across.iter().copied()).collect();
    let channels = channels(&parameters, "other_channel")?;
    let environment = surroundings(&parameters, path_loss, walls)?;
    let mut builder = Lab::builder(demo.name, settings.seed)
        .environment(environment)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT));
    for (index, Place { position, phase }) in (0_u32..).zip(places) {
        let channel = channels[index as usize % channels.len()];
        let [high, middle, low, lowest] = index.to_be_bytes();
        let address = MacAddress([0x34, 0x85, high, middle, low, lowest]);
        builder = builder
            .board(
                &format!("b{index}"),
                Profile::IEEE_80211B,
                address,
                async move |mut board| {
                    let program = async |board: &mut _| beacon::beacon(board, period, phase, payload).await;
                    ending(on(&mut board, channel, program).await)
                },
            )
            .at(position);
    }
    Ok(builder)
}

/// A wall from south to north, as one from west to east.
fn turned(Wall { from, to, loss_db }: Wall) -> Wall {
    let turn = |[x_m, y_m]: [f64; 2]| [y_m, x_m];
    Wall {
        from: turn(from),
        to: turn(to),
        loss_db,
    }
}

/// Uniform in a square with room for all. Boards are numbered along strips of the field, so that neighbours in the field are
/// mostly neighbours in memory.
fn strew(boards: usize, seed: u64) -> Vec<Place> {
    let side_m = SPACING_M * libm::sqrt(boards as f64);
    let mut generator = stream(seed, Concern::Place, 0);
    let mut positions: Vec<_> = (0..boards)
        .map(|_| Position::on_ground(side_m * unit(&mut generator), side_m * unit(&mut generator)))
        .collect();
    let strip = |position: &Position| (position.y_m / STRIP_M) as u64;
    positions.sort_by(|a, b| strip(a).cmp(&strip(b)).then(a.x_m.total_cmp(&b.x_m)));
    positions
        .into_iter()
        .map(|position| Place { position, phase: None })
        .collect()
}

fn read_places(path: &Path, boards: usize) -> Result<Vec<Place>, FieldError> {
    let text = intake::text(path, intake::Kind::Places).map_err(|source| FieldError::Read {
        path: path.to_owned(),
        source,
    })?;
    let places: Result<Vec<_>, _> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .take(boards)
        .map(|(index, line)| {
            place(line).ok_or_else(|| FieldError::Line {
                path: path.to_owned(),
                line: index + 1,
            })
        })
        .collect();
    let places = places?;
    if places.len() < boards {
        return Err(FieldError::TooFew {
            path: path.to_owned(),
            places: places.len(),
            boards,
        });
    }
    Ok(places)
}

fn place(line: &str) -> Option<Place> {
    let mut numbers = line
        .split_whitespace()
        .map(|word| word.parse::<f64>().ok().filter(|number| number.is_finite()));
    let (x_m, y_m, phase_us) = (numbers.next()??, numbers.next()??, numbers.next()??);
    if numbers.next().is_some() || phase_us < 0.0 {
        return None;
    }
    Some(Place {
        position: Position { x_m, y_m, z_m: 0.0 },
        phase: Some(Duration::try_from_secs_f64(phase_us / 1e6).ok()?),
    })
}
