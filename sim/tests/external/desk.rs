//! Labs of boards with programs, and what such a board says.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use protocol::MacAddress;
use sim::board::Profile;
use sim::external::{Confinement, Interpreter, Programs};
use sim::kernel::Time;
use sim::lab::{Lab, LabBuilder};
use sim::observe::{Ending, Event, Observer};

/// The interpreters that are here. Python always is; whether MicroPython is, is said.
pub(crate) fn interpreters() -> Vec<Interpreter> {
    let python = Interpreter::find(Some(Path::new("python3"))).expect("python3, 3.9 or newer");
    let named = std::env::var_os("SIM_MICROPYTHON").unwrap_or_else(|| "micropython".into());
    match Interpreter::find(Some(Path::new(&named))) {
        Ok(micropython) if micropython.is_micropython() => vec![python, micropython],
        _ => {
            eprintln!("skipped on MicroPython: there is no micropython on the PATH, and SIM_MICROPYTHON names none");
            vec![python]
        }
    }
}

/// Confined as `sim` confines programs.
pub(crate) fn confined() -> Confinement {
    Confinement::by(Path::new(env!("CARGO_BIN_EXE_sim")), |notice| eprintln!("{notice}"))
}

/// What is seen of a run.
#[derive(Clone, Default)]
pub(crate) struct Record {
    told: Rc<RefCell<Vec<(Time, String)>>>,
    strips: Rc<RefCell<Vec<Vec<u8>>>>,
}

impl Observer for Record {
    fn observe(&mut self, at: Time, event: &Event) {
        let line = match event {
            Event::Console { board, line } => format!("{} {line}", board.0),
            Event::Pixels { board, colours } => {
                let strip = colours.iter().map(|colour| colour.red).collect();
                self.strips.borrow_mut().push(strip);
                let first = colours.first().map(|colour| (colour.red, colour.green, colour.blue));
                format!("{} pixel {first:?}", board.0)
            }
            Event::Ended {
                board,
                ending: Ending::Finished,
            } => format!("{} finished", board.0),
            Event::Ended {
                board,
                ending: Ending::Failed(words),
            } => format!("{} failed: {words}", board.0),
            Event::Pin { board, pin, level } => {
                format!("{} pin {pin} {}", board.0, if *level { "high" } else { "low" })
            }
            Event::Reset { board, cause } => format!("{} reset: {}", board.0, cause.name()),
            _ => return,
        };
        self.told.borrow_mut().push((at, line));
    }

    fn watches_air(&self) -> bool {
        false
    }
}

impl Record {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.told.borrow().iter().map(|(_, line)| line.clone()).collect()
    }

    pub(crate) fn timed(&self) -> Vec<(Time, String)> {
        self.told.borrow().clone()
    }

    /// How red the pixels of each picture were.
    pub(crate) fn strips(&self) -> Vec<Vec<u8>> {
        self.strips.borrow().clone()
    }
}

/// Boards with scripts, one after the other.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    programs: Programs,
    profile: Profile,
    builder: LabBuilder,
    boards: u8,
    record: Record,
}

pub(crate) const fn address(number: u8) -> MacAddress {
    MacAddress([0x34, 0x85, 0x18, 0, 1, number])
}

impl Desk {
    pub(crate) fn new(interpreter: &Interpreter) -> Self {
        Self::with_patience(interpreter, Duration::from_secs(10))
    }

    pub(crate) fn with_patience(interpreter: &Interpreter, patience: Duration) -> Self {
        let record = Record::default();
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            programs: Programs::new(interpreter.clone(), patience, confined()).expect("room for the modules"),
            profile: Profile::ESP32_S3,
            builder: Lab::builder("desk", 1).observe(Box::new(record.clone())),
            boards: 0,
            record,
        }
    }

    /// As prepared for a run of many boards.
    pub(crate) fn of_many(mut self) -> Self {
        self.programs = self.programs.for_boards(100);
        self
    }

    /// What the boards are that are added from here on.
    pub(crate) fn chip(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Adds a board with this script.
    pub(crate) fn script(self, source: &str) -> Self {
        let path = self.folder.path().join("main.py");
        std::fs::write(&path, source).expect("room for it");
        self.path(&path)
    }

    /// Adds a board with what is there.
    pub(crate) fn path(mut self, path: &Path) -> Self {
        let name = format!("board-{}", self.boards);
        let app = self.programs.app(&name, &self.profile, path).expect("a program");
        self.builder = self.builder.board(&name, self.profile, address(self.boards), app);
        self.boards += 1;
        self
    }

    pub(crate) fn lab(self) -> (Lab, Record) {
        (self.builder.build(), self.record)
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Record {
        let (mut lab, record) = self.lab();
        lab.run();
        record
    }
}
