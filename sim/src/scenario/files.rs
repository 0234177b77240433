//! Which files a scenario reads besides its own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Scenario, Workload};

impl Scenario {
    /// The scripts and folders that its boards are given, from where the scenario is.
    #[must_use]
    pub fn files(&self) -> BTreeSet<PathBuf> {
        let workloads = self.boards.iter().map(|board| &board.workload);
        workloads
            .filter_map(|workload| match workload {
                Workload::Script { path } => Some(self.folder.join(path)),
                Workload::Idle | Workload::App { .. } | Workload::Program(_) => None,
            })
            .collect()
    }
}
