//! An operator, and boards on a pole: their logs, and commands to them. The component's debug console.
//!
//! ```text
//!    operator:  a script of commands ──► boards;   their lines ──► its console
//!    board:     writes a log, obeys, and shows with its pixels that it was told something
//! ```

use core::convert::Infallible;

use rand_core::Rng as _;

use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Pixels, Rgb};
use crate::node::Node;
use crate::service::Outcome;
use crate::service::debug::{
    Agent, AgentConfig, AgentEvent, Level, Operator, OperatorEvent, ProbesReceived, Question, Recipient,
};
use crate::time::{Duration, Instant};

const COMMANDED: Rgb = Rgb::new(0, 30, 30);
const BLINK: Duration = Duration::from_millis(200);

/// Boards begin so far apart, by chance.
const APART: Duration = Duration::from_millis(200);

/// A command, and to whom.
pub type Order<'a> = (Recipient, &'a str);

/// Gives the commands one after the other, `period` apart, and prints every line that a board says. Ends `period` after the last one.
pub async fn operator<B: Board>(board: &mut B, orders: &[Order<'_>], period: Duration) {
    let mut parts = board.parts();
    let mut node = Node::<4, 250>::of(&mut parts);
    let mut operator = Operator::<16>::new(false);
    let mut orders = orders.iter();
    let mut next = parts.clock.now() + period;
    loop {
        if next <= parts.clock.now() {
            let Some((to, line)) = orders.next() else { return };
            next = next + period;
            match to {
                Recipient::Board(board) => parts.console.line(format_args!("{board} > {line}")),
                Recipient::Group(group) => parts.console.line(format_args!("group {group} > {line}")),
                Recipient::Everybody => parts.console.line(format_args!("everybody > {line}")),
            }
            if let Err(error) = operator.command(*to, line, false) {
                parts.console.line(format_args!("  {error}"));
            }
        }
        node.work(&mut parts, &mut [&mut operator]).await;
        let mut is_told = false;
        while let Some(event) = operator.poll_event() {
            is_told = true;
            match event {
                OperatorEvent::Line { from, line } => parts.console.line(format_args!("{from} {line}")),
                OperatorEvent::Given {
                    outcome: Outcome::Sent | Outcome::Acknowledged,
                    ..
                } => {}
                OperatorEvent::Given { outcome, .. } => parts.console.line(format_args!("  not heard: {outcome:?}")),
            }
        }
        if !is_told {
            node.wait(&mut parts, &mut [&mut operator], Some(next)).await;
        }
    }
}

/// Writes a line of its log every `period`, and does what an operator says.
pub async fn subject<B: Board>(board: &mut B, config: AgentConfig, period: Duration) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut agent = Agent::<1024>::new(config);
    // Boards that are switched on together shall not speak together.
    let micros = parts.random.next_u64() % APART.as_micros() as u64;
    parts.clock.sleep(Duration::from_micros(micros)).await;
    let mut next = parts.clock.now() + period;
    let mut dark_at: Option<Instant> = None;
    let mut readings = 0_u32;
    let about = config.about;
    agent.log(
        parts.clock.now(),
        parts.console,
        Level::Warn,
        "main",
        format_args!("{about} has started"),
    );
    loop {
        let now = parts.clock.now();
        if next <= now {
            next = next + period;
            readings += 1;
            agent.log(
                now,
                parts.console,
                Level::Info,
                "sensor",
                format_args!("reading {readings}"),
            );
            agent.log(now, parts.console, Level::Debug, "sensor", format_args!("took 12 µs"));
        }
        if dark_at.is_some_and(|at| at <= now) {
            dark_at = None;
            parts.pixels.paint(Rgb::OFF).await;
        }
        node.work(&mut parts, &mut [&mut agent]).await;
        let mut is_told = false;
        while let Some(event) = agent.poll_event() {
            is_told = true;
            let now = parts.clock.now();
            match event {
                AgentEvent::Commanded { .. } => {
                    dark_at = Some(now + BLINK);
                    parts.pixels.paint(COMMANDED).await;
                }
                AgentEvent::Asked { by, question } => answer(&mut agent, &node, now, by, question),
                AgentEvent::Probed(ProbesReceived {
                    from, count, rssi_dbm, ..
                }) => {
                    agent.log(
                        now,
                        parts.console,
                        Level::Info,
                        "probe",
                        format_args!("{count} messages from {from}, {rssi_dbm} dBm"),
                    );
                }
            }
        }
        if !is_told {
            let deadline = dark_at.map_or(next, |at| at.min(next));
            node.wait(&mut parts, &mut [&mut agent], Some(deadline)).await;
        }
    }
}

fn answer(agent: &mut Agent<1024>, node: &Node<8, 250>, now: Instant, by: MacAddress, question: Question) {
    match question {
        Question::Peers => {
            for peer in node.peers() {
                agent.answer(now, by, format_args!("peer {peer}"));
            }
            agent.answer(now, by, format_args!("{} peers", node.peers().len()));
        }
        Question::Stats => {
            let statistics = node.statistics();
            agent.answer(
                now,
                by,
                format_args!(
                    "{} frames sent, {} messages taken, {} passed on, {} repetitions, {} dropped",
                    statistics.transmissions,
                    statistics.delivered,
                    statistics.forwarded,
                    statistics.repetitions,
                    statistics.dropped
                ),
            );
        }
    }
}
