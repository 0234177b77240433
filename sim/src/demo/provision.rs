//! New devices and a board that knows the Wi-Fi.

use std::time::Duration;

use protocol::MacAddress;
use protocol::app::provision::{self, Knowledge};
use protocol::board::{Board as _, Parts, Radio as _};
use protocol::service::provisioning::{Beacon, Field, Secret, Wifi};

use super::{Demo, Kind, Parameter, ParameterError, Settings, address_of};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(60_000_000);
const DURATION: Duration = Duration::from_secs(20);
const PRODUCT: &str = "lamp";
const SECRET: &[u8] = b"known to every lamp";

pub(super) const PROVISION: Demo = Demo {
    name: "provision",
    summary: "new devices look for the board that knows the Wi-Fi, and learn it; one is no lamp, and does not",
    watch_at: 0.3,
    parameters: &[
        Parameter {
            name: "devices",
            summary: "how many; the last one is refused",
            default: "5",
            kind: Kind::Count(1, 200),
        },
        Parameter {
            name: "channel",
            summary: "where the board is that knows the Wi-Fi; the devices do not know",
            default: "6",
            kind: Kind::Count(1, 13),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let devices = parameters.count("devices")?;
    let channel = u8::try_from(parameters.count("channel")?)
        .ok()
        .and_then(protocol::Channel::new)
        .unwrap_or_default();
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("knows", Profile::ESP32_S3, address(0), async move |mut board| {
            let Parts { radio, .. } = board.parts();
            if let Err(error) = radio.set_channel(channel) {
                return Ending::Failed(error.name().to_owned());
            }
            provision::responder(&mut board, knowledge()).await;
            Ending::Finished
        })
        .ends_after_it(Span::ZERO);
    for index in 1..=devices {
        let is_lamp = index < devices;
        let name = format!("device {index}");
        let secret = if is_lamp { SECRET } else { b"a guess" };
        let device = provision::device_of(PRODUCT, &name, secret);
        builder =
            builder.board(
                &name,
                Profile::ESP32_S3,
                address(index),
                async move |mut board| match provision::device(&mut board, device.clone()).await {},
            );
    }
    Ok(builder)
}

fn knowledge() -> Knowledge {
    Knowledge {
        beacon: Beacon {
            product_id: Field::new(PRODUCT).unwrap_or_default(),
            device_name: Field::new("hallway").unwrap_or_default(),
        },
        wifi: Wifi::station("attic", b"correct horse").unwrap_or_default(),
        secret: Secret::new(SECRET).unwrap_or_default(),
        duration: DURATION,
    }
}

fn address(index: usize) -> MacAddress {
    address_of(0x20, index)
}
