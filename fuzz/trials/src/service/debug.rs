//! Boards that log and obey, and an operator.

use arbitrary::{Arbitrary, Unstructured};
use protocol::MacAddress;
use protocol::service::Service;
use protocol::service::debug::{
    Agent, AgentConfig, AgentEvent, Command, LONGEST_LINE, Level, Line, Operator, OperatorEvent, Probe, Recipient,
};
use protocol::time::Instant;

use super::{Subject, address, try_boards};

/// The octets are a line, and what happens to an operator and two boards. Lines are no longer than they may be, and one text however
/// they came.
pub fn debug(octets: &[u8]) {
    check_line(octets);
    let operator = |_, way: u8| -> Box<dyn Subject> { Box::new(Console(Box::new(Operator::new(way & 1 != 0)))) };
    let agent = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Board {
            agent: Box::new(Agent::new(AgentConfig {
                secured: way & 1 != 0,
                ..AgentConfig::new("trial 1.2.0")
            })),
            console: String::new(),
        })
    };
    try_boards(octets, &[operator, agent, agent]);
}

fn check_line(octets: &[u8]) {
    let line = Line::parse(octets);
    assert!(line.text.len() <= octets.len() && !line.text.contains('\0'));
    if let Ok(text) = str::from_utf8(octets)
        && let Err(error) = Command::parse(text)
    {
        assert!(!error.to_string().contains('\n'));
    }
    if let Ok(probe) = Probe::parse(octets) {
        assert_eq!(Probe::parse(&probe.to_octets()), Ok(probe));
    }
}

struct Console(Box<Operator<8>>);

#[derive(Arbitrary)]
enum ConsoleCommand<'a> {
    Watch(u8),
    WatchAll,
    Give {
        to: u8,
        group: bool,
        line: &'a str,
        everywhere: bool,
    },
    Known {
        to: u8,
        which: u8,
        number: u8,
    },
}

impl Subject for Console {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.0
    }

    fn command(&mut self, _: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let operator = &mut self.0;
        let recipient = |to: u8, group: bool| match (address(to), group) {
            (MacAddress::BROADCAST, _) => Recipient::Everybody,
            (address, true) => Recipient::Group(address),
            (address, false) => Recipient::Board(address),
        };
        match script.arbitrary()? {
            ConsoleCommand::Watch(board) => {
                let _ = operator.watch(address(board));
            }
            ConsoleCommand::WatchAll => operator.watch_all(),
            ConsoleCommand::Give {
                to,
                group,
                line,
                everywhere,
            } => {
                let given = operator.command(recipient(to, group), line, everywhere);
                assert!(given.is_err() || line.len() <= LONGEST_LINE);
            }
            ConsoleCommand::Known { to, which, number } => {
                let target = address(number);
                let lines = [
                    "help".to_owned(),
                    "version".to_owned(),
                    "log".to_owned(),
                    "log --read".to_owned(),
                    format!("ping -i {target} -c {number}"),
                    format!("ping {target} {number}"),
                    format!("iperf -c {target}"),
                    format!("channel {number}"),
                    "restart".to_owned(),
                    "peers".to_owned(),
                    "stats".to_owned(),
                    "heap".to_owned(),
                ];
                let line = &lines[usize::from(which) % lines.len()];
                let _ = operator.command(recipient(to, false), line, false);
            }
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        match self.0.poll_event() {
            Some(OperatorEvent::Line { line, .. }) => {
                assert!(!line.text.contains('\0'));
                true
            }
            event => event.is_some(),
        }
    }
}

struct Board {
    agent: Box<Agent<1024>>,
    console: String,
}

#[derive(Arbitrary)]
struct Log<'a> {
    level: u8,
    tag: &'a str,
    text: &'a str,
}

impl Subject for Board {
    fn service(&mut self) -> &mut dyn Service {
        &mut *self.agent
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let Log { level, tag, text } = script.arbitrary()?;
        let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Verbose];
        let level = levels[usize::from(level) % levels.len()];
        self.agent
            .log(now, &mut self.console, level, tag, format_args!("{text}"));
        assert!(self.console.len() <= LONGEST_LINE + 1);
        self.console.clear();
        Ok(())
    }

    fn take_event(&mut self, now: Instant) -> bool {
        let event = self.agent.poll_event();
        if let Some(AgentEvent::Asked { by, .. }) = event {
            self.agent.answer(now, by, format_args!("none"));
        }
        event.is_some()
    }
}
