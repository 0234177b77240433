//! Boards of a running lab that wait for programs to be attached: `sim lab`, `sim python`.
//!
//! ```text
//!    sim python ── connects ──► Dock ── the first free Berth ──► a board's task ── Session ──► its Hardware
//!       │ becomes the interpreter,                │
//!       ▼ the socket is descriptor 3              └ a socket that may say something: the lab's task is woken
//! ```
//!
//! A program that computes is waited for, as in any run. While it waits for something that is not the lab's, the lab goes on, at
//! the pace of the wall clock.
//!
//! Before the protocol, the lab says where the modules are, or why there is no board: `u8` 1 or 0, `u16` length, text.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::future::select_all;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::net::UnixListener;

use super::execute::Identity;
use super::folder::lay_out_modules;
use super::line::Line;
use super::own_socket::{self, OwnSocket};
use super::session::{LOOK_UP_EVERY, START, Session};
use crate::board::{Profile, Restart, TimerId, VirtualBoard};
use crate::host::Attendance;
use crate::kernel::Span;
use crate::lab::Lab;
use crate::observe::{BoardId, Ending, ResetCause};
use crate::temporary::TemporaryFolder;

/// How long a program waits for a board to become free: as long as one takes to begin anew, and a little more.
const QUEUE_FOR: Duration = Duration::from_secs(3);

/// How long nobody is taken in after that has failed.
const AFTER_ERROR: Duration = Duration::from_millis(200);

/// A lab that goes on answers sooner.
const WELCOME: Duration = Duration::from_secs(10);

/// How long a board stays as it is when its program has ended.
const LINGER: Span = Span::from_micros(100_000);

/// Where programs come in, and the boards that they come to.
#[derive(Debug)]
pub struct Dock {
    listener: UnixListener,
    _socket: OwnSocket,
    modules: TemporaryFolder,
    patience: Duration,
    /// Until when none is taken in, after the system had none to give.
    refused_until: Option<Instant>,
    has_complained: bool,
    berths: Vec<Rc<Berth>>,
    /// Programs for which there was no board yet.
    queue: Vec<(UnixStream, Instant)>,
}

/// A board's place for a program.
#[derive(Debug, Default)]
struct Berth(RefCell<BerthState>);

#[derive(Debug, Default)]
struct BerthState {
    /// A program has this board.
    is_taken: bool,
    /// The program's line, before the board's task has taken it.
    arrived: Option<UnixStream>,
    /// The same socket, while the board's task waits for it.
    awaited: Option<Rc<tokio::net::UnixStream>>,
    waker: Option<Waker>,
}

impl Dock {
    /// Listens on a socket, in place of a lab that is gone.
    ///
    /// # Errors
    /// If the socket can't be made, or another lab listens there.
    pub fn open(path: &Path, patience: Duration) -> io::Result<Self> {
        let (listener, socket) = OwnSocket::listen(path)?;
        Ok(Self {
            listener,
            _socket: socket,
            modules: lay_out_modules()?,
            patience,
            refused_until: None,
            has_complained: false,
            berths: Vec::new(),
            queue: Vec::new(),
        })
    }

    /// What a board runs that waits here for programs. Boards are to be added to the lab in this order.
    pub fn app(&mut self, name: &str, profile: &Profile) -> impl AsyncFn(VirtualBoard) -> Ending + 'static {
        let berth = Rc::new(Berth::default());
        self.berths.push(Rc::clone(&berth));
        let (identity, patience) = (Identity::new(name, profile), self.patience);
        async move |board| berth.run(board, &identity, patience).await
    }
}

impl Dock {
    /// Whoever is out of descriptors is so for a while: a look at once would only be the next one in vain.
    fn wait_out(&mut self, error: &io::Error) {
        self.refused_until = Some(Instant::now() + AFTER_ERROR);
        if !std::mem::replace(&mut self.has_complained, true) {
            // Nobody is left to tell if this fails.
            let _ = writeln!(
                io::stderr(),
                "sim: can't take another program in for now: {error}; those that come wait"
            );
        }
    }
}

impl Attendance for Dock {
    async fn ready(&mut self) {
        let sockets = self.berths.iter().filter_map(|berth| berth.0.borrow().awaited.clone());
        let sockets: Vec<_> = sockets
            .map(|socket| {
                Box::pin(async move {
                    let silent = || io::Error::from(io::ErrorKind::WouldBlock);
                    let look = || if is_readable(&*socket) { Ok(()) } else { Err(silent()) };
                    // What tokio takes for readable need not be so any more.
                    while socket.readable().await.is_ok() && socket.try_io(Interest::READABLE, look).is_err() {}
                })
            })
            .collect();
        let any_socket = async {
            if sockets.is_empty() {
                std::future::pending::<()>().await;
            } else {
                select_all(sockets).await;
            }
        };
        let is_queued = !self.queue.is_empty();
        let listener = &self.listener;
        let refused_until = self.refused_until;
        let accepted = async {
            if let Some(until) = refused_until {
                tokio::time::sleep_until(until.into()).await;
            }
            listener.accept().await.and_then(|(stream, _)| {
                let is_users = own_socket::is_users(&stream)?;
                let stream = stream.into_std()?;
                stream.set_nonblocking(false)?;
                Ok((stream, is_users))
            })
        };
        tokio::select! {
            accepted = accepted => match accepted {
                Ok((stream, is_users)) => {
                    (self.refused_until, self.has_complained) = (None, false);
                    if is_users {
                        self.queue.push((stream, Instant::now()));
                    } else {
                        // Whoever has left need not be told.
                        let _ = greet(&stream, false, b"this lab is another user's");
                    }
                }
                Err(error) => self.wait_out(&error),
            },
            () = any_socket => {}
            () = tokio::time::sleep(Duration::from_millis(20)), if is_queued => {}
        }
    }

    /// Gives programs their boards, and wakes boards whose programs have something to say.
    fn pump(&mut self, lab: &mut Lab) {
        for (stream, since) in std::mem::take(&mut self.queue) {
            let free = self.berths.iter().position(|berth| !berth.0.borrow().is_taken);
            match free {
                Some(index) => {
                    if greet(&stream, true, self.modules.path().as_os_str().as_bytes()).is_ok() {
                        let mut state = self.berths[index].0.borrow_mut();
                        state.is_taken = true;
                        state.arrived = Some(stream);
                        wake(lab, index, &mut state);
                    }
                }
                None if since.elapsed() < QUEUE_FOR => self.queue.push((stream, since)),
                None => {
                    // Whoever has left need not be told.
                    let _ = greet(
                        &stream,
                        false,
                        b"all boards of the lab have a program already: start it with more --boards",
                    );
                }
            }
        }
        for (index, berth) in self.berths.iter().enumerate() {
            let mut state = berth.0.borrow_mut();
            let speaks = state.awaited.as_ref().is_some_and(|socket| is_readable(&**socket));
            if speaks {
                wake(lab, index, &mut state);
            }
        }
    }
}

fn greet(mut stream: &UnixStream, welcome: bool, text: &[u8]) -> io::Result<()> {
    let length = u16::try_from(text.len()).map_err(io::Error::other)?;
    stream.write_all(&[&[u8::from(welcome)][..], &length.to_le_bytes(), text].concat())
}

/// Connects to a lab; returns the line of the board that it gives, and where its modules are.
///
/// # Errors
/// If there is no lab, or it has no board.
pub fn attach(path: &Path) -> Result<(UnixStream, PathBuf), AttachError> {
    let no_lab = |source| AttachError::NoLab {
        path: path.to_owned(),
        source,
    };
    let Some(mut stream) = own_socket::connect(path).map_err(no_lab)? else {
        return Err(AttachError::Stranger { path: path.to_owned() });
    };
    let silent = |source: io::Error| match source.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AttachError::Silent { path: path.to_owned() },
        _ => no_lab(source),
    };
    stream.set_read_timeout(Some(WELCOME)).map_err(no_lab)?;
    let mut head = [0; 3];
    stream.read_exact(&mut head).map_err(silent)?;
    let [welcome, length @ ..] = head;
    let mut text = vec![0; usize::from(u16::from_le_bytes(length))];
    stream.read_exact(&mut text).map_err(silent)?;
    stream.set_read_timeout(None).map_err(no_lab)?;
    if welcome != 1 {
        return Err(AttachError::Refused(String::from_utf8_lossy(&text).into_owned()));
    }
    Ok((stream, PathBuf::from(std::ffi::OsStr::from_bytes(&text))))
}

/// Why there is no board to attach to.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// Nobody listens.
    #[error("no lab listens on {path}: start one with sim lab --boards 2, or name its socket in SIM_LAB ({source})", path = path.display())]
    NoLab {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody listens, and says nothing.
    #[error("the lab that listens on {path} does not answer: it may have been stopped (fg or kill -CONT has it go on)", path = path.display())]
    Silent {
        /// Where.
        path: PathBuf,
    },
    /// Who listens is somebody else, and would say what to run.
    #[error("who listens on {path} is another user: name a lab of your own in SIM_LAB", path = path.display())]
    Stranger {
        /// Where.
        path: PathBuf,
    },
    /// The lab says why.
    #[error("{0}")]
    Refused(String),
}

fn wake(lab: &mut Lab, index: usize, state: &mut BerthState) {
    if let Some(waker) = state.waker.take() {
        waker.wake();
    }
    lab.poll_soon(BoardId(u32::try_from(index).unwrap_or(u32::MAX)));
}

fn is_readable(socket: &impl AsFd) -> bool {
    let mut descriptors = [PollFd::new(socket, PollFlags::IN)];
    poll(&mut descriptors, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

impl Berth {
    /// One program after the other; after each the board begins anew.
    async fn run(&self, mut board: VirtualBoard, identity: &Identity, patience: Duration) -> Ending {
        {
            let mut state = self.0.borrow_mut();
            (state.is_taken, state.awaited) = (state.arrived.is_some(), None);
        }
        let stream = self.next_program(&board).await;
        tracing::info!(board = identity.name(), "attached");
        if let Ok(line) = Line::new(stream, None) {
            self.attend(&mut board, identity, patience, &Rc::new(line)).await;
        }
        // Its radio still answers for a while, as that of a board whose program has ended does for ever.
        let until = board.hardware().borrow().now + LINGER;
        let hardware = board.hardware();
        poll_fn(|cx| hardware.borrow_mut().poll_timer(TimerId::Sleep, until, cx)).await;
        tracing::info!(board = identity.name(), "free again");
        board.hardware().borrow_mut().requests.restart = Some(Restart::at_once(ResetCause::Soft));
        std::future::pending().await
    }

    async fn next_program(&self, board: &VirtualBoard) -> UnixStream {
        let hardware = board.hardware();
        loop {
            let deadline = hardware.borrow().now + LOOK_UP_EVERY;
            let arrived = poll_fn(|cx| {
                let mut state = self.0.borrow_mut();
                if let Some(stream) = state.arrived.take() {
                    return Poll::Ready(Some(stream));
                }
                state.waker = Some(cx.waker().clone());
                hardware
                    .borrow_mut()
                    .poll_timer(TimerId::Sleep, deadline, cx)
                    .map(|()| None)
            })
            .await;
            hardware.borrow_mut().cancel_timer(TimerId::Sleep);
            if let Some(stream) = arrived {
                return stream;
            }
        }
    }

    async fn attend(&self, board: &mut VirtualBoard, identity: &Identity, patience: Duration, line: &Rc<Line>) {
        let mut session = Session::begin(board, identity).that_looks_up();
        let attached = Instant::now();
        let mut is_outside = false;
        loop {
            // Its interpreter is yet to start, and takes its time out there: some, but not for ever.
            let limit = session.is_starting().then_some((attached, START));
            if (is_outside || limit.is_some()) && !self.listen(&session, line, limit).await {
                return;
            }
            let Ok(octets) = session.next_request(line, patience).await else {
                return;
            };
            is_outside = session.is_outside(&octets);
            if session.serve(&octets, line).await.is_some() {
                return;
            }
        }
    }

    /// Waits until the program has made a whole request, while the lab goes on. Returns whether it did in time.
    async fn listen(&self, session: &Session<'_>, line: &Line, limit: Option<(Instant, Duration)>) -> bool {
        let socket = line.socket().try_clone();
        let socket = socket.and_then(|socket| {
            socket.set_nonblocking(true)?;
            tokio::net::UnixStream::from_std(socket)
        });
        self.0.borrow_mut().awaited = socket.ok().map(Rc::new);
        let speaks = loop {
            let hardware = session.hardware();
            let deadline = hardware.borrow().now + LOOK_UP_EVERY;
            let speaks = poll_fn(|cx| {
                if line.has_heard() {
                    return Poll::Ready(true);
                }
                self.0.borrow_mut().waker = Some(cx.waker().clone());
                hardware
                    .borrow_mut()
                    .poll_timer(TimerId::Sleep, deadline, cx)
                    .map(|()| false)
            })
            .await;
            hardware.borrow_mut().cancel_timer(TimerId::Sleep);
            if speaks || limit.is_some_and(|(since, limit)| since.elapsed() >= limit) {
                break speaks;
            }
        };
        self.0.borrow_mut().awaited = None;
        speaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn who_could_not_be_taken_in_is_looked_at_after_a_pause() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut dock = Dock::open(&folder.path().join("lab"), Duration::from_secs(1)).expect("a socket");
        let _client = UnixStream::connect(folder.path().join("lab")).expect("a lab");
        let began = Instant::now();
        dock.wait_out(&io::Error::from_raw_os_error(24));
        dock.ready().await;
        assert!(began.elapsed() >= AFTER_ERROR && dock.queue.len() == 1);
        assert_eq!(dock.refused_until, None);
    }
}
