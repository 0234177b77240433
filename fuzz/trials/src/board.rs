//! What boards do with the requests of programs in other languages.

use std::cell::RefCell;
use std::rc::Rc;

use sim::external::rehearse;

/// As much as a line holds.
const LONGEST: usize = 32 * 1024;

/// A reply's fields before its body: status, time, grant, events, messages.
const HEAD: usize = 1 + 8 + 8 + 2 + 4;

/// The octets are what the programs of two boards ask, each request with its board and its length before it. Every request that is
/// carried out has one answer, times do not go back, and the run ends.
pub fn board(octets: &[u8]) {
    let mut said = [Vec::new(), Vec::new()];
    let mut rest = octets.get(..LONGEST).unwrap_or(octets);
    let mut requests = [0; 2];
    while let [head, length, others @ ..] = rest {
        let (request, behind) = others.split_at(others.len().min(usize::from(*length)));
        let side = usize::from(head & 1);
        let length = u16::try_from(request.len()).expect("it came from an octet");
        said[side].extend(length.to_le_bytes());
        said[side].extend(request);
        requests[side] += 1;
        rest = behind;
    }
    let answered = [(); 2].map(|()| Rc::new(RefCell::new(Vec::new())));
    let dialogues = said.into_iter().zip(answered.iter().map(Rc::clone)).collect();
    let mut lab = rehearse(dialogues).expect("there are sockets");
    lab.run();
    for (answered, requests) in answered.iter().zip(requests) {
        check(&answered.borrow(), requests);
    }
}

fn check(answered: &[u8], requests: usize) {
    let (mut rest, mut replies, mut before) = (answered, 0, 0);
    while let [low, high, others @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (reply, behind) = others.split_at(length);
        assert!(reply.len() >= HEAD, "{reply:?}");
        let now = u64::from_le_bytes(reply[1..9].try_into().expect("eight"));
        // A board that is reset has its clock anew.
        assert!(now >= before || now < 1_000_000, "{now} after {before}");
        before = now;
        rest = behind;
        replies += 1;
    }
    assert!(rest.is_empty() && replies <= requests, "{replies} of {requests}");
}
