//! A chain of boards that pass messages on.

use std::time::Duration;

use protocol::app::relay::{self, Answer, Call};

use super::surroundings::{FADING, SHADOWING, surroundings};
use super::{Demo, Kind, Parameter, ParameterError, Settings, address};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::{LogDistance, PathLoss, Position};
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(120_000_000);

/// The last acks are still passed on.
const GRACE: Span = Span::from_micros(500_000);

pub(super) const RELAY: Demo = Demo {
    name: "relay",
    summary: "a chain of boards over half a kilometre passes messages on, and the far end's acks back",
    watch_at: 0.2,
    parameters: &[
        Parameter {
            name: "hops",
            summary: "from the caller to the far end",
            default: "10",
            kind: Kind::Count(1, 14),
        },
        Parameter {
            name: "length",
            summary: "metres from the one to the other",
            default: "500",
            kind: Kind::Real(1.0, 100_000.0),
        },
        Parameter {
            name: "exponent",
            summary: "of the log-distance path loss: 2 in the open, 3 to 4 among buildings",
            default: "4",
            kind: Kind::Real(1.0, 10.0),
        },
        Parameter {
            name: "messages",
            summary: "how many the caller sends",
            default: "20",
            kind: Kind::Count(1, 10_000),
        },
        Parameter {
            name: "repetitions",
            summary: "how often each board sends a message",
            default: "3",
            kind: Kind::Count(1, 31),
        },
        Parameter {
            name: "answer",
            summary: "what the far end sends back: a message, repeated like the one that came, or the component's ack, sent once",
            default: "message",
            kind: Kind::Word(&["message", "ack"]),
        },
        SHADOWING,
        FADING,
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let hops = parameters.count("hops")?;
    let hop_m = parameters.real("length")? / hops as f64;
    let path_loss = PathLoss::LogDistance(LogDistance::from_1_m(parameters.real("exponent")?));
    let call = Call {
        answerer: address(hops + 1),
        messages: u16::try_from(parameters.count("messages")?).unwrap_or(u16::MAX),
        period: Duration::from_millis(500),
        repetitions: u8::try_from(parameters.count("repetitions")?).unwrap_or(u8::MAX),
        answer: match parameters.word("answer")? {
            "ack" => Answer::Ack,
            _ => Answer::Message,
        },
    };
    let mut builder = Lab::builder(demo.name, settings.seed)
        .environment(surroundings(&parameters, path_loss, Vec::new())?)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("caller", Profile::ESP32_S3, address(1), async move |mut board| {
            relay::caller(&mut board, call).await;
            Ending::Finished
        })
        .ends_after_it(GRACE);
    for hop in 1..=hops {
        let name = if hop == hops {
            "far end".to_owned()
        } else {
            format!("relay {hop}")
        };
        builder = builder
            .board(
                &name,
                Profile::ESP32_S3,
                address(hop + 1),
                async |mut board| match relay::relay(&mut board).await {},
            )
            .at(Position::on_ground(hop_m * hop as f64, 0.0));
    }
    Ok(builder)
}
