//! Which application to run, in words: `hello-sender 34:85:18:00:00:02`.
//!
//! The same line is given when the firmware is built (`APP="…" cargo c3`) or typed at the console.

use core::fmt;

use heapless::Vec;
use protocol::app::light::{LampConfig, Script, SwitchConfig};
use protocol::app::relay::{Answer, Call};
use protocol::app::sleep::Rhythm;
use protocol::app::{file, hello};
use protocol::board::WakeWindow;
use protocol::espnow::{Peer, Version};
use protocol::service::control::{Attribute, BindWindow, InitiatorConfig, ResponderConfig};
use protocol::service::debug::Recipient;
use protocol::service::provisioning::Wifi;
use protocol::service::security::Mode;
use protocol::time::Duration;
use protocol::{Channel, MacAddress, Rate};

/// Boards that can be named in a line.
pub const MOST_BOARDS: usize = file::MOST_RECEIVERS;

/// Boards that are named.
pub type Boards = Vec<MacAddress, MOST_BOARDS>;

/// After its start a lamp can be bound for so long.
const WINDOW: Duration = Duration::from_secs(60);

/// From anywhere in the room; the component's -55 dBm is a hand's breadth.
const IN_THE_ROOM_DBM: i8 = -75;

/// Octets of a file, if nothing else is said.
const FILE_OCTETS: u32 = 20_000;

/// Interval and window of boards that sleep, ms.
const RHYTHM: (u16, u16) = (500, 50);

/// An application and what it is run with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the applications' own pages say all")]
pub enum Invocation<'a> {
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
    LightSwitch { config: SwitchConfig },
    LightLamp { config: LampConfig },
    ProvisionResponder { wifi: Wifi },
    ProvisionDevice { name: &'a str },
    ConsoleOperator { to: Recipient, command: &'a str },
    ConsoleSubject,
    SecureSwitch { mode: Mode, lamps: Boards },
    SecureLamp,
    SecureEavesdropper,
    ClockInitiator,
    ClockResponder,
    ClockReferee,
    SleepCaller { rhythm: Rhythm },
    SleepSleeper { rhythm: Rhythm },
    FileSender { receivers: Boards, octets: u32 },
    FileReceiver,
    Antenna,
    SelfTest { peer: Option<MacAddress> },
    SelfTestResponder,
}

/// Each application's name and what may follow it; what is in brackets may be left out.
pub const USAGE: &[(&str, &str)] = &[
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
    ("light-switch", "[MILLISECONDS | button]"),
    ("light-lamp", "[2 | 3]"),
    ("provision-responder", "SSID PASSWORD"),
    ("provision-device", "[NAME]"),
    ("console-operator", "PEER COMMAND..."),
    ("console-subject", ""),
    ("secure-switch", "[compatible | strong] LAMP..."),
    ("secure-lamp", ""),
    ("secure-eavesdropper", ""),
    ("clock-initiator", ""),
    ("clock-responder", ""),
    ("clock-referee", ""),
    ("sleep-caller", "[INTERVAL WINDOW]"),
    ("sleep-sleeper", "[INTERVAL WINDOW]"),
    ("file-sender", "RECEIVER... [OCTETS]"),
    ("file-receiver", ""),
    ("antenna", ""),
    ("self-test", "[PEER]"),
    ("self-test-responder", ""),
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
    /// An interval and a window are milliseconds from 1 to 65535.
    Window,
    /// Messages are counted from 1 to 65535.
    Messages,
    /// The second and third keys of a switch are those that lamps share out among them.
    Key,
    /// A network needs a name of 1 to 32 octets and a password of at most 64.
    Network,
    /// A command has to be given.
    NoCommand,
    /// Octets are counted from 1.
    Octets,
    /// At most [`MOST_BOARDS`] can be named.
    Boards,
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
            Self::Window => f.write_str("an interval and a window are 1 to 65535 milliseconds each"),
            Self::Messages => write!(f, "there are 1 to {} messages", u16::MAX),
            Self::Key => f.write_str("a lamp shares the key 2 or 3 with others"),
            Self::Network => {
                f.write_str("it needs a network's name, of at most 32 octets, and password, of at most 64")
            }
            Self::NoCommand => f.write_str("it needs a command, like help"),
            Self::Octets => f.write_str("a file has at least one octet"),
            Self::Boards => write!(f, "at most {MOST_BOARDS} boards can be named"),
            Self::TooMuch => f.write_str("that is more than it takes"),
        }
    }
}

impl core::error::Error for InvocationError {}

impl<'a> Invocation<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &'a str) -> Result<Self, InvocationError> {
        let mut words = Words(line.trim());
        let invocation = match words.next().unwrap_or_default() {
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
                let millis = match words.next() {
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
            "light-switch" => Self::LightSwitch {
                config: words.switch()?,
            },
            "light-lamp" => Self::LightLamp { config: words.lamp()? },
            "provision-responder" => {
                let (ssid, password) = words.next().zip(words.next()).ok_or(InvocationError::Network)?;
                Self::ProvisionResponder {
                    wifi: Wifi::station(ssid, password.as_bytes()).ok_or(InvocationError::Network)?,
                }
            }
            "provision-device" => Self::ProvisionDevice {
                name: words.next().unwrap_or("board"),
            },
            "console-operator" => Self::ConsoleOperator {
                to: match words.address()?.ok_or(InvocationError::NoPeer)? {
                    MacAddress::BROADCAST => Recipient::Everybody,
                    board => Recipient::Board(board),
                },
                command: words.rest().ok_or(InvocationError::NoCommand)?,
            },
            "console-subject" => Self::ConsoleSubject,
            "secure-switch" => Self::SecureSwitch {
                mode: words.mode(),
                lamps: words.boards()?,
            },
            "secure-lamp" => Self::SecureLamp,
            "secure-eavesdropper" => Self::SecureEavesdropper,
            "clock-initiator" => Self::ClockInitiator,
            "clock-responder" => Self::ClockResponder,
            "clock-referee" => Self::ClockReferee,
            "sleep-caller" => Self::SleepCaller {
                rhythm: words.rhythm()?,
            },
            "sleep-sleeper" => Self::SleepSleeper {
                rhythm: words.rhythm()?,
            },
            "file-sender" => Self::FileSender {
                receivers: words.boards()?,
                octets: words.octets(FILE_OCTETS)?,
            },
            "file-receiver" => Self::FileReceiver,
            "antenna" => Self::Antenna,
            "self-test" => Self::SelfTest { peer: words.address()? },
            "self-test-responder" => Self::SelfTestResponder,
            _ => return Err(InvocationError::Name),
        };
        match words.next() {
            None => Ok(invocation),
            Some(_) => Err(InvocationError::TooMuch),
        }
    }
}

/// What of a line has not been read.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (word, rest) = self.0.split_once(char::is_whitespace).unwrap_or((self.0, ""));
        self.0 = rest.trim_start();
        (!word.is_empty()).then_some(word)
    }
}

impl<'a> Words<'a> {
    fn rest(&mut self) -> Option<&'a str> {
        let rest = core::mem::take(&mut self.0);
        (!rest.is_empty()).then_some(rest)
    }

    /// Of one word, if it can be read like that.
    fn next_if<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let before = self.0;
        let read = self.next().and_then(read);
        if read.is_none() {
            self.0 = before;
        }
        read
    }

    /// One board or several.
    fn boards(&mut self) -> Result<Boards, InvocationError> {
        let mut boards = Boards::new();
        while let Some(board) = self.next_if(|word| word.parse().ok()) {
            boards.push(board).map_err(|_| InvocationError::Boards)?;
        }
        match self.0 {
            _ if !boards.is_empty() => Ok(boards),
            "" => Err(InvocationError::NoPeer),
            _ => Err(InvocationError::Peer),
        }
    }

    fn switch(&mut self) -> Result<SwitchConfig, InvocationError> {
        let period = match self.next() {
            Some("button") => None,
            Some(word) => Some(
                word.parse()
                    .ok()
                    .filter(|&millis| millis > 0)
                    .ok_or(InvocationError::Period)?,
            ),
            None => Some(1000),
        };
        Ok(SwitchConfig {
            control: InitiatorConfig::default(),
            script: period.map(|millis| Script {
                steps: Script::EVENING,
                period: Duration::from_millis(millis),
            }),
        })
    }

    /// The caller's clock is everybody's.
    fn rhythm(&mut self) -> Result<Rhythm, InvocationError> {
        let window = match (self.next(), self.next()) {
            (None, _) => Some(RHYTHM),
            (Some(interval), Some(window)) => interval.parse().ok().zip(window.parse().ok()),
            (Some(_), None) => None,
        };
        let window = window.and_then(|(interval_ms, window_ms)| WakeWindow::new(interval_ms, window_ms));
        Ok(Rhythm {
            window: window.ok_or(InvocationError::Window)?,
            shared: true,
        })
    }

    fn lamp(&mut self) -> Result<LampConfig, InvocationError> {
        let own = match self.next() {
            Some("2") | None => Attribute::KEY_2,
            Some("3") => Attribute::KEY_3,
            Some(_) => return Err(InvocationError::Key),
        };
        Ok(LampConfig {
            control: ResponderConfig::DEFAULT,
            window: BindWindow {
                min_rssi_dbm: IN_THE_ROOM_DBM,
                ..BindWindow::new(WINDOW)
            },
            keys: [Attribute::KEY_1, own],
            channel: Channel::DEFAULT,
        })
    }

    fn mode(&mut self) -> Mode {
        let mode = self.next_if(|word| match word {
            "compatible" => Some(Mode::Compatible),
            "strong" => Some(Mode::Strong),
            _ => None,
        });
        mode.unwrap_or(Mode::Strong)
    }

    fn octets(&mut self, otherwise: u32) -> Result<u32, InvocationError> {
        let octets = match self.next() {
            Some(word) => word.parse().ok().filter(|&octets| octets > 0),
            None => Some(otherwise),
        };
        octets.ok_or(InvocationError::Octets)
    }

    fn address(&mut self) -> Result<Option<MacAddress>, InvocationError> {
        let address = self.next().map(str::parse).transpose();
        address.map_err(|_| InvocationError::Peer)
    }

    fn payload(&mut self, otherwise: usize) -> Result<usize, InvocationError> {
        let payload = match self.next() {
            Some(word) => word.parse().map_err(|_| InvocationError::Payload)?,
            None => otherwise,
        };
        match payload {
            1.. if payload <= Version::V2.max_payload() => Ok(payload),
            _ => Err(InvocationError::Payload),
        }
    }

    fn messages(&mut self, otherwise: u16) -> Result<u16, InvocationError> {
        let messages = match self.next() {
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
        let rate = self.next().map(str::parse).transpose();
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
        for (name, needs) in USAGE {
            // What may be left out is left out.
            let mut depth = 0;
            let outside = |&c: &char| {
                depth += i32::from(c == '[');
                let outside = depth == 0;
                depth -= i32::from(c == ']');
                outside
            };
            let needs: std::string::String = needs.chars().filter(outside).collect();
            let line = std::format!("{name} {needs}").replace("PEER", "34:85:18:00:00:02");
            let line = line
                .replace("LAMP", "34:85:18:00:00:03")
                .replace("RECEIVER", "34:85:18:00:00:04");
            let line = line.replace("...", "");
            assert!(Invocation::parse(&line).is_ok(), "{line}");
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
            Invocation::parse("self-test 34:85:18:00:00:02"),
            Ok(Invocation::SelfTest { peer: Some(PEER) })
        );
        assert_eq!(
            Invocation::parse("hello-sender"),
            Ok(Invocation::HelloSender {
                peer: hello::PLACEHOLDER
            })
        );
        assert_eq!(
            Invocation::parse("sleep-caller 1000 100"),
            Ok(Invocation::SleepCaller {
                rhythm: Rhythm {
                    window: WakeWindow::new(1000, 100).expect("neither is 0"),
                    shared: true,
                }
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
    fn services_are_told_what_they_need() {
        let Ok(Invocation::LightSwitch { config }) = Invocation::parse("light-switch button") else {
            panic!("a switch has a button");
        };
        assert_eq!(config.script, None);
        let Ok(Invocation::LightLamp { config }) = Invocation::parse("light-lamp 3") else {
            panic!("a lamp has a key");
        };
        assert_eq!(config.keys, [Attribute::KEY_1, Attribute::KEY_3]);
        assert_eq!(
            Invocation::parse("console-operator 34:85:18:00:00:02  ping 34:85:18:00:00:03 4\n"),
            Ok(Invocation::ConsoleOperator {
                to: Recipient::Board(PEER),
                command: "ping 34:85:18:00:00:03 4",
            })
        );
        assert_eq!(
            Invocation::parse("console-operator ff:ff:ff:ff:ff:ff stats"),
            Ok(Invocation::ConsoleOperator {
                to: Recipient::Everybody,
                command: "stats",
            })
        );
        let both: Boards = [PEER, MacAddress::BROADCAST].into_iter().collect();
        assert_eq!(
            Invocation::parse("secure-switch compatible 34:85:18:00:00:02 ff:ff:ff:ff:ff:ff"),
            Ok(Invocation::SecureSwitch {
                mode: Mode::Compatible,
                lamps: both.clone(),
            })
        );
        assert_eq!(
            Invocation::parse("file-sender 34:85:18:00:00:02 ff:ff:ff:ff:ff:ff 7"),
            Ok(Invocation::FileSender {
                receivers: both,
                octets: 7,
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
            ("sleep-caller 500", InvocationError::Window),
            ("sleep-caller 500 0", InvocationError::Window),
            ("sleep-sleeper 65536 20", InvocationError::Window),
            ("relay-caller", InvocationError::NoPeer),
            ("relay-caller 34:85:18:00:00:02 65536", InvocationError::Messages),
            ("upgrade-initiator fast", InvocationError::Rate),
            ("light-switch 0", InvocationError::Period),
            ("light-lamp 1", InvocationError::Key),
            ("provision-responder attic", InvocationError::Network),
            (
                "provision-responder a-name-of-more-than-32-octets-is-none secret",
                InvocationError::Network,
            ),
            ("console-operator", InvocationError::NoPeer),
            ("console-operator 34:85:18:00:00:02", InvocationError::NoCommand),
            ("secure-switch strong", InvocationError::NoPeer),
            ("secure-switch weak", InvocationError::Peer),
            ("file-sender", InvocationError::NoPeer),
            ("file-sender 34:85:18:00:00:02 0", InvocationError::Octets),
            ("file-sender 34:85:18:00:00:02 1 2", InvocationError::TooMuch),
            ("stream-sink 54M", InvocationError::TooMuch),
        ] {
            assert_eq!(Invocation::parse(line), Err(error), "{line:?}");
            assert!(!std::format!("{error}").is_empty());
        }
        let many = std::format!("secure-switch {}", "34:85:18:00:00:02 ".repeat(MOST_BOARDS + 1));
        assert_eq!(Invocation::parse(&many), Err(InvocationError::Boards));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in ".*") {
            let _ = Invocation::parse(&line);
        }
    }
}
