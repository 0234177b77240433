//! Who wants a run to stop: Ctrl-C, the request to terminate, the terminal's end.

mod stuck;

use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::undo;

/// Why a run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C, or SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// The terminal is gone, or SIGHUP came.
    Hangup,
    /// SIGQUIT.
    Quit,
}

impl Stop {
    /// What a command ends with that was stopped in this way: 128 and the signal's number, as with shells.
    #[must_use]
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.status())
    }

    /// Ends this process with that code, from any thread. What others have not written yet is not written: it could be that nobody reads it.
    pub(crate) fn exit_process(self) -> ! {
        #[cfg(unix)]
        signal_hook::low_level::exit(self.status().into());
        #[cfg(not(unix))]
        std::process::exit(self.status().into());
    }

    fn status(self) -> u8 {
        match self {
            Self::Hangup => 129,
            Self::Interrupt => 130,
            Self::Quit => 131,
            Self::Terminate => 143,
        }
    }
}

/// Has a file that may not become so large (`ulimit -f`) be the error of whoever writes it, as a full disk is, and not the process's end.
/// The programs of boards have the signal as ever.
#[cfg(unix)]
pub(crate) fn outlive_large_files() {
    // Whoever can't be asked to leave the signal out has the process's end.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// The signals as they come.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    on_screen: Option<OnScreen>,
}

/// What is to be known while the terminal is not as it was.
#[cfg(unix)]
#[derive(Debug)]
struct OnScreen {
    hangup: Signal,
    quit: Signal,
    /// A stopped process could not give the terminal back: this is heard, and nothing follows.
    _suspend: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(unix)]
            on_screen: None,
        })
    }

    /// The same, and the end of the terminal and what else would leave it as it is. A run without a screen leaves that to `nohup`, which may
    /// want it to go on.
    pub(crate) fn listen_on_screen() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            on_screen: Some(OnScreen {
                hangup: signal(SignalKind::hangup())?,
                quit: signal(SignalKind::quit())?,
                _suspend: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            }),
            ..Self::listen()?
        })
    }

    /// Waits for one of them, for somebody who acts upon it.
    pub(crate) async fn received(&mut self) -> Stop {
        HAS_FLAG.store(false, Ordering::Relaxed);
        let stop = self.next().await;
        OBEYED.store(true, Ordering::Relaxed);
        stop
    }

    async fn next(&mut self) -> Stop {
        #[cfg(unix)]
        {
            let on_screen = async {
                match &mut self.on_screen {
                    Some(OnScreen { hangup, quit, .. }) => tokio::select! {
                        _ = hangup.recv() => Stop::Hangup,
                        _ = quit.recv() => Stop::Quit,
                    },
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Stop::Interrupt,
                _ = self.terminate.recv() => Stop::Terminate,
                stop = on_screen => stop,
            }
        }
        #[cfg(not(unix))]
        {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Stop::Interrupt
        }
    }
}

/// Whether somebody acts upon the signal that came.
static OBEYED: AtomicBool = AtomicBool::new(false);

/// Whether those who are at work look at the flag. They do so often, and then wait for the processes that they end, as long as that takes.
static HAS_FLAG: AtomicBool = AtomicBool::new(false);

/// The signals for a command, which may be at anything: a flag, and what has set it, for those who run labs in threads or start one's boards;
/// and the end of the process for one that can't act upon them, or when a second one comes.
#[derive(Debug)]
pub(crate) struct Interruption {
    came: Arc<AtomicBool>,
    stop: Arc<OnceLock<Stop>>,
}

impl Interruption {
    pub(crate) fn listen() -> io::Result<Self> {
        Self::to(Signals::listen)
    }

    /// The same for a command on a screen.
    pub(crate) fn listen_on_screen() -> io::Result<Self> {
        Self::to(Signals::listen_on_screen)
    }

    fn to(listen: fn() -> io::Result<Signals>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            // Whoever listens may be in a runtime already.
            let _entered = runtime.enter();
            listen()?
        };
        let interruption = Self {
            came: Arc::default(),
            stop: Arc::default(),
        };
        let (came, stop) = (Arc::clone(&interruption.came), Arc::clone(&interruption.stop));
        std::thread::spawn(move || {
            // The first one counts.
            let first = runtime.block_on(signals.next());
            let _ = stop.set(first);
            came.store(true, Ordering::Release);
            runtime.block_on(end(&mut signals, first))
        });
        Ok(interruption)
    }

    /// The flag, for somebody who looks at it often.
    pub(crate) fn flag(&self) -> &AtomicBool {
        HAS_FLAG.store(true, Ordering::Relaxed);
        &self.came
    }

    /// What came, for somebody who acts upon it.
    pub(crate) fn stop(&self) -> Option<Stop> {
        let stop = self.stop.get().copied();
        if stop.is_some() {
            OBEYED.store(true, Ordering::Relaxed);
        }
        stop
    }
}

/// Ends the process when it is stuck, or when another signal comes; without what can't be waited for when yet another one comes.
async fn end(signals: &mut Signals, stop: Stop) -> ! {
    let obeys = || OBEYED.load(Ordering::Relaxed) || HAS_FLAG.load(Ordering::Relaxed);
    tokio::select! {
        () = stuck::until_stuck(obeys) => {}
        _ = signals.next() => {}
    }
    let undone = tokio::task::spawn_blocking(undo::undo_all);
    tokio::select! {
        _ = undone => {}
        _ = signals.next() => {}
    }
    stop.exit_process()
}
