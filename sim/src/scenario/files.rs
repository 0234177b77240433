//! Which files a scenario reads besides its own, and where from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Scenario, ScenarioError, Workload};
use crate::intake::Snapshot;

/// Copies of the files that a scenario names, as they were when they were kept; none unless they were.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Snapshot>);

impl Kept {
    pub(super) fn in_snapshot(snapshot: &Arc<Snapshot>) -> Self {
        Self(Arc::clone(snapshot))
    }

    /// Where a file is read.
    pub(super) fn copy_of<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.0.copy_of(path)
    }

    /// The files that are not any more what was kept of them.
    #[must_use]
    pub fn changed(&self) -> Vec<PathBuf> {
        self.0.changed()
    }
}

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

    /// Whether there is nothing to be copied, or it was.
    pub(crate) fn keeps_files(&self) -> bool {
        let files = self.files();
        files.iter().all(|file| self.kept.copy_of(file) != file)
    }

    /// Copies the scripts and folders that its boards are given, so that all runs of it, and of its clones, run the same programs,
    /// whatever becomes of the files meanwhile. [`Kept::changed`] says what became of them, and of its own file if that is given.
    ///
    /// # Errors
    /// If a file can't be copied.
    pub fn keep_files(&mut self, own: Option<&Path>) -> Result<(), ScenarioError> {
        let error = |path: &Path, source| ScenarioError::unreadable(&path.display().to_string(), &source);
        let files = self.files();
        let snapshot = Snapshot::of(files.iter().map(PathBuf::as_path));
        let mut snapshot = snapshot.map_err(|(path, source)| error(&path, source))?;
        if let Some(own) = own {
            snapshot.watch(own).map_err(|source| error(own, source))?;
        }
        self.kept = Kept(Arc::new(snapshot));
        Ok(())
    }
}
