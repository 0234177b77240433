//! The line to a program: frames over a socket, and the words that it prints beside them. Nothing here waits.

use std::cell::RefCell;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::patience::Patience;
use super::uart::on_the_line;
use crate::board::Computation;

/// So much a program may print between two requests before its UART's time is due. What it has printed more is read afterwards.
const WORDS: usize = 4096;

/// Octets that a program's console holds when its process ends, at most, in whole [`WORDS`]. Whoever prints more is another process.
const LAST_WORDS: usize = 1 << 16;

/// What comes over the line.
#[derive(Debug)]
pub(crate) enum Said {
    /// A request, without its length.
    Request(Vec<u8>),
    /// So many words that their time is due before anything else.
    Words,
    /// Nothing any more.
    Nothing(Silence),
}

/// Why no request comes any more.
#[derive(Debug)]
pub(crate) enum Silence {
    /// The program's end of the line is closed.
    Closed,
    /// It has asked nothing for so long.
    Patience(Duration),
    /// It has computed for so long in all, while its board's clock hardly went on.
    Crawling(Duration),
    /// It has not read its reply for so long.
    Unread(Duration),
    /// The line failed.
    Failed(io::Error),
}

/// What a program has printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) text: String,
    /// What it takes on a serial line.
    pub(crate) octets: u64,
}

/// The lab's end of it.
#[derive(Debug)]
pub(crate) struct Line {
    socket: UnixStream,
    console: Option<PipeReader>,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    /// Requests, the last of them maybe not whole.
    received: Vec<u8>,
    /// Replies that the program has not read yet.
    outgoing: Vec<u8>,
    printed: Vec<u8>,
    console_is_open: bool,
    /// No more can be read or written.
    end: Option<io::Result<()>>,
    /// What was read of the console since.
    last_words: usize,
    began: Instant,
    patience: Patience,
    has_given_up: bool,
}

impl Line {
    /// `console` is what the program writes its standard output and error to, if that is the board's console.
    pub(crate) fn new(socket: UnixStream, console: Option<PipeReader>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        if let Some(console) = &console {
            rustix::io::ioctl_fionbio(console, true)?;
        }
        let state = RefCell::new(State {
            received: Vec::new(),
            outgoing: Vec::new(),
            printed: Vec::new(),
            console_is_open: console.is_some(),
            end: None,
            last_words: 0,
            began: Instant::now(),
            patience: Patience::default(),
            has_given_up: false,
        });
        Ok(Self { socket, console, state })
    }

    pub(crate) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// The program may compute for so long from now on. `now` is what its board's clock shows, µs.
    pub(crate) fn begin(&self, patience: Duration, now: u64) {
        let mut state = self.state.borrow_mut();
        state.patience.begin(patience, now);
        (state.began, state.has_given_up) = (Instant::now(), false);
    }

    /// What the program has computed until now does not count any more.
    pub(crate) fn forget_computed(&self) {
        self.state.borrow_mut().patience.forget();
    }

    /// Whether a whole request has come, or will never.
    pub(crate) fn has_heard(&self) -> bool {
        self.attend();
        let state = self.state.borrow();
        state.end.is_some() || state.has_request()
    }

    /// Takes what has come, when the program has computed.
    pub(crate) fn take(&self) -> Said {
        let mut state = self.state.borrow_mut();
        // All of this was printed before the request was made.
        self.read_console(&mut state);
        let is_flood = state.last_words > LAST_WORDS;
        if state.printed.len() >= WORDS && !is_flood {
            return Said::Words;
        }
        if state.outgoing.is_empty()
            && let Some(request) = state.take_request()
        {
            return Said::Request(request);
        }
        Said::Nothing(match state.end.take() {
            Some(Ok(())) => Silence::Closed,
            Some(Err(error)) => Silence::Failed(error),
            None if !state.outgoing.is_empty() => Silence::Unread(state.patience.limit()),
            None if state.patience.is_used_bit_by_bit() => Silence::Crawling(state.patience.limit()),
            None => Silence::Patience(state.patience.limit()),
        })
    }

    /// Takes what the program has printed, as far as whole characters have come.
    pub(crate) fn take_printed(&self) -> Printed {
        let printed = &mut self.state.borrow_mut().printed;
        let whole = match std::str::from_utf8(printed) {
            Ok(_) => printed.len(),
            // Broken in the middle, or cut at the end.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => printed.len(),
        };
        let taken = Printed {
            text: String::from_utf8_lossy(&printed[..whole]).into_owned(),
            octets: on_the_line(&printed[..whole]),
        };
        printed.drain(..whole);
        taken
    }

    /// Hands a reply over, as far as the program has room for it; the rest follows while it computes.
    pub(crate) fn reply(&self, octets: &[u8]) {
        let mut state = self.state.borrow_mut();
        state.outgoing.extend(octets);
        self.write_socket(&mut state);
    }

    fn write_socket(&self, state: &mut State) {
        while !state.outgoing.is_empty() && state.end.is_none() {
            match (&self.socket).write(&state.outgoing) {
                Ok(count) => drop(state.outgoing.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // What it has said before it went is still to be read; then its end is.
                Err(_) => state.outgoing.clear(),
            }
        }
    }

    /// One request is read at a time: the next ones can wait.
    fn read_socket(&self, state: &mut State) {
        let mut buffer = [0; 4096];
        while !state.has_request() && state.end.is_none() {
            match (&self.socket).read(&mut buffer) {
                Ok(0) => state.end = Some(Ok(())),
                Ok(count) => state.received.extend(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => state.end = Some(Ok(())),
                Err(error) => state.end = Some(Err(error)),
            }
        }
    }

    fn read_console(&self, state: &mut State) {
        let mut buffer = [0; WORDS];
        while let Some(mut console) = self.console.as_ref().filter(|_| state.console_is_open) {
            let room = WORDS.saturating_sub(state.printed.len());
            if room == 0 {
                return;
            }
            match console.read(&mut buffer[..room]) {
                // Nobody holds the other end any more.
                Ok(0) => state.console_is_open = false,
                Ok(count) => {
                    state.printed.extend(&buffer[..count]);
                    state.last_words += if state.end.is_some() { count } else { 0 };
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

impl Computation for Line {
    fn is_done(&self) -> bool {
        let state = self.state.borrow();
        let asks = state.has_request() && state.outgoing.is_empty();
        asks || state.printed.len() >= WORDS || state.end.is_some() || state.has_given_up
    }

    fn attend(&self) {
        let mut state = self.state.borrow_mut();
        self.write_socket(&mut state);
        self.read_socket(&mut state);
        // What was printed before a request is read when that is taken.
        if !state.has_request() {
            self.read_console(&mut state);
        }
    }

    fn watch<'a>(&'a self, descriptors: &mut Vec<PollFd<'a>>) {
        if self.is_done() {
            return;
        }
        let state = self.state.borrow();
        let mut wanted = PollFlags::empty();
        wanted.set(PollFlags::IN, !state.has_request());
        wanted.set(PollFlags::OUT, !state.outgoing.is_empty());
        if state.end.is_none() && !wanted.is_empty() {
            descriptors.push(PollFd::new(&self.socket, wanted));
        }
        if let Some(console) = &self.console
            && state.console_is_open
            && state.printed.len() < WORDS
        {
            descriptors.push(PollFd::new(console, PollFlags::IN));
        }
    }

    fn began(&self) -> Instant {
        self.state.borrow().began
    }

    fn patience(&self) -> Duration {
        self.state.borrow().patience.limit()
    }

    fn patience_left(&self) -> Duration {
        self.state.borrow().patience.left()
    }

    fn charge(&self, waited: Duration) {
        self.state.borrow_mut().patience.charge(waited);
    }

    fn give_up(&self) {
        self.state.borrow_mut().has_given_up = true;
    }
}

impl State {
    fn has_request(&self) -> bool {
        let framed = self.received.split_first_chunk();
        framed.is_some_and(|(length, rest)| rest.len() >= usize::from(u16::from_le_bytes(*length)))
    }

    fn take_request(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.received.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes(*length));
        let request = rest.get(..length)?.to_vec();
        self.received.drain(..2 + length);
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &Line) -> Option<Vec<u8>> {
        line.begin(Duration::ZERO, 0);
        line.attend();
        match line.take() {
            Said::Request(request) => Some(request),
            _ => None,
        }
    }

    #[test]
    fn what_was_printed_before_a_request_is_there_with_it() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let (reader, mut console) = io::pipe().expect("a pipe");
        let line = Line::new(ours, Some(reader)).expect("a line");
        console.write_all("gr\u{fc}n".as_bytes()).expect("room");
        theirs.write_all(&[2, 0, 7, 8, 1]).expect("room");
        assert_eq!(request(&line), Some(vec![7, 8]));
        assert_eq!(line.take_printed().text, "gr\u{fc}n");
        assert!(!line.has_heard(), "half a request");
        console.write_all(&[0xc3]).expect("room");
        theirs.write_all(&[0, 9]).expect("room");
        assert_eq!(request(&line), Some(vec![9]));
        assert_eq!(line.take_printed().text, "", "half a character");
        drop(theirs);
        assert!(line.has_heard());
        assert!(matches!(line.take(), Said::Nothing(Silence::Closed)));
    }

    #[test]
    fn words_come_before_the_request_that_follows_them_and_no_more_than_their_due() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let (reader, mut console) = io::pipe().expect("a pipe");
        let line = Line::new(ours, Some(reader)).expect("a line");
        console.write_all(&[b'x'; 5000]).expect("room");
        theirs.write_all(&[1, 0, 7]).expect("room");
        line.begin(Duration::ZERO, 0);
        line.attend();
        assert!(line.is_done() && matches!(line.take(), Said::Words));
        assert_eq!(line.take_printed().octets, 4096);
        assert_eq!(request(&line), Some(vec![7]));
        assert_eq!(line.take_printed().octets, 904);
    }

    #[test]
    fn who_does_not_read_a_reply_is_not_asked_again() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let line = Line::new(ours, None).expect("a line");
        theirs.write_all(&[1, 0, 7, 1, 0, 8]).expect("room");
        assert_eq!(request(&line), Some(vec![7]));
        line.reply(&vec![1; 1 << 22]);
        line.begin(Duration::ZERO, 0);
        line.attend();
        assert!(!line.is_done());
        line.give_up();
        assert!(line.is_done() && matches!(line.take(), Said::Nothing(Silence::Unread(_))));
        let mut reply = vec![0; 1 << 22];
        std::thread::scope(|scope| {
            scope.spawn(|| theirs.read_exact(&mut reply).expect("the reply"));
            while !line.is_done() || line.state.borrow().has_given_up {
                line.begin(Duration::ZERO, 0);
                line.attend();
            }
        });
        assert_eq!(request(&line), Some(vec![8]));
    }
}
