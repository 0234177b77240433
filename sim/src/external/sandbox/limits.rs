//! What a program may use of the machine.

use rustix::process::{Resource, getrlimit, setrlimit};

/// A board has some megabytes. An interpreter of Python takes some fifty of address space, and a few hundred where it maps the
/// system's locales.
#[cfg(target_os = "linux")]
pub(super) const MEMORY: u64 = 512 << 20;

/// A file, as large as all that a board holds.
const FILE: u64 = 64 << 20;

const DESCRIPTORS: u64 = 256;

/// Limits this process. Returns whether its memory is limited, which not all systems do.
pub(super) fn apply() -> rustix::io::Result<bool> {
    lower(Resource::Core, 0)?;
    lower(Resource::Fsize, FILE)?;
    lower(Resource::Nofile, DESCRIPTORS)?;
    #[cfg(target_os = "linux")]
    lower(Resource::As, MEMORY)?;
    Ok(cfg!(target_os = "linux"))
}

/// Has this process start no others, for want of something better. Returns whether that holds: a superuser is not limited.
#[cfg(target_os = "linux")]
pub(super) fn deny_processes() -> rustix::io::Result<bool> {
    lower(Resource::Nproc, 0)?;
    Ok(!rustix::process::geteuid().is_root())
}

/// What is lower already stays so.
fn lower(resource: Resource, limit: u64) -> rustix::io::Result<()> {
    let mut now = getrlimit(resource);
    let least = |old: Option<u64>| Some(old.map_or(limit, |old| old.min(limit)));
    (now.current, now.maximum) = (least(now.current), least(now.maximum));
    setrlimit(resource, now)
}
