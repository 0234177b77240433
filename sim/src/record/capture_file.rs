//! The air of a run as a capture file.

use std::io::{self, Write};

use super::pcapng::PcapngWriter;
use super::radiotap::{self, flags};
use crate::kernel::{Span, Time};
use crate::observe::{Event, Observer, Transmission};

/// Free-space loss over the first metre at 2.4 GHz: 20·log₁₀(4π·1 m / 12.3 cm).
pub const LOSS_AT_ONE_METRE_DB: u8 = 40;

/// Writes every transmission, ACKs and repetitions included, as a monitor next to each sender would have captured it.
///
/// Two times stand with each frame:
///
/// - The packet's own time is the *start* of the preamble, in ns of virtual time; the run starts at 1970-01-01 00:00:00
///   UTC. It is the time that the trace prints.
/// - TSFT, the MAC's clock in the radiotap header, is the *end* of the frame's last symbol, in whole µs. Radiotap's text puts
///   it at the first bit of the MPDU; many drivers stamp the end, and Wireshark assumes that unless told otherwise
///   (`wlan_radio.tsf_at_end`). With it, Wireshark's starts, durations and gaps between frames are those of the run.
///
/// The silence that ends OFDM and HT frames, the signal extension of 6 µs, is part of [`Transmission::airtime`] but not of
/// Wireshark's duration: behind such a frame Wireshark shows 16 µs where SIFS is 10.
pub struct CaptureFile<W: Write> {
    writer: PcapngWriter<W>,
    monitor_loss_db: u8,
    outcome: io::Result<()>,
}

impl<W: Write> CaptureFile<W> {
    /// Starts the file. `monitor_loss_db` is what a frame loses between its sender's antenna and the monitor
    /// ([`LOSS_AT_ONE_METRE_DB`]): the captured signal is the transmit power less that.
    ///
    /// # Errors
    /// As [`PcapngWriter::new`].
    pub fn new(writer: W, comment: Option<&str>, monitor_loss_db: u8) -> io::Result<Self> {
        Ok(Self {
            writer: PcapngWriter::new(writer, comment)?,
            monitor_loss_db,
            outcome: Ok(()),
        })
    }

    /// Ends the file and gives the writer back, unflushed.
    ///
    /// # Errors
    /// The first error that the writer had.
    pub fn finish(self) -> io::Result<W> {
        self.outcome.map(|()| self.writer.into_inner())
    }

    fn header(&self, transmission: &Transmission) -> radiotap::Header {
        let signal_dbm = i16::from(transmission.power_dbm) - i16::from(self.monitor_loss_db);
        radiotap::Header {
            tsft_micros: Some(last_symbol_end_micros(transmission)),
            flags: Some(flags::FCS_AT_END),
            signal_dbm: Some(i8::try_from(signal_dbm).unwrap_or(i8::MIN)),
            ..radiotap::Header::default()
        }
        .with_rate(transmission.rate)
        .on_channel(transmission.channel, transmission.rate)
    }
}

fn last_symbol_end_micros(transmission: &Transmission) -> u64 {
    let silence = Span::from(transmission.rate.signal_extension());
    transmission.end().as_micros().saturating_sub(silence.as_micros())
}

impl<W: Write> Observer for CaptureFile<W> {
    fn has_given_up(&self) -> bool {
        self.outcome.is_err()
    }

    fn observe(&mut self, _at: Time, event: &Event) {
        if let (Event::Transmission(transmission), Ok(())) = (event, &self.outcome) {
            let header = self.header(transmission);
            self.outcome = self.writer.write_frame(transmission.start, &header, &transmission.mpdu);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::testing::data_frame;

    #[test]
    fn frames_stand_at_their_start_and_their_clock_at_their_end() {
        let [data, ack] = data_frame(1_000);
        let mut file = CaptureFile::new(Vec::new(), None, LOSS_AT_ONE_METRE_DB).expect("memory");
        for transmission in [data, ack.clone()] {
            file.observe(transmission.start, &Event::Transmission(transmission));
        }
        let octets = file.finish().expect("memory");
        let expected = [
            // Enhanced packet of 32 + 37 + 3 octets at 3.546 ms
            "06000000 48000000 00000000 00000000 901b3600 25000000 25000000",
            // Radiotap: TSFT 3850 µs, FCS at end, 1 Mbit/s, 2412 MHz 2 GHz CCK, -20 dBm
            "00001700 2f000000 0a0f000000000000 10 02 6c09a000 ec",
            "0000000000000000000000000000",
            "000000 48000000",
        ]
        .concat()
        .replace(' ', "");
        assert!(hex::encode(&octets).ends_with(&expected), "{}", hex::encode(&octets));
    }

    #[test]
    fn an_error_waits_for_the_end() {
        let [data, ack] = data_frame(1_000);
        let mut space = [0_u8; 200];
        let mut file = CaptureFile::new(&mut space[..], None, 0).expect("the headers fit");
        file.observe(data.start, &Event::Transmission(data));
        file.observe(ack.start, &Event::Transmission(ack));
        let error = file.finish().expect_err("the frame does not fit");
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
