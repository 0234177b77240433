//! A run as its boards tell it, for pipes and files.

use std::io::{self, Write};

use super::flood::{Changing, Flood, Show};
use super::lines::{self, Lines, one_line, pixels, started};
use crate::kernel::Time;
use crate::observe::{BoardId, BoardInfo, Ending, Event, Observer};

/// Writes consoles, NeoPixels, advice, programs' ends and what is done to boards, each line with its time and board:
///
/// ```text
/// [  0.002536 receiver] Received: hello
/// [  0.002536 receiver] pixels: #0 (0, 25, 0)
/// [  0.002850 sender  ] advice: The destination is a group address.
/// [  0.002850 sender  ] advice: Nobody acknowledges such frames.
/// [  3.000000 sender  ] program finished
/// ```
///
/// What goes over the air stays out: see [`Trace`](super::Trace). Of pins and NeoPixels that change fast, some changes are told and the
/// others counted.
pub struct Plain<W: Write> {
    lines: Lines<W>,
    flood: Flood,
    /// Whether there is an option that shows what is not told.
    can_show: bool,
    /// When the last thing happened.
    last: Time,
}

impl<W: Write> Plain<W> {
    /// The view of a run with these boards, in their order.
    #[must_use]
    pub fn new(writer: W, boards: Vec<BoardInfo>) -> Self {
        Self {
            lines: Lines::new(writer, boards),
            flood: Flood::default(),
            can_show: false,
            last: Time::ZERO,
        }
    }

    /// With these changes of pins and NeoPixels, as the command line has an option for it.
    #[must_use]
    pub fn showing(self, show: Show) -> Self {
        Self {
            flood: Flood::new(show),
            can_show: true,
            ..self
        }
    }

    /// Gives the writer back, unflushed.
    ///
    /// # Errors
    /// The first error that the writer had.
    pub fn finish(mut self) -> io::Result<W> {
        self.tell_hidden(Time::MAX);
        self.lines.finish()
    }

    /// Tells what was not told in the seconds that are over.
    fn tell_hidden(&mut self, now: Time) {
        while let Some(hidden) = self.flood.take_hidden(now) {
            let words = hidden.words(self.can_show);
            let at = if now == Time::MAX { self.last } else { hidden.at };
            self.line(at, hidden.board, &words);
        }
    }

    fn line(&mut self, at: Time, board: BoardId, text: &str) {
        self.line_of(at, Some(board), text);
    }

    fn line_of(&mut self, at: Time, board: Option<BoardId>, text: &str) {
        let time = at.to_string();
        let name = self.lines.names.column(board);
        self.lines.line(format_args!("[{time:>10} {name}] {text}"));
    }
}

impl<W: Write> Observer for Plain<W> {
    fn has_given_up(&self) -> bool {
        self.lines.has_failed()
    }

    fn watches_air(&self) -> bool {
        false
    }

    fn observe(&mut self, at: Time, event: &Event) {
        self.tell_hidden(at);
        self.last = at;
        match event {
            Event::Pixels { board, .. } if !self.flood.admits(at, *board, Changing::Pixels) => {}
            Event::Pin { board, .. } if !self.flood.admits(at, *board, Changing::Pins) => {}
            Event::Console { board, line } => self.line(at, *board, &one_line(line)),
            Event::Pixels { board, colours } => {
                let shown = pixels(colours);
                let text = if shown == "off" {
                    "pixels off"
                } else {
                    &format!("pixels: {shown}")
                };
                self.line(at, *board, text);
            }
            Event::Advice(advice) => {
                for line in advice.text.lines() {
                    self.line(at, advice.board, &format!("advice: {}", one_line(line)));
                }
            }
            Event::Ended { board, ending } => match ending {
                Ending::Finished => self.line(at, *board, "program finished"),
                Ending::Failed(words) => self.line(at, *board, &format!("program failed: {}", one_line(words))),
            },
            Event::Pin { board, pin, level } => self.line(at, *board, &lines::pin(*pin, *level)),
            Event::Pressed { board } => self.line(at, *board, "button pressed"),
            Event::Reset { board, cause } => self.line(at, *board, &format!("reset: {}", cause.name())),
            Event::Started {
                board,
                version,
                on_trial,
            } => self.line(at, *board, &started(version, *on_trial)),
            Event::Unbootable { board } => self.line(at, *board, "no image to start"),
            Event::PowerOff { board } => self.line(at, *board, "power off"),
            Event::Staged { what } => self.line_of(at, None, &one_line(what)),
            Event::Transmission(_)
            | Event::Reception(_)
            | Event::Sent { .. }
            | Event::Received { .. }
            | Event::Dropped { .. }
            | Event::Interference { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Advice;
    use crate::record::testing::{RECEIVER, SENDER, boards, data_frame};
    use protocol::board::Rgb;

    #[test]
    fn fast_changes_are_counted_where_they_end() {
        let mut plain = Plain::new(Vec::new(), boards()).showing(Show::default());
        let said = |line: &str| Event::Console {
            board: SENDER,
            line: line.into(),
        };
        for millis in 0..2500 {
            let pin = Event::Pin {
                board: RECEIVER,
                pin: 4,
                level: millis % 2 == 0,
            };
            plain.observe(Time::from_micros(1000 * millis), &pin);
        }
        plain.observe(Time::from_micros(2_600_000), &said("late"));
        let text = String::from_utf8(plain.finish().expect("memory")).expect("text");
        let rest: Vec<_> = text.lines().filter(|line| !line.contains("pin 4")).collect();
        assert_eq!(text.lines().count(), 3 * 10 + rest.len());
        assert_eq!(
            rest,
            [
                "[  1.000000 receiver] … 990 more changes of pins not shown (--show pins)",
                "[  2.000000 receiver] … 990 more changes of pins not shown (--show pins)",
                "[  2.600000 sender  ] late",
                "[  2.600000 receiver] … 490 more changes of pins not shown (--show pins)",
            ]
        );
    }

    #[test]
    fn boards_speak_and_the_air_is_silent() {
        let [data, _] = data_frame(0);
        let mut plain = Plain::new(Vec::new(), boards());
        let events = [
            Event::Transmission(data),
            Event::Console {
                board: RECEIVER,
                line: "Received: hello".into(),
            },
            Event::Pixels {
                board: RECEIVER,
                colours: [Rgb::new(0, 25, 0)].into(),
            },
            Event::Pixels {
                board: RECEIVER,
                colours: [Rgb::OFF].into(),
            },
            Event::Advice(Advice {
                board: SENDER,
                trap: "group-address",
                text: "Nobody acknowledges.\nUse the board's own address.".to_owned(),
            }),
            Event::Ended {
                board: SENDER,
                ending: Ending::Finished,
            },
            Event::Ended {
                board: RECEIVER,
                ending: Ending::Failed("no air".to_owned()),
            },
        ];
        for event in &events {
            plain.observe(Time::from_micros(2_536), event);
        }
        let text = String::from_utf8(plain.finish().expect("memory")).expect("text");
        assert_eq!(
            text,
            "[  0.002536 receiver] Received: hello\n\
             [  0.002536 receiver] pixels: #0 (0, 25, 0)\n\
             [  0.002536 receiver] pixels off\n\
             [  0.002536 sender  ] advice: Nobody acknowledges.\n\
             [  0.002536 sender  ] advice: Use the board's own address.\n\
             [  0.002536 sender  ] program finished\n\
             [  0.002536 receiver] program failed: no air\n"
        );
    }
}
