//! Lends the board's antenna to a simulator at the other end of a serial line.
//!
//! ```text
//!    input  ──► Pipe ──► ┌─────────────────────┐ ──► radio.send, set_channel
//!                        │ bridge::Antenna     │
//!    output ◄── Pipe ◄── └─────────────────────┘ ◄── radio.receive
//!    each a part of one future; the pipes let the radio go on while the line is slow
//! ```
//!
//! [`crate::bridge`] has the protocol. The line must be this application's own: what a console prints between two frames
//! breaks one of them. The application itself prints nothing.

mod line;
mod peers;

use core::convert::Infallible;
use core::fmt;

use embassy_futures::select::{Either, Either3, select, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embedded_io_async::{Read, Write};

use crate::board::{Board, Clock, Parts, Radio};
use crate::bridge::{Antenna, Command, MAX_MESSAGE, Report, SendOutcome};
use crate::espnow::{Received, Version};
use line::Line;
use peers::Peers;
use rand_core::Rng;

/// Octets between the line and the application: what comes at 2 Mbit/s in 2 ms.
const PIPE: usize = 512;

type LinePipe = Pipe<NoopRawMutex, PIPE>;

/// Why the line is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError<R, W> {
    /// It can't be read.
    Read(R),
    /// It can't be written.
    Write(W),
    /// Its other end is gone.
    Closed,
}

impl<R: fmt::Display, W: fmt::Display> fmt::Display for LineError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "the line can't be read: {error}"),
            Self::Write(error) => write!(f, "the line can't be written: {error}"),
            Self::Closed => f.write_str("the line is closed"),
        }
    }
}

impl<R: core::error::Error, W: core::error::Error> core::error::Error for LineError<R, W> {}

/// Serves whoever is at the other end of `input` and `output`, the two directions of a serial port, for as long as the
/// line lasts. The future has about 20 KiB: an executor's task, not a stack, is the place for it.
///
/// Messages are sent from the board's own address. Peers are added as they are needed, and the one added first makes
/// room where the driver's list is full; the application expects the list to be its own. While no simulator is there,
/// what the board receives is counted and forgotten.
///
/// # Errors
/// [`LineError`] when the line ends. It can be called again then; sessions begin anew.
pub async fn serve<B, R, W>(board: &mut B, input: R, output: W) -> Result<Infallible, LineError<R::Error, W::Error>>
where
    B: Board,
    R: Read,
    W: Write,
{
    let (inward, outward) = (LinePipe::new(), LinePipe::new());
    let reading = read(input, &inward);
    let writing = write(output, &outward);
    let working = work(board, &inward, &outward);
    match select3(reading, writing, working).await {
        Either3::First(Some(error)) => Err(LineError::Read(error)),
        Either3::First(None) => Err(LineError::Closed),
        Either3::Second(error) => Err(LineError::Write(error)),
        Either3::Third(never) => match never {},
    }
}

/// Reads until the line ends or fails.
async fn read<R: Read>(mut input: R, inward: &LinePipe) -> Option<R::Error> {
    let mut octets = [0; 64];
    loop {
        match input.read(&mut octets).await {
            Ok(0) => return None,
            Ok(length) => inward.write_all(&octets[..length]).await,
            Err(error) => return Some(error),
        }
    }
}

/// Writes until the line fails.
async fn write<W: Write>(mut output: W, outward: &LinePipe) -> W::Error {
    let mut octets = [0; 64];
    loop {
        let length = outward.read(&mut octets).await;
        let written = output.write_all(&octets[..length]).await;
        if let Err(error) = written {
            return error;
        }
        // What follows at once may as well go with it.
        if outward.is_empty()
            && let Err(error) = output.flush().await
        {
            return error;
        }
    }
}

/// Carries out commands and reports messages.
async fn work<B: Board>(board: &mut B, inward: &LinePipe, outward: &LinePipe) -> Infallible {
    let Parts {
        radio, clock, random, ..
    } = board.parts();
    let antenna = Antenna::new(radio.address(), radio.channel(), random.next_u32());
    let mut line = Line::new(antenna, inward, outward);
    let mut peers = Peers::default();
    let mut command = [0; MAX_MESSAGE];
    let mut payload = [0; Version::V2.max_payload()];
    loop {
        if line.antenna.has_room()
            && let Some(command) = line.antenna.next_command(&mut command)
        {
            carry_out(&command, radio, clock, &mut line, &mut peers).await;
            // A host that gives one command after the other does not keep the board from hearing.
            if line.antenna.has_room()
                && let Some(received) = radio.try_receive(&mut payload)
            {
                tell(&received, &payload, clock, &mut line).await;
            }
            continue;
        }
        // Without room the driver's queue is the place to wait; without a host nobody waits.
        if line.antenna.session().is_some() && !line.antenna.has_room() {
            line.attend(clock).await;
        } else if let Either::Second(received) = select(line.attend(clock), radio.receive(&mut payload)).await {
            tell(&received, &payload, clock, &mut line).await;
        }
    }
}

async fn carry_out<R: Radio, C: Clock>(
    command: &Command<'_>,
    radio: &mut R,
    clock: &mut C,
    line: &mut Line<'_>,
    peers: &mut Peers,
) {
    let session = line.antenna.session();
    match *command {
        Command::Send {
            ticket,
            destination,
            rate,
            payload,
        } => {
            let outcome = match peers.prepare(radio, destination, rate) {
                Ok(()) => {
                    // Never dropped before its end: a chip's driver has one status for all messages.
                    let mut sending = core::pin::pin!(radio.send(destination, payload));
                    let result = loop {
                        if let Either::First(result) = select(sending.as_mut(), line.attend(clock)).await {
                            break result;
                        }
                    };
                    line.status.sent = line.status.sent.saturating_add(u32::from(result.is_ok()));
                    result.map_or_else(SendOutcome::Refused, SendOutcome::Done)
                }
                Err(error) => SendOutcome::Refused(error),
            };
            line.report(session, &Report::Sent { ticket, outcome }, clock).await;
        }
        Command::SetChannel(channel) => {
            let refused = radio.set_channel(channel).err();
            let channel = radio.channel();
            line.antenna.set_channel(channel);
            line.report(session, &Report::Tuned { channel, refused }, clock).await;
        }
    }
}

async fn tell<C: Clock>(received: &Received, payload: &[u8], clock: &mut C, line: &mut Line<'_>) {
    line.status.received = line.status.received.saturating_add(1);
    let session = line.antenna.session();
    let report = Report::Received {
        source: received.source,
        destination: received.destination,
        rssi_dbm: received.rssi_dbm,
        at: received.at,
        payload: payload.get(..received.length).unwrap_or(payload),
    };
    let taken = session.is_some() && line.report(session, &report, clock).await;
    line.status.reported = line.status.reported.saturating_add(u32::from(taken));
}
