//! One board's state, between its application and the lab.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use protocol::board::Rgb;
use protocol::espnow::{Accepted, Delivery, Endpoint, Error, Received, Rejection};
use protocol::frame::{FCS_LEN, Mpdu};
use protocol::{Channel, MacAddress, Rate};
use rand_core::Rng;

use super::{FramePool, Letter, Profile};
use crate::advice::Trap;
use crate::kernel::{Concern, Generator, Time, stream};
use crate::station::Queued;

/// A console line longer than this is broken, so that a program without line ends can't fill the memory.
const LONGEST_LINE: usize = 4096;

/// What the application wants of the world, collected after each poll.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) frames: Vec<Queued>,
    pub(crate) lines: Vec<Arc<str>>,
    pub(crate) colours: Option<Arc<[Rgb]>>,
    pub(crate) channel: Option<Channel>,
    pub(crate) traps: Vec<Trap>,
}

impl Requests {
    fn is_empty(&self) -> bool {
        let Self {
            frames,
            lines,
            colours,
            channel,
            traps,
        } = self;
        frames.is_empty() && lines.is_empty() && colours.is_none() && channel.is_none() && traps.is_empty()
    }
}

/// Who waits for something.
#[derive(Debug, Default)]
enum Waiting {
    #[default]
    Nobody,
    /// The board's program itself.
    Program,
    /// A part of it that has a waker of its own.
    Part(Waker),
}

impl Waiting {
    fn enter(&mut self, program: &Waker, cx: &Context<'_>) {
        *self = if cx.waker().will_wake(program) {
            Self::Program
        } else {
            Self::Part(cx.waker().clone())
        };
    }

    /// Wakes whoever waits. Returns whether that is the program, which only the lab can wake.
    fn wake(&mut self) -> bool {
        match std::mem::take(self) {
            Self::Nobody => false,
            Self::Program => true,
            Self::Part(waker) => {
                waker.wake();
                false
            }
        }
    }
}

/// A deadline that somebody awaits.
#[derive(Debug, Default)]
struct Timer {
    deadline: Option<Time>,
    waiting: Waiting,
}

impl Timer {
    fn poll(&mut self, now: Time, deadline: Time, program: &Waker, cx: &Context<'_>) -> Poll<()> {
        if now >= deadline {
            *self = Self::default();
            return Poll::Ready(());
        }
        self.deadline = Some(deadline);
        self.waiting.enter(program, cx);
        Poll::Pending
    }

    fn fire(&mut self, now: Time) -> bool {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            return self.waiting.wake();
        }
        false
    }
}

/// Which of the board's timers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimerId {
    Sleep,
    Pixels,
}

#[derive(Debug)]
pub(crate) struct Hardware {
    /// Set by the lab before anything happens on this board.
    pub(crate) now: Time,
    pub(crate) endpoint: Endpoint,
    pub(crate) requests: Requests,
    frame_random: Generator,
    pool: FramePool,
    next_ticket: u64,
    /// How the frame went that the application waits for.
    sent: Option<(u64, Delivery)>,
    sent_waiting: Waiting,
    receive_waiting: Waiting,
    /// What the program is polled with; set when it is spawned.
    program: Waker,
    /// While the program is polled: what came while it slept.
    letters: VecDeque<Letter>,
    sleep: Timer,
    pixels: Timer,
    line: String,
    colours: Vec<Rgb>,
}

impl Hardware {
    pub(crate) fn new(profile: &Profile, address: MacAddress, seed: u64, index: u32, pool: FramePool) -> Self {
        let mut endpoint = Endpoint::new(profile.endpoint(address));
        endpoint.init();
        Self {
            now: Time::ZERO,
            endpoint,
            requests: Requests::default(),
            frame_random: stream(seed, Concern::Frame, index),
            pool,
            next_ticket: 0,
            sent: None,
            sent_waiting: Waiting::Nobody,
            receive_waiting: Waiting::Nobody,
            program: Waker::noop().clone(),
            letters: VecDeque::new(),
            sleep: Timer::default(),
            pixels: Timer::default(),
            line: String::new(),
            colours: vec![Rgb::OFF; profile.pixels],
        }
    }

    // ---- for the application's devices ----

    /// Makes the frame and asks for its transmission. Returns the ticket to await it with.
    pub(crate) fn submit(&mut self, destination: MacAddress, data: &[u8]) -> Result<u64, Error> {
        let random = self.frame_random.next_u32().to_le_bytes();
        let (endpoint, mut rate) = (&mut self.endpoint, Rate::default());
        // What goes on the air, with room for the FCS.
        let mpdu = self.pool.frame(FCS_LEN, |buffer| {
            let outgoing = endpoint.send(destination, data, random, buffer)?;
            rate = outgoing.rate;
            Ok(outgoing.length)
        })?;
        if destination.is_group() && destination != MacAddress::BROADCAST {
            self.requests.traps.push(Trap::GroupAddress { destination });
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.requests.frames.push(Queued {
            mpdu,
            destination,
            rate,
            ticket,
        });
        Ok(ticket)
    }

    pub(crate) fn poll_sent(&mut self, ticket: u64, cx: &Context<'_>) -> Poll<Delivery> {
        match self.sent.take() {
            Some((sent, delivery)) if sent == ticket => Poll::Ready(delivery),
            // Of a call whose future was dropped.
            _ => {
                self.sent_waiting.enter(&self.program, cx);
                Poll::Pending
            }
        }
    }

    /// Takes the oldest message: from the queue, or of those that came while the program slept.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        if let Some(received) = self.endpoint.receive(buffer) {
            return Some(received);
        }
        let Letter { frame, rssi_dbm } = self.letters.pop_front()?;
        let result =
            self.endpoint
                .receive_group_message(&frame.header, &frame.payload, rssi_dbm, frame.at.into(), buffer);
        debug_assert!(result.is_ok(), "only what is certain to fit is left for later");
        result.ok()
    }

    pub(crate) fn poll_receive(&mut self, buffer: &mut [u8], cx: &Context<'_>) -> Poll<Received> {
        if let Some(received) = self.receive(buffer) {
            return Poll::Ready(received);
        }
        self.receive_waiting.enter(&self.program, cx);
        Poll::Pending
    }

    pub(crate) fn poll_timer(&mut self, timer: TimerId, deadline: Time, cx: &Context<'_>) -> Poll<()> {
        let timer = match timer {
            TimerId::Sleep => &mut self.sleep,
            TimerId::Pixels => &mut self.pixels,
        };
        timer.poll(self.now, deadline, &self.program, cx)
    }

    pub(crate) fn cancel_timer(&mut self, timer: TimerId) {
        match timer {
            TimerId::Sleep => self.sleep = Timer::default(),
            TimerId::Pixels => self.pixels = Timer::default(),
        }
    }

    pub(crate) fn set_channel(&mut self, channel: Channel) {
        self.endpoint.set_channel(channel);
        self.requests.channel = Some(channel);
    }

    pub(crate) fn print(&mut self, text: &str) {
        for piece in text.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(end) => {
                    self.line.push_str(end);
                    self.end_line();
                }
                None => self.line.push_str(piece),
            }
            if self.line.len() > LONGEST_LINE {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        self.requests.lines.push(self.line.trim_end_matches('\r').into());
        self.line.clear();
    }

    pub(crate) fn pixel_count(&self) -> usize {
        self.colours.len()
    }

    pub(crate) fn set_pixel(&mut self, index: usize, colour: Rgb) {
        if let Some(pixel) = self.colours.get_mut(index) {
            *pixel = colour;
        }
    }

    pub(crate) fn show_pixels(&mut self) {
        self.requests.colours = Some(self.colours.as_slice().into());
    }

    // ---- for the lab ----

    /// What the program is polled with.
    pub(crate) fn set_program(&mut self, waker: Waker) {
        self.program = waker;
    }

    /// Takes what the program asked for, and gives empty lists in return.
    pub(crate) fn exchange_requests(&mut self, requests: &mut Requests) {
        mem::swap(&mut self.requests, requests);
    }

    pub(crate) fn has_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    /// The program ended: what it printed without a line end is a line.
    pub(crate) fn flush_console(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    /// The MAC is done with a frame. Returns whether the program is to be woken.
    pub(crate) fn handle_sent(&mut self, ticket: u64, acknowledged: bool) -> bool {
        let delivery = self.endpoint.handle_sent(acknowledged);
        self.sent = Some((ticket, delivery));
        self.sent_waiting.wake()
    }

    /// The MAC took a frame in. Returns what became of it, and whether the program is to be woken.
    pub(crate) fn handle_frame(&mut self, mpdu: &Mpdu<'_>, rssi_dbm: i8) -> (Result<Accepted, Rejection>, bool) {
        let result = self.endpoint.handle_frame(mpdu, rssi_dbm, self.now.into());
        let wake = result.is_ok() && self.receive_waiting.wake();
        (result, wake)
    }

    /// Swaps the frames that came while the program slept.
    pub(crate) fn exchange_letters(&mut self, letters: &mut VecDeque<Letter>) {
        mem::swap(&mut self.letters, letters);
    }

    /// Puts all of them into the queue.
    pub(crate) fn read_letters(&mut self) {
        while let Some(Letter { frame, rssi_dbm }) = self.letters.pop_front() {
            let result = self
                .endpoint
                .handle_group_message(&frame.header, &frame.payload, rssi_dbm, frame.at.into());
            debug_assert!(result.is_ok(), "only what is certain to fit is left for later");
        }
    }

    /// Whether somebody waits for a message.
    pub(crate) fn awaits_message(&self) -> bool {
        !matches!(self.receive_waiting, Waiting::Nobody)
    }

    /// When the board has to be looked at again although nothing happens to it.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.sleep.deadline.into_iter().chain(self.pixels.deadline).min()
    }

    /// Wakes whoever waits for a deadline that has come. Returns whether the program is to be woken.
    pub(crate) fn fire_timers(&mut self) -> bool {
        self.sleep.fire(self.now) | self.pixels.fire(self.now)
    }
}
