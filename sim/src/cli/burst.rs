//! How bursts of loss are written: `0.2,50ms`.

use super::args::probability;
use crate::kernel::Span;
use crate::medium::Burst;

/// Why a text is no burst loss.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BurstTextError {
    #[error("write the loss and a burst's mean length: 0.2,50ms")]
    Form,
    #[error("{0}")]
    Loss(String),
    #[error("a burst's mean length is a time of 1us or more, as in 50ms")]
    Length,
}

pub(super) fn parse(text: &str) -> Result<Burst, BurstTextError> {
    let (loss, length) = text.split_once(',').ok_or(BurstTextError::Form)?;
    let loss = probability(loss.trim()).map_err(BurstTextError::Loss)?;
    let length = humantime::parse_duration(length.trim())
        .ok()
        .map(Span::from)
        .filter(|length| *length >= Span::from_micros(1))
        .ok_or(BurstTextError::Length)?;
    Ok(Burst::new(loss, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_and_a_length_make_a_burst() {
        let burst = Burst::new(0.2, Span::from_micros(50_000));
        for text in ["0.2,50ms", "20%,50ms", " 0.2 , 50ms "] {
            assert_eq!(parse(text), Ok(burst), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_right() {
        for (text, because) in [
            ("", "0.2,50ms"),
            ("0.2", "0.2,50ms"),
            ("2,50ms", "from 0 to 1"),
            (",50ms", "from 0 to 1"),
            ("0.2,", "1us or more"),
            ("0.2,50", "1us or more"),
            ("0.2,0s", "1us or more"),
            ("0.2,-5ms", "1us or more"),
            ("0.2,5ms,6ms", "1us or more"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(because) && !error.contains('\n'), "{text:?}: {error}");
        }
    }
}
