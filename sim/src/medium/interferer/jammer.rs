//! A jammer: one channel full of energy, without a gap, for a time.
//!
//! It stands for whatever takes a channel away: a faulty device, a video sender, somebody who means it. Where it is strong, boards
//! wait for its end; where it is weak, they lose frames to it.

use protocol::Channel;

use super::spectrum::Spectrum;
use super::{Pattern, Phase};
use crate::kernel::{Generator, Span};

/// Energy on a channel, from when it is added, for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jammer {
    /// Where.
    pub channel: Channel,
    /// How long.
    pub span: Span,
}

/// The jammer's one burst.
#[derive(Debug)]
pub(super) struct Burst {
    jammer: Jammer,
    is_over: bool,
}

impl Burst {
    pub(super) const fn new(jammer: Jammer) -> Self {
        Self { jammer, is_over: false }
    }
}

impl Pattern for Burst {
    fn next(&mut self, _: &mut Generator) -> Phase {
        if std::mem::replace(&mut self.is_over, true) {
            return Phase::SILENT_FOR_GOOD;
        }
        Phase::on(Spectrum::Channel(self.jammer.channel), self.jammer.span)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::phases;
    use super::*;

    #[test]
    fn it_jams_once() {
        let jammer = Jammer {
            channel: Channel::DEFAULT,
            span: Span::from_micros(500),
        };
        assert_eq!(
            phases(jammer, 3),
            [
                Phase::on(Spectrum::Channel(Channel::DEFAULT), Span::from_micros(500)),
                Phase::SILENT_FOR_GOOD,
                Phase::SILENT_FOR_GOOD,
            ]
        );
    }
}
