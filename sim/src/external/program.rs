//! A board's program as the lab runs it: a task that carries out what a process asks for.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::execute::Identity;
use super::folder::{BoardFolder, SourceError, lay_out_modules};
use super::interpreter::Interpreter;
use super::process::Process;
use super::sandbox::{Confinement, ConfinementError};
use super::session::{START, Session};
use super::wire::{Exit, Operation, Request};
use crate::board::{Profile, Restart, VirtualBoard};
use crate::observe::{Ending, ResetCause};
use crate::temporary::TemporaryFolder;

/// For so many boards it takes less time to compile all modules once than to have each program compile those that it imports.
const MANY: usize = 8;

/// Why programs can't be run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    /// Their modules can't be laid out.
    #[error("can't lay out the modules for boards' programs: {0}")]
    Modules(#[source] io::Error),
    /// They can't be confined.
    #[error(transparent)]
    Confinement(#[from] ConfinementError),
    /// A program can't be put on its board.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A process can't be started.
    #[error("can't start {interpreter} for board {board}: {source}")]
    Start {
        /// The interpreter.
        interpreter: String,
        /// For whom.
        board: String,
        /// Why.
        source: io::Error,
    },
}

/// The programs of a run: what they have in common.
#[derive(Debug)]
pub struct Programs {
    interpreter: Interpreter,
    /// How much real time a program may compute without a pause.
    patience: Duration,
    modules: Rc<TemporaryFolder>,
    serve: bool,
    confinement: Confinement,
}

impl Programs {
    /// Programs for this interpreter, each of which may compute for `patience` of real time without a pause.
    ///
    /// # Errors
    /// If there is no room for their modules, or they can't be confined.
    pub fn new(interpreter: Interpreter, patience: Duration, confinement: Confinement) -> Result<Self, ProgramsError> {
        let modules = Rc::new(lay_out_modules().map_err(ProgramsError::Modules)?);
        confinement.capabilities()?;
        Ok(Self {
            interpreter,
            patience,
            modules,
            serve: false,
            confinement,
        })
    }

    /// After its program, each board gives whoever is at its console a prompt, as a board with MicroPython does. It needs no program
    /// then, and never ends.
    #[must_use]
    pub fn with_prompts(self) -> Self {
        Self { serve: true, ..self }
    }

    /// Prepares for so many boards: their programs start faster then, if there are many.
    #[must_use]
    pub fn for_boards(self, count: usize) -> Self {
        if count >= MANY {
            self.interpreter.compile(self.modules.path());
        }
        self
    }

    /// What [`LabBuilder::board`](crate::lab::LabBuilder::board) takes: the program in a script, or in a folder with `main.py`, for
    /// a board of this name and profile. Its first process starts at once, so that those of many boards start beside each other.
    ///
    /// # Errors
    /// If there is no such script, or its process can't be started.
    pub fn app(
        &self,
        name: &str,
        profile: &Profile,
        path: &Path,
    ) -> Result<impl AsyncFn(VirtualBoard) -> Ending + 'static, ProgramsError> {
        let program = Program {
            identity: Identity::new(name, profile),
            interpreter: self.interpreter.clone(),
            patience: self.patience,
            confinement: self.confinement.clone(),
            folder: BoardFolder::with(path, self.serve)?,
            mode: Cell::new(if self.serve { "serve" } else { "run" }),
            next: Cell::new(None),
            serve: self.serve,
            modules: Rc::clone(&self.modules),
            first: Cell::new(None),
        };
        program
            .first
            .set(Some(program.start().map_err(|source| ProgramsError::Start {
                interpreter: self.interpreter.path().display().to_string(),
                board: name.to_owned(),
                source,
            })?));
        Ok(async move |board| program.run(board).await)
    }
}

/// One board's program, as often as the board starts.
struct Program {
    /// Started ahead. It ends before its folder goes.
    first: Cell<Option<Process>>,
    folder: BoardFolder,
    modules: Rc<TemporaryFolder>,
    identity: Identity,
    interpreter: Interpreter,
    patience: Duration,
    confinement: Confinement,
    /// Whether there is a prompt after the program.
    serve: bool,
    /// How its process starts, or has started.
    mode: Cell<&'static str>,
    /// How the next one does, if not as after a reset.
    next: Cell<Option<&'static str>>,
}

impl Program {
    fn start(&self) -> io::Result<Process> {
        let arguments = [self.mode.get(), &self.folder.main];
        Process::start(
            &self.interpreter,
            self.modules.path(),
            self.folder.path(),
            &arguments,
            &self.confinement,
        )
    }

    /// The process of the board's next life.
    fn next_process(&self) -> io::Result<Process> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let usual = if self.serve { "serve" } else { "run" };
        self.mode.set(self.next.take().unwrap_or(usual));
        self.start()
    }

    async fn run(&self, mut board: VirtualBoard) -> Ending {
        let mut process = match self.next_process() {
            Ok(process) => process,
            Err(error) => return Ending::Failed(format!("its process can't be started: {error}")),
        };
        let mut session = Session::begin(&mut board, &self.identity);
        if self.serve {
            session = session.that_looks_up();
        }
        let words = loop {
            let patience = match session.is_starting() {
                true => self.patience.max(START),
                false => self.patience,
            };
            let octets = match session.next_request(&process.line, patience).await {
                Ok(octets) => octets,
                Err(silence) => break process.last_words(&silence),
            };
            if is_raw_reset(&octets) {
                self.next.set(Some("raw"));
            }
            // If it ends while it is being answered, the next look at the line says how.
            if let Some(ending) = session.serve(&octets, &process.line).await {
                return ending;
            }
        };
        // One whose prompt dies, too, is beyond help.
        if !self.serve || self.mode.get() == "prompt" {
            return Ending::Failed(words);
        }
        // Its console goes on, without the program.
        self.next.set(Some("prompt"));
        session.hardware().borrow_mut().print(&format!("\n{words}\n"));
        drop(process);
        session.restart(Restart::at_once(ResetCause::Watchdog)).await
    }
}

/// Whether the program asks for a soft reset after which the raw prompt is there again.
fn is_raw_reset(octets: &[u8]) -> bool {
    let operation = Request::parse(octets).map(|request| request.operation);
    matches!(
        operation,
        Some(Operation::Exit {
            exit: Exit::SoftReset,
            words: b"raw",
        })
    )
}
