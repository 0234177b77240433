//! Messages longer than a frame, in order, exactly once, to one board or to a group, over links that lose.
//!
//! Raw ESP-NOW stops at 250 octets (1470 in its second version), gives up after some twenty milliseconds, repeats nothing to groups, and its
//! acknowledgement says that a MAC has the frame, not that a program will see it. The component's repetitions and acks are for single
//! messages, and neither orders them nor cuts them. This transport does, on message kind 15, which the component leaves alone.
//!
//! ```text
//!    sender                                                            receiver
//!      │ ─── open(session, segment) ───────────────────────────────────► │   session: random, the sender's epoch
//!      │ ◄── accept(session, token, room) ────────────────────────────── │   token: random, the receiver's
//!      │ ─── confirm(session, token) ──────────────────────────────────► │   so neither is an echo of the past
//!      │ ◄── report(next 0, room 16) ─────────────────────────────────── │
//!      │ ─── data 0 │ length ‖ octets │ first ─────────────────────────► │
//!      │ ─── data 1 ──────────────────────────✗                          │
//!      │ ─── data 2 │ octets ‖ CRC-32 │ last, poll ────────────────────► │
//!      │ ◄── report(next 1, room 15, held 0b1) ───────────────────────── │   answers data 2's packet number
//!      │ ─── data 1, poll ─────────────────────────────────────────────► │   sent before that packet and not there: lost
//!      │ ◄── report(next 3, room 13) ─────────────────────────────────── │   the message is delivered
//!      │ ─── close ────────────────────────────────────────────────────► │
//! ```
//!
//! [`Packet`] has the octets. Each of the decisions is somebody's:
//!
//! - **Epochs.** A session has the sender's random number and begins only when the sender has shown the receiver's random token, as TCP's and
//!   QUIC's handshakes do. A receiver that started anew knows no session, says so (`reset`), and the sender tells its application: what was not
//!   reported is uncertain, and no protocol without a flash can know better. A recording of an old session fits no token.
//! - **Sequence numbers** count segments in a session, not octets. Messages follow each other in one session; a segment says whether it is its
//!   message's first or last. 2³² segments of 200 octets are months of a link at 1 Mbit/s; a session ends after half a minute of silence.
//! - **Selective acknowledgement** (RFC 2018) is a bitmap of the window, in every report. Packets have numbers of their own, new ones for
//!   repetitions, so that a report says which packet it answers (QUIC, RFC 9002): whatever was sent before that one and is not in the bitmap
//!   was lost. There is no ambiguity for round trips either (Karn).
//! - **Reports are asked for** (`poll`, as HDLC has it): with the last segment that may be sent, and of a single board halfway through the window so
//!   that it never stops. If none comes in the time that RFC 6298 gives, the sender asks again, with a packet of 16 octets, in ever longer intervals; it never
//!   repeats a segment on suspicion. A unicast packet that the MAC gave up on is known to be lost at once.
//! - **Flow control** is the receiver's buffer: `room` counts segments, and what the application has not taken takes room. A receiver that had
//!   none says when it has; if that is lost, the sender's questions find out.
//! - **Congestion** is left to the MAC, which waits for the air: there is one hop, or few, and no queue of routers. The sender has two packets in
//!   hand, so that others get their turn.
//! - **Groups.** Segments go to everybody at once. All members are asked by one poll and answer one after the other, each in its slot, as reports
//!   at once would collide (NORM, RFC 5740, staggers at random; here the members are known). A segment that several lack is repeated once. A
//!   member that leaves a poll unanswered is asked alone, which the MAC repeats, given up after a while, and the others go on: each has its own end. The window moves
//!   with the slowest.
//! - **Octets.** Every packet has a CRC-32 with both addresses in it, every message one over all of it. They are against accidents. Against an
//!   attacker there is [`crate::message::FrameHead::security`] in [`SenderConfig::head`] and [`ReceiverConfig::head`]: then whatever was not
//!   sealed under the application's key is ignored.
//!
//! Memory is bounded: a window of segments at the sender, and one for each sender at a receiver, 16 of 200 octets unless the types say
//! otherwise. 200 octets and all headers are the longest secured frame of ESP-NOW's first version.
//!
//! What holds, whatever the air does: octets of a message come in order and each once; [`ReceiverEvent::Finished`] comes once for each message
//! that was written whole, in their order; [`SenderEvent::Delivered`] comes after every receiver that is left has all of it in its memory. If frames
//! get through at all now and then, it comes. If not, [`SenderEvent::Failed`] does.

mod packet;
mod receiver;
mod round_trip;
mod sender;

pub use packet::{Body, DATA_OVERHEAD, Mark, NotAPacket, Packet, Reason};
pub use receiver::{Event as ReceiverEvent, LINGER, Receiver, ReceiverConfig};
pub use sender::{CommandError, Event as SenderEvent, Loss, Sender, SenderConfig};
