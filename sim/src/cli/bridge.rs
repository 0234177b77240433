//! `--bridge`: finding the antenna, giving it a seat, and telling how it went.

use std::pin::Pin;

use protocol::Channel;

use super::CliError;
use super::args::RunArgs;
use crate::bridge::{Bridge, BridgeStatistics, PortSettings};
use crate::lab::{AntennaPlan, LabBuilder};
use crate::pace::Pace;

pub(super) fn channel(text: &str) -> Result<Channel, String> {
    text.parse()
        .ok()
        .and_then(Channel::new)
        .ok_or_else(|| "a channel is from 1 to 14".to_owned())
}

/// Finds the antenna, if one is asked for.
pub(super) async fn open(args: &RunArgs) -> Result<Option<Box<Bridge>>, CliError> {
    match &args.bridge {
        Some(settings) => opened(args, settings).await.map(Some),
        None => Ok(None),
    }
}

/// Boxed here and not by the caller, who would need room for it even without a bridge.
#[inline(never)]
fn opened<'a>(
    args: &'a RunArgs,
    settings: &'a PortSettings,
) -> Pin<Box<dyn Future<Output = Result<Box<Bridge>, CliError>> + 'a>> {
    Box::pin(open_at(args, settings))
}

async fn open_at(args: &RunArgs, settings: &PortSettings) -> Result<Box<Bridge>, CliError> {
    if args.speed.is_some_and(|pace| pace != Pace::default()) {
        return Err(CliError::BridgePace);
    }
    let bridge = Bridge::open(settings.clone(), args.bridge_channel).await?;
    Ok(Box::new(bridge))
}

/// Adds the antenna's seat.
pub(super) fn seat(builder: LabBuilder, args: &RunArgs, bridge: &Bridge) -> Result<LabBuilder, CliError> {
    Ok(builder.antenna(&AntennaPlan {
        address: bridge.greeting().address,
        channel: args.bridge_channel,
        speaks_for: args.bridge_as.clone(),
    })?)
}

/// What passed, in a line.
pub(super) fn summary(statistics: &BridgeStatistics) -> String {
    let BridgeStatistics {
        outward,
        acknowledged,
        unacknowledged,
        inward,
        dropped,
        interruptions,
        round_trips,
        lag,
        line,
        ..
    } = statistics;
    let mut text = format!(
        "bridge: {outward} messages to real boards ({acknowledged} acknowledged, {unacknowledged} not), {inward} from them; \
         a result took {round_trips}; the lab was behind by {lag}"
    );
    if line.broken + line.repeated > 0 {
        text += &format!(
            "; on the line {} frames broken, {} sent again",
            line.broken, line.repeated
        );
    }
    for (count, what) in [(dropped, "messages dropped"), (interruptions, "interruptions")] {
        if *count > 0 {
            text += &format!("; {count} {what}");
        }
    }
    text
}
