//! As much of protobuf as protocomm's handshake uses: varints, and fields with a length.
//!
//! ```text
//! field = key varint (number << 3 │ wire type) │ 0: varint │ 1: 8 octets │ 2: length varint, octets │ 5: 4 octets
//! ```

use super::session_data::NotSessionData;

/// A field's value. What else there is in protobuf is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Octets(&'a [u8]),
    Skipped,
}

/// The fields of a message, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) const fn of(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], NotSessionData> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NotSessionData::TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, NotSessionData> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let &[octet] = self.take(1)?.first_chunk().ok_or(NotSessionData::TooShort)?;
            number |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(NotSessionData::Varint)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), NotSessionData> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Skipped)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NotSessionData::TooShort)?;
                Value::Octets(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Skipped)?,
            wire_type => {
                return Err(NotSessionData::WireType {
                    found: wire_type.to_le_bytes()[0],
                });
            }
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), NotSessionData>;

    /// After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// Writes fields one after the other; what does not fit is noticed at the end.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    fn octets(&mut self, octets: &[u8]) {
        let end = self.length + octets.len();
        if let Some(place) = self.buffer.get_mut(self.length..end) {
            place.copy_from_slice(octets);
        }
        self.length = end;
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.octets(&[number.to_le_bytes()[0] | 0x80]);
            number >>= 7;
        }
        self.octets(&number.to_le_bytes()[..1]);
    }

    /// A number; 0 is not written, as in proto3.
    pub(super) fn number(&mut self, field: u64, number: u64) {
        if number != 0 {
            self.varint(field << 3);
            self.varint(number);
        }
    }

    /// Octets, or the key and length of a message within this one.
    pub(super) fn bytes(&mut self, field: u64, octets: &[u8]) {
        self.message(field, octets.len());
        self.octets(octets);
    }

    /// The key and the length of a message whose `length` octets follow.
    pub(super) fn message(&mut self, field: u64, length: usize) {
        self.varint(field << 3 | 2);
        self.varint(length as u64);
    }

    /// How many octets were written; `None` if they did not fit.
    pub(super) const fn finish(self) -> Option<usize> {
        if self.length <= self.buffer.len() {
            Some(self.length)
        } else {
            None
        }
    }

    /// How many octets were to be written.
    pub(super) const fn length(&self) -> usize {
        self.length
    }
}
