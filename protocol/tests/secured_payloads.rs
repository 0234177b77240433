//! Payloads sealed under the application's key: a vector that something else made, and the laws.

mod scripted;
mod vectors_file;

use proptest::prelude::*;
use protocol::message::{AppKey, NotOpened, SEAL_LEN};
use scripted::Scripted;
use vectors_file::{array, octets, vector};

#[test]
fn the_vector_is_sealed_and_opened() {
    let vector = vector("security-payload");
    let (input, sealed) = (&vector["in"], octets(&vector["out"]["sealed"]));
    let key = AppKey::new(array(&input["app_key"]));
    let payload = octets(&input["payload"]);
    let mut buffer = payload.clone();
    buffer.resize(sealed.len(), 0);
    let length = key.seal(&mut Scripted::new(&octets(&input["nonce"])), &mut buffer, payload.len());
    assert_eq!(length, Some(sealed.len()));
    assert_eq!(buffer, sealed);
    assert_eq!(key.open(&mut buffer).expect("it is sealed under this key"), payload);
}

proptest! {
    #[test]
    fn what_is_sealed_is_opened_and_nothing_else(
        key: [u8; AppKey::LEN],
        nonce: [u8; 8],
        payload in prop::collection::vec(any::<u8>(), 0..=230 - SEAL_LEN),
        changed: prop::sample::Index,
        by in 1_u8..,
    ) {
        let key = AppKey::new(key);
        let mut buffer = payload.clone();
        buffer.resize(payload.len() + SEAL_LEN, 0);
        prop_assert_eq!(key.seal(&mut Scripted::new(&nonce), &mut buffer, payload.len()), Some(buffer.len()));

        let mut forged = buffer.clone();
        forged[changed.index(buffer.len())] ^= by;
        // Four octets of tag: one forgery in 2^32 is taken, far less often than this is run.
        prop_assert_eq!(key.open(&mut forged), Err(NotOpened::Forged));
        prop_assert_eq!(key.open(&mut buffer), Ok(&mut payload.clone()[..]));
    }

    #[test]
    fn arbitrary_octets_are_refused(key: [u8; AppKey::LEN], mut octets in prop::collection::vec(any::<u8>(), 0..64)) {
        let have = octets.len();
        let expected = if have < SEAL_LEN { NotOpened::TooShort { have } } else { NotOpened::Forged };
        prop_assert_eq!(AppKey::new(key).open(&mut octets), Err(expected));
    }

    #[test]
    fn without_room_nothing_is_touched(key: [u8; AppKey::LEN], room in 0..SEAL_LEN, length in 0_usize..32) {
        let mut buffer = vec![7; length + room];
        prop_assert_eq!(AppKey::new(key).seal(&mut Scripted::new(&[]), &mut buffer, length), None);
        prop_assert_eq!(AppKey::new(key).seal(&mut Scripted::new(&[]), &mut buffer, usize::MAX), None);
        prop_assert!(buffer.iter().all(|&octet| octet == 7));
    }
}
