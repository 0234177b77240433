//! A superuser's rights, which programs don't keep.

use rustix::io::{Errno, Result};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities,
};

/// What is kept: an interpreter may be in a folder that is another user's. A program that runs for a superuser reads what they
/// can read.
const KEPT: CapabilitySet = CapabilitySet::DAC_READ_SEARCH;

/// Gives them up, for good. Returns whether none is left.
pub(super) fn drop_all() -> Result<bool> {
    let before = capabilities(None)?;
    if before.permitted.is_empty() && before.inheritable.is_empty() {
        // Nor can any come back: what is started from here on gains nothing by it, which the filter of system calls and Landlock
        // both insist on.
        return Ok(true);
    }
    let may_change = before.effective.contains(CapabilitySet::SETPCAP);
    if may_change {
        // A superuser's process would have them all again with the interpreter's start.
        for bit in 0..u64::BITS {
            let capability = CapabilitySet::from_bits_retain(1 << bit);
            if KEPT.contains(capability) {
                continue;
            }
            match remove_capability_from_bounding_set(capability) {
                Ok(()) => {}
                // There are no more.
                Err(Errno::INVAL) => break,
                Err(error) => return Err(error),
            }
        }
    }
    match clear_ambient_capability_set() {
        // Kernels before 4.3 have none.
        Ok(()) | Err(Errno::INVAL) => {}
        Err(error) => return Err(error),
    }
    let kept = before.permitted & KEPT;
    set_capabilities(
        None,
        CapabilitySets {
            effective: kept,
            permitted: kept,
            inheritable: CapabilitySet::empty(),
        },
    )?;
    Ok(may_change || !rustix::process::geteuid().is_root())
}
