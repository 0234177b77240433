//! The line to a program: frames over a socket, and the words that it prints beside them.

use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Octets that a program may print between two requests; what it prints more is left out.
const LONGEST_PRINT: usize = 1 << 20;

/// Why no request comes any more.
#[derive(Debug)]
pub(crate) enum Silence {
    /// The program's end of the line is closed.
    Closed,
    /// It has asked nothing for so long.
    Patience,
    /// The line failed.
    Failed(io::Error),
}

/// The lab's end of it.
#[derive(Debug)]
pub(crate) struct Line {
    socket: UnixStream,
    received: Vec<u8>,
    console: Option<PipeReader>,
    printed: Vec<u8>,
    /// Octets that were printed and left out.
    left_out: usize,
}

impl Line {
    /// `console` is what the program writes its standard output and error to, if that is the board's console.
    pub(crate) fn new(socket: UnixStream, console: Option<PipeReader>) -> io::Result<Self> {
        if let Some(console) = &console {
            rustix::io::ioctl_fionbio(console, true)?;
        }
        Ok(Self {
            socket,
            received: Vec::new(),
            console,
            printed: Vec::new(),
            left_out: 0,
        })
    }

    pub(crate) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Waits for the next request and takes it, without its length.
    pub(crate) fn next_request(&mut self, patience: Duration) -> Result<Vec<u8>, Silence> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(request) = self.take_request() {
                // All of this was printed before the request was made.
                self.read_console();
                return Ok(request);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.read_console();
                return Err(Silence::Patience);
            }
            self.wait(left).map_err(Silence::Failed)?;
            self.read_console();
            match self.read_socket() {
                Ok(0) => {
                    self.read_console();
                    return Err(Silence::Closed);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(Silence::Closed),
                Err(error) => return Err(Silence::Failed(error)),
            }
        }
    }

    /// The next request, if a whole one has come.
    fn take_request(&mut self) -> Option<Vec<u8>> {
        let (length, rest) = self.received.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes(*length));
        let request = rest.get(..length)?.to_vec();
        self.received.drain(..2 + length);
        Some(request)
    }

    /// Whether the next request, or the line's end, can be read without waiting.
    pub(crate) fn is_ready(&self) -> bool {
        let whole = self
            .received
            .split_first_chunk()
            .is_some_and(|(length, rest)| rest.len() >= usize::from(u16::from_le_bytes(*length)));
        let mut descriptors = [PollFd::new(&self.socket, PollFlags::IN)];
        whole || poll(&mut descriptors, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// Takes what the program has printed, as far as whole characters have come.
    pub(crate) fn take_printed(&mut self) -> String {
        let whole = match std::str::from_utf8(&self.printed) {
            Ok(_) => self.printed.len(),
            // Broken in the middle, or cut at the end.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.printed.len(),
        };
        let mut text = String::from_utf8_lossy(&self.printed[..whole]).into_owned();
        self.printed.drain(..whole);
        let left_out = std::mem::take(&mut self.left_out);
        if left_out > 0 {
            text += &format!("\n[{left_out} octets more without a pause, left out]\n");
        }
        text
    }

    pub(crate) fn reply(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut left = octets;
        while !left.is_empty() {
            match self.socket.write(left) {
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // It reads nothing of what it asked for: a second is enough for one that will.
                    let mut descriptors = [PollFd::new(&self.socket, PollFlags::OUT)];
                    let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
                    if poll(&mut descriptors, Some(&timeout))? == 0 {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wait(&self, at_most: Duration) -> io::Result<()> {
        let timeout = Timespec {
            tv_sec: at_most.as_secs().cast_signed(),
            tv_nsec: i64::from(at_most.subsec_nanos()),
        };
        let socket = self.socket.as_fd();
        let mut descriptors = vec![PollFd::from_borrowed_fd(socket, PollFlags::IN)];
        if let Some(console) = &self.console {
            descriptors.push(PollFd::new(console, PollFlags::IN));
        }
        match poll(&mut descriptors, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn read_socket(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let flags = rustix::net::RecvFlags::DONTWAIT;
        let (count, _) = rustix::net::recv(&self.socket, &mut buffer[..], flags)?;
        self.received.extend(&buffer[..count]);
        Ok(count)
    }

    fn read_console(&mut self) {
        let mut buffer = [0; 4096];
        while let Some(console) = &mut self.console {
            match console.read(&mut buffer) {
                // Nobody holds the other end any more.
                Ok(0) => self.console = None,
                Ok(count) => {
                    let room = LONGEST_PRINT.saturating_sub(self.printed.len()).min(count);
                    self.printed.extend(&buffer[..room]);
                    self.left_out += count - room;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn what_was_printed_before_a_request_is_there_with_it() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let (reader, mut console) = io::pipe().expect("a pipe");
        let mut line = Line::new(ours, Some(reader)).expect("a line");
        console.write_all("gr\u{fc}n".as_bytes()).expect("room");
        theirs.write_all(&[2, 0, 7, 8, 1]).expect("room");
        assert_eq!(line.next_request(PATIENCE).expect("one"), [7, 8]);
        assert_eq!(line.take_printed(), "gr\u{fc}n");
        assert!(!line.is_ready() || line.take_request().is_none(), "half a request");
        console.write_all(&[0xc3]).expect("room");
        theirs.write_all(&[0, 9]).expect("room");
        assert_eq!(line.next_request(PATIENCE).expect("one"), [9]);
        assert_eq!(line.take_printed(), "", "half a character");
        drop(theirs);
        assert!(matches!(line.next_request(PATIENCE), Err(Silence::Closed)));
    }

    #[test]
    fn patience_has_an_end() {
        let (ours, _theirs) = UnixStream::pair().expect("a pair");
        let mut line = Line::new(ours, None).expect("a line");
        assert!(matches!(
            line.next_request(Duration::from_millis(1)),
            Err(Silence::Patience)
        ));
    }
}
