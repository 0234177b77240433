//! Applications of plain ESP-NOW.

use protocol::app::relay::{self, Answer};
use protocol::app::{beacon, echo, hello, stream};
use protocol::espnow::Peer;

use super::{App, Call, Kind, Refusal, Started, optional, required};
use crate::observe::Ending;

/// The longest payload of ESP-NOW 2.
const LONGEST: u64 = 1470;

const fn payload(default: &'static str, longest: u64) -> super::Parameter {
    optional("payload", default, Kind::Count(1, longest), "octets a message")
}

const RATE: super::Parameter = optional("rate", "1M", Kind::Rate, "the data rate");

/// Whom it talks to, and how fast.
fn peer(call: &Call<'_>) -> Result<Peer, Refusal> {
    Ok(Peer::new(call.board("peer")?).at_rate(call.rate("rate")?))
}

pub(super) const IDLE: App = App {
    name: "idle",
    summary: "does nothing; its MAC acknowledges all the same",
    parameters: &[],
    build: |_| {
        Ok(Started::new(async |board| {
            board.hardware().borrow_mut().rest();
            std::future::pending::<Ending>().await
        }))
    },
};

pub(super) const HELLO_SENDER: App = App {
    name: "hello-sender",
    summary: "the product page's sender: 102 messages, then waits for the answer and blinks blue",
    parameters: &[optional(
        "peer",
        "bb:bb:bb:bb:bb:bb",
        Kind::Board,
        "whom it sends to; unless set, the page's placeholder",
    )],
    build: |call| {
        let peer = call.board("peer")?;
        Ok(Started::new(async move |mut board| {
            super::ending(hello::sender(&mut board, peer).await)
        }))
    },
};

pub(super) const HELLO_RECEIVER: App = App {
    name: "hello-receiver",
    summary: "the product page's receiver: prints what comes, answers \"end\" and blinks green",
    parameters: &[],
    build: |_| {
        Ok(Started::new(async |mut board| {
            super::ending(hello::receiver(&mut board).await)
        }))
    },
};

pub(super) const STREAM_SOURCE: App = App {
    name: "stream-source",
    summary: "sends messages as fast as it can",
    parameters: &[
        optional("peer", "everybody", Kind::Board, "whom it sends to"),
        payload("250", LONGEST),
        RATE,
    ],
    build: |call| {
        let peer = peer(call)?;
        let payload = call.count("payload")?;
        Ok(Started::new(async move |mut board| {
            super::ending(stream::source(&mut board, peer.clone(), payload).await)
        }))
    },
};

pub(super) const STREAM_SINK: App = App {
    name: "stream-sink",
    summary: "counts what comes, and prints it every second",
    parameters: &[],
    build: |_| {
        Ok(Started::new(async |mut board| {
            super::ending(stream::sink(&mut board).await)
        }))
    },
};

pub(super) const ECHO_CALLER: App = App {
    name: "echo-caller",
    summary: "sends a message, waits for the same to come back, and so on; prints the times",
    parameters: &[
        required("peer", Kind::Board, "whom it calls"),
        payload("250", LONGEST),
        RATE,
    ],
    build: |call| {
        let peer = peer(call)?;
        let payload = call.count("payload")?;
        Ok(Started::new(async move |mut board| {
            super::ending(echo::caller(&mut board, peer.clone(), payload).await)
        }))
    },
};

pub(super) const ECHO_ANSWERER: App = App {
    name: "echo-answerer",
    summary: "sends every message back",
    parameters: &[required("peer", Kind::Board, "whom it answers"), RATE],
    build: |call| {
        let peer = peer(call)?;
        Ok(Started::new(async move |mut board| {
            super::ending(echo::answerer(&mut board, peer.clone()).await)
        }))
    },
};

pub(super) const BEACON: App = App {
    name: "beacon",
    summary: "broadcasts now and then, and reads what others say twice in that time",
    parameters: &[
        optional("period", "1s", Kind::Time, "from one broadcast to the next"),
        payload("64", 250),
        optional(
            "phase",
            "",
            Kind::Time,
            "until the first one; a random part of the period unless set",
        ),
    ],
    build: |call| {
        let (period, payload) = (call.time("period")?, call.count("payload")?);
        let phase = call.time_if_given("phase")?;
        Ok(Started::new(async move |mut board| {
            super::ending(beacon::beacon(&mut board, period, phase, payload).await)
        }))
    },
};

pub(super) const RELAY_CALLER: App = App {
    name: "relay-caller",
    summary: "sends messages to a board that is hops away, and waits for its answers",
    parameters: &[
        required("peer", Kind::Board, "whom it calls"),
        optional("messages", "10", Kind::Count(1, 65_535), "how many"),
        optional("period", "500ms", Kind::Time, "from one to the next"),
        optional(
            "repetitions",
            "3",
            Kind::Count(1, 31),
            "how often each board sends a message",
        ),
        optional(
            "answer",
            "message",
            Kind::Word(&["message", "ack"]),
            "what comes back: a message, repeated like the one that came, or the component's ack, sent once",
        ),
    ],
    build: |call| {
        let call = relay::Call {
            answerer: call.board("peer")?,
            messages: u16::try_from(call.count("messages")?).unwrap_or(u16::MAX),
            period: call.time("period")?,
            repetitions: u8::try_from(call.count("repetitions")?).unwrap_or(u8::MAX),
            answer: match call.word("answer")? {
                "ack" => Answer::Ack,
                _ => Answer::Message,
            },
        };
        Ok(Started::new(async move |mut board| {
            relay::caller(&mut board, call).await;
            Ending::Finished
        }))
    },
};

pub(super) const RELAY: App = App {
    name: "relay",
    summary: "passes messages on, and answers those for itself",
    parameters: &[],
    build: |_| Ok(Started::new(async |mut board| match relay::relay(&mut board).await {})),
};
