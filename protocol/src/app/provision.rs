//! New devices learn the Wi-Fi from a board that knows it: the component's provisioning example.
//!
//! ```text
//!    device: scans, yellow ──► asks, blue ──► knows the Wi-Fi, green; or nobody answers, three times: red
//!    responder: a pixel for each device that asked, green for those that it told, red for those that it did not
//! ```
//!
//! The responder tells devices of its product that know its product's secret. What a device has learnt it keeps in its flash, and
//! does not ask again after a reset.

use core::convert::Infallible;

use rand_core::Rng as _;
use zeroize::Zeroize as _;

use crate::MacAddress;
use crate::board::{Board, Button as _, Clock, Console as _, Parts, Pixels, Rgb, Storage};
use crate::node::Node;
use crate::service::Outcome;
use crate::service::provisioning::{
    AuthMode, Beacon, Device, Field, Initiator, InitiatorConfig, InitiatorEvent, MAX_WIFI_LEN, Record, Request,
    Responder, ResponderEvent, Secret, Wifi,
};
use crate::time::Duration;

const SCANNING: Rgb = Rgb::new(30, 20, 0);
const ASKING: Rgb = Rgb::new(0, 0, 40);
const GOOD: Rgb = Rgb::new(0, 40, 0);
const BAD: Rgb = Rgb::new(40, 0, 0);

/// What a device keeps the Wi-Fi's record under.
const KEY: &str = "wifi";

/// How long a device scans.
const SCAN: Duration = Duration::from_secs(5);

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Devices ask up to so much later than they have found somebody to ask.
const APART: Duration = Duration::from_millis(300);

/// How often it tries.
const TRIES: u32 = 3;

/// What a responder knows.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// Its product, and its name.
    pub beacon: Beacon,
    /// The Wi-Fi.
    pub wifi: Wifi,
    /// What devices of the product know.
    pub secret: Secret<32>,
    /// For how long it tells.
    pub duration: Duration,
}

/// Tells devices of its product the Wi-Fi, until its time is over.
pub async fn responder<B: Board>(board: &mut B, knowledge: Knowledge) {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut responder = Responder::new(false);
    responder.start(
        parts.clock.now(),
        knowledge.duration,
        &knowledge.beacon,
        &knowledge.wifi,
    );
    let mut asked = heapless::Vec::<MacAddress, 64>::new();
    loop {
        node.turn(&mut parts, &mut [&mut responder], None).await;
        while let Some(event) = responder.poll_event() {
            match event {
                ResponderEvent::Asked(request) => {
                    let is_wanted = decide(&knowledge, &request) && responder.accept(request.address);
                    let Request {
                        address,
                        device,
                        rssi_dbm,
                    } = request;
                    let word = if is_wanted { "told" } else { "refused" };
                    parts.console.line(format_args!(
                        "{word} {} at {address}, {rssi_dbm} dBm",
                        device.device_name
                    ));
                    let place = asked.iter().position(|&known| known == address).unwrap_or(asked.len());
                    if place == asked.len() {
                        // Beyond 64 there is no pixel either.
                        let _ = asked.push(address);
                    }
                    parts.pixels.set(place, if is_wanted { GOOD } else { BAD });
                    parts.pixels.write().await;
                }
                ResponderEvent::Told {
                    outcome: Outcome::Refused(error),
                    address,
                } => {
                    parts.console.line(format_args!("{address} can't be told: {error:?}"));
                }
                ResponderEvent::Told { .. } => {}
                ResponderEvent::Malformed { address, error } => parts.console.line(format_args!("{address}: {error}")),
                ResponderEvent::Ended => {
                    parts.console.line(format_args!("time is over, secrets are wiped"));
                    return;
                }
            }
        }
    }
}

fn decide(knowledge: &Knowledge, request: &Request) -> bool {
    let device = &request.device;
    device.product_id == knowledge.beacon.product_id
        && device.auth_mode == AuthMode::Product
        && device.secret == knowledge.secret
}

/// Learns the Wi-Fi, unless it knows it from before the last reset; tries three times. Goes on for ever, as a program does that now
/// would join the Wi-Fi.
pub async fn device<B: Board>(board: &mut B, device: Device) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<4, 250>::of(&mut parts);
    let mut initiator = Initiator::new(InitiatorConfig::default());
    let is_good = match look_up(&mut parts).await {
        Before::Known => true,
        Before::Nothing => learn(&mut parts, &mut node, &mut initiator, &device).await,
        Before::Lost => {
            // It was told a Wi-Fi once, and whoever is near must not be able to tell it another: its owner decides.
            parts.console.line(format_args!(
                "what it knew is lost: it asks again after a press of the button"
            ));
            parts.pixels.paint(BAD).await;
            parts.button.pressed().await;
            learn(&mut parts, &mut node, &mut initiator, &device).await
        }
    };
    parts.pixels.paint(if is_good { GOOD } else { BAD }).await;
    loop {
        node.turn(&mut parts, &mut [&mut initiator], None).await;
    }
}

/// What a board knows from before its last reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Known,
    Nothing,
    /// Something that can't be read, or was changed.
    Lost,
}

async fn look_up<B: Board>(parts: &mut Parts<'_, B>) -> Before {
    let mut record = [0; MAX_WIFI_LEN];
    let kept = parts.storage.load(KEY, &mut record).await;
    let parsed = match kept {
        Ok(None) => return Before::Nothing,
        Ok(Some(length)) => record.get(..length).map(Record::parse),
        Err(_) => None,
    };
    record.zeroize();
    let Some(Ok(Record::Wifi(wifi))) = parsed else {
        return Before::Lost;
    };
    parts
        .console
        .line(format_args!("knows Wi-Fi {} from before", wifi.ssid));
    Before::Known
}

async fn learn<B: Board>(
    parts: &mut Parts<'_, B>,
    node: &mut Node<4, 250>,
    initiator: &mut Initiator,
    device: &Device,
) -> bool {
    for _ in 0..TRIES {
        parts.pixels.paint(SCANNING).await;
        if let Some(wifi) = try_to_learn(parts, node, initiator, device).await {
            let mut record = [0; MAX_WIFI_LEN];
            let length = wifi.emit(&mut record).unwrap_or(0);
            let kept = parts.storage.store(KEY, &record[..length]).await;
            record.zeroize();
            let word = if kept.is_ok() { "kept" } else { "not kept" };
            parts.console.line(format_args!("knows Wi-Fi {}: {word}", wifi.ssid));
            return true;
        }
    }
    parts.console.line(format_args!("gives up"));
    false
}

async fn try_to_learn<B: Board>(
    parts: &mut Parts<'_, B>,
    node: &mut Node<4, 250>,
    initiator: &mut Initiator,
    device: &Device,
) -> Option<Wifi> {
    // It is idle.
    let _ = initiator.scan(parts.clock.now(), SCAN);
    loop {
        node.work(parts, &mut [&mut *initiator]).await;
        match initiator.poll_event() {
            Some(InitiatorEvent::Found(found)) => {
                let name = found.beacon.device_name;
                let channel = found.channel;
                parts.console.line(format_args!("found {name} on channel {channel}"));
                parts.pixels.paint(ASKING).await;
                // Whoever heard the same beacon would ask in the same moment.
                let micros = parts.random.next_u64() % APART.as_micros() as u64;
                parts.clock.sleep(Duration::from_micros(micros)).await;
                let _ = initiator.request(parts.clock.now(), found.responder, device, PATIENCE);
            }
            Some(InitiatorEvent::Wifi(wifi)) => return Some(wifi),
            Some(InitiatorEvent::Malformed(error)) => parts.console.line(format_args!("{error}")),
            Some(InitiatorEvent::Failed(error)) => {
                parts.console.line(format_args!("{error}"));
                return None;
            }
            None => node.wait(parts, &mut [&mut *initiator], None).await,
        }
    }
}

/// What a device of a product says of itself.
/// What does not fit is left out.
#[must_use]
pub fn device_of(product: &str, name: &str, secret: &[u8]) -> Device {
    Device {
        product_id: Field::new(product).unwrap_or_default(),
        device_name: Field::new(name).unwrap_or_default(),
        auth_mode: AuthMode::Product,
        secret: Secret::new(secret).unwrap_or_default(),
        ..Device::default()
    }
}
