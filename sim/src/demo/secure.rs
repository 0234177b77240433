//! A key for all boards, and somebody who listens.

use std::f64::consts::TAU;

use protocol::app::secure::{self, Plan};
use protocol::service::security::{Mode, Modes};

use super::{Demo, Kind, Parameter, ParameterError, Settings, address};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::Position;
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(120_000_000);
const GRACE: Span = Span::from_micros(200_000);

/// Lamps stand in a circle around the switch.
const RADIUS_M: f64 = 4.0;

const PROOF: &[u8] = b"on the label";
const ANOTHER_PROOF: &[u8] = b"on another label";

pub(super) const SECURE: Demo = Demo {
    name: "secure",
    summary: "a switch gives its lamps a key and commands them; somebody without the key says it again",
    watch_at: 0.5,
    parameters: &[
        Parameter {
            name: "boards",
            summary: "how many lamps",
            default: "16",
            kind: Kind::Count(1, 100),
        },
        Parameter {
            name: "mode",
            summary: "how the key is given and used: as by Espressif's component, or with what it lacks",
            default: "strong",
            kind: Kind::Word(&["compatible", "strong"]),
        },
        Parameter {
            name: "wrong",
            summary: "the lamp that has another proof of possession than the switch thinks, 0 for none",
            default: "0",
            kind: Kind::Count(0, 100),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let count = parameters.count("boards")?;
    let wrong = parameters.count("wrong")?;
    if wrong > count {
        return Err(ParameterError::Value {
            key: "wrong",
            value: wrong.to_string(),
            expected: format!("one of the {count} lamps, or 0"),
        });
    }
    let mode = match parameters.word("mode")? {
        "compatible" => Mode::Compatible,
        _ => Mode::Strong,
    };
    let lamps: Vec<_> = (1..=count).map(|lamp| address(lamp + 1)).collect();
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("switch", Profile::ESP32_S3, address(1), move |mut board| {
            let lamps = lamps.clone();
            async move {
                let plan = Plan {
                    boards: &lamps,
                    mode,
                    proof: PROOF,
                };
                match secure::switch(&mut board, plan).await {
                    Ok(()) => Ending::Finished,
                    Err(error) => Ending::Failed(error.to_string()),
                }
            }
        })
        .ends_after_it(GRACE)
        .at(Position::on_ground(0.0, 0.0))
        .board(
            "eavesdropper",
            Profile::ESP32_S3,
            address(count + 2),
            async |mut board| match secure::eavesdropper(&mut board).await {},
        )
        .at(Position::on_ground(2.0 * RADIUS_M, 0.0));
    let modes = match mode {
        Mode::Compatible => Modes::Compatible,
        Mode::Strong => Modes::Strong,
    };
    for lamp in 1..=count {
        let angle = TAU * lamp as f64 / count as f64;
        let proof = if lamp == wrong { ANOTHER_PROOF } else { PROOF };
        builder = builder
            .board(
                &format!("lamp {lamp}"),
                Profile::ESP32_S3,
                address(lamp + 1),
                async move |mut board| match secure::lamp(&mut board, proof, modes).await {},
            )
            .at(Position::on_ground(
                RADIUS_M * libm::cos(angle),
                RADIUS_M * libm::sin(angle),
            ));
    }
    Ok(builder)
}
