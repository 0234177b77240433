//! Security: an initiator gives boards the key that their messages are sealed under from then on.
//!
//! ```text
//!    initiator                                          responder, knows the proof of possession
//!        │  hello: my ephemeral key ──── to group "SEC" ──►  │
//!        │  ◄──────────── answer: mine, and a random number  │      X25519, and the proof of possession: a session
//!        │  proof ──────────────────────────────────────►    │
//!        │  ◄─────────────────────────────── proof           │  (or: refused)
//!        │  the application's key, sealed ──────────────►    │      into the flash
//!        │  ◄───────────────────────────── receipt           │
//! ```
//!
//! Two modes go this way. [`Mode::Compatible`] is that of Espressif's component (`src/security` in v2.6: protocomm's
//! security 1), octet by octet. [`Mode::Strong`] is ours. The initiator names the mode, each responder has a list of
//! those that it takes ([`Modes`]), and nobody ever falls back from one to the other: a key has the mode that it was
//! given in, in the flash too.
//!
//! # What the component's security does not do
//!
//! - **Messages are not protected against repetition.** Tag and nonce are good for ever; all that stops a replay is
//!   the list of the last 32 magics, which the receiver forgets by reset, and which the head's magic, not
//!   authenticated, walks around at once.
//! - **The head is not authenticated.** Kind, destination, source, group, time to live can be changed by anybody on
//!   the way. A sealed "on" for one lamp, heard once, switches every lamp, under any sender's name, as any kind.
//! - **The tag has four octets.** A forgery passes once in 2³²: by radio that takes years, but nothing notices the
//!   attempts.
//! - **Nonces are random, 64 bits.** Two messages in some 2³² share one, and then the XOR of what they say is in the
//!   open.
//! - **Everybody has the same key.** Whoever was given it, or takes it from one board's flash, is everybody.
//! - **The handshake has no integrity.** It is AES-CTR throughout: bits turned in the sealed key are turned in the
//!   key, and turned back in the receipt. Nobody learns the key, but a board has another one and the initiator thinks
//!   all is well.
//! - **The session key is X25519 ⊕ SHA-256(proof of possession)**, without either's public key in it. protocomm leaves it to the
//!   library to refuse keys of small order: where one is taken, SHA-256(proof of possession) alone is the key. (Here they are refused, in both modes.)
//! - **Anybody may reset a board.** A packet of one octet lets it take a key again.
//! - **A responder waits for ever** for an initiator that fell silent, and refuses all others meanwhile.
//!
//! # What the strong mode does about it
//!
//! - The handshake's keys come by HKDF from X25519, the proof of possession and a transcript: both addresses, both
//!   public keys, the random number. Both sides' proofs, the key's AES-CCM with 16 octets of tag, and the receipt are
//!   under different keys of these. A bit turned anywhere ends the handshake.
//! - Messages are sealed by [`Guarded`], around any service: see there for the octets. The head is authenticated but
//!   for what forwarding changes; each sender has its own key for each kind and start of counting, derived from the
//!   application's key; a counter, kept ahead in the flash, and a window at each receiver, kept too, take each
//!   message once, also across resets.
//! - A reset has to prove, against a challenge, that it comes from somebody with the key.
//!
//! What it does not do: all boards still share the application's key, so each can speak for any other. There is no
//! forward secrecy after the key is given: who records messages and takes the key out of a board later, reads them.
//! That messages are sent, by whom, when, how long and of which kind is in the open. A message can be suppressed, and
//! be delivered late once, as long as none after it by more than the window was accepted.
//!
//! # What the proof of possession is worth
//!
//! In both modes a listener learns nothing about it: it is under an X25519 agreement that he has no part in. Somebody
//! who takes part is another matter. The initiator shows its proof first, and so whoever answers in a board's name
//! can try proofs of possession against it at his leisure, millions a second, and with the right one is a board: he
//! gets the key, if he finds it within the round. A board shows nothing before the initiator did, so whoever plays
//! the initiator has one guess a handshake, [`MAX_WRONG_PROOFS`] before it closes for [`CLOSED_FOR`]. Whoever can cut its power has no
//! more: that somebody may be guessing stands in the flash before a proof is judged, and a start that finds it begins closed. So let it be
//! random: twelve letters and digits at least, each board's own where the label can carry it. A PAKE (SRP6a in
//! protocomm's security 2, SPAKE2+ in Matter, J-PAKE in Thread) would forgive poor ones; there is no kept `no_std`
//! crate for one yet (`spake2` allocates, is not audited, and its current curve is in a pre-release), and one of our
//! own making is not what anybody should trust. The refusal that tells the initiator of a wrong proof is not
//! authenticated: it can't be, there is nothing that both sides know.
//!
//! Addresses are not authenticated before the proof, so anybody can spend wrong proofs in the initiator's name. With them he closes a board
//! for [`CLOSED_FOR`] at a time, or ends a handshake under way, which the initiator begins anew. He learns nothing, no board takes a key of his,
//! and packets that don't advance a dialogue hold it no longer than [`SILENCE`]. Whoever can send that can also
//! disturb the channel, so a packet that binds the proof to the initiator's first would gain little; the owner sees the wrong proofs by their events.
//!
//! # Against loss
//!
//! The component sends each message of the handshake once. Here what is not answered is asked again, and answered the
//! same: where three in ten receptions are lost, 16 boards have the key within half a second of air time. Its
//! responder can't be asked twice: it takes a repeated message for an error and begins anew, which the initiator does
//! too after three silences.

mod guard;
mod initiator;
mod kept;
mod packet;
mod proof;
mod protobuf;
mod record;
mod responder;
mod session;
mod session_data;

pub use guard::{AHEAD, GuardConfig, GuardEvent, GuardStatistics, Guarded, QUIET, RESERVED, TagLength, WINDOW};
pub use initiator::{
    BoardResult, Found, Initiator, InitiatorError, InitiatorEvent, MAX_BOARDS, ROUND, ROUND_PER_BOARD, Reached,
    ResetOutcome, Terms,
};
pub use kept::KeptError;
pub use packet::{
    CHALLENGE_LEN, Info, MAX_PACKET, Mode, Modes, NotAPacket, OurInfo, Packet, RESET_PROOF_LEN, SealedKey,
};
pub use proof::ProofOfPossession;
pub use responder::{CLOSED_FOR, MAX_WRONG_PROOFS, Responder, ResponderEvent, SILENCE, STORED_GUESSES, STORED_KEY};
pub use session_data::{CRYPTO_ERROR, MAX_SESSION_DATA, NotSessionData, PUBLIC_LEN, RANDOM_LEN, SessionData};
