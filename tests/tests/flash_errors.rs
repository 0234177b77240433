//! Whole boards whose flash can't be read, or was changed: nobody else gets in, and the board's owner has a way back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::MacAddress;
use protocol::app::provision::{self, Knowledge};
use protocol::app::secure::{self, Plan};
use protocol::board::{Board, LONGEST_VALUE, Parts, Storage, StorageError};
use protocol::message::Kinds;
use protocol::node::Node;
use protocol::service::provisioning::{Beacon, Field, Secret, Wifi};
use protocol::service::security::{Mode, Modes};
use protocol::service::{Input, Output, Service};
use protocol::time::Instant;
use rand_core::Rng;
use sim::board::{Profile, VirtualBoard};
use sim::kernel::Time;
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::observe::Ending;
use tests::{address, run};

const GIVER: MacAddress = address(1);
const BRITTLE: MacAddress = address(2);

/// A flash that outlives its board's resets, can be changed from outside, and may refuse to be read.
#[derive(Clone, Debug, Default)]
struct Brittle {
    values: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    refuses: Rc<Cell<bool>>,
}

impl Brittle {
    fn keep(&self, key: &str, value: &[u8]) {
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
    }

    fn has(&self, key: &str) -> bool {
        self.values.borrow().contains_key(key)
    }
}

impl Storage for Brittle {
    async fn load(&mut self, key: &str, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        if self.refuses.get() {
            return Err(StorageError::Flash);
        }
        let values = self.values.borrow();
        let Some(value) = values.get(key) else { return Ok(None) };
        let needed = value.len();
        let place = buffer.get_mut(..needed).ok_or(StorageError::Buffer { needed })?;
        place.copy_from_slice(value);
        Ok(Some(needed))
    }

    async fn store(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        self.keep(key, value);
        Ok(())
    }

    async fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        self.values.borrow_mut().remove(key);
        Ok(())
    }
}

/// A virtual board with that flash in place of its own.
struct Patient {
    board: VirtualBoard,
    flash: Brittle,
}

impl Board for Patient {
    type Radio = <VirtualBoard as Board>::Radio;
    type Clock = <VirtualBoard as Board>::Clock;
    type Pixels = <VirtualBoard as Board>::Pixels;
    type Random = <VirtualBoard as Board>::Random;
    type Console = <VirtualBoard as Board>::Console;
    type Button = <VirtualBoard as Board>::Button;
    type Storage = Brittle;
    type Firmware = <VirtualBoard as Board>::Firmware;

    fn parts(&mut self) -> Parts<'_, Self> {
        let Parts {
            radio,
            clock,
            pixels,
            random,
            console,
            button,
            firmware,
            storage: _,
        } = self.board.parts();
        Parts {
            radio,
            clock,
            pixels,
            random,
            console,
            button,
            storage: &mut self.flash,
            firmware,
        }
    }
}

/// Asks for one value, and keeps what it is told.
struct Asker {
    asked: bool,
    told: Option<Result<Option<Vec<u8>>, StorageError>>,
}

impl Service for Asker {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[])
    }

    fn handle(&mut self, _now: Instant, input: Input<'_>) {
        if let Input::Loaded { value, .. } = input {
            self.told = Some(value.map(|value| value.map(<[u8]>::to_vec)));
        }
    }

    fn poll(&mut self, _now: Instant, _random: &mut dyn Rng) -> Output<'_> {
        if std::mem::replace(&mut self.asked, true) {
            Output::Wait(None)
        } else {
            Output::Load { key: "value" }
        }
    }
}

/// What a service is told by a node when its board has this flash.
fn told_by_a_node(flash: &Brittle) -> Result<Option<Vec<u8>>, StorageError> {
    let told = Rc::new(RefCell::new(None));
    let (flash, answer) = (flash.clone(), Rc::clone(&told));
    let builder = Lab::builder("asks", 1).until(Time::from_micros(1_000_000)).board(
        "asks",
        Profile::ESP32_S3,
        BRITTLE,
        move |board| {
            let (flash, answer) = (flash.clone(), Rc::clone(&answer));
            async move {
                let mut board = Patient { board, flash };
                let mut parts = board.parts();
                let mut node = Node::<4, 250>::of(&mut parts);
                let mut asker = Asker {
                    asked: false,
                    told: None,
                };
                node.work(&mut parts, &mut [&mut asker]).await;
                *answer.borrow_mut() = asker.told;
                Ending::Finished
            }
        },
    );
    run(builder);
    told.take().expect("the service is told")
}

#[test]
fn a_node_tells_an_error_from_an_absence() {
    let flash = Brittle::default();
    assert_eq!(told_by_a_node(&flash), Ok(None));
    flash.keep("value", b"kept");
    assert_eq!(told_by_a_node(&flash), Ok(Some(b"kept".to_vec())));
    let needed = LONGEST_VALUE + 1;
    flash.keep("value", &vec![0; needed]);
    assert_eq!(told_by_a_node(&flash), Err(StorageError::Buffer { needed }));
    flash.refuses.set(true);
    assert_eq!(told_by_a_node(&flash), Err(StorageError::Flash));
}

const SECRET: &[u8] = b"known to every lamp";

/// Somebody who tells a Wi-Fi, and a device with this flash.
fn provisioning(flash: &Brittle) -> LabBuilder {
    let knowledge = Knowledge {
        beacon: Beacon {
            product_id: Field::new("lamp").expect("short"),
            device_name: Field::new("hallway").expect("short"),
        },
        wifi: Wifi::station("of somebody else", b"correct horse").expect("short"),
        secret: Secret::new(SECRET).expect("short"),
        duration: std::time::Duration::from_secs(30),
    };
    let device = provision::device_of("lamp", "lamp", SECRET);
    let flash = flash.clone();
    Lab::builder("provision", 1)
        .until(Time::from_micros(25_000_000))
        .board("knows", Profile::ESP32_S3, GIVER, move |mut board| {
            let knowledge = knowledge.clone();
            async move {
                provision::responder(&mut board, knowledge).await;
                Ending::Finished
            }
        })
        .board("lamp", Profile::ESP32_S3, BRITTLE, move |board| {
            let (flash, device) = (flash.clone(), device.clone());
            async move {
                let mut board = Patient { board, flash };
                match provision::device(&mut board, device).await {}
            }
        })
}

#[test]
fn a_device_whose_wifi_cant_be_read_takes_no_other_before_its_button_is_pressed() {
    let learns = |console: &[String]| {
        console
            .iter()
            .any(|line| line.starts_with("knows Wi-Fi of somebody else"))
    };
    // A new one learns.
    let (_, report, _) = run(provisioning(&Brittle::default()));
    assert!(learns(&report.boards[1].console), "{:?}", report.boards[1].console);
    for damaged in [true, false] {
        let flash = Brittle::default();
        flash.keep("wifi", b"no record of a Wi-Fi");
        flash.refuses.set(!damaged);
        let (_, report, _) = run(provisioning(&flash));
        assert_eq!(
            report.boards[1].console,
            ["what it knew is lost: it asks again after a press of the button"]
        );
        let at = Time::from_micros(2_000_000);
        let pressed = provisioning(&flash).intervene_at(at, Intervention::Press);
        let (_, report, _) = run(pressed);
        assert!(learns(&report.boards[1].console), "{:?}", report.boards[1].console);
    }
}

/// A switch and a lamp with this flash.
fn switch_and_lamp(flash: &Brittle) -> LabBuilder {
    let flash = flash.clone();
    Lab::builder("secure", 1)
        .until(Time::from_micros(12_000_000))
        .board("switch", Profile::ESP32_S3, GIVER, async |mut board| {
            // Time for a press.
            protocol::board::Clock::sleep(board.parts().clock, std::time::Duration::from_secs(1)).await;
            let plan = Plan {
                boards: &[BRITTLE],
                mode: Mode::Strong,
                proof: b"on the label",
            };
            match secure::switch(&mut board, plan).await {
                Ok(()) => Ending::Finished,
                Err(error) => Ending::Failed(error.to_string()),
            }
        })
        .board("lamp", Profile::ESP32_S3, BRITTLE, move |board| {
            let flash = flash.clone();
            async move {
                let mut board = Patient { board, flash };
                match secure::lamp(&mut board, b"on the label", Modes::Strong).await {}
            }
        })
}

fn console(builder: LabBuilder) -> Vec<String> {
    let (_, report, _) = run(builder);
    report.boards[1].console.clone()
}

fn says(console: &[String], begin: &str) -> bool {
    console.iter().any(|line| line.starts_with(begin))
}

#[test]
fn a_lamp_whose_key_cant_be_read_takes_no_other_before_its_button_is_pressed() {
    let press = (Time::from_micros(500_000), Intervention::Press);
    for damaged in [true, false] {
        let flash = Brittle::default();
        flash.keep("security", b"no key");
        flash.refuses.set(!damaged);
        let shut = console(switch_and_lamp(&flash));
        assert!(says(&shut, "the board takes no key"), "{shut:?}");
        assert!(!says(&shut, "a key from") && !says(&shut, "green"), "{shut:?}");
        let opened = console(switch_and_lamp(&flash).intervene_at(press.0, press.1));
        assert!(says(&opened, "the key is erased"), "{opened:?}");
        assert!(says(&opened, "a key from"), "{opened:?}");
    }
}

#[test]
fn a_lamp_that_does_not_know_what_it_was_told_before_obeys_nobody_before_its_button_is_pressed() {
    let flash = Brittle::default();
    let first = console(switch_and_lamp(&flash));
    assert!(says(&first, "green") && flash.has("guard.windows"), "{first:?}");
    flash.values.borrow_mut().get_mut("guard.windows").expect("kept")[5] ^= 1;
    // The same messages as before come again, as the whole run does.
    let shut = console(switch_and_lamp(&flash));
    assert!(
        says(&shut, "still the key from") && says(&shut, "the guard takes nothing"),
        "{shut:?}"
    );
    assert!(!says(&shut, "green") && !says(&shut, "blue"), "{shut:?}");
    let press = Time::from_micros(500_000);
    let opened = console(switch_and_lamp(&flash).intervene_at(press, Intervention::Press));
    assert!(says(&opened, "the guard is open"), "{opened:?}");
}
