//! What demos with places have in common: how the paths between boards differ.

use super::parameter::Checked;
use super::{Kind, Parameter, ParameterError};
use crate::medium::propagation::{Environment, Fading, PathLoss, Shadowing};

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

/// The surroundings that the two parameters ask for.
pub(super) fn surroundings(parameters: &Checked<'_>, path_loss: PathLoss) -> Result<Environment, ParameterError> {
    Ok(Environment {
        path_loss,
        shadowing: Shadowing {
            sigma_db: parameters.real(SHADOWING.name)?,
        },
        fading: match parameters.word(FADING.name)? {
            "rician" => Fading::Rician { k_db: 6.0 },
            "rayleigh" => Fading::Rayleigh,
            _ => Fading::None,
        },
        ..Environment::default()
    })
}
