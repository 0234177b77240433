//! A file to one board, or to a group.

use protocol::app::file;

use super::{Demo, Kind, Parameter, ParameterError, Settings, address};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(300_000_000);

/// Receivers show the last pixels.
const GRACE: Span = Span::from_micros(100_000);

pub(super) const FILE: Demo = Demo {
    name: "file",
    summary: "a board sends a file to another, or to a group at once: whole, in order, on any link (try --loss 0.3)",
    watch_at: 0.2,
    parameters: &[
        Parameter {
            name: "receivers",
            summary: "how many boards it is for; more than one are served as a group",
            default: "1",
            kind: Kind::Count(1, file::MOST_RECEIVERS as u64),
        },
        Parameter {
            name: "octets",
            summary: "how long it is",
            default: "65536",
            kind: Kind::Count(0, 100_000_000),
        },
    ],
    build,
};

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let receivers = parameters.count("receivers")?;
    let octets = u32::try_from(parameters.count("octets")?).unwrap_or(u32::MAX);
    let members: Vec<_> = (2..receivers + 2).map(address).collect();
    let to = members.clone();
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("sender", Profile::ESP32_S3, address(1), move |mut board| {
            let to = to.clone();
            async move {
                match file::sender(&mut board, &to, octets).await {
                    Ok(()) => Ending::Finished,
                    Err(error) => Ending::Failed(error.to_string()),
                }
            }
        })
        .ends_after_it(GRACE);
    for (number, &member) in (1..).zip(&members) {
        builder = builder.board(
            &format!("receiver {number}"),
            Profile::ESP32_S3,
            member,
            async |mut board| match file::receiver(&mut board).await {},
        );
    }
    Ok(builder)
}
