//! What keeps a program from writing anywhere but in its folder.

use std::io;
use std::path::Path;
use std::process::{Child, Command};

/// Starts a process that may write in `folder` and nowhere else, as far as the system can see to that. It holds for all that the
/// process starts.
#[cfg(target_os = "linux")]
pub(super) fn spawn(mut command: Command, folder: &Path) -> io::Result<Child> {
    let folder = folder.to_owned();
    // What a thread may do its children may; this thread ends with the start.
    let starter = std::thread::spawn(move || {
        match restrict(&folder) {
            Ok(true) => {}
            Ok(false) => tracing::warn!("this system has no Landlock: programs can write outside their folders"),
            Err(error) => tracing::warn!(%error, "Landlock fails: programs can write outside their folders"),
        }
        command.spawn()
    });
    starter.join().map_err(|_| io::Error::other("starting failed"))?
}

/// Starts a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn spawn(mut command: Command, _folder: &Path) -> io::Result<Child> {
    command.spawn()
}

/// Restricts this thread. Returns whether the system can.
#[cfg(target_os = "linux")]
fn restrict(folder: &Path) -> Result<bool, landlock::RulesetError> {
    use landlock::{
        ABI, AccessFs, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, path_beneath_rules,
    };
    let writing = AccessFs::from_write(ABI::V5);
    let status = Ruleset::default()
        .handle_access(writing)?
        .create()?
        .add_rules(path_beneath_rules([folder], writing))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
