//! The product page's two programs on two boards.

use protocol::MacAddress;
use protocol::app::hello;

use super::{Demo, Kind, Parameter, ParameterError, Settings, ending};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};

const SENDER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x01]);
const RECEIVER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0x00, 0x00, 0x02]);

pub(super) const PLACEHOLDER: Demo = Demo {
    name: "hello",
    summary: "the product page's sender and receiver, with the page's placeholder address bb:bb:bb:bb:bb:bb",
    watch_at: 0.2,
    parameters: &[],
    build: |demo, settings| {
        settings.parameters.check(demo)?;
        Ok(receiver(sender(builder(demo, settings), hello::PLACEHOLDER)))
    },
};

pub(super) const UNICAST: Demo = Demo {
    name: "hello-unicast",
    summary: "the same with the receiver's own address: acknowledged and repeated",
    watch_at: 0.2,
    parameters: &[
        Parameter {
            name: "virtual",
            summary: "which of the two boards are virtual; the other one is a real one behind --bridge",
            default: "both",
            kind: Kind::Word(&["both", "sender", "receiver"]),
        },
        Parameter {
            name: "receiver",
            summary: "whom the sender sends to",
            default: "34:85:18:00:00:02",
            kind: Kind::Address,
        },
    ],
    build: unicast,
};

/// The receiver never ends. The run does when the sender has ended and the receiver's blink is over.
const GRACE: Span = Span::from_micros(600_000);

/// The sender waits for five minutes for an answer that does not come.
const LIMIT: Time = Time::from_micros(310_000_000);

fn unicast(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let boards = parameters.word("virtual")?;
    let peer = parameters.address("receiver")?;
    let builder = builder(demo, settings);
    Ok(match boards {
        "sender" => sender(builder, peer),
        "receiver" => receiver(builder),
        _ => receiver(sender(builder, peer)),
    })
}

fn builder(demo: &Demo, settings: Settings) -> LabBuilder {
    Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
}

fn sender(builder: LabBuilder, peer: MacAddress) -> LabBuilder {
    builder
        .board("sender", Profile::ESP32_S3, SENDER, async move |mut board| {
            ending(hello::sender(&mut board, peer).await)
        })
        .ends_after_it(GRACE)
}

fn receiver(builder: LabBuilder) -> LabBuilder {
    builder.board("receiver", Profile::ESP32_S3, RECEIVER, async |mut board| {
        ending(hello::receiver(&mut board).await)
    })
}
