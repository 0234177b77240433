//! The serial line between a simulator and a board.

mod bench;

use arbitrary::{Arbitrary, Unstructured};
use protocol::bridge::{Command, MAX_MESSAGE, Report};
use protocol::time::Duration;

use bench::{Bench, Fate};

/// Steps of one script: each lets both ends work.
const STEPS: usize = 200;

/// What happens in 10 ms.
#[derive(Arbitrary, Debug)]
enum Step<'a> {
    /// Both ends speak, and this becomes of what they say.
    Speak {
        busy: bool,
        there: Fate<'a>,
        back: Fate<'a>,
    },
    /// Nothing comes through for so many times 100 ms.
    Silence(u8),
    /// All is well for so many times 10 ms.
    Quiet(u8),
    /// The board starts anew.
    Restart,
    /// The host takes its port for cut.
    Reopen,
    /// Somebody writes a whole frame, with the right check.
    Forge { to_host: bool, body: &'a [u8] },
}

/// The octets are what happens on the line. No command is carried out twice or out of turn, nor is a report told twice, and when it
/// stops happening all works again. Once somebody else writes frames with the right check, both ends only have to live.
pub fn line(octets: &[u8]) {
    let mut script = Unstructured::new(octets);
    let mut bench = Bench::new();
    let mut forged = false;
    for _ in 0..STEPS {
        if script.is_empty() {
            break;
        }
        let Ok(step) = script.arbitrary() else { break };
        match step {
            Step::Speak { busy, there, back } => bench.step(busy, [&there, &back]),
            Step::Silence(times) => bench.silence(Duration::from_millis(100 * u64::from(times))),
            Step::Quiet(times) => bench.quiet(true, Duration::from_millis(10 * u64::from(times))),
            Step::Restart => bench.restart(),
            Step::Reopen => bench.reopen(),
            Step::Forge { to_host, body } => {
                forged = true;
                bench.forge(to_host, body);
            }
        }
        if !forged {
            bench.check();
        }
    }
    if forged {
        bench.quiet(true, Duration::from_secs(1));
    } else {
        bench.check_that_all_is_well();
    }
}

/// The octets are what the ends say to each other. What is accepted comes out the same when it is emitted again.
pub fn line_messages(octets: &[u8]) {
    let mut buffer = [0; MAX_MESSAGE];
    if let Ok(command) = Command::parse(octets) {
        let length = command.emit(&mut buffer).expect("room for the longest");
        assert_eq!(&buffer[..length], octets);
        assert_eq!(command.emit(&mut buffer[1..length]), None);
    }
    if let Ok(report) = Report::parse(octets) {
        let length = report.emit(&mut buffer).expect("room for the longest");
        assert_eq!(&buffer[..length], octets);
        assert_eq!(report.emit(&mut buffer[1..length]), None);
    }
}
