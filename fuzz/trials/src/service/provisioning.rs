//! New devices, and who knows a Wi-Fi.

use arbitrary::{Arbitrary, Unstructured};
use protocol::message::Country;
use protocol::service::Service;
use protocol::service::provisioning::{
    AuthMode, Beacon, Custom, Device, Field, Initiator, InitiatorConfig, InitiatorEvent, MAX_DEVICE_LEN, MAX_WIFI_LEN,
    Record, Responder, ResponderEvent, Secret, Wifi,
};
use protocol::time::{Duration, Instant};

use super::{Subject, address, try_boards};

const PASSWORD: &[u8] = b"correct horse";
const DEVICE_SECRET: &[u8] = b"battery staple";

/// The octets are a record, and what happens to two devices and a responder. What is accepted comes out the same; where all is sealed,
/// neither password nor secret goes out otherwise.
pub fn provisioning(octets: &[u8]) {
    check_record(octets);
    let device = |_, way: u8| -> Box<dyn Subject> {
        Box::new(NewDevice {
            secured: way & 1 != 0,
            initiator: Initiator::new(InitiatorConfig {
                country: Country::WORLD,
                secured: way & 1 != 0,
            }),
        })
    };
    let knows = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Knows {
            secured: way & 1 != 0,
            responder: Responder::new(way & 1 != 0),
            accepts: way & 2 != 0,
        })
    };
    try_boards(octets, &[device, knows, device]);
}

fn check_record(octets: &[u8]) {
    let Ok(record) = Record::parse(octets) else { return };
    let mut buffer = [0; if MAX_WIFI_LEN > MAX_DEVICE_LEN {
        MAX_WIFI_LEN
    } else {
        MAX_DEVICE_LEN
    }];
    let length = match &record {
        Record::Beacon(beacon) => {
            let octets = beacon.to_octets();
            buffer[..octets.len()].copy_from_slice(&octets);
            octets.len()
        }
        Record::Device(device) => device.emit(&mut buffer).expect("room for the longest"),
        Record::Wifi(wifi) => wifi.emit(&mut buffer).expect("room for the longest"),
    };
    assert_eq!(Record::parse(&buffer[..length]), Ok(record));
}

struct NewDevice {
    secured: bool,
    initiator: Initiator,
}

#[derive(Arbitrary)]
enum DeviceCommand<'a> {
    Scan(u16),
    Request { to: u8, custom: &'a [u8], millis: u16 },
    Cancel,
}

impl Subject for NewDevice {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.initiator
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match script.arbitrary()? {
            DeviceCommand::Scan(millis) => {
                let _ = self.initiator.scan(now, Duration::from_millis(millis.into()));
            }
            DeviceCommand::Request { to, custom, millis } => {
                let device = Device {
                    product_id: Field::EMPTY,
                    device_name: Field::EMPTY,
                    auth_mode: AuthMode::Device,
                    secret: Secret::new(DEVICE_SECRET).expect("it is short"),
                    custom: Custom::new(custom).unwrap_or(Custom::none()),
                };
                let timeout = Duration::from_millis(millis.into());
                let _ = self.initiator.request(now, address(to), &device, timeout);
            }
            DeviceCommand::Cancel => self.initiator.cancel(),
        }
        Ok(())
    }

    fn take_event(&mut self, now: Instant) -> bool {
        let event = self.initiator.poll_event();
        if let Some(InitiatorEvent::Found(found)) = &event {
            // What most applications do; it may be busy with the next scan already.
            let device = Device {
                product_id: Field::EMPTY,
                device_name: Field::EMPTY,
                auth_mode: AuthMode::Device,
                secret: Secret::new(DEVICE_SECRET).expect("it is short"),
                custom: Custom::none(),
            };
            let _ = self
                .initiator
                .request(now, found.responder, &device, Duration::from_secs(1));
        }
        event.is_some()
    }

    fn secrets(&self) -> &[&[u8]] {
        if self.secured { &[DEVICE_SECRET] } else { &[] }
    }
}

struct Knows {
    secured: bool,
    responder: Responder,
    accepts: bool,
}

#[derive(Arbitrary)]
enum KnowsCommand {
    Start(u16),
    Stop,
    Accept(u8),
}

impl Subject for Knows {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.responder
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match script.arbitrary()? {
            KnowsCommand::Start(millis) => {
                let wifi = Wifi::station("attic", PASSWORD).expect("both fit");
                let duration = Duration::from_millis(millis.into());
                self.responder.start(now, duration, &Beacon::default(), &wifi);
                assert!(self.responder.is_active());
            }
            KnowsCommand::Stop => self.responder.stop(),
            KnowsCommand::Accept(board) => {
                let _ = self.responder.accept(address(board));
            }
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        let event = self.responder.poll_event();
        if let Some(ResponderEvent::Asked(request)) = &event
            && self.accepts
        {
            let _ = self.responder.accept(request.address);
        }
        event.is_some()
    }

    fn secrets(&self) -> &[&[u8]] {
        // Nobody is told where nobody was accepted, and an attacker can't make himself accepted.
        if self.secured { &[PASSWORD] } else { &[] }
    }
}
