//! What a board's program waits for, and until when nothing happens to it.

use super::Hardware;
use crate::board::Requests;
use crate::board::flash::Flash;
use crate::board::pins::BUTTON;
use crate::board::timer::Timer;
use crate::kernel::Time;
use crate::lab::Awaited;

impl Hardware {
    /// What the program waits for; the first of several things.
    pub(crate) fn awaited(&self) -> Awaited {
        let radio = [&self.receive_waiting, &self.sent_waiting];
        if self.next_deadline().is_some() {
            Awaited::Time
        } else if radio.iter().any(|waiting| !waiting.is_nobody()) {
            Awaited::Radio
        } else if !self.press_waiting.is_nobody() {
            Awaited::Button
        } else if !self.peripherals_waiting.is_nobody() {
            Awaited::Pins
        } else {
            Awaited::Nothing
        }
    }

    /// The program means to do nothing more until it is reset.
    pub(crate) fn rest(&mut self) {
        self.rests = true;
    }

    pub(crate) fn rests(&self) -> bool {
        self.rests
    }

    /// Whether the program waits for nothing that can still come: no time, no message, no outcome, no button, no pin and no console.
    /// An interrupt from whoever is at its console could end that, and a reset.
    pub(crate) fn waits_in_vain(&self) -> bool {
        if self.rests {
            return false;
        }
        let Self {
            sleep,
            pixels,
            sent_waiting,
            receive_waiting,
            press_waiting,
            peripherals_waiting,
            ..
        } = self;
        let flash = self.used_flash().into_iter().flat_map(Flash::timers);
        let patience = self.driver.as_ref().map(|driver| &driver.patience);
        let mut timers = [sleep, pixels].into_iter().chain(flash).chain(patience);
        let waits = [sent_waiting, receive_waiting, press_waiting, peripherals_waiting];
        timers.all(|timer| timer.deadline().is_none()) && waits.iter().all(|waiting| waiting.is_nobody())
    }

    /// Up to when nothing happens to the board but what it does itself; now, if it has done something just now.
    pub(crate) fn quiet_until(&self) -> Time {
        let Requests {
            frames,
            channel,
            power,
            restart,
            ..
        } = &*self.requests;
        let acted = !frames.is_empty() || channel.is_some() || power.is_some() || restart.is_some();
        if acted { self.now } else { self.horizon.max(self.now) }
    }

    /// When the board has to be looked at again although nothing happens to it.
    #[inline]
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let devices = [&self.sleep, &self.pixels].into_iter();
        let flash = self.used_flash().into_iter().flat_map(Flash::timers);
        let timers = devices.chain(flash).filter_map(Timer::deadline);
        let released_at = self.used_peripherals().and_then(|peripherals| peripherals.released_at);
        let driver = self.driver.as_ref();
        let patience = driver.and_then(|driver| driver.patience.deadline());
        let call = driver.and_then(|driver| driver.next_call());
        timers.chain(released_at).chain(patience).chain(call).min()
    }

    /// Wakes whoever waits for a deadline that has come.
    pub(crate) fn fire_timers(&mut self) {
        let now = self.now;
        let mut wake = self.sleep.fire(now) | self.pixels.fire(now);
        if let Some(flash) = &mut self.flash {
            for timer in flash.timers_mut() {
                wake |= timer.fire(now);
            }
        }
        if let Some(driver) = &mut self.driver {
            wake |= driver.patience.fire(now);
            if driver.call(now) {
                wake |= self.sent_waiting.wake();
            }
        }
        let uptime = self.uptime();
        if let Some(peripherals) = &mut self.peripherals
            && peripherals.released_at.take_if(|at| *at <= now).is_some()
        {
            peripherals.pins.drive(BUTTON, Some(true), uptime);
            wake |= self.peripherals_waiting.wake();
        }
        self.woken |= wake;
    }

    /// The program has ended: nobody waits for its timers any more.
    pub(crate) fn forget_timers(&mut self) {
        self.sleep = Timer::default();
        self.pixels = Timer::default();
        if let Some(flash) = &mut self.flash {
            *flash.timers_mut() = Default::default();
        }
        if let Some(driver) = &mut self.driver {
            driver.patience = Timer::default();
        }
    }
}
