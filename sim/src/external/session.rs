//! A program and its board, from the board's start to its reset: requests are carried out, each at its time, and answered.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use protocol::board::{Board as _, Clock as _, Parts, Pixels as _, Rgb};
use protocol::espnow::Interface;
use protocol::time::Instant;

use super::execute::{self, Answer, Identity};
use super::line::{Line, Said, Silence};
use super::uart::Uart;
use super::wire::{Exit, FOR_EVER, Operation, Reply, Request, RestartKind, Status, event, write_woken};
use crate::board::{Asleep, Attention, Computation as _, Restart, Shared, TimerId, VirtualBoard, WakeSources, Woken};
use crate::kernel::{Span, Time};
use crate::observe::{Ending, ResetCause};

/// How often a program that waits for ever looks up.
pub(super) const LOOK_UP_EVERY: Span = Span::from_micros(1_000_000);

/// The longest grant: a program that asks for the time again and again is not silent for long, and patience is not for it.
const LONGEST_GRANT: Span = Span::from_micros(1_000_000);

/// What a request costs, µs. A program that asks again and again would else never let time go on.
const COST: u64 = 10;

/// Requests by which a program has begun: a greeting, and another when all is loaded.
pub(super) const STARTING: u64 = 2;

/// How long a program may take to begin: its interpreter has to start and to load what it needs, maybe beside many others.
pub(super) const START: Duration = Duration::from_secs(30);

/// What a program and its board have to do with each other from the board's start to its reset.
pub(super) struct Session<'a> {
    board: &'a mut VirtualBoard,
    identity: &'a Identity,
    /// The messages that the last reply told of.
    told: u32,
    /// What the board's clock showed with the last reply, µs.
    answered_at: u64,
    /// What it has shown at least, as far as the program knows.
    ahead: u64,
    /// Requests so far.
    requests: u64,
    uart: Uart,
    /// Whether a program that waits for ever looks up now and then, so that a run which is open to the outside does not end for
    /// lack of events.
    looks_up: bool,
}

impl<'a> Session<'a> {
    /// The board as its program finds it: no interface active, ESP-NOW not initialised.
    pub(super) fn begin(board: &'a mut VirtualBoard, identity: &'a Identity) -> Self {
        {
            let mut hardware = board.hardware().borrow_mut();
            hardware.endpoint.deinit();
            hardware.endpoint.set_active(Interface::Station, false);
            hardware.endpoint.set_active(Interface::AccessPoint, false);
            hardware.requests.power = Some(identity.power_dbm);
            hardware.peripherals();
        }
        Self {
            board,
            identity,
            told: 0,
            answered_at: 0,
            ahead: 0,
            requests: 0,
            uart: Uart::default(),
            looks_up: false,
        }
    }

    /// The same, looking up now and then.
    pub(super) fn that_looks_up(self) -> Self {
        Self { looks_up: true, ..self }
    }

    pub(super) fn hardware(&self) -> &Shared {
        self.board.hardware()
    }

    /// Whether this says that the program waits for something that is not the lab's.
    pub(super) fn is_outside(&self, octets: &[u8]) -> bool {
        Request::parse(octets).is_some_and(|request| request.operation == Operation::Outside)
    }

    /// Whether the program is still to begin.
    pub(super) fn is_starting(&self) -> bool {
        self.requests < STARTING
    }

    /// Lets the program compute, for so much real time at most, and takes its next request.
    pub(super) async fn next_request(&mut self, line: &Rc<Line>, patience: Duration) -> Result<Vec<u8>, Silence> {
        // How long a program takes to begin depends on how many others do: that has a limit of its own.
        if self.requests <= STARTING {
            line.forget_computed();
        }
        loop {
            let now = self.board.hardware().borrow().uptime().as_micros();
            line.begin(patience, now);
            self.compute(line).await;
            match line.take() {
                Said::Request(octets) => return Ok(octets),
                Said::Words => self.print(line).await,
                Said::Nothing(silence) => {
                    self.print(line).await;
                    return Err(silence);
                }
            }
        }
    }

    /// Others may compute as well: they are given what they wait for before this one's turn comes.
    async fn compute(&self, line: &Rc<Line>) {
        let mut has_begun = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut has_begun, true) && line.is_done() {
                return Poll::Ready(());
            }
            self.board.hardware().borrow_mut().requests.computation = Some(Rc::clone(line) as _);
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// What the program has printed is the board's, and takes the UART's time. When it was printed is not known: it is taken to have been
    /// as soon as the last reply came, so that nobody waits longer than a board would.
    async fn print(&mut self, line: &Line) {
        let printed = line.take_printed();
        if printed.text.is_empty() {
            return;
        }
        self.board.hardware().borrow_mut().print(&printed.text);
        let room_at = self.uart.print(self.answered_at, printed.octets);
        self.sleep_until(room_at).await;
    }

    /// Carries a request out at its time, and answers it. Returns how the program ended, if it did.
    pub(super) async fn serve(&mut self, octets: &[u8], line: &Line) -> Option<Ending> {
        self.requests += 1;
        let earliest = self.answered_at.saturating_add(COST);
        let Some(request) = Request::parse(octets) else {
            self.print(line).await;
            self.sleep_until(earliest).await;
            self.answer(line, Answer::of(Status::Malformed));
            return None;
        };
        if let Some(now) = self.at_once(&request) {
            // Boards whose crystals differ begin together all the same, and their programs load beside each other.
            self.ahead = now;
            let answer = match request.operation {
                Operation::Wait { .. } => Answer::of(Status::Fine),
                operation => execute::execute(&mut self.board.hardware().borrow_mut(), self.identity, &operation),
            };
            self.answer(line, answer);
            return None;
        }
        self.sleep_until(request.at).await;
        self.print(line).await;
        match request.operation {
            // A wait costs what it waits.
            Operation::Wait { .. } | Operation::Exit { .. } | Operation::Restart { .. } => {}
            _ => self.sleep_until(earliest).await,
        }
        let answer = match request.operation {
            Operation::Exit { exit, words } => return Some(self.exit(exit, words).await),
            Operation::Restart { kind, sleep, sources } => {
                let cause = match kind {
                    RestartKind::HardReset => ResetCause::Software,
                    RestartKind::DeepSleep => ResetCause::DeepSleep,
                    RestartKind::Watchdog => ResetCause::Watchdog,
                };
                let sleep = (sleep != FOR_EVER).then(|| Span::from_micros(sleep));
                let asleep = match kind {
                    RestartKind::DeepSleep => {
                        Asleep::new(sources, &self.board.hardware().borrow_mut().peripherals().pins)
                    }
                    RestartKind::HardReset | RestartKind::Watchdog => Asleep::default(),
                };
                return Some(self.restart(Restart { cause, sleep, asleep }).await);
            }
            Operation::Wait { until, events, sources } => {
                let woken = self.wait(until, events, sources).await;
                // One that waits for nothing costs what others do.
                let earliest = if until > self.answered_at {
                    earliest.min(until)
                } else {
                    earliest
                };
                self.sleep_until(earliest).await;
                let mut body = Vec::new();
                if let Some(woken) = woken {
                    write_woken(woken, &mut body);
                }
                body.into()
            }
            Operation::Pixels {
                octets_a_pixel, octets, ..
            } => {
                self.set_pixels(0, usize::from(octets_a_pixel), octets);
                let Parts { pixels, .. } = self.board.parts();
                pixels.write().await;
                Answer::of(Status::Fine)
            }
            Operation::PixelsAhead {
                octets_a_pixel,
                first,
                octets,
                ..
            } => {
                self.set_pixels(usize::from(first), usize::from(octets_a_pixel), octets);
                Answer::of(Status::Fine)
            }
            operation => execute::execute(&mut self.board.hardware().borrow_mut(), self.identity, &operation),
        };
        self.answer(line, answer);
        None
    }

    /// For requests by which a program begins, and whose time is as good as come: what the board's clock will show.
    fn at_once(&self, request: &Request<'_>) -> Option<u64> {
        let earliest = self.answered_at.saturating_add(COST);
        if self.requests > STARTING || request.at > earliest {
            return None;
        }
        match request.operation {
            Operation::Hello { .. } => Some(earliest),
            Operation::Wait { until, sources, .. } if until <= request.at && sources.is_empty() => {
                Some(request.at.max(self.answered_at))
            }
            _ => None,
        }
    }

    async fn sleep_until(&mut self, at: u64) {
        let Parts { clock, .. } = self.board.parts();
        let at = Instant::from_micros(at);
        if at > clock.now() {
            clock.sleep_until(at).await;
        }
        // What came meanwhile.
        self.board.hardware().borrow_mut().read_letters();
    }

    /// Waits until then, or until one of the events is true, or a pin has a level that wakes: then it says which.
    async fn wait(&mut self, until: u64, events: u16, sources: WakeSources) -> Option<Woken> {
        let attention = Attention {
            message: events & (event::RECEIVED | event::ARRIVED) != 0,
            sent: events & event::SENT != 0,
            peripherals: events & (event::PIN | event::CONSOLE) != 0 || !sources.is_empty(),
        };
        let (events, told) = (events | event::INTERRUPT, self.told);
        let hardware = self.board.hardware();
        let deadline = (until != FOR_EVER).then(|| hardware.borrow().time_of(Instant::from_micros(until)));
        let woken = poll_fn(|cx| {
            let mut hardware = hardware.borrow_mut();
            hardware.read_letters();
            if !sources.is_empty() {
                let pins = &hardware.peripherals().pins;
                if let Some(woken) = sources.woken(|pin| pins.level(pin)) {
                    return Poll::Ready(Some(woken));
                }
            }
            if execute::events(&hardware, told) & events != 0 {
                return Poll::Ready(None);
            }
            hardware.attend(attention, cx);
            let time = match deadline {
                Some(deadline) => hardware.poll_timer(TimerId::Sleep, deadline, cx),
                None if self.looks_up => {
                    let soon = hardware.now + LOOK_UP_EVERY;
                    hardware.poll_timer(TimerId::Sleep, soon, cx)
                }
                None => Poll::Pending,
            };
            time.map(|()| None)
        })
        .await;
        let mut hardware = hardware.borrow_mut();
        hardware.cancel_timer(TimerId::Sleep);
        hardware.stop_attending();
        woken
    }

    /// Takes what goes down the wire from the strip's pixel `first` on; what the strip has more stays as it is.
    fn set_pixels(&mut self, first: usize, octets_a_pixel: usize, octets: &[u8]) {
        let Parts { pixels, .. } = self.board.parts();
        for (index, pixel) in (first..pixels.count()).zip(octets.chunks_exact(octets_a_pixel)) {
            let white = pixel.get(3).copied().unwrap_or_default();
            let [green, red, blue] = [pixel[0], pixel[1], pixel[2]].map(|colour| colour.saturating_add(white));
            pixels.set(index, Rgb::new(red, green, blue));
        }
    }

    async fn exit(&mut self, exit: Exit, words: &[u8]) -> Ending {
        match exit {
            Exit::Finished => Ending::Finished,
            Exit::Failed => Ending::Failed(String::from_utf8_lossy(words).into_owned()),
            Exit::SoftReset => self.restart(Restart::at_once(ResetCause::Soft)).await,
        }
    }

    /// The lab drops the program then.
    pub(super) async fn restart(&mut self, restart: Restart) -> Ending {
        self.board.hardware().borrow_mut().requests.restart = Some(restart);
        std::future::pending().await
    }

    fn answer(&mut self, line: &Line, answer: Answer) {
        let reply = {
            let mut hardware = self.board.hardware().borrow_mut();
            let events = execute::events(&hardware, self.told);
            // Told once.
            if events & event::INTERRUPT != 0 {
                hardware.peripherals().interrupted = false;
            }
            let grant = hardware.quiet_until().min(hardware.now + LONGEST_GRANT);
            self.told = execute::arrived(&hardware);
            Reply {
                status: answer.status,
                now: hardware.uptime().as_micros().max(self.ahead),
                grant: hardware.instant(grant.max(Time::ZERO)).as_micros().max(self.ahead),
                events,
                arrived: self.told,
                body: answer.body,
            }
        };
        self.answered_at = reply.now;
        line.reply(&reply.emit());
    }
}
