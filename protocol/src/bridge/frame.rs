//! Frames on the line, without their check.

use super::wire::{Fields, Writer};
use super::{MAX_MESSAGE, Malformed};
use crate::{Channel, MacAddress};

/// Octets before a data frame's message.
const DATA_HEADER: usize = 13;

/// Octets of the longest frame.
pub(super) const MAX_BODY: usize = DATA_HEADER + MAX_MESSAGE;

const OPEN: u8 = 0x01;
const OPENED: u8 = 0x81;
const DATA: u8 = 0x02;
const ACK: u8 = 0x03;
const FROM_ANTENNA: u8 = 0x80;

/// Whose frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Host,
    Antenna,
}

impl Sender {
    const fn bit(self) -> u8 {
        match self {
            Self::Host => 0,
            Self::Antenna => FROM_ANTENNA,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Open {
        version: u8,
        nonce: u32,
    },
    Opened {
        version: u8,
        nonce: u32,
        session: u32,
        address: MacAddress,
        channel: Channel,
    },
    Data {
        session: u32,
        number: u32,
        /// The number that its sender expects next.
        ack: u32,
        message: &'a [u8],
    },
    Ack {
        session: u32,
        ack: u32,
        /// What its sender expects was lost or broken.
        gap: bool,
    },
}

impl<'a> Frame<'a> {
    /// Reads a frame of that sender.
    pub(super) fn parse(sender: Sender, octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(octets);
        let kind = fields.octet()?;
        match (kind ^ sender.bit(), sender) {
            (OPEN, Sender::Host) => {
                let version = fields.octet()?;
                let nonce = fields.u32()?;
                // What a later version adds is its own business.
                Ok(Self::Open { version, nonce })
            }
            (OPEN, Sender::Antenna) => {
                let version = fields.octet()?;
                let nonce = fields.u32()?;
                let session = fields.u32()?;
                let address = fields.address()?;
                let channel = fields.octet()?;
                Ok(Self::Opened {
                    version,
                    nonce,
                    session,
                    address,
                    channel: Channel::new(channel).ok_or(Malformed::Value(channel))?,
                })
            }
            (DATA, _) => {
                let session = fields.u32()?;
                let number = fields.u32()?;
                let ack = fields.u32()?;
                let message = fields.rest();
                if message.len() > MAX_MESSAGE {
                    return Err(Malformed::Long);
                }
                Ok(Self::Data {
                    session,
                    number,
                    ack,
                    message,
                })
            }
            (ACK, _) => {
                let session = fields.u32()?;
                let ack = fields.u32()?;
                let gap = match fields.octet()? {
                    0 => false,
                    1 => true,
                    value => return Err(Malformed::Value(value)),
                };
                fields.end()?;
                Ok(Self::Ack { session, ack, gap })
            }
            _ => Err(Malformed::Kind(kind)),
        }
    }

    /// Writes the frame as that sender's and gives its length; `None` if `buffer` is too short.
    pub(super) fn emit(&self, sender: Sender, buffer: &mut [u8]) -> Option<usize> {
        let writer = Writer::new(buffer);
        match self {
            Self::Open { version, nonce } => writer.put(&[OPEN, *version]).put(&nonce.to_le_bytes()),
            Self::Opened {
                version,
                nonce,
                session,
                address,
                channel,
            } => writer
                .put(&[OPENED, *version])
                .put(&nonce.to_le_bytes())
                .put(&session.to_le_bytes())
                .put(&address.octets())
                .put(&[channel.number()]),
            Self::Data {
                session,
                number,
                ack,
                message,
            } => writer
                .put(&[DATA | sender.bit()])
                .put(&session.to_le_bytes())
                .put(&number.to_le_bytes())
                .put(&ack.to_le_bytes())
                .put(message),
            Self::Ack { session, ack, gap } => writer
                .put(&[ACK | sender.bit()])
                .put(&session.to_le_bytes())
                .put(&ack.to_le_bytes())
                .put(&[u8::from(*gap)]),
        }
        .finish()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn sender() -> impl Strategy<Value = Sender> {
        prop_oneof![Just(Sender::Host), Just(Sender::Antenna)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn frames_are_read_as_they_were_written(
            numbers: [u32; 3],
            message in proptest::collection::vec(any::<u8>(), 0..=MAX_MESSAGE),
            gap: bool,
            address: [u8; 6],
            number in 1..=14_u8,
            sender in sender(),
        ) {
            let [session, number_or_nonce, ack] = numbers;
            let version = 1;
            let nonce = number_or_nonce;
            let channel = Channel::new(number).expect("a channel");
            let first = match sender {
                Sender::Host => Frame::Open { version, nonce },
                Sender::Antenna => Frame::Opened { version, nonce, session, address: MacAddress(address), channel },
            };
            let data = Frame::Data { session, number: number_or_nonce, ack, message: &message };
            for frame in [first, data, Frame::Ack { session, ack, gap }] {
                let mut buffer = [0; MAX_BODY];
                let length = frame.emit(sender, &mut buffer).expect("room for the longest");
                prop_assert_eq!(Frame::parse(sender, &buffer[..length]), Ok(frame));
                prop_assert_eq!(frame.emit(sender, &mut buffer[..length - 1]), None);
                let other = match sender {
                    Sender::Host => Sender::Antenna,
                    Sender::Antenna => Sender::Host,
                };
                prop_assert!(Frame::parse(other, &buffer[..length]).is_err(), "an echo");
            }
        }

        #[test]
        fn any_octets_are_a_frame_or_none(octets: Vec<u8>, sender in sender()) {
            if let Ok(frame) = Frame::parse(sender, &octets) {
                let mut buffer = [0; MAX_BODY];
                let length = frame.emit(sender, &mut buffer).expect("room for the longest");
                prop_assert_eq!(&buffer[..length], &octets[..length]);
            }
        }
    }
}
