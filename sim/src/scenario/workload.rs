//! What a board runs.

use std::fmt;
use std::sync::Arc;

use super::Arguments;
use crate::board::VirtualBoard;
use crate::kernel::TaskFuture;
use crate::observe::Ending;

/// What a board runs.
#[derive(Clone)]
pub enum Workload {
    /// Nothing: its MAC acknowledges all the same.
    Idle,
    /// An application that comes with the simulator.
    App {
        /// Its name: [`App::ALL`](super::App::ALL).
        name: String,
        /// What it is run with.
        arguments: Arguments,
    },
    /// A program in a file.
    Script {
        /// The file, or a folder with `main.py`, from the scenario's own folder.
        path: String,
    },
    /// A program in Rust, which no file can name.
    Program(Arc<dyn Program>),
}

/// A program in Rust, that boards of many labs in many threads can run.
pub trait Program: Send + Sync {
    /// Begins on a board.
    fn start(self: Arc<Self>, board: VirtualBoard) -> TaskFuture;
}

impl<A: AsyncFn(VirtualBoard) -> Ending + Send + Sync + 'static> Program for A {
    fn start(self: Arc<Self>, board: VirtualBoard) -> TaskFuture {
        Box::pin(async move { self(board).await })
    }
}

impl fmt::Debug for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("Idle"),
            Self::App { name, arguments } => write!(f, "App({name}, {arguments:?})"),
            Self::Script { path } => write!(f, "Script({path})"),
            Self::Program(_) => f.write_str("Program"),
        }
    }
}
