//! Two boards at a distance: what the link between them carries.

use protocol::MacAddress;
use protocol::app::{echo, stream};
use protocol::espnow::Peer;

use super::surroundings::{CHANNEL, FADING, SHADOWING, WALL_LOSS, channels, on, surroundings, walls_across};
use super::{Demo, Kind, Parameter, ParameterError, Settings, ending};
use crate::board::Profile;
use crate::kernel::Time;
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::{PathLoss, Position};

const SOURCE: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x01]);
const SINK: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x02]);

const LIMIT: Time = Time::from_micros(10_000_000);

pub(super) const PAIR: Demo = Demo {
    name: "pair",
    summary: "two boards at a distance in the open, frames back to back: how many arrive a second",
    watch_at: 0.05,
    parameters: &[
        Parameter {
            name: "distance",
            summary: "metres between them",
            default: "1",
            kind: Kind::Real(0.0, 100_000.0),
        },
        Parameter {
            name: "rate",
            summary: "the data rate",
            default: "1M",
            kind: Kind::Rate,
        },
        Parameter {
            name: "payload",
            summary: "octets a frame",
            default: "250",
            kind: Kind::Count(1, 1470),
        },
        Parameter {
            name: "reply",
            summary: "who answers: nobody (broadcast), the MAC (ack), or the application (echo)",
            default: "ack",
            kind: Kind::Word(&["none", "ack", "echo"]),
        },
        Parameter {
            name: "walls",
            summary: "how many stand between them",
            default: "0",
            kind: Kind::Count(0, 100),
        },
        WALL_LOSS,
        CHANNEL,
        Parameter {
            name: "receiver_channel",
            summary: "b's channel, if it is another: one beside a's is at times heard, two are noise, five are nothing",
            default: "",
            kind: Kind::Channel,
        },
        SHADOWING,
        FADING,
    ],
    build: pair,
};

pub(super) const FLOOD: Demo = Demo {
    name: "flood",
    summary: "one board on the desk sends full frames to another as fast as it can",
    watch_at: 0.05,
    parameters: &[],
    build: flood,
};

fn flood(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    settings.parameters.check(demo)?;
    let peer = Peer::new(SINK);
    Ok(Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("source", Profile::ESP32_S3, SOURCE, async move |mut board| {
            ending(stream::source(&mut board, peer.clone(), 250).await)
        })
        .board("sink", Profile::ESP32_S3, SINK, async |mut board| {
            ending(stream::sink(&mut board).await)
        }))
}

fn pair(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let distance_m = parameters.real("distance")?;
    let rate = parameters.rate("rate")?;
    let payload = parameters.count("payload")?;
    let reply = parameters.word("reply")?;

    let walls = walls_across(
        parameters.count("walls")?,
        0.0,
        distance_m,
        parameters.real(WALL_LOSS.name)?,
    );
    let [ours, theirs] = channels(&parameters, "receiver_channel")?;

    let there = Position {
        x_m: distance_m,
        ..Position::default()
    };
    let builder = Lab::builder(demo.name, settings.seed)
        .environment(surroundings(&parameters, PathLoss::Friis, walls)?)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT));
    Ok(match reply {
        "echo" => {
            let (to_b, to_a) = (Peer::new(SINK).at_rate(rate), Peer::new(SOURCE).at_rate(rate));
            builder
                .board("a", Profile::ESP32_S3, SOURCE, async move |mut board| {
                    ending(
                        on(&mut board, ours, async |board| {
                            echo::caller(board, to_b.clone(), payload).await
                        })
                        .await,
                    )
                })
                .board("b", Profile::ESP32_S3, SINK, async move |mut board| {
                    ending(
                        on(&mut board, theirs, async |board| {
                            echo::answerer(board, to_a.clone()).await
                        })
                        .await,
                    )
                })
                .at(there)
        }
        _ => {
            let address = if reply == "ack" { SINK } else { MacAddress::BROADCAST };
            let peer = Peer::new(address).at_rate(rate);
            builder
                .board("a", Profile::ESP32_S3, SOURCE, async move |mut board| {
                    ending(
                        on(&mut board, ours, async |board| {
                            stream::source(board, peer.clone(), payload).await
                        })
                        .await,
                    )
                })
                .board("b", Profile::ESP32_S3, SINK, async move |mut board| {
                    ending(on(&mut board, theirs, async |board| stream::sink(board).await).await)
                })
                .at(there)
        }
    })
}
