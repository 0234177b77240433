//! What a captured frame says.

use protocol::frame::{ActionFrame, Header, Mpdu, Packet, Refusal, Sealed};
use protocol::message::AppKey;
use protocol::{Channel, MacAddress};
use serde::{Serialize, Serializer};

use super::component::{ComponentLayer, component};
use super::{KeyPair, Keys};
use crate::capture::{CapturedFrame, FcsStatus};
use crate::record::radiotap;

/// Where the MAC header ends: at the action or the CCMP header.
const MAC_HEADER_LEN: usize = protocol::frame::HEADER_LEN;
const CCMP_HEADER_LEN: usize = 8;
/// Category, organisation and random octets.
const ACTION_PREFIX_LEN: usize = 8;
/// Identifier, length, organisation, type and version.
const ELEMENT_PREFIX_LEN: usize = 7;

/// A captured frame, explained. Offsets count from the MPDU's first octet, as it was on the air.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The frame's number in the capture, counted from 1.
    pub frame: u64,
    /// ns since 1970, if the capture says when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_ns: Option<u64>,
    /// Octets of the MPDU without FCS.
    pub octets: usize,
    /// Octets that the capture left out at the end.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut_off: usize,
    /// Whether the FCS is right; `None` if the capture has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fcs: Option<FcsStatus>,
    /// How it was on the air, if the capture says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radio: Option<RadioLayer>,
    /// What it is.
    #[serde(flatten)]
    pub content: Content,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a frame is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// An acknowledgement.
    Ack {
        /// Whose frame was acknowledged.
        #[serde(serialize_with = "as_text")]
        receiver: MacAddress,
    },
    /// An ESP-NOW message that could be read.
    Message(Box<Message>),
    /// An encrypted action frame that no key opens.
    Encrypted {
        /// The MAC header.
        mac: MacLayer,
        /// The packet number.
        packet_number: u64,
        /// How many key pairs were tried.
        keys_tried: usize,
    },
    /// Not ESP-NOW.
    Other {
        /// The first rule that it breaks.
        refusal: String,
    },
    /// Its FCS is wrong, so nothing in it can be trusted.
    BadFcs,
}

/// A readable ESP-NOW message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// The MAC header.
    pub mac: MacLayer,
    /// The encryption, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ccmp: Option<CcmpLayer>,
    /// What makes it a vendor's action frame.
    pub action: ActionLayer,
    /// The vendor elements, in their order.
    pub elements: Vec<ElementLayer>,
    /// The elements' bodies together.
    pub payload: PayloadLayer,
    /// What they say, if they are a message of Espressif's `esp-now` component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentLayer>,
}

/// The frame on the air, from radiotap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RadioLayer {
    /// The data rate in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The channel, 1 to 14, if the frequency is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u8>,
    /// The frequency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mhz: Option<u16>,
    /// Signal at the monitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_dbm: Option<i8>,
}

/// The MAC header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MacLayer {
    /// Address 1.
    #[serde(serialize_with = "as_text")]
    pub destination: MacAddress,
    /// Address 2.
    #[serde(serialize_with = "as_text")]
    pub source: MacAddress,
    /// Address 3.
    #[serde(serialize_with = "as_text")]
    pub bssid: MacAddress,
    /// What the frame reserves after itself.
    pub duration_us: u16,
    /// 0 to 4095.
    pub sequence: u16,
    /// Whether it is a repetition.
    pub retry: bool,
}

/// The encryption that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CcmpLayer {
    /// The packet number.
    pub packet_number: u64,
    /// Which of the key pairs opened it, counted from 1.
    pub key_pair: usize,
}

/// Category, organisation and random octets: the first two are the same in all frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ActionLayer {
    /// Where it starts.
    pub offset: usize,
    /// The random octets.
    #[serde(serialize_with = "hex::serialize")]
    pub random: [u8; 4],
}

/// A vendor element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ElementLayer {
    /// Where it starts.
    pub offset: usize,
    /// ESP-NOW's version, 1 or 2.
    pub version: u8,
    /// Octets of payload in it.
    pub body_len: usize,
    /// Whether it says that another one follows.
    pub more: bool,
}

/// The application's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayloadLayer {
    /// Octets.
    pub length: usize,
    /// All of it in hexadecimal digits.
    #[serde(rename = "hex", serialize_with = "hex::serialize")]
    pub octets: Vec<u8>,
    /// As text, if it is printable; NULs at its end are as C's strings have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

pub(super) fn as_text<S: Serializer>(address: &MacAddress, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

/// Explains a frame, with these keys to try if it is encrypted.
#[must_use]
pub fn explain(frame: &CapturedFrame, keys: &Keys) -> Explanation {
    let content = match (frame.fcs, Mpdu::parse(&frame.mpdu)) {
        (Some(FcsStatus::Bad), _) => Content::BadFcs,
        (_, Ok(Mpdu::Ack(ack))) => Content::Ack { receiver: ack.receiver },
        (_, Ok(Mpdu::Plain(packet))) => Content::Message(Box::new(message(&packet, None, &keys.app))),
        (_, Ok(Mpdu::Sealed(sealed))) => open(&sealed, &keys.pairs, &keys.app),
        (_, Err(refusal)) => other(refusal),
    };
    Explanation {
        frame: frame.index,
        timestamp_ns: frame.timestamp_ns,
        octets: frame.mpdu.len(),
        cut_off: frame.cut_off,
        fcs: frame.fcs,
        radio: frame.radiotap.as_ref().map(radio),
        content,
    }
}

fn other(refusal: Refusal) -> Content {
    Content::Other {
        refusal: refusal.to_string(),
    }
}

fn open(sealed: &Sealed<'_>, keys: &[KeyPair], app_keys: &[AppKey]) -> Content {
    let mut scratch = [0; ActionFrame::MAX_LEN];
    let packet_number = sealed.packet_number().get();
    for (key_pair, pair) in (1..).zip(keys) {
        match sealed.open(pair.temporal(), &mut scratch) {
            Ok(packet) => {
                let ccmp = CcmpLayer {
                    packet_number,
                    key_pair,
                };
                return Content::Message(Box::new(message(&packet, Some(ccmp), app_keys)));
            }
            Err(Refusal::Authentication) => {}
            Err(refusal) => return other(refusal),
        }
    }
    Content::Encrypted {
        mac: mac(sealed.header()),
        packet_number,
        keys_tried: keys.len(),
    }
}

fn message(packet: &Packet<'_>, ccmp: Option<CcmpLayer>, app_keys: &[AppKey]) -> Message {
    let offset = MAC_HEADER_LEN + if ccmp.is_some() { CCMP_HEADER_LEN } else { 0 };
    let mut octets = Vec::with_capacity(packet.payload_len());
    let mut elements = Vec::new();
    let mut element_offset = offset + ACTION_PREFIX_LEN;
    let mut segments = packet.segments().peekable();
    while let Some(body) = segments.next() {
        octets.extend_from_slice(body);
        elements.push(ElementLayer {
            offset: element_offset,
            version: packet.version().number(),
            body_len: body.len(),
            more: segments.peek().is_some(),
        });
        element_offset += ELEMENT_PREFIX_LEN + body.len();
    }
    Message {
        mac: mac(packet.header()),
        ccmp,
        action: ActionLayer {
            offset,
            random: packet.random(),
        },
        elements,
        component: component(&octets, app_keys),
        payload: PayloadLayer {
            length: octets.len(),
            text: printable(&octets),
            octets,
        },
    }
}

fn mac(header: &Header) -> MacLayer {
    MacLayer {
        destination: header.destination,
        source: header.source,
        bssid: header.bssid,
        duration_us: header.duration_us,
        sequence: header.sequence.get(),
        retry: header.retry,
    }
}

fn radio(header: &radiotap::Header) -> RadioLayer {
    let rate = match (header.rate(), header.mcs, header.rate_500k) {
        (Some(rate), ..) => Some(rate.to_string()),
        (None, Some(mcs), _) => Some(format!("MCS{} (no rate of the chips)", mcs.index)),
        (None, None, Some(units)) => Some(format!("{} kbit/s (no rate of the chips)", 500 * u32::from(units))),
        (None, None, None) => None,
    };
    let mhz = header.channel.map(|channel| channel.mhz);
    RadioLayer {
        rate,
        channel: mhz.and_then(channel_at),
        mhz,
        signal_dbm: header.signal_dbm,
    }
}

fn channel_at(mhz: u16) -> Option<u8> {
    (1..=14).find(|number| Channel::new(*number).is_some_and(|channel| channel.centre_mhz() == mhz))
}

/// The octets as text if a person could have written it: UTF-8, no control characters but line ends and tabs, NULs only
/// at the end.
fn printable(octets: &[u8]) -> Option<String> {
    let text = str::from_utf8(octets).ok()?;
    let written = text.trim_end_matches('\0');
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!written.is_empty() && !written.contains(odd)).then(|| text.to_owned())
}
