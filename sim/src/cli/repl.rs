//! `sim repl`: a terminal into a board of a run with `--pty`.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{OptionalActions, Termios};

use super::CliError;

/// Ctrl-].
const LEAVE: u8 = 0x1d;

/// Talk to a board of a run with --pty, as to a real one on USB. Ctrl-] leaves.
#[derive(Clone, Debug, Args)]
pub(super) struct ReplArgs {
    /// A board's name, or the path of its terminal.
    #[arg(value_name = "BOARD")]
    board: PathBuf,
}

/// Where terminals are unless it is said otherwise.
pub(super) fn folder() -> PathBuf {
    match env::var_os("XDG_RUNTIME_DIR") {
        Some(folder) => PathBuf::from(folder).join("sim-boards"),
        None => env::temp_dir().join(format!("sim-boards-{}", rustix::process::getuid().as_raw())),
    }
}

pub(super) fn run(args: &ReplArgs) -> Result<ExitCode, CliError> {
    let path = if args.board.components().count() > 1 {
        args.board.clone()
    } else {
        folder().join(&args.board)
    };
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|source| CliError::NoTerminal {
            path: path.clone(),
            source,
        })?;
    talk(&device, &path).map_err(CliError::Terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn talk(mut device: &File, path: &Path) -> io::Result<()> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let _raw = RawTerminal::enter()?;
    if io::stdin().is_terminal() {
        write!(stdout, "{}; Ctrl-] leaves\r\n", path.display())?;
        stdout.flush()?;
    }
    let mut is_typing = true;
    let mut buffer = [0; 1024];
    loop {
        let input = rustix::stdio::stdin();
        let mut descriptors = vec![PollFd::new(&device, PollFlags::IN)];
        if is_typing {
            descriptors.push(PollFd::from_borrowed_fd(input, PollFlags::IN));
        }
        match poll(&mut descriptors, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<_> = descriptors.iter().map(|it| !it.revents().is_empty()).collect();
        if ready[0] {
            match device.read(&mut buffer) {
                // The run is over.
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => stdout.write_all(&buffer[..count]).and_then(|()| stdout.flush())?,
            }
        }
        if ready.get(1) == Some(&true) {
            let count = stdin.read(&mut buffer)?;
            let typed = &buffer[..count];
            let end = typed.iter().position(|&octet| octet == LEAVE);
            device.write_all(&typed[..end.unwrap_or(count)])?;
            if end.is_some() {
                return Ok(());
            }
            is_typing = count > 0;
        }
    }
}

/// The user's terminal, which hands on every key while this lives.
struct RawTerminal(Option<Termios>);

impl RawTerminal {
    fn enter() -> io::Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self(None));
        }
        let before = rustix::termios::tcgetattr(rustix::stdio::stdin())?;
        let mut modes = before.clone();
        modes.make_raw();
        rustix::termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes)?;
        Ok(Self(Some(before)))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // The terminal may be gone.
            let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, before);
        }
    }
}
