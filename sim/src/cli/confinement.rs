//! Whether programs are confined.

use clap::Args;

use crate::scenario::Runtime;

/// Whether programs are confined.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct ConfinementArgs {
    /// Runs programs as ordinary processes of yours: they can write where you can, open sockets and start processes. For an interpreter
    /// that does not start otherwise.
    #[arg(long)]
    unconfined: bool,
}

#[cfg(unix)]
impl ConfinementArgs {
    /// One for all runs of this process, so that what the system can't confine is told once.
    pub(super) fn confinement(self) -> crate::external::Confinement {
        use std::sync::OnceLock;

        use super::error::complain;
        use crate::external::Confinement;

        static CONFINED: OnceLock<Confinement> = OnceLock::new();
        match self.unconfined {
            true => Confinement::none(),
            false => CONFINED.get_or_init(|| Confinement::by_this_program(complain)).clone(),
        }
    }
}

impl From<ConfinementArgs> for Runtime {
    fn from(args: ConfinementArgs) -> Self {
        #[cfg(not(unix))]
        let _ = args;
        Self {
            #[cfg(unix)]
            confinement: Some(args.confinement()),
            ..Self::default()
        }
    }
}
