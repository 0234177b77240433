//! Files and what Landlock knows besides: what a program may write, read and reach.

use std::fs;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, Scope, make_bitflags, path_beneath_rules,
};

/// What a program may do in its folder. Devices, pipes, sockets and links are none of a board's.
const IN_ITS_FOLDER: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer | ReadFile
});

/// What may be read of folders in which there are devices or other processes.
const READABLE: [&str; 13] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/shm",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys",
    "/proc/version",
];

/// Restricts this thread and what it becomes. Returns the version of Landlock that this system has, 0 for none.
pub(super) fn restrict(folder: &Path, needed: &[&Path]) -> Result<u32, RulesetError> {
    // The newest rights that were tried; what the system does not know of them is left out.
    let newest = ABI::V10;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_write(newest) | AccessFs::ReadFile)?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .add_rules(path_beneath_rules([folder], IN_ITS_FOLDER))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile))?
        .add_rules(path_beneath_rules(needed, AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(READABLE, AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(ordinary_folders(), AccessFs::ReadFile))?
        .restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as u32,
        _ => 0,
    })
}

/// All that is in the root folder but devices and processes: an interpreter may be anywhere. Links need no rule, as it is what they
/// lead to that has one.
fn ordinary_folders() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()))
        .filter(|entry| entry.file_name() != "dev" && entry.file_name() != "proc")
        .map(|entry| entry.path())
        .collect()
}
