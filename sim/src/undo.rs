//! What goes with this process even if nothing of it is dropped any more: folders, sockets, boards' processes, the terminal's mode.
//!
//! Whoever makes such a thing undoes it when it is dropped. A process that waits for somebody who does not read drops nothing; then what is
//! registered here is undone in its place, the latest first, as drops would.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Action = Box<dyn FnOnce() + Send>;

static REGISTERED: Mutex<Register> = Mutex::new(Register {
    next: 0,
    actions: BTreeMap::new(),
});

struct Register {
    next: u64,
    actions: BTreeMap<u64, Action>,
}

fn register() -> MutexGuard<'static, Register> {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something that is to be undone as long as this lives.
pub(crate) struct Undo(u64);

impl Undo {
    /// `action` is carried out in another thread than the one that registers it, which may stand still anywhere: it takes no lock that
    /// is held for long, and writes to nothing that somebody would have to read.
    pub(crate) fn new(action: impl FnOnce() + Send + 'static) -> Self {
        let mut register = register();
        let number = register.next;
        register.next += 1;
        register.actions.insert(number, Box::new(action));
        Self(number)
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        register().actions.remove(&self.0);
    }
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Undo").field(&self.0).finish()
    }
}

/// Undoes all of it.
pub(crate) fn undo_all() {
    loop {
        let latest = register().actions.pop_last();
        match latest {
            Some((_, action)) => action(),
            None => return,
        }
    }
}
