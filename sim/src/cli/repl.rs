//! `sim repl`: a terminal into a board of a run with `--pty`.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{OptionalActions, Termios};

use super::CliError;
use crate::own_folder;
use crate::signals::Signals;

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
pub(super) fn folder() -> Result<PathBuf, CliError> {
    Ok(own_folder::make(&own_folder::runtime()?.join("sim-boards"))?)
}

pub(super) fn run(args: &ReplArgs) -> Result<ExitCode, CliError> {
    let path = if args.board.components().count() > 1 {
        args.board.clone()
    } else {
        folder()?.join(&args.board)
    };
    let device = open(&path).map_err(|source| CliError::NoTerminal {
        path: path.clone(),
        source,
    })?;
    talk(&device, &path).map_err(CliError::Terminal)?;
    Ok(ExitCode::SUCCESS)
}

/// Opens a terminal, and nothing else: what is typed would be written into a file, or go where somebody's link leads.
fn open(path: &Path) -> io::Result<File> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why);
    let is_link = fs::symlink_metadata(path)?.is_symlink();
    if is_link && !own_folder::is_trusted_place(path) {
        return Err(refused("the link there is in a folder that others can write to"));
    }
    let no_terminal = "what is there is no terminal";
    if !fs::metadata(path)?.file_type().is_char_device() {
        return Err(refused(no_terminal));
    }
    // It does not become this process's own.
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let device = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    match device.is_terminal() {
        true => Ok(device),
        false => Err(refused(no_terminal)),
    }
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
        Self::give_back_at_signals(before.clone())?;
        let mut modes = before.clone();
        modes.make_raw();
        rustix::termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes)?;
        Ok(Self(Some(before)))
    }

    /// Signals end this process with the terminal as it was, also while it waits for somebody to read or to type.
    fn give_back_at_signals(before: Termios) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = runtime.block_on(async { Signals::listen_on_screen() })?;
        std::thread::spawn(move || {
            let stop = runtime.block_on(signals.received());
            drop(Self(Some(before)));
            stop.exit_process()
        });
        Ok(())
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
