//! One board sends to another as fast as it can.

use protocol::MacAddress;
use protocol::app::flood;

use super::{Demo, Settings, ending};
use crate::board::Profile;
use crate::kernel::Time;
use crate::lab::{Lab, LabBuilder};

const SOURCE: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x01]);
const SINK: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x02]);

pub(super) const FLOOD: Demo = Demo {
    name: "flood",
    summary: "full frames back to back from one board to another: how much a link carries",
    watch_at: 0.05,
    build,
};

const LIMIT: Time = Time::from_micros(10_000_000);

fn build(demo: &Demo, settings: Settings) -> LabBuilder {
    Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("source", Profile::ESP32_S3, SOURCE, async |mut board| {
            ending(flood::source(&mut board, SINK).await)
        })
        .board("sink", Profile::ESP32_S3, SINK, async |mut board| {
            ending(flood::sink(&mut board).await)
        })
}
