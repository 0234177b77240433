//! One board's state, between its application and the lab.

mod outputs;
mod waits;

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use protocol::board::{ImageState, Rgb, WakeWindow};
use protocol::espnow::{Accepted, Config, Delivery, Endpoint, Error, Received, Rejection};
use protocol::frame::{FCS_LEN, Mpdu, PacketNumber};
use protocol::image::{ChipId, Description};
use protocol::time::Instant;
use protocol::{Channel, MacAddress, Rate};
use rand_core::Rng;

use super::driver::Driver;
use super::flash::Flash;
use super::nonces::{Nonces, Sealing};
use super::pins::BUTTON;
use super::timer::{Timer, Waiting};
use super::{FramePool, Landings, Letter, Peripherals, Profile, Requests, Stock, TimerId, analogue_sensor};
use crate::advice::Trap;
use crate::kernel::{Concern, Crystal, Generator, Span, Time, stream};
use crate::observe::ResetCause;
use crate::station::Queued;

/// How long a button is held down.
const PRESS: Span = Span::from_micros(100_000);

/// What a task waits for when it waits for several things at once. An interrupt of the program always counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attention {
    pub(crate) message: bool,
    pub(crate) sent: bool,
    /// Pins and console.
    pub(crate) peripherals: bool,
}

#[derive(Debug)]
pub(crate) struct Hardware {
    /// Set by the lab before anything happens on this board.
    pub(crate) now: Time,
    /// Set by the lab before the program is polled: up to then nothing happens to the board that is not of its own making.
    pub(crate) horizon: Time,
    /// When the program began: its clock's start.
    started: Time,
    /// Why the board began last.
    pub(crate) cause: ResetCause,
    /// What the driver is configured with after a reset.
    config: Config,
    crystal: Crystal,
    pub(crate) endpoint: Endpoint,
    /// Boxed, as it is exchanged with every poll.
    pub(crate) requests: Box<Requests>,
    pub(crate) random: Generator,
    frame_random: Generator,
    nonces: Nonces,
    pool: FramePool,
    next_ticket: u64,
    /// How the frame went that the application waits for.
    sent: Option<(u64, Delivery)>,
    sent_waiting: Waiting,
    /// Whether its driver keeps its rules is not for sure.
    pub(super) driver: Option<Box<Driver>>,
    wake_interval_late_by: Span,
    receive_waiting: Waiting,
    /// What the program is polled with; set when it is spawned.
    program: Waker,
    /// Something came that the program waits for. The lab takes this with each touch.
    woken: bool,
    /// While the program is polled: what came while it slept.
    letters: Vec<Letter>,
    /// How many of them it has read.
    letters_read: usize,
    landings: Landings,
    sleep: Timer,
    pixels: Timer,
    line: String,
    /// What the program writes to the strip next.
    colours: Vec<Rgb>,
    /// Whether the strip shows anything.
    lit: bool,
    /// Whether the button was pressed since somebody last waited for that.
    pressed: bool,
    press_waiting: Waiting,
    /// What its sensors show.
    pub(super) sensors: BTreeMap<Arc<str>, f64>,
    peripherals: Option<Box<Peripherals>>,
    peripherals_waiting: Waiting,
    interrupt_waiting: Waiting,
    /// Whether the program means to do nothing more.
    rests: bool,
    pub(super) slot_size: u32,
    chip: ChipId,
    /// The image that the board came with.
    stock: Rc<Stock>,
    /// Made when it is first used, as most boards of a crowd never do.
    flash: Option<Box<Flash>>,
}

impl Hardware {
    pub(crate) fn new(
        profile: &Profile,
        address: MacAddress,
        seed: u64,
        index: u32,
        stock: Rc<Stock>,
        pool: FramePool,
        landings: Landings,
    ) -> Self {
        let config = profile.endpoint(address);
        let mut endpoint = Endpoint::new(config);
        endpoint.init();
        Self {
            now: Time::ZERO,
            horizon: Time::ZERO,
            started: Time::ZERO,
            cause: ResetCause::PowerOn,
            config,
            crystal: Crystal::default(),
            endpoint,
            requests: Box::default(),
            random: stream(seed, Concern::Board, index),
            frame_random: stream(seed, Concern::Frame, index),
            nonces: Nonces::default(),
            pool,
            next_ticket: 0,
            sent: None,
            sent_waiting: Waiting::Nobody,
            driver: Driver::new(profile.driver, seed, index),
            wake_interval_late_by: profile.driver.wake_interval_late_by,
            receive_waiting: Waiting::Nobody,
            program: Waker::noop().clone(),
            woken: false,
            letters: Vec::new(),
            letters_read: 0,
            landings,
            sleep: Timer::default(),
            pixels: Timer::default(),
            line: String::new(),
            colours: vec![Rgb::OFF; profile.pixels],
            lit: false,
            pressed: false,
            press_waiting: Waiting::Nobody,
            sensors: BTreeMap::new(),
            peripherals: None,
            peripherals_waiting: Waiting::Nobody,
            interrupt_waiting: Waiting::Nobody,
            rests: false,
            slot_size: profile.slot_size,
            chip: profile.image_chip,
            stock,
            flash: None,
        }
    }

    /// With another crystal than a perfect one.
    pub(crate) fn with_crystal(self, crystal: Crystal) -> Self {
        Self { crystal, ..self }
    }

    // ---- for the application's devices ----

    /// The time as the program knows it.
    pub(crate) fn uptime(&self) -> Instant {
        self.instant(self.now)
    }

    pub(crate) fn instant(&self, at: Time) -> Instant {
        self.crystal.shows(at - self.started)
    }

    /// When that is in the run.
    pub(crate) fn time_of(&self, instant: Instant) -> Time {
        self.started + self.crystal.until(instant)
    }

    /// Makes the frame and asks for its transmission. Returns the ticket to await it with.
    pub(crate) fn submit(&mut self, destination: MacAddress, data: &[u8]) -> Result<u64, Error> {
        let uptime = self.uptime();
        if self.driver.as_mut().is_some_and(|driver| !driver.has_room(uptime)) {
            return Err(Error::NoMem);
        }
        let random = self.frame_random.next_u32().to_le_bytes();
        let (endpoint, mut rate, mut packet_number) = (&mut self.endpoint, Rate::default(), None);
        // What goes on the air, with room for the FCS.
        let mpdu = self.pool.frame(FCS_LEN, |buffer| {
            let outgoing = endpoint.send(destination, data, random, buffer)?;
            rate = outgoing.rate;
            packet_number = outgoing.packet_number;
            Ok(outgoing.length)
        })?;
        if packet_number.is_some_and(|number| self.comes_again(destination, number)) {
            self.requests.traps.push(Trap::NonceReuse { destination });
        }
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
        if let Some(driver) = &mut self.driver {
            driver.handed();
        }
        Ok(ticket)
    }

    /// Whether a frame to that peer was sealed with that number before the last reset, under the same key.
    fn comes_again(&mut self, destination: MacAddress, number: PacketNumber) -> bool {
        let Some((peer, lmk)) = self
            .endpoint
            .peer(destination)
            .and_then(|peer| Some((peer, peer.lmk.clone()?)))
        else {
            return false;
        };
        let sealing = Sealing {
            pmk: self.endpoint.pmk().clone(),
            lmk,
            source: peer.interface.address(self.endpoint.address()),
        };
        self.nonces.spend(sealing, number)
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

    /// Whoever polls waits for what becomes of a frame.
    pub(super) fn await_sent(&mut self, cx: &Context<'_>) {
        self.sent_waiting.enter(&self.program, cx);
    }

    /// Takes the oldest message, with the time at which it came as the board knows it.
    #[inline]
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        let mut received = self.take(buffer);
        // Most drivers are beyond doubt, and a crowd receives a lot: what was taken stays where it is.
        if self.driver.is_some()
            && let Some(received) = &mut received
        {
            self.doubt_arrival(received);
        }
        received
    }

    /// From the queue, or of those that came while the program slept.
    #[inline(always)]
    fn take(&mut self, buffer: &mut [u8]) -> Option<Received> {
        if let Some(received) = self.endpoint.receive(buffer) {
            return Some(received);
        }
        let letter = self.next_letter()?;
        let (endpoint, started, crystal) = (&mut self.endpoint, self.started, self.crystal);
        let received = self.landings.read(letter, |landed| {
            let at = crystal.shows(landed.at - started);
            endpoint.receive_group_message(&landed.header, &landed.payload, letter.rssi_dbm(), at, buffer)
        });
        debug_assert!(received.is_some(), "only what is certain to fit is left for later");
        received
    }

    pub(crate) fn poll_receive(&mut self, buffer: &mut [u8], cx: &Context<'_>) -> Poll<Received> {
        if let Some(received) = self.receive(buffer) {
            return Poll::Ready(received);
        }
        self.receive_waiting.enter(&self.program, cx);
        Poll::Pending
    }

    pub(crate) fn poll_timer(&mut self, timer: TimerId, deadline: Time, cx: &Context<'_>) -> Poll<()> {
        let waiter = &self.program;
        match timer {
            TimerId::Sleep => self.sleep.poll(self.now, deadline, waiter, cx),
            TimerId::Pixels => self.pixels.poll(self.now, deadline, waiter, cx),
            TimerId::Flash(client) => match &mut self.flash {
                Some(flash) => flash.timers_mut()[client as usize].poll(self.now, deadline, waiter, cx),
                // Nothing takes time that was never used.
                None => Poll::Ready(()),
            },
            TimerId::Driver => match &mut self.driver {
                Some(driver) => driver.patience.poll(self.now, deadline, waiter, cx),
                None => Poll::Ready(()),
            },
        }
    }

    pub(crate) fn cancel_timer(&mut self, timer: TimerId) {
        match timer {
            TimerId::Sleep => self.sleep = Timer::default(),
            TimerId::Pixels => self.pixels = Timer::default(),
            TimerId::Flash(client) => {
                if let Some(flash) = &mut self.flash {
                    flash.timers_mut()[client as usize] = Timer::default();
                }
            }
            TimerId::Driver => {
                if let Some(driver) = &mut self.driver {
                    driver.patience = Timer::default();
                }
            }
        }
    }

    /// The flash, if it was ever used.
    pub(super) fn used_flash(&self) -> Option<&Flash> {
        self.flash.as_deref()
    }

    pub(super) fn flash(&mut self) -> &mut Flash {
        self.flash
            .get_or_insert_with(|| Box::new(Flash::new(Rc::clone(&self.stock), self.slot_size)))
    }

    pub(super) fn description(&self) -> &Description {
        self.used_flash()
            .map_or_else(|| self.stock.description(), Flash::description)
    }

    pub(super) fn poll_pressed(&mut self, cx: &Context<'_>) -> Poll<()> {
        if mem::take(&mut self.pressed) {
            return Poll::Ready(());
        }
        self.press_waiting.enter(&self.program, cx);
        Poll::Pending
    }

    /// A sensor shows something else.
    pub(crate) fn sense(&mut self, name: &str, value: f64) {
        self.sensors.insert(name.into(), value);
    }

    pub(crate) fn peripherals(&mut self) -> &mut Peripherals {
        self.peripherals.get_or_insert_default()
    }

    /// The program sets an output pin.
    pub(crate) fn write_pin(&mut self, pin: u8, level: bool) {
        let now = self.uptime();
        let pins = &mut self.peripherals().pins;
        let before = pins.driven(pin);
        pins.write(pin, level, now);
        let after = pins.driven(pin);
        if before != after {
            self.requests.pins.extend(after.map(|level| (pin, level)));
        }
    }

    /// What a converter reads at a pin: what was set for it, or what the sensor "adc" with its number shows, or nothing.
    pub(crate) fn analogue(&self, pin: u8) -> u16 {
        let set = self
            .used_peripherals()
            .and_then(|peripherals| peripherals.pins.analogue(pin));
        set.unwrap_or_else(|| {
            let sensor = self.sensors.get(&*analogue_sensor(pin));
            // The cast saturates.
            sensor.map_or(0, |&value| value as u16)
        })
    }

    pub(crate) fn used_peripherals(&self) -> Option<&Peripherals> {
        self.peripherals.as_deref()
    }

    /// Waits for several things at once: whoever is polled looks for itself whether it was one of them.
    pub(crate) fn attend(&mut self, attention: Attention, cx: &Context<'_>) {
        let program = &self.program;
        for (wanted, waiting) in [
            (attention.message, &mut self.receive_waiting),
            (attention.sent, &mut self.sent_waiting),
            (attention.peripherals, &mut self.peripherals_waiting),
            (true, &mut self.interrupt_waiting),
        ] {
            if wanted {
                waiting.enter(program, cx);
            }
        }
    }

    /// Nobody waits for several things any more.
    pub(crate) fn stop_attending(&mut self) {
        self.receive_waiting = Waiting::Nobody;
        self.sent_waiting = Waiting::Nobody;
        self.peripherals_waiting = Waiting::Nobody;
        self.interrupt_waiting = Waiting::Nobody;
    }

    pub(crate) fn set_channel(&mut self, channel: Channel) {
        self.endpoint.set_channel(channel);
        self.requests.channel = Some(channel);
    }

    pub(crate) fn set_wake_window(&mut self, window: Option<WakeWindow>) {
        self.requests.wake_window = Some(window);
        let (now, crystal) = (self.now, self.crystal);
        if let Some(driver) = &mut self.driver {
            driver.sleeps(now, window, crystal);
        }
    }

    // ---- for the lab ----

    /// What its clock counts by.
    pub(crate) const fn crystal(&self) -> Crystal {
        self.crystal
    }

    /// By how much each interval of its wake windows is too long.
    pub(crate) const fn wake_interval_late_by(&self) -> Span {
        self.wake_interval_late_by
    }

    /// What the program is polled with.
    pub(crate) fn set_program(&mut self, waker: Waker) {
        self.program = waker;
    }

    /// Takes what the program asked for, and gives empty lists in return.
    pub(crate) fn exchange_requests(&mut self, requests: &mut Box<Requests>) {
        mem::swap(&mut self.requests, requests);
    }

    pub(crate) fn has_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Whether the program must be polled because of what came since the last time this was asked.
    pub(crate) fn take_woken(&mut self) -> bool {
        mem::take(&mut self.woken)
    }

    /// The MAC is done with a frame.
    pub(crate) fn handle_sent(&mut self, ticket: u64, acknowledged: bool) {
        let delivery = self.endpoint.handle_sent(acknowledged);
        self.sent = Some((ticket, delivery));
        let now = self.now;
        let is_told = self
            .driver
            .as_mut()
            .is_none_or(|driver| driver.is_done(now, acknowledged));
        if is_told {
            self.woken |= self.sent_waiting.wake();
        }
    }

    /// The MAC took a frame in. Returns what became of it.
    pub(crate) fn handle_frame(&mut self, mpdu: &Mpdu<'_>, rssi_dbm: i8) -> Result<Accepted, Rejection> {
        let result = self.endpoint.handle_frame(mpdu, rssi_dbm, self.uptime());
        self.woken |= result.is_ok() && self.receive_waiting.wake();
        result
    }

    /// Swaps the frames that came while the program slept.
    pub(crate) fn exchange_letters(&mut self, letters: &mut Vec<Letter>) {
        mem::swap(&mut self.letters, letters);
    }

    fn next_letter(&mut self) -> Option<Letter> {
        let letter = self.letters.get(self.letters_read).copied();
        self.letters_read += usize::from(letter.is_some());
        letter
    }

    /// Puts all of them into the queue.
    pub(crate) fn read_letters(&mut self) {
        while let Some(letter) = self.next_letter() {
            let (endpoint, started, crystal) = (&mut self.endpoint, self.started, self.crystal);
            let result = self.landings.read(letter, |landed| {
                let at = crystal.shows(landed.at - started);
                endpoint.handle_group_message(&landed.header, &landed.payload, letter.rssi_dbm(), at)
            });
            debug_assert!(result.is_ok(), "only what is certain to fit is left for later");
        }
        self.letters.clear();
        self.letters_read = 0;
    }

    /// Whether somebody waits for a message.
    pub(crate) fn awaits_message(&self) -> bool {
        !self.receive_waiting.is_nobody()
    }

    /// The world does something to the board's pins or its console.
    pub(crate) fn disturb(&mut self, what: impl FnOnce(&mut Peripherals, Instant)) {
        let now = self.uptime();
        what(self.peripherals(), now);
        self.woken |= self.peripherals_waiting.wake();
    }

    /// Somebody at the console wants the program interrupted.
    pub(crate) fn interrupt(&mut self) {
        self.peripherals().interrupted = true;
        self.woken |= self.interrupt_waiting.wake() | self.peripherals_waiting.wake();
    }

    /// Somebody presses the button, and the program that runs is told.
    pub(crate) fn press(&mut self) {
        self.pressed = true;
        self.woken |= self.press_waiting.wake();
        self.push_button();
    }

    /// The button goes down, whether there is a program or not.
    pub(crate) fn push_button(&mut self) {
        let (now, released_at) = (self.uptime(), self.now + PRESS);
        if let Some(peripherals) = &mut self.peripherals {
            peripherals.pins.drive(BUTTON, Some(false), now);
            peripherals.released_at = Some(released_at);
            self.woken |= self.peripherals_waiting.wake();
        }
    }

    /// The power is cut: flash stops where it is. Returns whether the strip goes dark with that.
    pub(crate) fn cut_power(&mut self) -> bool {
        let now = self.now;
        if let Some(flash) = &mut self.flash {
            flash.cut(now);
        }
        if let Some(peripherals) = &mut self.peripherals {
            peripherals.rtc_memory.clear();
        }
        mem::take(&mut self.lit)
    }

    /// All that is not in flash is lost. What the program asked for last is left in the requests. The program is gone already.
    pub(crate) fn reset(&mut self) {
        self.endpoint = Endpoint::new(self.config);
        self.nonces.reset();
        let now = self.now;
        if let Some(driver) = &mut self.driver {
            driver.reset(now);
        }
        self.flush_console();
        self.sent = None;
        self.sent_waiting = Waiting::Nobody;
        self.receive_waiting = Waiting::Nobody;
        self.press_waiting = Waiting::Nobody;
        self.peripherals_waiting = Waiting::Nobody;
        self.interrupt_waiting = Waiting::Nobody;
        self.woken = false;
        self.pressed = false;
        self.rests = false;
        if let Some(peripherals) = &mut self.peripherals {
            peripherals.reset();
        }
        self.forget_timers();
        self.colours.fill(Rgb::OFF);
    }

    /// The boot loader's turn. Returns what it found to run; then the program begins now.
    pub(crate) fn boot(&mut self, boots: impl Fn(&Description) -> bool) -> Option<(Description, ImageState)> {
        let chip = self.chip;
        self.flash().boot(chip, boots)?;
        self.started = self.now;
        self.endpoint.init();
        let flash = self.flash();
        Some((*flash.description(), flash.state()))
    }
}
