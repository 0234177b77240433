//! The MAC's sequence numbers.

use core::fmt;

/// A 12-bit sequence number, 0 to 4095 (IEEE 802.11-2020, clause 9.2.4.4.2).
///
/// A retry carries the number of the first attempt, which is how a receiver tells that it has the frame already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SequenceNumber(u16);

impl SequenceNumber {
    pub(super) const ZERO: Self = Self(0);

    const COUNT: u16 = 1 << 12;

    /// The sequence number with this value; `None` above 4095.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// 0 to 4095.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number after this one; 0 after 4095.
    #[must_use]
    pub const fn next(self) -> Self {
        Self((self.0 + 1) % Self::COUNT)
    }

    /// The sequence control field of an unfragmented frame.
    pub(super) const fn control(self) -> [u8; 2] {
        (self.0 << 4).to_le_bytes()
    }

    /// The sequence number of a sequence control field; `None` when its fragment number is not 0.
    pub(super) const fn from_control(control: [u8; 2]) -> Option<Self> {
        let control = u16::from_le_bytes(control);
        if control & 0xf == 0 {
            Some(Self(control >> 4))
        } else {
            None
        }
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_twelve_bits_and_wrap() {
        assert_eq!(SequenceNumber::new(4096), None);
        let last = SequenceNumber::new(4095).expect("12 bits");
        assert_eq!(last.next(), SequenceNumber::default());
        assert_eq!(last.next().next().get(), 1);
    }

    #[test]
    fn the_control_field_holds_the_number_above_the_fragment() {
        let number = SequenceNumber::new(0xabc).expect("12 bits");
        assert_eq!(number.control(), [0xc0, 0xab]);
        assert_eq!(SequenceNumber::from_control([0xc0, 0xab]), Some(number));
        assert_eq!(SequenceNumber::from_control([0xc1, 0xab]), None);
    }
}
