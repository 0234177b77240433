//! A switch and its lights.

use std::time::Duration;

use protocol::app::light::{self, LampConfig, Script, SwitchConfig};
use protocol::message::Country;
use protocol::service::control::{Attribute, BindWindow, InitiatorConfig, ResponderConfig, Search};
use protocol::{Channel, MacAddress};

use super::surroundings::{FADING, SHADOWING, surroundings};
use super::{Demo, Kind, Parameter, ParameterError, Settings, address_of, ending};
use crate::board::Profile;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, LabBuilder};
use crate::medium::propagation::{LogDistance, PathLoss, Position};
use crate::observe::Ending;

const LIMIT: Time = Time::from_micros(120_000_000);

/// What the lights show last.
const GRACE: Span = Span::from_micros(500_000);

/// How long a light can be bound after its start.
const WINDOW: Duration = Duration::from_secs(30);

pub(super) const LIGHT: Demo = Demo {
    name: "light",
    summary: "a switch binds the lights around it, then lights, colours and puts them out: all, every other, the rest",
    watch_at: 0.5,
    parameters: &[
        Parameter {
            name: "lights",
            summary: "how many",
            default: "8",
            kind: Kind::Count(1, 10_000),
        },
        Parameter {
            name: "spacing",
            summary: "metres from one light to the next; they stand in a square around the switch",
            default: "2",
            kind: Kind::Real(0.01, 1000.0),
        },
        Parameter {
            name: "exponent",
            summary: "of the log-distance path loss: 2 in the open, 3 to 4 among buildings",
            default: "3",
            kind: Kind::Real(1.0, 10.0),
        },
        Parameter {
            name: "near",
            summary: "how strong a switch has to be to be bound, dBm; -55 is a hand's breadth",
            default: "-90",
            kind: Kind::Real(-120.0, 0.0),
        },
        Parameter {
            name: "channel",
            summary: "where the lights listen; the switch does not know",
            default: "1",
            kind: Kind::Count(1, 13),
        },
        Parameter {
            name: "search",
            summary: "whether the switch searches that channel and asks for acks (on), or says all on every channel (off)",
            default: "off",
            kind: Kind::Word(&["off", "on"]),
        },
        Parameter {
            name: "period",
            summary: "from one press of the switch to the next",
            default: "1s",
            kind: Kind::Time,
        },
        SHADOWING,
        FADING,
    ],
    build,
};

/// The first key is everybody's; the second every other's, from the first light on; the third the rest's.
const fn keys(light: usize) -> [Attribute; 2] {
    let own = if light.is_multiple_of(2) {
        Attribute::KEY_2
    } else {
        Attribute::KEY_3
    };
    [Attribute::KEY_1, own]
}

fn build(demo: &Demo, settings: Settings) -> Result<LabBuilder, ParameterError> {
    let parameters = settings.parameters.check(demo)?;
    let lights = parameters.count("lights")?;
    let spacing_m = parameters.real("spacing")?;
    let searches = parameters.word("search")? == "on";
    let path_loss = PathLoss::LogDistance(LogDistance::from_1_m(parameters.real("exponent")?));
    let lamp = LampConfig {
        control: ResponderConfig {
            search: searches,
            ..ResponderConfig::DEFAULT
        },
        window: BindWindow {
            min_rssi_dbm: parameters.real("near")? as i8,
            ..BindWindow::new(WINDOW)
        },
        keys: keys(0),
        channel: u8::try_from(parameters.count("channel")?)
            .ok()
            .and_then(Channel::new)
            .unwrap_or_default(),
    };
    let switch = SwitchConfig {
        control: InitiatorConfig {
            secured: false,
            search: searches.then_some(Search {
                country: Country::WORLD,
                ..Search::DEFAULT
            }),
        },
        script: Some(Script {
            steps: Script::EVENING,
            period: parameters.time("period")?,
        }),
    };
    let mut builder = Lab::builder(demo.name, settings.seed)
        .environment(surroundings(&parameters, path_loss, Vec::new())?)
        .links(settings.links)
        .until(settings.until.unwrap_or(LIMIT))
        .board("switch", Profile::ESP32_S3, address(0), async move |mut board| {
            light::switch(&mut board, switch).await;
            Ending::Finished
        })
        .ends_after_it(GRACE);
    for index in 0..lights {
        let lamp = LampConfig {
            keys: keys(index),
            ..lamp
        };
        builder = builder
            .board(
                &format!("light {}", index + 1),
                Profile::ESP32_S3,
                address(index + 1),
                async move |mut board| ending(light::lamp(&mut board, lamp).await),
            )
            .at(place(index, lights, spacing_m));
    }
    Ok(builder)
}

fn address(index: usize) -> MacAddress {
    address_of(0x10, index)
}

/// Row by row in a square whose middle is the switch's, half a space beside it.
fn place(index: usize, lights: usize, spacing_m: f64) -> Position {
    let side = (1..).find(|side| side * side >= lights).unwrap_or(1);
    let middle = (side / 2) as f64 - 0.5;
    let (column, row) = ((index % side) as f64, (index / side) as f64);
    Position::on_ground((column - middle) * spacing_m, (row - middle) * spacing_m)
}
