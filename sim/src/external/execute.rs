//! What a request does to the board, where that takes no time.

use protocol::espnow::{Error, Interface, Key, Peer};
use protocol::{Channel, Rate};
use rand_core::Rng as _;

use super::wire::{Operation, PeerEntry, Status, VERSION, event, write_woken};
use crate::advice::Trap;
use crate::board::{Chip, Edges, Hardware, Mode, Profile, Pull, RTC_MEMORY};
use crate::observe::ResetCause;

/// MicroPython's ring takes a message only if two octets more than it needs are free.
const RING_OVERHEAD: usize = 2;

/// The largest receive buffer that a chip has memory for.
const LARGEST_BUFFER: usize = 65_535;

/// The longest ESP-NOW payload.
const LONGEST_PAYLOAD: usize = 1470;

/// What does not change about a board.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    name: String,
    chip: u8,
    pixels: u16,
    pub(super) power_dbm: i8,
}

impl Identity {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn new(name: &str, profile: &Profile) -> Self {
        Self {
            name: name.to_owned(),
            chip: Chip::of(profile).unwrap_or_default().number(),
            pixels: u16::try_from(profile.pixels).unwrap_or(u16::MAX),
            power_dbm: profile.power_dbm,
        }
    }
}

/// How a request went, and what it brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) const fn of(status: Status) -> Self {
        Self {
            status,
            body: Vec::new(),
        }
    }
}

impl From<Result<(), Error>> for Answer {
    fn from(result: Result<(), Error>) -> Self {
        Self::of(result.map_or_else(Status::Espnow, |()| Status::Fine))
    }
}

impl From<Vec<u8>> for Answer {
    fn from(body: Vec<u8>) -> Self {
        Self {
            status: Status::Fine,
            body,
        }
    }
}

/// What is true now, for a program that was told of so many messages.
pub(super) fn events(hardware: &Hardware, told: u32) -> u16 {
    let mut events = 0;
    let mut set = |is_true: bool, bit: u16| events |= if is_true { bit } else { 0 };
    set(hardware.endpoint.unread() > 0, event::RECEIVED);
    set(hardware.endpoint.in_flight() == 0, event::SENT);
    set(arrived(hardware) != told, event::ARRIVED);
    if let Some(peripherals) = hardware.used_peripherals() {
        set(peripherals.pins.has_edges(), event::PIN);
        set(!peripherals.input.is_empty(), event::CONSOLE);
        set(peripherals.interrupted, event::INTERRUPT);
    }
    events
}

/// Messages put into the receive buffer since the start; the count wraps.
pub(super) fn arrived(hardware: &Hardware) -> u32 {
    hardware.endpoint.statistics().rx_packets as u32
}

/// Carries out what takes no time.
pub(super) fn execute(hardware: &mut Hardware, identity: &Identity, operation: &Operation<'_>) -> Answer {
    match *operation {
        Operation::Hello { version } if version == VERSION => hello(hardware, identity).into(),
        Operation::Hello { .. } => Answer::of(Status::Absent),
        Operation::ConsoleRead { at_most } => {
            let input = &mut hardware.peripherals().input;
            let count = input.len().min(usize::from(at_most));
            input.drain(..count).collect::<Vec<_>>().into()
        }
        Operation::Random { count } => {
            let mut octets = vec![0; usize::from(count)];
            hardware.random.fill_bytes(&mut octets);
            octets.into()
        }
        // Only who is attached waits for somebody outside.
        Operation::Outside => Answer::of(Status::Fine),
        Operation::RtcMemory(memory) if memory.len() > RTC_MEMORY => Answer::of(Status::Absent),
        Operation::RtcMemory(memory) => {
            hardware.peripherals().keep(memory);
            Answer::of(Status::Fine)
        }
        Operation::WifiActive { interface, on } => match interface_of(interface) {
            Some(interface) => {
                hardware.endpoint.set_active(interface, on);
                if on {
                    hardware.requests.activated.push(interface);
                }
                Answer::of(Status::Fine)
            }
            None => Answer::of(Status::Absent),
        },
        Operation::WifiChannel { channel } => wifi_channel(hardware, channel),
        Operation::WifiSetting { which, value } => wifi_setting(hardware, identity, which, value),
        Operation::EspnowInit { .. } if hardware.endpoint.is_initialised() => Answer::of(Status::Fine),
        Operation::EspnowInit { receive_buffer } => {
            let octets = usize::try_from(receive_buffer)
                .unwrap_or(usize::MAX)
                .min(LARGEST_BUFFER);
            hardware
                .endpoint
                .set_receive_buffer(octets.saturating_sub(RING_OVERHEAD));
            hardware.endpoint.init();
            Answer::of(Status::Fine)
        }
        Operation::EspnowDeinit => {
            hardware.endpoint.deinit();
            hardware.peripherals().idle_keys.clear();
            Answer::of(Status::Fine)
        }
        Operation::EspnowPmk(key) => hardware.endpoint.set_pmk(Key::new(key)).into(),
        Operation::AddPeer(entry) => set_peer(hardware, &entry, true).into(),
        Operation::ModifyPeer(entry) => set_peer(hardware, &entry, false).into(),
        Operation::RemovePeer(address) => {
            let removed = hardware.endpoint.remove_peer(address);
            hardware.peripherals().idle_keys.remove(&address);
            removed.into()
        }
        Operation::GetPeer(address) => match hardware.endpoint.peer(address) {
            Some(peer) => {
                let mut body = Vec::new();
                entry_of(hardware, peer).write(&mut body);
                body.into()
            }
            None => Answer::of(Status::Espnow(Error::NotFound)),
        },
        Operation::Peers => {
            let mut body = Vec::new();
            for peer in hardware.endpoint.peers() {
                entry_of(hardware, peer).write(&mut body);
            }
            body.into()
        }
        Operation::Send { destination, data } => hardware.submit(destination, data).map(|_| ()).into(),
        Operation::Receive => receive(hardware).into(),
        Operation::Statistics => {
            let counts = hardware.endpoint.statistics();
            [
                counts.tx_packets,
                counts.tx_responses,
                counts.tx_failures,
                counts.rx_packets,
                counts.rx_dropped,
            ]
            .into_iter()
            .flat_map(|count| (count as u32).to_le_bytes())
            .collect::<Vec<_>>()
            .into()
        }
        Operation::Rate { code } => match Rate::from_code(code) {
            Some(rate) => {
                hardware.endpoint.set_rate(rate);
                Answer::of(Status::Fine)
            }
            None => Answer::of(Status::Espnow(Error::Arg)),
        },
        Operation::AdcRead { pin } => hardware.analogue(pin).to_le_bytes().to_vec().into(),
        Operation::PinWrite { pin, level } => {
            hardware.write_pin(pin, level);
            Answer::of(Status::Fine)
        }
        Operation::PinMode { .. }
        | Operation::PinRead { .. }
        | Operation::PinWatch { .. }
        | Operation::PinEdges
        | Operation::Pwm { .. } => pins(hardware, operation),
        // These take time, and are carried out elsewhere.
        Operation::Wait { .. }
        | Operation::Exit { .. }
        | Operation::Restart { .. }
        | Operation::Pixels { .. }
        | Operation::PixelsAhead { .. } => Answer::of(Status::Malformed),
    }
}

fn hello(hardware: &mut Hardware, identity: &Identity) -> Vec<u8> {
    let cause = match hardware.cause {
        ResetCause::PowerOn => 1,
        ResetCause::Pin | ResetCause::Software | ResetCause::Panic => 2,
        ResetCause::Watchdog => 3,
        ResetCause::DeepSleep => 4,
        ResetCause::Soft => 5,
    };
    let mut body = vec![cause, identity.chip];
    body.extend(hardware.endpoint.address().octets());
    body.extend(identity.pixels.to_le_bytes());
    let name = &identity.name.as_bytes()[..identity.name.floor_char_boundary(255)];
    body.push(name.len() as u8);
    body.extend(name);
    let memory = &hardware.peripherals().rtc_memory;
    body.extend((memory.len() as u16).to_le_bytes());
    body.extend(memory);
    if let Some(woken) = hardware.peripherals().woken {
        write_woken(woken, &mut body);
    }
    body
}

const fn interface_of(number: u8) -> Option<Interface> {
    match number {
        0 => Some(Interface::Station),
        1 => Some(Interface::AccessPoint),
        _ => None,
    }
}

fn wifi_channel(hardware: &mut Hardware, channel: Option<u8>) -> Answer {
    if let Some(number) = channel {
        let Some(channel) = Channel::new(number) else {
            return Answer::of(Status::Espnow(Error::Arg));
        };
        hardware.set_channel(channel);
    }
    vec![hardware.endpoint.channel().number()].into()
}

fn wifi_setting(hardware: &mut Hardware, identity: &Identity, which: u8, value: Option<u8>) -> Answer {
    let settings = &mut hardware.peripherals().wifi;
    let value = match (which, value) {
        (1, None) => settings.transmit_power.cast_unsigned(),
        (1, Some(value)) => {
            settings.transmit_power = value.cast_signed();
            // The chip's own most is what its profile has; a quarter of a dBm is finer than the medium.
            let power_dbm = (settings.transmit_power / 4).min(identity.power_dbm);
            hardware.requests.power = Some(power_dbm);
            value
        }
        (2, None) => settings.power_save,
        (2, Some(value @ 0..=2)) => {
            settings.power_save = value;
            value
        }
        (3, None) => settings.protocol,
        (3, Some(value @ 1..=15)) => {
            settings.protocol = value;
            value
        }
        // There is nothing to connect to.
        (4, Some(1)) => {
            hardware.requests.traps.push(Trap::NoAccessPoint);
            0
        }
        (2 | 3, Some(_)) => return Answer::of(Status::Espnow(Error::Arg)),
        _ => return Answer::of(Status::Absent),
    };
    vec![value].into()
}

fn set_peer(hardware: &mut Hardware, entry: &PeerEntry, is_new: bool) -> Result<(), Error> {
    let interface = interface_of(entry.interface).ok_or(Error::Arg)?;
    let channel = match entry.channel {
        0 => None,
        number => Some(Channel::new(number).ok_or(Error::Arg)?),
    };
    let peer = Peer {
        channel,
        interface,
        lmk: entry.encrypted.then(|| Key::new(entry.lmk)),
        ..Peer::new(entry.address)
    };
    if is_new {
        hardware.endpoint.add_peer(peer)?;
    } else {
        hardware.endpoint.modify_peer(peer)?;
    }
    let keys = &mut hardware.peripherals().idle_keys;
    match entry.encrypted {
        true => keys.remove(&entry.address),
        false => keys.insert(entry.address, entry.lmk),
    };
    Ok(())
}

fn entry_of(hardware: &Hardware, peer: &Peer) -> PeerEntry {
    let idle_key = || {
        hardware
            .used_peripherals()
            .and_then(|peripherals| peripherals.idle_keys.get(&peer.address).copied())
    };
    PeerEntry {
        address: peer.address,
        channel: peer.channel.map_or(0, Channel::number),
        interface: match peer.interface {
            Interface::Station => 0,
            Interface::AccessPoint => 1,
        },
        encrypted: peer.is_encrypted(),
        lmk: match &peer.lmk {
            Some(key) => *key.octets(),
            None => idle_key().unwrap_or_default(),
        },
    }
}

fn receive(hardware: &mut Hardware) -> Vec<u8> {
    let mut buffer = [0; LONGEST_PAYLOAD];
    let Some(received) = hardware.receive(&mut buffer) else {
        return Vec::new();
    };
    let mut body = Vec::with_capacity(11 + received.length);
    body.extend(received.source.octets());
    body.push(received.rssi_dbm.cast_unsigned());
    let milliseconds = received.at.as_micros() / 1000;
    body.extend((milliseconds as u32).to_le_bytes());
    body.extend(&buffer[..received.length.min(LONGEST_PAYLOAD)]);
    body
}

fn pins(hardware: &mut Hardware, operation: &Operation<'_>) -> Answer {
    let now = hardware.uptime();
    let pins = &mut hardware.peripherals().pins;
    match *operation {
        Operation::PinMode { pin, mode, pull } => {
            let mode = match mode {
                0 => Mode::Input,
                1 => Mode::Output,
                2 => Mode::OpenDrain,
                _ => return Answer::of(Status::Absent),
            };
            let pull = match pull {
                0 => Pull::None,
                1 => Pull::Up,
                2 => Pull::Down,
                _ => return Answer::of(Status::Absent),
            };
            pins.set_mode(pin, mode, pull, now);
        }
        Operation::PinRead { pin } => return vec![pins.level(pin).into()].into(),
        Operation::PinWatch { pin, edges } => {
            let edges = Edges {
                rising: edges & 1 != 0,
                falling: edges & 2 != 0,
            };
            pins.watch(pin, edges, now);
        }
        Operation::PinEdges => {
            let mut body = Vec::new();
            for edge in pins.take_edges() {
                body.extend([edge.pin, edge.level.into()]);
                body.extend(edge.at.as_micros().to_le_bytes());
            }
            return body.into();
        }
        // Nobody looks at a duty cycle yet.
        _ => {}
    }
    Answer::of(Status::Fine)
}
