//! Which application to run, in words: `hello-sender 34:85:18:00:00:02`.
//!
//! The same line is given when the firmware is built (`APP="…" cargo c3`) or typed at the console.

use core::fmt;

use protocol::app::hello;
use protocol::app::relay::{Answer, Call};
use protocol::espnow::{Peer, Version};
use protocol::time::Duration;
use protocol::{MacAddress, Rate};

/// An application and what it is run with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the applications' own pages say all")]
pub enum Invocation {
    HelloSender { peer: MacAddress },
    HelloReceiver,
    StreamSource { peer: Peer, payload: usize },
    StreamSink,
    EchoCaller { peer: Peer, payload: usize },
    EchoAnswerer { peer: Peer },
    Beacon { period: Duration, payload: usize },
    RelayCaller { call: Call },
    Relay,
    UpgradeInitiator { rate: Rate },
    UpgradeResponder,
    Antenna,
}

/// Each application's name and what may follow it; what is in brackets may be left out.
pub const USAGE: [(&str, &str); 12] = [
    ("hello-sender", "[PEER]"),
    ("hello-receiver", ""),
    ("stream-source", "[PEER [OCTETS [RATE]]]"),
    ("stream-sink", ""),
    ("echo-caller", "PEER [OCTETS [RATE]]"),
    ("echo-answerer", "PEER [RATE]"),
    ("beacon", "[MILLISECONDS [OCTETS]]"),
    ("relay-caller", "PEER [MESSAGES]"),
    ("relay", ""),
    ("upgrade-initiator", "[RATE]"),
    ("upgrade-responder", ""),
    ("antenna", ""),
];

/// A line that names no application, or not what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationError {
    /// No application has that name.
    Name,
    /// A peer has to be given.
    NoPeer,
    /// A peer is an address like `34:85:18:00:00:02`.
    Peer,
    /// A payload has 1 to 1470 octets.
    Payload,
    /// A rate is one of [`Rate`]'s.
    Rate,
    /// A period is a number of milliseconds, not 0.
    Period,
    /// Messages are counted from 1 to 65535.
    Messages,
    /// More was given than is taken.
    TooMuch,
}

impl fmt::Display for InvocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("no application has that name"),
            Self::NoPeer => f.write_str("it needs the address of its peer"),
            Self::Peer => f.write_str("a peer is an address like 34:85:18:00:00:02"),
            Self::Payload => write!(f, "a payload has 1 to {} octets", Version::V2.max_payload()),
            Self::Rate => protocol::rate::ParseRateError.fmt(f),
            Self::Period => f.write_str("a period is a number of milliseconds, not 0"),
            Self::Messages => write!(f, "there are 1 to {} messages", u16::MAX),
            Self::TooMuch => f.write_str("that is more than it takes"),
        }
    }
}

impl core::error::Error for InvocationError {}

impl Invocation {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, InvocationError> {
        let mut words = Words(line.split_whitespace());
        let invocation = match words.0.next().unwrap_or_default() {
            "hello-sender" => Self::HelloSender {
                peer: words.address()?.unwrap_or(hello::PLACEHOLDER),
            },
            "hello-receiver" => Self::HelloReceiver,
            "stream-source" => {
                let address = words.address()?.unwrap_or(MacAddress::BROADCAST);
                let payload = words.payload(Version::V1.max_payload())?;
                Self::StreamSource {
                    peer: words.peer(address)?,
                    payload,
                }
            }
            "stream-sink" => Self::StreamSink,
            "echo-caller" => {
                let address = words.address()?.ok_or(InvocationError::NoPeer)?;
                let payload = words.payload(Version::V1.max_payload())?;
                Self::EchoCaller {
                    peer: words.peer(address)?,
                    payload,
                }
            }
            "echo-answerer" => {
                let address = words.address()?.ok_or(InvocationError::NoPeer)?;
                Self::EchoAnswerer {
                    peer: words.peer(address)?,
                }
            }
            "beacon" => {
                let millis = match words.0.next() {
                    Some(word) => word.parse().ok().filter(|&millis| millis > 0),
                    None => Some(1000),
                };
                Self::Beacon {
                    period: Duration::from_millis(millis.ok_or(InvocationError::Period)?),
                    payload: words.payload(64)?,
                }
            }
            "relay-caller" => Self::RelayCaller {
                call: Call {
                    answerer: words.address()?.ok_or(InvocationError::NoPeer)?,
                    messages: words.messages(10)?,
                    period: Duration::from_secs(1),
                    repetitions: 3,
                    answer: Answer::Ack,
                },
            },
            "relay" => Self::Relay,
            "upgrade-initiator" => Self::UpgradeInitiator {
                rate: words.rate()?.unwrap_or_default(),
            },
            "upgrade-responder" => Self::UpgradeResponder,
            "antenna" => Self::Antenna,
            _ => return Err(InvocationError::Name),
        };
        match words.0.next() {
            None => Ok(invocation),
            Some(_) => Err(InvocationError::TooMuch),
        }
    }
}

struct Words<'a>(core::str::SplitWhitespace<'a>);

impl Words<'_> {
    fn address(&mut self) -> Result<Option<MacAddress>, InvocationError> {
        let address = self.0.next().map(str::parse).transpose();
        address.map_err(|_| InvocationError::Peer)
    }

    fn payload(&mut self, otherwise: usize) -> Result<usize, InvocationError> {
        let payload = match self.0.next() {
            Some(word) => word.parse().map_err(|_| InvocationError::Payload)?,
            None => otherwise,
        };
        match payload {
            1.. if payload <= Version::V2.max_payload() => Ok(payload),
            _ => Err(InvocationError::Payload),
        }
    }

    fn messages(&mut self, otherwise: u16) -> Result<u16, InvocationError> {
        let messages = match self.0.next() {
            Some(word) => word.parse().ok().filter(|&messages| messages > 0),
            None => Some(otherwise),
        };
        messages.ok_or(InvocationError::Messages)
    }

    fn peer(&mut self, address: MacAddress) -> Result<Peer, InvocationError> {
        Ok(Peer {
            rate: self.rate()?,
            ..Peer::new(address)
        })
    }

    fn rate(&mut self) -> Result<Option<Rate>, InvocationError> {
        let rate = self.0.next().map(str::parse).transpose();
        rate.map_err(|_| InvocationError::Rate)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;
    use protocol::rate::Ofdm;

    use super::*;

    const PEER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);

    #[test]
    fn every_application_is_understood() {
        for (name, _) in USAGE {
            let alone = Invocation::parse(name);
            let with_peer = Invocation::parse(&std::format!("{name} 34:85:18:00:00:02"));
            assert!(
                alone.is_ok() || alone == Err(InvocationError::NoPeer) && with_peer.is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn words_are_what_they_say() {
        assert_eq!(
            Invocation::parse(" stream-source 34:85:18:00:00:02 1470 54M\r\n"),
            Ok(Invocation::StreamSource {
                peer: Peer::new(PEER).at_rate(Rate::Ofdm(Ofdm::M54)),
                payload: 1470,
            })
        );
        assert_eq!(
            Invocation::parse("hello-sender"),
            Ok(Invocation::HelloSender {
                peer: hello::PLACEHOLDER
            })
        );
        assert_eq!(
            Invocation::parse("beacon 250 10"),
            Ok(Invocation::Beacon {
                period: Duration::from_millis(250),
                payload: 10,
            })
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, error) in [
            ("", InvocationError::Name),
            ("hello", InvocationError::Name),
            ("echo-caller", InvocationError::NoPeer),
            ("hello-sender me", InvocationError::Peer),
            ("stream-source ff:ff:ff:ff:ff:ff 0", InvocationError::Payload),
            ("stream-source ff:ff:ff:ff:ff:ff 1471", InvocationError::Payload),
            ("echo-answerer 34:85:18:00:00:02 54", InvocationError::Rate),
            ("beacon 0", InvocationError::Period),
            ("relay-caller", InvocationError::NoPeer),
            ("relay-caller 34:85:18:00:00:02 65536", InvocationError::Messages),
            ("upgrade-initiator fast", InvocationError::Rate),
            ("stream-sink 54M", InvocationError::TooMuch),
        ] {
            assert_eq!(Invocation::parse(line), Err(error), "{line:?}");
            assert!(!std::format!("{error}").is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in ".*") {
            let _ = Invocation::parse(&line);
        }
    }
}
