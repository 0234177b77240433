//! A run as text: every event, one line each.

use std::io::{self, Write};

use super::lines::{self, Lines, Names, one_line, pixels, started};
use crate::kernel::{Span, Time};
use crate::observe::{BoardInfo, Ending, Event, Observer, Reception, Transmission, TransmissionKind};

/// Writes a line an event: time, board, what.
///
/// ```text
/// 0.000050 sender    tx frame 0 data to receiver, 53 octets at 1 Mbit/s, 616 µs, attempt 1
/// 0.000666 receiver  rx frame 0 ok, -40 dBm
/// 0.000666 bystander rx frame 0 lost: collision, -40 dBm, overheard
/// 0.000666 receiver  received 10 octets from sender
/// 0.000676 receiver  tx frame 1 ack to sender, 14 octets at 1 Mbit/s, 304 µs
/// 0.000980 sender    sent to receiver: acked after 1 attempt
/// ```
///
/// The first words after the name are `tx`, `rx`, `received`, `sent`, `console`, `pixels`, `advice` and `ended`, and for what is
/// done to boards `pressed`, `reset`, `started`, `unbootable` and `off`. A line of no board has a dash for its name: `interferer`. A frame has the same number in all its lines. The text
/// depends on the run alone, so traces can be compared.
pub struct Trace<W: Write> {
    lines: Lines<W>,
}

impl<W: Write> Trace<W> {
    /// A trace of a run with these boards, in their order.
    #[must_use]
    pub fn new(writer: W, boards: Vec<BoardInfo>) -> Self {
        Self {
            lines: Lines::new(writer, boards),
        }
    }

    /// Gives the writer back, unflushed.
    ///
    /// # Errors
    /// The first error that the writer had.
    pub fn finish(self) -> io::Result<W> {
        self.lines.finish()
    }
}

fn transmission(names: &Names, transmission: &Transmission) -> String {
    let Transmission { id, rate, mpdu, .. } = transmission;
    let (kind, to, attempt) = match transmission.kind {
        TransmissionKind::Data { destination, attempt } => ("data", destination, format!(", attempt {attempt}")),
        TransmissionKind::Ack { receiver } => ("ack", receiver, String::new()),
    };
    let to = names.of_address(to);
    let octets = mpdu.len();
    let airtime = micros(transmission.airtime);
    format!("tx frame {id} {kind} to {to}, {octets} octets at {rate}, {airtime} µs{attempt}")
}

fn reception(reception: &Reception) -> String {
    let Reception {
        transmission, rssi_dbm, ..
    } = reception;
    let outcome = match reception.outcome {
        Ok(()) => "ok".to_owned(),
        Err(loss) => format!("lost: {}", loss.name()),
    };
    let overheard = if reception.addressed { "" } else { ", overheard" };
    format!("rx frame {transmission} {outcome}, {rssi_dbm} dBm{overheard}")
}

/// µs, with the fraction that short HT symbols have.
fn micros(span: Span) -> String {
    let (whole, nanos) = (span.as_micros(), span.as_nanos() % 1_000);
    if nanos == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{nanos:03}").trim_end_matches('0').to_owned()
    }
}

/// An event in words, without its time and board.
pub(crate) fn words(names: &Names, event: &Event) -> String {
    match event {
        Event::Transmission(details) => transmission(names, details),
        Event::Reception(details) => reception(details),
        Event::Sent {
            destination,
            acknowledged,
            attempts,
            ..
        } => {
            let outcome = match (destination.is_group(), acknowledged) {
                (true, _) => "no ack expected",
                (false, true) => "acked",
                (false, false) => "failed",
            };
            let plural = if *attempts == 1 { "" } else { "s" };
            let to = names.of_address(*destination);
            format!("sent to {to}: {outcome} after {attempts} attempt{plural}")
        }
        Event::Received { source, length, .. } => {
            format!("received {length} octets from {}", names.of_address(*source))
        }
        Event::Dropped { source, .. } => format!("dropped a message from {}", names.of_address(*source)),
        Event::Staged { what } => format!("staged: {}", one_line(what)),
        Event::Interference {
            interferer,
            centre_mhz: Some(mhz),
        } => format!("interferer {interferer} on at {mhz} MHz"),
        Event::Interference {
            interferer,
            centre_mhz: None,
        } => format!("interferer {interferer} off"),
        Event::Console { line, .. } => format!("console {}", one_line(line)),
        Event::Pixels { colours, .. } => format!("pixels {}", pixels(colours)),
        Event::Advice(advice) => format!("advice {}: {}", one_line(advice.trap), one_line(&advice.text)),
        Event::Ended { ending, .. } => match ending {
            Ending::Finished => "ended: finished".to_owned(),
            Ending::Failed(words) => format!("ended: failed: {}", one_line(words)),
        },
        Event::Pin { pin, level, .. } => lines::pin(*pin, *level),
        Event::Pressed { .. } => "pressed".to_owned(),
        Event::Reset { cause, .. } => format!("reset: {}", cause.name()),
        Event::Started { version, on_trial, .. } => started(version, *on_trial),
        Event::Unbootable { .. } => "unbootable: no image".to_owned(),
        Event::PowerOff { .. } => "off".to_owned(),
    }
}

impl<W: Write> Observer for Trace<W> {
    fn has_given_up(&self) -> bool {
        self.lines.has_failed()
    }

    fn observe(&mut self, at: Time, event: &Event) {
        let what = words(&self.lines.names, event);
        let name = self.lines.names.column(event.board());
        self.lines.line(format_args!("{at} {name} {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Advice, BoardId, Loss};
    use crate::record::testing::{RECEIVER, SENDER, boards, data_frame};
    use protocol::MacAddress;
    use protocol::Rate;
    use protocol::board::Rgb;
    use protocol::rate::{GuardInterval, Mcs};

    fn trace(events: &[(u64, Event)]) -> String {
        let mut trace = Trace::new(Vec::new(), boards());
        for (micros, event) in events {
            trace.observe(Time::from_micros(*micros), event);
        }
        String::from_utf8(trace.finish().expect("memory")).expect("text")
    }

    #[test]
    fn a_message_reads_from_air_to_ack() {
        let [data, ack] = data_frame(1_000);
        let lost = Reception {
            transmission: 0,
            receiver: RECEIVER,
            addressed: true,
            rssi_dbm: -40,
            outcome: Err(Loss::Collision),
        };
        let heard = Reception {
            addressed: false,
            outcome: Ok(()),
            ..lost
        };
        let text = trace(&[
            (1_000, Event::Transmission(data)),
            (3_536, Event::Reception(lost)),
            (3_536, Event::Reception(heard)),
            (
                3_536,
                Event::Received {
                    board: RECEIVER,
                    source: boards()[0].address,
                    length: 250,
                    queued_at: Time::ZERO,
                },
            ),
            (3_546, Event::Transmission(ack)),
            (
                3_850,
                Event::Sent {
                    board: SENDER,
                    destination: boards()[1].address,
                    acknowledged: true,
                    attempts: 1,
                },
            ),
        ]);
        assert_eq!(
            text,
            "0.001000 sender   tx frame 0 data to receiver, 293 octets at 1 Mbit/s, 2536 µs, attempt 1\n\
             0.003536 receiver rx frame 0 lost: collision, -40 dBm\n\
             0.003536 receiver rx frame 0 ok, -40 dBm, overheard\n\
             0.003536 receiver received 250 octets from sender\n\
             0.003546 receiver tx frame 1 ack to sender, 14 octets at 1 Mbit/s, 304 µs\n\
             0.003850 sender   sent to receiver: acked after 1 attempt\n"
        );
    }

    #[test]
    fn one_event_is_one_line() {
        let text = trace(&[
            (
                0,
                Event::Sent {
                    board: SENDER,
                    destination: MacAddress::BROADCAST,
                    acknowledged: true,
                    attempts: 1,
                },
            ),
            (
                1,
                Event::Console {
                    board: SENDER,
                    line: "a\rb".into(),
                },
            ),
            (
                2,
                Event::Pixels {
                    board: RECEIVER,
                    colours: [Rgb::new(0, 25, 0)].into(),
                },
            ),
            (
                3,
                Event::Advice(Advice {
                    board: SENDER,
                    trap: "group-address",
                    text: "Nobody acknowledges.\nUse the board's own address.".to_owned(),
                }),
            ),
            (
                4,
                Event::Ended {
                    board: SENDER,
                    ending: Ending::Failed("no\nair".to_owned()),
                },
            ),
            (
                5,
                Event::Ended {
                    board: BoardId(7),
                    ending: Ending::Finished,
                },
            ),
        ]);
        assert_eq!(
            text,
            "0.000000 sender   sent to everybody: no ack expected after 1 attempt\n\
             0.000001 sender   console a\\rb\n\
             0.000002 receiver pixels #0 (0, 25, 0)\n\
             0.000003 sender   advice group-address: Nobody acknowledges.\\nUse the board's own address.\n\
             0.000004 sender   ended: failed: no\\nair\n\
             0.000005 ?        ended: finished\n"
        );
    }

    #[test]
    fn short_symbols_have_fractions() {
        let mcs7 = Mcs::new(7).expect("7 is a scheme");
        let airtime = Rate::Ht20(mcs7, GuardInterval::Short).airtime(300);
        assert_eq!(micros(airtime.into()), "78");
        assert_eq!(micros(Span::from_nanos(81_600)), "81.6");
    }
}
