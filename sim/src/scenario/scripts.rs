//! Boards' programs in files.

use super::app::Started;
use super::cast::{Member, board_path};
use super::check::Complaint;
use super::{Scenario, Workload};
use crate::intake;
use crate::observe::Ending;

#[cfg(unix)]
use crate::external::{Interpreter, Programs};

/// What is done about scripts.
pub(super) enum Scripts {
    /// They are looked for.
    Sought,
    /// They are started: all of a run's beside each other.
    #[cfg(unix)]
    Started(Option<Programs>),
}

impl Scripts {
    /// For a run.
    pub(super) const fn to_start() -> Self {
        #[cfg(unix)]
        return Self::Started(None);
        #[cfg(not(unix))]
        Self::Sought
    }
}

impl Scenario {
    /// A script, from the scenario's own folder.
    pub(super) fn script(&self, scripts: &mut Scripts, member: &Member, file: &str) -> Result<Started, Complaint> {
        let complaint =
            |message: String| Complaint::new(board_path(member.group).key("script"), format!("{file}: {message}"));
        let path = self.folder.join(file);
        let path = self.kept.copy_of(&path);
        if !path.exists() {
            let folder = if self.folder.as_os_str().is_empty() {
                "the current folder".to_owned()
            } else {
                self.folder.display().to_string()
            };
            return Err(complaint(format!("there is no such file in {folder}")));
        }
        if path.is_dir() {
            if !intake::is_file(&path.join("main.py")) {
                return Err(complaint("there is no main.py in this folder".to_owned()));
            }
        } else if !intake::is_file(path) {
            return Err(complaint("this is neither a file nor a folder".to_owned()));
        }
        match scripts {
            Scripts::Sought => Ok(Started::new(async |_| Ending::Finished)),
            #[cfg(unix)]
            Scripts::Started(programs) => {
                let programs = match programs {
                    Some(programs) => programs,
                    None => {
                        let interpreter = Interpreter::find(self.runtime.interpreter.as_deref());
                        let interpreter = interpreter.map_err(|error| complaint(error.to_string()))?;
                        let confinement = self.runtime.confinement.clone().ok_or_else(|| {
                            complaint("nobody has said how programs are confined (Runtime::confinement)".to_owned())
                        })?;
                        let all = Programs::new(interpreter, self.runtime.patience, confinement);
                        let all = all.map_err(|error| complaint(error.to_string()))?;
                        let scripts = self
                            .boards
                            .iter()
                            .filter(|it| matches!(it.workload, Workload::Script { .. }));
                        let count: usize = scripts.map(|it| it.count as usize).sum();
                        programs.insert(all.for_boards(count))
                    }
                };
                let profile = self.boards[member.group].profile();
                let app = programs.app(&member.name, &profile, path);
                Ok(Started::new(app.map_err(|error| complaint(error.to_string()))?))
            }
        }
    }
}
