//! Switches and lamps, open and secured.

use std::time::Duration;

use protocol::app::light::{self, LampConfig, Script, SwitchConfig};
use protocol::app::secure::{self, Plan};
use protocol::message::Country;
use protocol::service::control::{Attribute, BindWindow, InitiatorConfig, ResponderConfig, Search};
use protocol::service::security::{Mode, Modes};
use protocol::{Channel, MacAddress};

use super::{App, Kind, Started, ending, optional, required};
use crate::observe::Ending;

/// As long as a demo's.
const WINDOW: &str = "30s";

pub(super) const LIGHT_SWITCH: App = App {
    name: "light-switch",
    summary: "binds the lamps around it, then lights, colours and puts them out: all, every other, the rest",
    parameters: &[
        optional("period", "1s", Kind::Time, "from one press to the next"),
        optional(
            "pressed-by",
            "script",
            Kind::Word(&["script", "button"]),
            "what presses it: an evening's script, or its button (an event, press)",
        ),
        optional(
            "search",
            "false",
            Kind::Switch,
            "whether it searches the lamps' channel and asks for acks, or says all on every channel",
        ),
    ],
    build: |call| {
        let period = call.time("period")?;
        let by_script = call.word("pressed-by")? == "script";
        let config = SwitchConfig {
            control: InitiatorConfig {
                secured: false,
                search: call.switch("search")?.then_some(Search {
                    country: Country::WORLD,
                    ..Search::DEFAULT
                }),
            },
            script: by_script.then_some(Script {
                steps: Script::EVENING,
                period,
            }),
        };
        Ok(Started::new(async move |mut board| {
            light::switch(&mut board, config).await;
            Ending::Finished
        }))
    },
};

pub(super) const LIGHT_LAMP: App = App {
    name: "light-lamp",
    summary: "can be bound to a switch after its start, and obeys it",
    parameters: &[
        optional(
            "key",
            "alternating",
            Kind::Word(&["alternating", "2", "3"]),
            "which of the switch's keys it shares with others, besides everybody's: 2 and 3 in turns within a group",
        ),
        optional("window", WINDOW, Kind::Time, "how long after its start it can be bound"),
        optional(
            "near",
            "-90",
            Kind::Real(-120.0, 0.0),
            "how strong a switch has to be to be bound, dBm",
        ),
        optional("channel", "1", Kind::Count(1, 13), "where it listens"),
        optional(
            "search",
            "false",
            Kind::Switch,
            "whether it answers a switch that searches",
        ),
    ],
    build: |call| {
        let own = match call.word("key")? {
            "2" => Attribute::KEY_2,
            "3" => Attribute::KEY_3,
            _ if call.member.number.is_multiple_of(2) => Attribute::KEY_2,
            _ => Attribute::KEY_3,
        };
        let window: Duration = call.time("window")?;
        let config = LampConfig {
            control: ResponderConfig {
                search: call.switch("search")?,
                ..ResponderConfig::DEFAULT
            },
            window: BindWindow {
                min_rssi_dbm: call.real("near")? as i8,
                ..BindWindow::new(window)
            },
            keys: [Attribute::KEY_1, own],
            channel: u8::try_from(call.count("channel")?)
                .ok()
                .and_then(Channel::new)
                .unwrap_or_default(),
        };
        Ok(Started::new(async move |mut board| {
            ending(light::lamp(&mut board, config).await)
        }))
    },
};

const PROOF: super::Parameter = optional("proof", "on the label", Kind::Text, "the proof of possession");

/// Octets of a proof at most.
const LONGEST_PROOF: usize = 64;

fn proof(call: &super::Call<'_>) -> Result<Vec<u8>, super::Refusal> {
    call.text_as("proof", "a text of 1 to 64 octets", |text| {
        (1..=LONGEST_PROOF)
            .contains(&text.len())
            .then(|| text.as_bytes().to_vec())
    })
}

pub(super) const SECURE_SWITCH: App = App {
    name: "secure-switch",
    summary: "gives lamps a key and commands them",
    parameters: &[
        required("lamps", Kind::Boards, "whom it gives the key"),
        optional(
            "mode",
            "strong",
            Kind::Word(&["strong", "compatible"]),
            "how the key is given and used: with what Espressif's component lacks, or as by it",
        ),
        PROOF,
    ],
    build: |call| {
        let lamps: Vec<MacAddress> = call.boards("lamps")?;
        let proof = proof(call)?;
        let mode = match call.word("mode")? {
            "compatible" => Mode::Compatible,
            _ => Mode::Strong,
        };
        Ok(Started::new(async move |mut board| {
            let plan = Plan {
                boards: &lamps,
                mode,
                proof: &proof,
            };
            ending(secure::switch(&mut board, plan).await)
        }))
    },
};

pub(super) const SECURE_LAMP: App = App {
    name: "secure-lamp",
    summary: "takes a key from who knows its proof, and obeys those who have it",
    parameters: &[
        PROOF,
        optional(
            "modes",
            "both",
            Kind::Word(&["both", "strong", "compatible"]),
            "which modes it takes",
        ),
    ],
    build: |call| {
        let proof = proof(call)?;
        let modes = match call.word("modes")? {
            "strong" => Modes::Strong,
            "compatible" => Modes::Compatible,
            _ => Modes::Both,
        };
        Ok(Started::new(async move |mut board| {
            match secure::lamp(&mut board, &proof, modes).await {}
        }))
    },
};

pub(super) const SECURE_EAVESDROPPER: App = App {
    name: "secure-eavesdropper",
    summary: "keeps what it hears, and says it again: as it was, changed, and under another number",
    parameters: &[],
    build: |_| {
        Ok(Started::new(async |mut board| {
            match secure::eavesdropper(&mut board).await {}
        }))
    },
};
