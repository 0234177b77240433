//! The product page's two programs on two boards.

use protocol::MacAddress;
use protocol::app::hello;

use super::{Demo, ParameterError, Settings, ending};
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
    build: |demo, settings| build(demo, settings, hello::PLACEHOLDER),
};

pub(super) const UNICAST: Demo = Demo {
    name: "hello-unicast",
    summary: "the same with the receiver's own address: acknowledged and repeated",
    watch_at: 0.2,
    parameters: &[],
    build: |demo, settings| build(demo, settings, RECEIVER),
};

/// The receiver never ends. The run does when the sender has ended and the receiver's blink is over.
const GRACE: Span = Span::from_micros(600_000);

/// The sender waits for five minutes for an answer that does not come.
const LIMIT: Time = Time::from_micros(310_000_000);

fn build(demo: &Demo, settings: Settings, peer: MacAddress) -> Result<LabBuilder, ParameterError> {
    settings.parameters.check(demo)?;
    Ok(Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("sender", Profile::ESP32_S3, SENDER, async move |mut board| {
            ending(hello::sender(&mut board, peer).await)
        })
        .ends_after_it(GRACE)
        .board("receiver", Profile::ESP32_S3, RECEIVER, async |mut board| {
            ending(hello::receiver(&mut board).await)
        }))
}
