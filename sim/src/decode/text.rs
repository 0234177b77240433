//! Explanations for people.
//!
//! ```text
//! frame 1  1.000000000 s  54 octets  ESP-NOW version 1: 24:0a:c4:00:00:02 to ff:ff:ff:ff:ff:ff, 5 octets
//!   802.11 header
//!        0  type          action frame
//!        4  destination   ff:ff:ff:ff:ff:ff    group address: nobody acknowledges
//! ```
//!
//! A column each for the field's offset in the frame, its name, its value and what that means.

use std::io::{self, Write};

use protocol::MacAddress;

use super::component::{ComponentLayer, Seal};
use super::explanation::{CcmpLayer, Content, ElementLayer, Explanation, MacLayer, Message, PayloadLayer, RadioLayer};
use crate::capture::FcsStatus;

/// Octets of payload in a line of hexadecimal digits.
const OCTETS_A_LINE: usize = 32;

/// Why a frame with a wrong FCS is not explained.
pub(super) const BAD_FCS: &str = "bad FCS: damaged on the air, so every receiver drops it";

/// Writes one frame.
///
/// # Errors
/// What the writer says.
pub(super) fn write(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out };
    page.headline(explanation)?;
    match &explanation.content {
        Content::Message(message) => {
            page.radio(explanation.radio.as_ref())?;
            page.message(message)?;
            page.end(explanation)
        }
        Content::Encrypted { mac, packet_number, .. } => {
            page.radio(explanation.radio.as_ref())?;
            page.mac(mac, true)?;
            page.ccmp(*packet_number)?;
            page.end(explanation)
        }
        Content::Ack { .. } | Content::Other { .. } | Content::BadFcs => Ok(()),
    }
}

struct Page<'o> {
    out: &'o mut dyn Write,
}

impl Page<'_> {
    fn headline(&mut self, explanation: &Explanation) -> io::Result<()> {
        write!(self.out, "frame {}  ", explanation.frame)?;
        if let Some(ns) = explanation.timestamp_ns {
            write!(self.out, "{}.{:09} s  ", ns / 1_000_000_000, ns % 1_000_000_000)?;
        }
        write!(self.out, "{} octets  ", explanation.octets)?;
        match &explanation.content {
            Content::Ack { receiver } => writeln!(self.out, "ACK to {receiver}"),
            Content::Message(message) => {
                let MacLayer {
                    source,
                    destination,
                    retry,
                    ..
                } = message.mac;
                let version = message.elements.first().map_or(1, |element| element.version);
                let length = message.payload.length;
                let sealed = if message.ccmp.is_some() { ", decrypted" } else { "" };
                let retry = if retry { ", retry" } else { "" };
                writeln!(
                    self.out,
                    "ESP-NOW version {version}: {source} to {destination}, {length} octets{sealed}{retry}"
                )
            }
            Content::Encrypted { mac, keys_tried, .. } => {
                let MacLayer {
                    source, destination, ..
                } = mac;
                write!(self.out, "{source} to {destination}, encrypted; ")?;
                match keys_tried {
                    0 => writeln!(self.out, "no keys to try (--pmk and --lmk)"),
                    1 => writeln!(self.out, "the key pair does not open it"),
                    tried => writeln!(self.out, "none of the {tried} key pairs opens it"),
                }
            }
            Content::Other { refusal } => {
                write!(self.out, "not ESP-NOW: {refusal}")?;
                match explanation.cut_off {
                    0 => writeln!(self.out),
                    octets => writeln!(self.out, " (the capture cut off {octets})"),
                }
            }
            Content::BadFcs => writeln!(self.out, "{BAD_FCS}"),
        }
    }

    fn layer(&mut self, name: &str) -> io::Result<()> {
        writeln!(self.out, "  {name}")
    }

    fn field(&mut self, offset: Option<usize>, name: &str, value: &str, meaning: &str) -> io::Result<()> {
        let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
        let line = format!("    {offset:>4}  {name:<13} {value:<18} {meaning}");
        writeln!(self.out, "{}", line.trim_end())
    }

    fn radio(&mut self, radio: Option<&RadioLayer>) -> io::Result<()> {
        let Some(radio) = radio else { return Ok(()) };
        let fields = [
            ("rate", radio.rate.clone()),
            ("channel", radio.channel.map(|channel| channel.to_string())),
            ("frequency", radio.mhz.map(|mhz| format!("{mhz} MHz"))),
            ("signal", radio.signal_dbm.map(|dbm| format!("{dbm} dBm"))),
        ];
        if fields.iter().all(|(_, value)| value.is_none()) {
            return Ok(());
        }
        self.layer("radio")?;
        for (name, value) in fields {
            if let Some(value) = value {
                self.field(None, name, &value, "")?;
            }
        }
        Ok(())
    }

    fn mac(&mut self, mac: &MacLayer, protected: bool) -> io::Result<()> {
        self.layer("802.11 header")?;
        self.field(Some(0), "type", "action frame", "management, subtype 13")?;
        let flags = match (protected, mac.retry) {
            (false, false) => ("none", ""),
            (false, true) => ("retry", "sent before, with the same sequence number"),
            (true, false) => ("protected", "encrypted with CCMP"),
            (true, true) => ("protected, retry", "encrypted, and sent before"),
        };
        self.field(Some(1), "flags", flags.0, flags.1)?;
        let after = match mac.duration_us {
            0 => "nothing follows",
            _ => "time reserved for SIFS and the ACK",
        };
        self.field(Some(2), "duration", &format!("{} µs", mac.duration_us), after)?;
        let to = match mac.destination {
            MacAddress::BROADCAST => "broadcast: nobody acknowledges",
            group if group.is_group() => "group address: nobody acknowledges",
            _ => "a board: it acknowledges",
        };
        self.field(Some(4), "destination", &mac.destination.to_string(), to)?;
        let from = match mac.source.is_group() {
            true => "a group address can't be a sender's",
            false => "",
        };
        self.field(Some(10), "source", &mac.source.to_string(), from)?;
        let bssid = match mac.bssid {
            MacAddress::BROADCAST => "broadcast, as ESP-NOW sends it",
            same if same == mac.destination => "the destination, as old ESP8266 firmware sends it",
            _ => "unusual; receivers ignore it",
        };
        self.field(Some(16), "address 3", &mac.bssid.to_string(), bssid)?;
        self.field(Some(22), "sequence", &mac.sequence.to_string(), "")
    }

    fn ccmp(&mut self, packet_number: u64) -> io::Result<()> {
        self.layer("CCMP header")?;
        let meaning = "rises with every frame under one key";
        self.field(Some(24), "packet number", &packet_number.to_string(), meaning)?;
        self.field(Some(27), "key", "3", "the identifier that ESP-NOW uses")
    }

    fn message(&mut self, message: &Message) -> io::Result<()> {
        self.mac(&message.mac, message.ccmp.is_some())?;
        if let Some(CcmpLayer {
            packet_number,
            key_pair,
        }) = message.ccmp
        {
            self.ccmp(packet_number)?;
            self.field(
                None,
                "opened by",
                &format!("key pair {key_pair}"),
                "the code at the end is right",
            )?;
        }
        self.layer("action")?;
        let offset = message.action.offset;
        self.field(Some(offset), "category", "127", "vendor specific")?;
        self.field(Some(offset + 1), "organisation", "18:fe:34", "Espressif")?;
        let random = hex::encode(message.action.random);
        self.field(
            Some(offset + 4),
            "random",
            &random,
            "new for every frame, against relaying",
        )?;
        for (number, element) in (1..).zip(&message.elements) {
            self.element(number, element)?;
        }
        self.payload(&message.payload)?;
        match &message.component {
            Some(component) => self.component(component),
            None => Ok(()),
        }
    }

    fn component(&mut self, component: &ComponentLayer) -> io::Result<()> {
        self.layer(&format!("esp-now message, {}", component.kind))?;
        let passed_on = match component.forward_ttl {
            0 => "not passed on".to_owned(),
            31 => "passed on without end".to_owned(),
            ttl => format!(
                "passed on {ttl} times at most, where it is heard at {} dBm",
                component.forward_rssi_dbm
            ),
        };
        let flags = component.flags.join(", ");
        for (name, value, meaning) in [
            ("magic", format!("{:04x}", component.magic), "the message's identity"),
            ("channel", component.channel.clone(), "where it was sent"),
            ("flags", if flags.is_empty() { "none".to_owned() } else { flags }, ""),
            ("sent", format!("{} times", component.retransmit_count), &*passed_on),
            ("destination", component.destination.clone(), ""),
            ("source", component.source.to_string(), ""),
        ] {
            self.field(None, name, &value, meaning)?;
        }
        match component.seal {
            Some(Seal::Opened) => self.field(None, "sealed", "opened", "AES-128-CCM, under an application key")?,
            Some(Seal::Closed) => self.field(None, "sealed", "closed", "no key opens it (--app-key)")?,
            None => {}
        }
        for said in &component.says {
            self.field(None, said.name, &said.value, "")?;
        }
        Ok(())
    }

    fn element(&mut self, number: usize, element: &ElementLayer) -> io::Result<()> {
        self.layer(&format!("element {number}"))?;
        let offset = element.offset;
        self.field(Some(offset), "identifier", "221", "vendor specific")?;
        self.field(
            Some(offset + 1),
            "length",
            &(element.body_len + 5).to_string(),
            "of all that follows",
        )?;
        self.field(Some(offset + 2), "organisation", "18:fe:34", "Espressif")?;
        self.field(Some(offset + 5), "type", "4", "ESP-NOW")?;
        let more = if element.more { "another element follows" } else { "" };
        self.field(Some(offset + 6), "version", &element.version.to_string(), more)?;
        self.field(Some(offset + 7), "body", &format!("{} octets", element.body_len), "")
    }

    fn payload(&mut self, payload: &PayloadLayer) -> io::Result<()> {
        self.layer(&format!("payload, {} octets", payload.length))?;
        for (line, octets) in payload.octets.chunks(OCTETS_A_LINE).enumerate() {
            let name = if line == 0 { "hex" } else { "" };
            self.field(None, name, &hex::encode(octets), "")?;
        }
        match &payload.text {
            Some(text) => self.field(None, "text", &format!("{text:?}"), ""),
            None => Ok(()),
        }
    }

    fn end(&mut self, explanation: &Explanation) -> io::Result<()> {
        match explanation.fcs {
            Some(FcsStatus::Good) => {
                self.layer("FCS")?;
                self.field(Some(explanation.octets), "check", "good", "")
            }
            Some(FcsStatus::GoodReversed) => {
                self.layer("FCS")?;
                let meaning =
                    "four octets, most significant first: so some sniffers write it, the air has it the other way";
                self.field(Some(explanation.octets), "check", "good, reversed", meaning)
            }
            _ => Ok(()),
        }
    }
}
