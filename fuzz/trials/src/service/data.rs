//! A program's own data.

use arbitrary::{Arbitrary as _, Unstructured};
use protocol::message::FrameHead;
use protocol::service::Service;
use protocol::service::data::{Data, Event, MAX_DATA};
use protocol::time::Instant;

use super::{Subject, address, try_boards};

/// The octets are what happens to two boards with data for each other. Numbers are given once, and what is told was asked for.
pub fn data(octets: &[u8]) {
    try_boards(
        octets,
        &[|_, _| Box::new(Sender::default()), |_, _| Box::new(Sender::default())],
    );
}

#[derive(Default)]
struct Sender {
    data: Data<4>,
    taken: u16,
}

impl Subject for Sender {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.data
    }

    fn command(&mut self, _: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let (to, head, payload) = <(u8, [u8; 6], &[u8])>::arbitrary(script)?;
        if let Ok(tag) = self.data.send(address(to), FrameHead::from_octets(head), payload) {
            assert!(payload.len() <= MAX_DATA);
            assert_eq!(tag, self.taken, "numbers follow each other");
            self.taken = self.taken.wrapping_add(1);
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        match self.data.poll_event() {
            Some(Event::Sent(tag, _)) => {
                assert!(tag < self.taken);
                true
            }
            Some(Event::Received(datum)) => {
                assert!(datum.payload.len() <= MAX_DATA);
                true
            }
            None => false,
        }
    }
}
