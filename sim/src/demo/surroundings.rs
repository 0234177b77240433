//! What demos with places have in common: how the paths between boards differ.

use protocol::Channel;
use protocol::board::{Board as _, Parts, Radio as _};
use protocol::espnow::Error;

use super::parameter::Checked;
use super::{Kind, Parameter, ParameterError};
use crate::board::VirtualBoard;
use crate::medium::propagation::{Environment, Fading, PathLoss, Shadowing, Wall};

pub(super) const SHADOWING: Parameter = Parameter {
    name: "shadowing",
    summary: "how much pairs differ for good, standard deviation in dB: 4 in an office, 8 between houses",
    default: "0",
    kind: Kind::Real(0.0, 20.0),
};

pub(super) const FADING: Parameter = Parameter {
    name: "fading",
    summary: "how frames of a pair differ: none, rician (a direct path, K = 6 dB) or rayleigh (echoes only)",
    default: "none",
    kind: Kind::Word(&["none", "rician", "rayleigh"]),
};

pub(super) const WALL_LOSS: Parameter = Parameter {
    name: "wall_loss",
    summary: "what each wall takes off a signal, dB: 3 for plasterboard, 6 to 10 for brick, 10 to 20 for concrete",
    default: "8",
    kind: Kind::Real(0.0, 100.0),
};

pub(super) const CHANNEL: Parameter = Parameter {
    name: "channel",
    summary: "the boards' Wi-Fi channel",
    default: "1",
    kind: Kind::Channel,
};

/// The channels of a demo's two kinds of boards: `channel`, and the parameter `other`, which is the same unless it is set.
pub(super) fn channels(parameters: &Checked<'_>, other: &'static str) -> Result<[Channel; 2], ParameterError> {
    let channel = parameters.channel(CHANNEL.name)?.unwrap_or_default();
    Ok([channel, parameters.channel(other)?.unwrap_or(channel)])
}

/// Runs a program on a channel.
pub(super) async fn on<T>(
    board: &mut VirtualBoard,
    channel: Channel,
    program: impl AsyncFnOnce(&mut VirtualBoard) -> Result<T, Error>,
) -> Result<T, Error> {
    let Parts { radio, .. } = board.parts();
    if radio.channel() != channel {
        radio.set_channel(channel)?;
    }
    program(board).await
}

/// Walls across a way from west to east, evenly spaced, so long that no path leads around them.
pub(super) fn walls_across(count: usize, from_m: f64, to_m: f64, loss_db: f64) -> Vec<Wall> {
    const ENDLESS_M: f64 = 1e6;
    let gap_m = (to_m - from_m) / (count + 1) as f64;
    let wall = |number| {
        let x_m = from_m + gap_m * number as f64;
        Wall {
            from: [x_m, -ENDLESS_M],
            to: [x_m, ENDLESS_M],
            loss_db,
        }
    };
    (1..=count).map(wall).collect()
}

/// The surroundings that the two parameters ask for.
pub(super) fn surroundings(
    parameters: &Checked<'_>,
    path_loss: PathLoss,
    walls: Vec<Wall>,
) -> Result<Environment, ParameterError> {
    Ok(Environment {
        path_loss,
        walls,
        shadowing: Shadowing {
            sigma_db: parameters.real(SHADOWING.name)?,
        },
        fading: match parameters.word(FADING.name)? {
            "rician" => Fading::Rician { k_db: 6.0 },
            "rayleigh" => Fading::Rayleigh,
            _ => Fading::None,
        },
    })
}
