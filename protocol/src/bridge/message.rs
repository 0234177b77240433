//! What the two ends say to each other.
//!
//! ```text
//!    Send        01 │ ticket 2 │ destination 6 │ rate 1 │ payload 1 to 1470
//!    SetChannel  02 │ channel 1
//!
//!    Sent        81 │ ticket 2 │ outcome 1
//!    Tuned       82 │ channel 1 │ outcome 1
//!    Received    83 │ source 6 │ destination 6 │ RSSI 1 │ time 8 │ payload 0 to 1470
//!    Status      84 │ uptime 8 │ received 4 │ reported 4 │ sent 4 │ frames 4 │ broken 4 │ repeated 4 │ turned away 4
//! ```

use core::fmt;

use super::deframer::LineStatistics;
use super::wire::{Fields, Writer};
use crate::espnow::{Delivery, Error, Version};
use crate::time::Instant;
use crate::{Channel, MacAddress, Rate};

/// The octet for no rate in particular; others are [`Rate::code`].
const INTERFACE_RATE: u8 = 0xff;

/// What the host wants of the antenna.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// Send a message from the antenna's own address. Peers are the antenna's business.
    Send {
        /// What the answer is known by.
        ticket: u16,
        /// A board or a group.
        destination: MacAddress,
        /// The data rate; `None` for the interface's.
        rate: Option<Rate>,
        /// What an application sends: 1 to 1470 octets.
        payload: &'a [u8],
    },
    /// Go to another channel.
    SetChannel(Channel),
}

/// How a message on the real air went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The MAC is done with it.
    Done(Delivery),
    /// The driver did not take it.
    Refused(Error),
}

/// What the antenna has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report<'a> {
    /// The answer to [`Command::Send`].
    Sent {
        /// Its ticket.
        ticket: u16,
        /// How it went.
        outcome: SendOutcome,
    },
    /// The answer to [`Command::SetChannel`].
    Tuned {
        /// The channel that the antenna is on now.
        channel: Channel,
        /// Why it is not the one asked for, if so.
        refused: Option<Error>,
    },
    /// A message came.
    Received {
        /// From whom.
        source: MacAddress,
        /// To the antenna or to a group.
        destination: MacAddress,
        /// dBm at the antenna.
        rssi_dbm: i8,
        /// By the antenna's clock.
        at: Instant,
        /// What the application sent.
        payload: &'a [u8],
    },
    /// How the antenna is.
    Status(Status),
}

/// How an antenna is; counters go on over sessions and start anew with the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Its clock.
    pub uptime: Instant,
    /// Messages that came to it over the air.
    pub received: u32,
    /// Of these, the ones that were handed to a host. The others came while none was there.
    pub reported: u32,
    /// Messages that it sent.
    pub sent: u32,
    /// What its end of the line has seen.
    pub line: LineStatistics,
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It ends too early.
    Short,
    /// Something follows its end, or its payload is too long.
    Long,
    /// No such kind.
    Kind(u8),
    /// A field has a value that does not exist.
    Value(u8),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("it ends too early"),
            Self::Long => f.write_str("it goes on after its end"),
            Self::Kind(kind) => write!(f, "there is no kind {kind:#04x}"),
            Self::Value(value) => write!(f, "a field can't be {value:#04x}"),
        }
    }
}

impl core::error::Error for Malformed {}

const SEND: u8 = 0x01;
const SET_CHANNEL: u8 = 0x02;
const SENT: u8 = 0x81;
const TUNED: u8 = 0x82;
const RECEIVED: u8 = 0x83;
const STATUS: u8 = 0x84;

/// ESP-IDF's errors in an octet: their code above `ESP_ERR_ESPNOW_BASE`.
const ERRORS: [Error; 9] = [
    Error::NotInit,
    Error::Arg,
    Error::NoMem,
    Error::Full,
    Error::NotFound,
    Error::Internal,
    Error::Exist,
    Error::If,
    Error::Chan,
];

const ACKNOWLEDGED: u8 = 0x00;
const UNACKNOWLEDGED: u8 = 0x80;

fn error_code(error: Error) -> u8 {
    // 1 to 9.
    (1..)
        .zip(ERRORS)
        .find(|(_, other)| *other == error)
        .map_or(6, |(code, _)| code)
}

fn error_of(code: u8) -> Result<Error, Malformed> {
    let index = usize::from(code).checked_sub(1);
    index
        .and_then(|index| ERRORS.get(index).copied())
        .ok_or(Malformed::Value(code))
}

fn channel_of(number: u8) -> Result<Channel, Malformed> {
    Channel::new(number).ok_or(Malformed::Value(number))
}

const fn payload_of(octets: &[u8]) -> Result<&[u8], Malformed> {
    if octets.len() > Version::V2.max_payload() {
        return Err(Malformed::Long);
    }
    Ok(octets)
}

impl<'a> Command<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(octets);
        match fields.octet()? {
            SEND => {
                let ticket = fields.u16()?;
                let destination = fields.address()?;
                let rate = match fields.octet()? {
                    INTERFACE_RATE => None,
                    octet => Some(Rate::from_code(octet).ok_or(Malformed::Value(octet))?),
                };
                let payload = payload_of(fields.rest())?;
                if payload.is_empty() {
                    return Err(Malformed::Short);
                }
                Ok(Self::Send {
                    ticket,
                    destination,
                    rate,
                    payload,
                })
            }
            SET_CHANNEL => {
                let channel = channel_of(fields.octet()?)?;
                fields.end()?;
                Ok(Self::SetChannel(channel))
            }
            kind => Err(Malformed::Kind(kind)),
        }
    }

    /// Writes the message and gives its length; `None` if `buffer` is too short.
    #[must_use]
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let writer = Writer::new(buffer);
        match self {
            Self::Send {
                ticket,
                destination,
                rate,
                payload,
            } => writer
                .put(&[SEND])
                .put(&ticket.to_le_bytes())
                .put(&destination.octets())
                .put(&[rate.map_or(INTERFACE_RATE, Rate::code)])
                .put(payload),
            Self::SetChannel(channel) => writer.put(&[SET_CHANNEL, channel.number()]),
        }
        .finish()
    }
}

impl<'a> Report<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(octets);
        match fields.octet()? {
            SENT => {
                let ticket = fields.u16()?;
                let outcome = match fields.octet()? {
                    ACKNOWLEDGED => SendOutcome::Done(Delivery::Acknowledged),
                    UNACKNOWLEDGED => SendOutcome::Done(Delivery::Unacknowledged),
                    code => SendOutcome::Refused(error_of(code)?),
                };
                fields.end()?;
                Ok(Self::Sent { ticket, outcome })
            }
            TUNED => {
                let channel = channel_of(fields.octet()?)?;
                let refused = match fields.octet()? {
                    0 => None,
                    code => Some(error_of(code)?),
                };
                fields.end()?;
                Ok(Self::Tuned { channel, refused })
            }
            RECEIVED => Ok(Self::Received {
                source: fields.address()?,
                destination: fields.address()?,
                rssi_dbm: i8::from_le_bytes(fields.array()?),
                at: Instant::from_micros(fields.u64()?),
                payload: payload_of(fields.rest())?,
            }),
            STATUS => {
                let status = Status {
                    uptime: Instant::from_micros(fields.u64()?),
                    received: fields.u32()?,
                    reported: fields.u32()?,
                    sent: fields.u32()?,
                    line: LineStatistics {
                        frames: fields.u32()?,
                        broken: fields.u32()?,
                        repeated: fields.u32()?,
                        turned_away: fields.u32()?,
                    },
                };
                fields.end()?;
                Ok(Self::Status(status))
            }
            kind => Err(Malformed::Kind(kind)),
        }
    }

    /// Writes the message and gives its length; `None` if `buffer` is too short.
    #[must_use]
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let writer = Writer::new(buffer);
        match self {
            Self::Sent { ticket, outcome } => {
                let outcome = match *outcome {
                    SendOutcome::Done(Delivery::Acknowledged) => ACKNOWLEDGED,
                    SendOutcome::Done(Delivery::Unacknowledged) => UNACKNOWLEDGED,
                    SendOutcome::Refused(error) => error_code(error),
                };
                writer.put(&[SENT]).put(&ticket.to_le_bytes()).put(&[outcome])
            }
            Self::Tuned { channel, refused } => writer.put(&[TUNED, channel.number(), refused.map_or(0, error_code)]),
            Self::Received {
                source,
                destination,
                rssi_dbm,
                at,
                payload,
            } => writer
                .put(&[RECEIVED])
                .put(&source.octets())
                .put(&destination.octets())
                .put(&rssi_dbm.to_le_bytes())
                .put(&at.as_micros().to_le_bytes())
                .put(payload),
            Self::Status(Status {
                uptime,
                received,
                reported,
                sent,
                line,
            }) => {
                let LineStatistics {
                    frames,
                    broken,
                    repeated,
                    turned_away,
                } = line;
                [received, reported, sent, frames, broken, repeated, turned_away]
                    .into_iter()
                    .fold(
                        writer.put(&[STATUS]).put(&uptime.as_micros().to_le_bytes()),
                        |writer, counter| writer.put(&counter.to_le_bytes()),
                    )
            }
        }
        .finish()
    }
}
