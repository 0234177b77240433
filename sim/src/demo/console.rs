//! An operator and boards that it looks at.

use std::time::Duration;

use protocol::MacAddress;
use protocol::app::console;
use protocol::service::debug::{AgentConfig, Recipient};

use super::{Demo, Kind, Parameter, ParameterError, Settings, address_of};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(600_000_000);

pub(super) const CONSOLE: Demo = Demo {
    name: "console",
    summary: "an operator gives boards commands over the air: help, stats, ping, throughput, reboot; and reads their logs",
    watch_at: 1.0,
    parameters: &[
        Parameter {
            name: "boards",
            summary: "how many it looks at",
            default: "3",
            kind: Kind::Count(2, 100),
        },
        Parameter {
            name: "period",
            summary: "from one command to the next",
            default: "3s",
            kind: Kind::Time,
        },
        Parameter {
            name: "log",
            summary: "from one line of a board's own log to the next",
            default: "2s",
            kind: Kind::Time,
        },
    ],
    build,
};

/// What the operator says, and to whom: everybody, or the board with this number.
const ORDERS: [(Option<usize>, &str); 11] = [
    (None, "version"),
    (Some(1), "help"),
    (Some(1), "ping 34:85:18:30:00:02 4 64"),
    (Some(1), "throughput 34:85:18:30:00:02 1"),
    (Some(2), "stats"),
    (Some(2), "pnig"),
    (Some(2), "log air debug"),
    (Some(2), "peers"),
    (Some(1), "reboot"),
    (Some(1), "history"),
    (None, "log air none"),
];

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let boards = parameters.count("boards")?;
    let period: Duration = parameters.time("period")?;
    let log: Duration = parameters.time("log")?;
    let orders = ORDERS.map(|(to, line)| {
        let to = to.map_or(Recipient::Everybody, |index| Recipient::Board(address(index)));
        (to, line)
    });
    let mut builder = Lab::builder(demo.name, settings.seed)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("operator", Profile::ESP32_S3, address(0), async move |mut board| {
            console::operator(&mut board, &orders, period).await;
            Ending::Finished
        })
        .ends_after_it(Span::ZERO);
    for index in 1..=boards {
        builder = builder.board(
            &format!("board {index}"),
            Profile::ESP32_S3,
            address(index),
            async move |mut board| match console::subject(&mut board, AgentConfig::new("weather station 1.4.2"), log)
                .await {},
        );
    }
    Ok(builder)
}

fn address(index: usize) -> MacAddress {
    address_of(0x30, index)
}
