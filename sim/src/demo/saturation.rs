//! Stations that always have something to send, for one receiver: what the MAC makes of a crowd.

use protocol::MacAddress;
use protocol::app::stream;
use protocol::espnow::Peer;

use super::{Demo, Kind, Parameter, ParameterError, Settings, ending};
use crate::board::Profile;
use crate::kernel::Time;
use crate::lab::{Lab, LabBuilder};

const RECEIVER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x00]);

const LIMIT: Time = Time::from_micros(100_000_000);

pub(super) const SATURATION: Demo = Demo {
    name: "saturation",
    summary: "stations with a backlog for one receiver, by the textbook's 802.11b: throughput and collisions",
    watch_at: 0.02,
    parameters: &[
        Parameter {
            name: "stations",
            summary: "how many send",
            default: "10",
            kind: Kind::Count(1, 1000),
        },
        Parameter {
            name: "payload",
            summary: "octets a frame",
            default: "200",
            kind: Kind::Count(1, 1470),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let stations = parameters.count("stations")?;
    let payload = parameters.count("payload")?;
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("receiver", Profile::IEEE_80211B, RECEIVER, async |mut board| {
            ending(stream::sink(&mut board).await)
        });
    for index in 1..=stations {
        let [.., high, low] = index.to_be_bytes();
        let address = MacAddress([0x34, 0x85, 0x18, 0x01, high, low]);
        builder = builder.board(
            &format!("s{index}"),
            Profile::IEEE_80211B,
            address,
            async move |mut board| ending(stream::source(&mut board, Peer::new(RECEIVER), payload).await),
        );
    }
    Ok(builder)
}
