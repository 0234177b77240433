//! Whether and by what programs are confined.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use super::Capabilities;
use super::launcher::{LAUNCH, TRY};

use crate::temporary::TemporaryFolder;

/// Whether and by what programs are confined.
#[derive(Clone, Debug)]
pub struct Confinement {
    launcher: Option<Launcher>,
}

#[derive(Clone)]
struct Launcher {
    path: PathBuf,
    tell: fn(&str),
    trial: Arc<OnceLock<Result<Capabilities, ConfinementError>>>,
}

/// Why programs can't be confined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "programs can't be confined to their folders here: {why}; --unconfined runs them as ordinary processes of yours"
)]
pub struct ConfinementError {
    why: String,
}

impl Confinement {
    /// Programs are ordinary processes of the user's.
    #[must_use]
    pub fn none() -> Self {
        Self { launcher: None }
    }

    /// Programs are confined, as far as the system can, by a program whose main function begins with
    /// [`launch_if_asked`](super::launch_if_asked), as that of `sim` does. What the system can't is told once, in a line.
    #[must_use]
    pub fn by(launcher: &Path, tell: fn(&str)) -> Self {
        Self {
            launcher: Some(Launcher {
                path: launcher.to_owned(),
                tell,
                trial: Arc::default(),
            }),
        }
    }

    /// Confined by the program that runs already.
    #[must_use]
    pub fn by_this_program(tell: fn(&str)) -> Self {
        // The program's file may be replaced meanwhile, as by who builds it anew; the link leads to the one that runs.
        let path = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe().unwrap_or_default()
        };
        Self::by(&path, tell)
    }

    /// Tries what the system has to confine programs with. Without confinement there is nothing to try.
    ///
    /// # Errors
    /// If it has something that then fails: programs would not be confined as it says.
    pub fn capabilities(&self) -> Result<Option<Capabilities>, ConfinementError> {
        let Some(launcher) = &self.launcher else {
            return Ok(None);
        };
        let trial = launcher.trial.get_or_init(|| {
            let capabilities = launcher.attempt()?;
            if let Some(notice) = capabilities.notice() {
                (launcher.tell)(&notice);
            }
            Ok(capabilities)
        });
        trial.clone().map(Some)
    }

    /// The command that starts this one confined to a folder, with the line to the lab as its standard input; `None` if it is not to be
    /// confined. Only the command's arguments and what it sets of the environment count.
    pub(in crate::external) fn command(&self, command: &Command, folder: &Path, modules: &Path) -> Option<Command> {
        let launcher = self.launcher.as_ref()?;
        let mut confined = launcher.command(LAUNCH, folder);
        confined
            .arg(modules)
            .arg(command.get_program())
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Some(confined)
    }
}

impl Launcher {
    fn command(&self, what: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            // A loader that looks for a library in the folder that it runs in finds none of a board's.
            .current_dir("/")
            .args([what, &std::process::id().to_string()])
            .arg(folder);
        command
    }

    fn attempt(&self) -> Result<Capabilities, ConfinementError> {
        let failed = |error: io::Error| ConfinementError { why: error.to_string() };
        let folder = TemporaryFolder::new("board-").map_err(failed)?;
        let output = self
            .command(TRY, folder.path())
            .stdin(Stdio::null())
            // Ctrl-C is for the lab.
            .process_group(0)
            .output()
            .map_err(failed)?;
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        output
            .status
            .success()
            .then(|| Capabilities::from_words(&words))
            .flatten()
            .ok_or_else(|| ConfinementError {
                why: match complaint.trim() {
                    "" => format!("{} does not start programs ({})", self.path.display(), output.status),
                    complaint => complaint.to_owned(),
                },
            })
    }
}

/// A sweep's journal says by this what was run, and another process compares it: no address, nor what was found out meanwhile.
impl fmt::Debug for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launcher")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Confinement {
    fn eq(&self, other: &Self) -> bool {
        let path = |it: &Self| it.launcher.as_ref().map(|launcher| launcher.path.clone());
        path(self) == path(other)
    }
}

impl Eq for Confinement {}
