//! Which application runs: the one that the firmware was built for, or the one that is asked for at the console.

use core::fmt::Write as _;

use firmware_shim::invocation::{Invocation, USAGE};
use protocol::app::{antenna, beacon, echo, hello, relay, stream, upgrade};
use protocol::board::{Console as _, Slot};
use protocol::espnow::Error;
use protocol::service::upgrade::{InitiatorConfig, ResponderConfig};

use crate::board::Chip;
use crate::console::Keyboard;

/// `APP="hello-sender 34:85:18:00:00:02" cargo c3`: then nothing else is linked.
const BUILT_FOR: Option<&str> = option_env!("APP");

/// Runs what the firmware was built for, or what is asked for. What has ended leaves peers and pixels behind, as a program on a
/// microcontroller does: for another one, the board is reset.
pub(crate) async fn run(chip: &mut Chip, keyboard: &mut Keyboard) {
    if let Some(line) = BUILT_FOR {
        run_line(chip, keyboard, line).await;
        return;
    }
    for (name, arguments) in USAGE {
        chip.console.line(format_args!("  {name} {arguments}"));
    }
    loop {
        let _ = write!(chip.console, "> ");
        let mut buffer = [0; 80];
        let line = keyboard.line(&mut chip.console, &mut buffer).await;
        if run_line(chip, keyboard, line).await {
            return;
        }
    }
}

/// Returns whether the line named an application.
async fn run_line(chip: &mut Chip, keyboard: &mut Keyboard, line: &str) -> bool {
    let invocation = match Invocation::parse(line) {
        Ok(invocation) => invocation,
        Err(error) => {
            chip.console.line(format_args!("{line}: {error}"));
            return false;
        }
    };
    match run_invocation(chip, keyboard, invocation).await {
        Ok(()) => chip.console.line(format_args!("ended")),
        Err(error) => chip.console.line(format_args!("ended by {error}")),
    }
    true
}

/// Whether the firmware has it: all of them, unless it was built for another one. What it has not is not linked.
const fn has(name: &str) -> bool {
    let Some(line) = BUILT_FOR else {
        return true;
    };
    let (name, line) = (name.as_bytes(), line.as_bytes());
    let mut index = 0;
    while index < name.len() {
        if index >= line.len() || line[index] != name[index] {
            return false;
        }
        index += 1;
    }
    index == line.len() || line[index] == b' '
}

/// An application that only an error ends.
fn endless<T>(ended: Result<core::convert::Infallible, Error>) -> Result<T, Error> {
    match ended {
        Err(error) => Err(error),
    }
}

async fn run_invocation(chip: &mut Chip, keyboard: &mut Keyboard, invocation: Invocation) -> Result<(), Error> {
    match invocation {
        Invocation::HelloSender { peer } if const { has("hello-sender") } => hello::sender(chip, peer).await,
        Invocation::HelloReceiver if const { has("hello-receiver") } => endless(hello::receiver(chip).await),
        Invocation::StreamSource { peer, payload } if const { has("stream-source") } => {
            endless(stream::source(chip, peer, payload).await)
        }
        Invocation::StreamSink if const { has("stream-sink") } => endless(stream::sink(chip).await),
        Invocation::EchoCaller { peer, payload } if const { has("echo-caller") } => {
            endless(echo::caller(chip, peer, payload).await)
        }
        Invocation::EchoAnswerer { peer } if const { has("echo-answerer") } => {
            endless(echo::answerer(chip, peer).await)
        }
        Invocation::Beacon { period, payload } if const { has("beacon") } => {
            endless(beacon::beacon(chip, period, None, payload).await)
        }
        Invocation::RelayCaller { call } if const { has("relay-caller") } => {
            relay::caller(chip, call).await;
            Ok(())
        }
        // It has the serial port to itself; what was printed before is garbage to the other end, which it expects.
        Invocation::Antenna if const { has("antenna") } => {
            let (input, output) = keyboard.port();
            let _ = antenna::serve(chip, input, output).await;
            Ok(())
        }
        // The boards get what this one runs.
        Invocation::UpgradeInitiator { rate } if const { has("upgrade-initiator") } => {
            upgrade::initiator(chip, InitiatorConfig::THRIFTY, Slot::Running, rate).await?;
            Ok(())
        }
        Invocation::UpgradeResponder if const { has("upgrade-responder") } => {
            match upgrade::responder(chip, ResponderConfig::default()).await {}
        }
        Invocation::Relay if const { has("relay") } => match relay::relay(chip).await {},
        _ => {
            chip.console.line(format_args!("this firmware was built without it"));
            Ok(())
        }
    }
}
