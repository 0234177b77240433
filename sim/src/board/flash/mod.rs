//! A board's flash: what outlives resets and power cuts.
//!
//! ```text
//!   VirtualFirmware ─┐              ┌─► Area × 2    the slots: sparse, by the rules of NOR flash
//!                    ├─► Command ───┼─► boot data   which of them runs next
//!   VirtualStorage ──┘    one at    └─► Values      keys and values
//!                         a time
//! ```
//!
//! There is one chip of flash, and it does one thing at a time. A command takes its time and has its effect at its end. Who
//! gives up waiting, or is reset, does not stop it: the chip finishes by itself. Only a power cut does, and leaves it half
//! done.

mod area;
mod timing;
mod values;

use std::rc::Rc;

use protocol::board::{FirmwareError, ImageState, SECTOR, Slot};
use protocol::image::{BootData, BootEntry, ChipId, Description, ENTRY_LEN};

use area::Area;
use values::Values;

use super::Shared;
use super::clock::wait;
use super::stock::Stock;
use super::timer::{Timer, TimerId};
use crate::kernel::{Span, Time};

const NEVER_WRITTEN: [u8; ENTRY_LEN] = [0xff; ENTRY_LEN];

/// Who uses the flash.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Client {
    Firmware,
    Storage,
}

/// What flash is told to do.
#[derive(Debug)]
pub(super) enum Command {
    /// A sector of the slot that does not run.
    Erase { sector: u32 },
    /// A part of a page of the slot that does not run.
    Program { offset: u32, data: Box<[u8]> },
    /// What the boot loader reads.
    Enter(BootEntry),
    /// A value, or its end.
    Keep { key: Box<str>, value: Option<Box<[u8]>> },
}

#[derive(Debug)]
struct Pending {
    command: Command,
    begun: Time,
    span: Span,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Flash {
    slot_size: u32,
    areas: [Area; 2],
    /// The sectors that the boot loader chooses a slot by.
    boot: [[u8; ENTRY_LEN]; 2],
    running: usize,
    description: Description,
    pub(super) values: Values,
    pending: Option<Pending>,
    busy_until: Time,
    timers: [Timer; 2],
}

impl Flash {
    pub(super) fn new(stock: Rc<Stock>, slot_size: u32) -> Self {
        Self {
            slot_size,
            description: *stock.description(),
            areas: [Area::with(stock), Area::default()],
            boot: first_start(),
            running: 0,
            values: Values::default(),
            pending: None,
            busy_until: Time::ZERO,
            timers: Default::default(),
        }
    }

    pub(super) fn timers(&self) -> &[Timer; 2] {
        &self.timers
    }

    pub(super) fn timers_mut(&mut self) -> &mut [Timer; 2] {
        &mut self.timers
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    fn index(&self, slot: Slot) -> usize {
        match slot {
            Slot::Running => self.running,
            Slot::Other => 1 - self.running,
        }
    }

    pub(super) fn check_range(&self, offset: u32, length: usize) -> Result<(), FirmwareError> {
        let end = u32::try_from(length).ok().and_then(|length| offset.checked_add(length));
        match end {
            Some(end) if end <= self.slot_size => Ok(()),
            _ => Err(FirmwareError::Range),
        }
    }

    pub(super) fn check_not_on_trial(&self) -> Result<(), FirmwareError> {
        match self.state() {
            ImageState::Confirmed => Ok(()),
            ImageState::OnTrial => Err(FirmwareError::OnTrial),
        }
    }

    /// How long it takes to read so much.
    pub(super) fn read_span(octets: usize) -> Span {
        timing::read(octets)
    }

    pub(super) fn read(&self, slot: Slot, offset: u32, buffer: &mut [u8]) {
        self.areas[self.index(slot)].read(offset, buffer);
    }

    pub(super) fn length(&self, slot: Slot) -> Option<u32> {
        self.areas[self.index(slot)]
            .image(self.slot_size)
            .map(|image| image.length)
    }

    /// Whether the image that runs is to be kept. One that the boot loader knows nothing of is.
    pub(super) fn state(&self) -> ImageState {
        self.boot_data().state(self.running)
    }

    pub(super) fn switch(&self) -> Command {
        Command::Enter(self.boot_data().choose(self.index(Slot::Other), ImageState::OnTrial))
    }

    /// `None` if it is kept anyway.
    pub(super) fn confirm(&self) -> Option<Command> {
        self.boot_data().confirm(self.running).map(Command::Enter)
    }

    pub(super) fn give_up(&self) -> Command {
        Command::Enter(self.boot_data().go_back(self.running))
    }

    fn boot_data(&self) -> BootData {
        BootData::parse(&self.boot)
    }

    /// Whether there is something to go back to.
    pub(super) fn can_roll_back(&self) -> bool {
        self.boot_data().may_run(self.index(Slot::Other)) && self.length(Slot::Other).is_some()
    }

    /// The boot loader: chooses a slot whose image is whole, made for this chip and one that `boots`. `None` if there is none.
    pub(super) fn boot(&mut self, chip: ChipId, boots: impl Fn(&Description) -> bool) -> Option<()> {
        let (chosen, written) = self.boot_data().start();
        for BootEntry { sector, octets } in written {
            self.boot[sector] = octets;
        }
        let (slot, image) = [chosen, 1 - chosen].into_iter().find_map(|slot| {
            let image = self.areas[slot].image(self.slot_size)?;
            (image.header.chip == chip && boots(&image.description)).then_some((slot, image))
        })?;
        (self.running, self.description) = (slot, image.description);
        Some(())
    }

    // ---- commands ----

    fn span(&self, command: &Command) -> Span {
        match command {
            Command::Erase { .. } => timing::ERASE,
            Command::Program { data, .. } => timing::program(data.len()),
            Command::Enter(_) => timing::ERASE + timing::program(ENTRY_LEN),
            Command::Keep { value, .. } => self.values.span(value.as_deref()),
        }
    }

    fn begin(&mut self, now: Time, command: Command) -> Time {
        debug_assert!(self.pending.is_none(), "one thing at a time");
        let span = self.span(&command);
        self.pending = Some(Pending {
            command,
            begun: now,
            span,
        });
        self.busy_until = now + span;
        self.busy_until
    }

    /// The command under way has its effect.
    fn finish(&mut self) {
        let Some(Pending { command, .. }) = self.pending.take() else {
            return;
        };
        let other = self.index(Slot::Other);
        match command {
            Command::Erase { sector } => self.areas[other].erase(sector, SECTOR),
            Command::Program { offset, data } => self.areas[other].program(offset, &data),
            Command::Enter(BootEntry { sector, octets }) => self.boot[sector] = octets,
            Command::Keep { key, value } => self.values.set(key, value),
        }
    }

    /// The power is cut: as much of the command has its effect as there was time for.
    pub(super) fn cut(&mut self, now: Time) {
        self.busy_until = now;
        let Some(Pending { command, begun, span }) = self.pending.take() else {
            return;
        };
        let part = |whole: usize| {
            let done = u128::from((now - begun).as_nanos()) * whole as u128 / u128::from(span.as_nanos().max(1));
            (done as usize).min(whole)
        };
        let other = self.index(Slot::Other);
        match command {
            Command::Erase { sector } => self.areas[other].erase(sector, part(SECTOR as usize) as u32),
            Command::Program { offset, data } => self.areas[other].program(offset, &data[..part(data.len())]),
            // Erased, and not whole again.
            Command::Enter(BootEntry { sector, .. }) => self.boot[sector] = NEVER_WRITTEN,
            // A value's entries count only once its index is written, which comes last.
            Command::Keep { .. } => {}
        }
    }
}

/// What the boot loader leaves at the first start of a new board, which runs its first slot.
fn first_start() -> [[u8; ENTRY_LEN]; 2] {
    let mut boot = [NEVER_WRITTEN; 2];
    let BootEntry { sector, octets } = BootData::parse(&boot).choose(0, ImageState::Confirmed);
    boot[sector] = octets;
    boot
}

/// The parts of `data` that are written at once, each with its offset.
pub(super) fn pages(offset: u32, data: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let first = data.len().min((timing::PAGE - offset % timing::PAGE) as usize);
    let (first, rest) = data.split_at(first);
    let more = rest.chunks(timing::PAGE as usize);
    let mut at = offset;
    std::iter::once(first).chain(more).map(move |page| {
        let here = at;
        at += page.len() as u32;
        (here, page)
    })
}

/// Waits until the flash is free, gives it a command and waits until that is done.
pub(super) async fn perform(hardware: &Shared, client: Client, command: Command) {
    /// The chip finishes a command although nobody waits for it any more.
    struct Finish<'a>(&'a Shared);
    impl Drop for Finish<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().flash().finish();
        }
    }
    let timer = TimerId::Flash(client);
    loop {
        let (now, free_at) = {
            let mut hardware = hardware.borrow_mut();
            (hardware.now, hardware.flash().busy_until)
        };
        if free_at <= now {
            break;
        }
        wait(hardware, timer, free_at).await;
    }
    let done_at = {
        let mut hardware = hardware.borrow_mut();
        let now = hardware.now;
        hardware.flash().begin(now, command)
    };
    let _finish = Finish(hardware);
    wait(hardware, timer, done_at).await;
}
