//! What there is to be kept from, and what of it a system can enforce.

/// What programs are kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// Writing, making and removing files outside their folders.
    Writing,
    /// Cutting files outside their folders short.
    Truncating,
    /// Reading devices, and what the system says about other processes.
    Reading,
    /// Sockets of any kind.
    Sockets,
    /// Signals to other processes.
    Signals,
    /// Mode, owner, times and attributes of files, and locks on them.
    Metadata,
    /// Processes of their own.
    Processes,
    /// More memory than half a GiB.
    Memory,
    /// The rights of a superuser who runs the lab.
    Privileges,
}

/// What a system has to enforce restrictions with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Landlock's interface; 0 is none.
    pub landlock: u32,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether memory is limited.
    pub memory: bool,
    /// Whether the number of processes is limited.
    pub processes: bool,
    /// Whether a superuser's rights were given up, or were not there.
    pub unprivileged: bool,
}

impl Restriction {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Writing,
        Self::Truncating,
        Self::Reading,
        Self::Sockets,
        Self::Signals,
        Self::Metadata,
        Self::Processes,
        Self::Memory,
        Self::Privileges,
    ];

    /// What programs can do where it does not hold.
    #[must_use]
    pub fn breach(self) -> &'static str {
        match self {
            Self::Writing => "write files outside their folders",
            Self::Truncating => "cut files outside their folders short",
            Self::Reading => "read devices and other processes' environments",
            Self::Sockets => "open sockets",
            Self::Signals => "send signals to other processes",
            Self::Metadata => "change the mode, owner and times of files",
            Self::Processes => "start processes",
            Self::Memory => "take all memory",
            Self::Privileges => "use the superuser's rights",
        }
    }

    /// Whether a system with these capabilities enforces it.
    #[must_use]
    pub fn is_held(self, by: &Capabilities) -> bool {
        // Landlock's versions: 1 files, 3 truncation, 6 signals. Its sockets are of some kinds only.
        match self {
            Self::Writing | Self::Reading => by.landlock >= 1,
            Self::Truncating => by.landlock >= 3,
            Self::Sockets | Self::Metadata => by.seccomp,
            Self::Signals => by.seccomp || by.landlock >= 6,
            Self::Processes => by.seccomp || by.processes,
            Self::Memory => by.memory,
            Self::Privileges => by.unprivileged,
        }
    }
}

impl Capabilities {
    /// As the launcher says it to the lab.
    pub(super) fn to_words(self) -> String {
        let flags = [self.seccomp, self.memory, self.processes, self.unprivileged].map(|it| u8::from(it).to_string());
        format!("{} {}\n", self.landlock, flags.join(" "))
    }

    pub(super) fn from_words(words: &str) -> Option<Self> {
        let mut words = words.split_whitespace();
        let landlock = words.next()?.parse().ok()?;
        let mut flag = || Some(words.next()? == "1");
        Some(Self {
            landlock,
            seccomp: flag()?,
            memory: flag()?,
            processes: flag()?,
            unprivileged: flag()?,
        })
    }

    /// What this system can't keep programs from.
    pub fn gaps(&self) -> impl Iterator<Item = Restriction> {
        Restriction::ALL
            .into_iter()
            .filter(|restriction| !restriction.is_held(self))
            // Whoever can write can cut short.
            .filter(|restriction| *restriction != Restriction::Truncating || self.landlock >= 1)
    }

    /// A line for people about what this system can't keep programs from.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let breaches: Vec<_> = self.gaps().map(Restriction::breach).collect();
        let list = match breaches.split_last()? {
            (last, []) => (*last).to_owned(),
            (last, rest) => format!("{} and {last}", rest.join(", ")),
        };
        Some(format!(
            "on this system programs are not confined in all: they can {list}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Capabilities = Capabilities {
        landlock: 6,
        seccomp: true,
        memory: true,
        processes: true,
        unprivileged: true,
    };

    #[test]
    fn words_say_what_there_is() {
        for it in [ALL, Capabilities::default(), Capabilities { memory: false, ..ALL }] {
            assert_eq!(Capabilities::from_words(&it.to_words()), Some(it));
        }
        assert_eq!(Capabilities::from_words("6 1"), None);
    }

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(ALL.notice(), None);
        let notice = |it: Capabilities| it.notice().unwrap_or_default();
        assert_eq!(
            notice(Capabilities { landlock: 0, ..ALL }),
            "on this system programs are not confined in all: they can write files outside their folders and read devices and other \
             processes' environments"
        );
        assert!(
            notice(Capabilities { landlock: 2, ..ALL }).ends_with("they can cut files outside their folders short")
        );
        // Landlock's signals stand in for seccomp's, but not its sockets.
        let without = Capabilities { seccomp: false, ..ALL };
        assert_eq!(
            without.gaps().collect::<Vec<_>>(),
            [Restriction::Sockets, Restriction::Metadata]
        );
        let nothing: Vec<_> = Capabilities::default().gaps().collect();
        assert_eq!(nothing.len(), Restriction::ALL.len() - 1);
        assert!(!nothing.contains(&Restriction::Truncating));
    }
}
