//! Who wants a run to stop: Ctrl-C, the request to terminate, the terminal's end.

use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

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

    /// Ends this process with that code, from any thread.
    pub(crate) fn exit_process(self) -> ! {
        std::process::exit(self.status().into())
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

    pub(crate) async fn received(&mut self) -> Stop {
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

/// The signals for those who run labs in threads, or start one's boards: a flag, and what has set it.
#[derive(Debug)]
pub(crate) struct Interruption {
    came: Arc<AtomicBool>,
    stop: Arc<OnceLock<Stop>>,
}

impl Interruption {
    pub(crate) fn listen() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            // Whoever listens may be in a runtime already.
            let _entered = runtime.enter();
            Signals::listen()?
        };
        let interruption = Self {
            came: Arc::default(),
            stop: Arc::default(),
        };
        let (came, stop) = (Arc::clone(&interruption.came), Arc::clone(&interruption.stop));
        std::thread::spawn(move || {
            // The first one counts.
            let _ = stop.set(runtime.block_on(signals.received()));
            came.store(true, Ordering::Release);
        });
        Ok(interruption)
    }

    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.came
    }

    pub(crate) fn stop(&self) -> Option<Stop> {
        self.stop.get().copied()
    }
}
