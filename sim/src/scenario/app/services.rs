//! Provisioning, the remote console, clocks, files and upgrades.

use std::time::Duration;

use protocol::Rate;
use protocol::app::provision::{self, Knowledge};
use protocol::app::{clock, console, file, upgrade};
use protocol::board::Slot;
use protocol::service::debug::{AgentConfig, Recipient};
use protocol::service::provisioning::{Beacon, Field, Secret, Wifi};
use protocol::service::time::{self, Discipline, HOST_LATENCY, one_step_latency};
use protocol::service::upgrade::{InitiatorConfig, ResponderConfig};
use rand_core::Rng as _;

use super::{App, Kind, Parameter, Refusal, Started, ending, optional, required};
use crate::board::synthetic_image;
use crate::kernel::{Concern, stream};
use crate::observe::Ending;

const PRODUCT: Parameter = optional(
    "product",
    "lamp",
    Kind::Text,
    "what kind of thing it is, at most 15 octets",
);
const SECRET: Parameter = optional(
    "secret",
    "known to every lamp",
    Kind::Text,
    "what all things of this kind know, at most 31 octets",
);

pub(super) const PROVISION_RESPONDER: App = App {
    name: "provision-responder",
    summary: "tells new devices the Wi-Fi",
    parameters: &[
        optional("ssid", "attic", Kind::Text, "the network's name, 1 to 32 octets"),
        optional(
            "password",
            "correct horse",
            Kind::Text,
            "its password, at most 64 octets",
        ),
        PRODUCT,
        SECRET,
        optional("for", "20s", Kind::Time, "for how long"),
    ],
    build: |call| {
        let password = call.text_as("password", "a password of at most 64 octets", |text| {
            Some(text.to_owned())
        })?;
        let knowledge = Knowledge {
            beacon: Beacon {
                product_id: call.text_as("product", "a text of at most 15 octets", Field::new)?,
                device_name: Field::new(&call.member.name).unwrap_or_default(),
            },
            wifi: call.text_as("ssid", "a network's name with a password that fits", |ssid| {
                Wifi::station(ssid, password.as_bytes())
            })?,
            secret: call.text_as("secret", "a text of at most 31 octets", |text| {
                Secret::new(text.as_bytes())
            })?,
            duration: call.time("for")?,
        };
        Ok(Started::new(async move |mut board| {
            provision::responder(&mut board, knowledge.clone()).await;
            Ending::Finished
        }))
    },
};

pub(super) const PROVISION_DEVICE: App = App {
    name: "provision-device",
    summary: "looks for a board that knows the Wi-Fi, and learns it",
    parameters: &[PRODUCT, SECRET],
    build: |call| {
        call.text_as("product", "a text of at most 15 octets", |text| {
            Field::<15>::new(text).map(drop)
        })?;
        call.text_as("secret", "a text of at most 31 octets", |text| {
            Secret::<32>::new(text.as_bytes()).map(drop)
        })?;
        let text = |name| call.text_as(name, "a text", |text| Some(text.to_owned()));
        let (product, secret) = (text("product")?, text("secret")?);
        let device = provision::device_of(&product, &call.member.name, secret.as_bytes());
        Ok(Started::new(async move |mut board| {
            match provision::device(&mut board, device.clone()).await {}
        }))
    },
};

pub(super) const CONSOLE_OPERATOR: App = App {
    name: "console-operator",
    summary: "gives boards commands over the air, and prints what they answer",
    parameters: &[
        optional("to", "everybody", Kind::Board, "whom it commands"),
        required(
            "commands",
            Kind::Lines,
            "what it says, one after the other: \"help\", \"stats\", \"reboot\"",
        ),
        optional("period", "3s", Kind::Time, "from one command to the next"),
    ],
    build: |call| {
        let to = match call.board("to")? {
            protocol::MacAddress::BROADCAST => Recipient::Everybody,
            board => Recipient::Board(board),
        };
        let commands = call.lines("commands");
        let period = call.time("period")?;
        Ok(Started::new(async move |mut board| {
            let orders: Vec<_> = commands.iter().map(|command| (to, command.as_str())).collect();
            console::operator(&mut board, &orders, period).await;
            Ending::Finished
        }))
    },
};

pub(super) const CONSOLE_SUBJECT: App = App {
    name: "console-subject",
    summary: "obeys commands over the air, and tells its log",
    parameters: &[optional(
        "period",
        "2s",
        Kind::Time,
        "from one line of its log to the next",
    )],
    build: |call| {
        let period = call.time("period")?;
        Ok(Started::new(async move |mut board| {
            match console::subject(&mut board, AgentConfig::new("virtual board"), period).await {}
        }))
    },
};

pub(super) const CLOCK_INITIATOR: App = App {
    name: "clock-initiator",
    summary: "tells the time, and blinks every second",
    parameters: &[
        optional(
            "interval",
            "2s",
            Kind::Time,
            "from one broadcast of the time to the next",
        ),
        optional(
            "two-step",
            "true",
            Kind::Switch,
            "whether messages say when the one before was on the air",
        ),
    ],
    build: |call| {
        let config = time::InitiatorConfig {
            sync_interval: Some(call.time("interval")?),
            two_step: call.switch("two-step")?,
            ..time::InitiatorConfig::default()
        };
        Ok(Started::new(async move |mut board| {
            match clock::initiator(&mut board, config).await {}
        }))
    },
};

pub(super) const CLOCK_RESPONDER: App = App {
    name: "clock-responder",
    summary: "takes the time, and blinks with it; prints by how much it is wrong where there is a referee",
    parameters: &[optional(
        "discipline",
        "line",
        Kind::Word(&["line", "component"]),
        "how it makes a clock of what it hears: a line through the messages, or as the component does",
    )],
    build: |call| {
        let config = time::ResponderConfig {
            discipline: match call.word("discipline")? {
                "component" => Discipline::default(),
                _ => Discipline::Line {
                    latency: one_step_latency(Rate::default(), HOST_LATENCY),
                },
            },
            ..time::ResponderConfig::default()
        };
        Ok(Started::new(async move |mut board| {
            match clock::responder(&mut board, config).await {}
        }))
    },
};

pub(super) const CLOCK_REFEREE: App = App {
    name: "clock-referee",
    summary: "gives the sign at which the others read their clocks",
    parameters: &[],
    build: |_| {
        Ok(Started::new(
            async |mut board| match clock::referee(&mut board).await {},
        ))
    },
};

pub(super) const FILE_SENDER: App = App {
    name: "file-sender",
    summary: "sends a file to a board, or to several at once: whole and in order",
    parameters: &[
        required("to", Kind::Boards, "for whom"),
        optional("octets", "16384", Kind::Count(0, 100_000_000), "how long it is"),
    ],
    build: |call| {
        let to = call.boards("to")?;
        if to.len() > file::MOST_RECEIVERS {
            return Err(Refusal {
                key: Some("to".to_owned()),
                message: format!("{} boards are more than {}", to.len(), file::MOST_RECEIVERS),
            });
        }
        let octets = u32::try_from(call.count("octets")?).unwrap_or(u32::MAX);
        Ok(Started::new(async move |mut board| {
            ending(file::sender(&mut board, &to, octets).await)
        }))
    },
};

pub(super) const FILE_RECEIVER: App = App {
    name: "file-receiver",
    summary: "takes files",
    parameters: &[],
    build: |_| {
        Ok(Started::new(
            async |mut board| match file::receiver(&mut board).await {},
        ))
    },
};

const UPGRADE_MODE: Parameter = optional(
    "mode",
    "thrifty",
    Kind::Word(&["thrifty", "component"]),
    "our own way, or that of Espressif's component",
);

/// What of an image is no data: header, description, checksum and hash.
const NO_DATA: usize = 336;

pub(super) const UPGRADE_INITIATOR: App = App {
    name: "upgrade-initiator",
    summary: "gives all responders the firmware that it runs",
    parameters: &[
        UPGRADE_MODE,
        optional("rate", "1M", Kind::Rate, "the data rate of what goes to everybody"),
        optional("size", "64", Kind::Count(1, 1050), "KiB of the image"),
        optional(
            "version",
            "2.0.0",
            Kind::Text,
            "the image's version, 1 to 31 octets; others have 1.0.0",
        ),
    ],
    build: |call| {
        let config = match call.word("mode")? {
            "component" => InitiatorConfig::COMPONENT,
            _ => InitiatorConfig::THRIFTY,
        };
        let rate = call.rate("rate")?;
        let mut data = vec![0; call.count("size")? * 1024 - NO_DATA];
        stream(call.seed, Concern::Image, 0).fill_bytes(&mut data);
        let version = call.text_as("version", "a text of 1 to 31 octets without a zero", |text| {
            let fits = (1..=31).contains(&text.len()) && !text.contains('\0');
            fits.then(|| text.to_owned())
        })?;
        let image = synthetic_image(call.image_chip, "upgrade", &version, &data);
        let started = Started::new(async move |mut board| {
            ending(upgrade::initiator(&mut board, config, Slot::Running, rate).await)
        });
        Ok(Started {
            image: Some(image),
            ..started
        })
    },
};

pub(super) const UPGRADE_RESPONDER: App = App {
    name: "upgrade-responder",
    summary: "takes firmware, restarts with it, and keeps it if it runs",
    parameters: &[
        UPGRADE_MODE,
        optional(
            "restart-after",
            "3s",
            Kind::Time,
            "how long after the image is whole it restarts, in the component's mode",
        ),
    ],
    build: |call| {
        let restart_after: Duration = call.time("restart-after")?;
        let config = match call.word("mode")? {
            "component" => ResponderConfig {
                restart_after: Some(restart_after),
                ..ResponderConfig::COMPONENT
            },
            _ => ResponderConfig::default(),
        };
        Ok(Started::new(async move |mut board| {
            match upgrade::responder(&mut board, config).await {}
        }))
    },
};
