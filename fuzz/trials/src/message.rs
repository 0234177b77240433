//! One payload of the message layer.

use protocol::MacAddress;
use protocol::message::{AppKey, GroupChange, HEADER_LEN, Message, SEAL_LEN};
use rand_core::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The key of the vector `security-payload` (protocol/vectors/messages.json).
pub(crate) const VECTOR_KEY: [u8; AppKey::LEN] = [
    0x70, 0x7d, 0xc5, 0xf9, 0x71, 0x64, 0xe1, 0x8a, 0xd6, 0xf4, 0x6d, 0xf3, 0x7a, 0xe8, 0x7b, 0xb8, 0x18, 0x51, 0x76,
    0xef, 0xef, 0xca, 0x61, 0xac, 0xb0, 0xe4, 0x47, 0x53, 0xd1, 0x45, 0xc1, 0x3e,
];

/// The octets are a message, its payload a change of groups and a sealed payload. What is accepted comes out the same when it is emitted
/// again; what is sealed is opened, unless it was changed.
pub fn message(octets: &[u8]) {
    check_group(octets);
    check_sealed(octets);
    let Ok(message) = Message::parse(octets) else { return };
    check_group(message.payload);
    check_sealed(message.payload);
    let mut buffer = vec![0; message.buffer_len()];
    assert_eq!(message.emit(&mut buffer), Some(octets.len()));
    assert_eq!(message.emit(&mut buffer[1..]), None);
    assert_eq!(Message::parse(&buffer), Ok(message));
    // The length octet is the sender's affair, and two bits of the first octet have no meaning.
    assert_eq!((buffer[0], &buffer[2..]), (octets[0] & 0x3f, &octets[2..]));
    assert_eq!(usize::from(buffer[1]), (octets.len() - HEADER_LEN) % 256);
}

fn check_group(octets: &[u8]) {
    let Ok(change) = GroupChange::parse(octets) else { return };
    let mut buffer = vec![0; change.buffer_len()];
    assert_eq!(change.emit(&mut buffer), Some(buffer.len()));
    assert_eq!(GroupChange::parse(&buffer), Ok(change));
    assert_eq!(buffer[1..], octets[1..buffer.len()]);
    for member in buffer[8..].as_chunks::<6>().0 {
        assert!(change.concerns(MacAddress(*member)));
    }
}

fn check_sealed(octets: &[u8]) {
    let key = AppKey::new(VECTOR_KEY);
    let mut sealed = octets.to_vec();
    if let Ok(opened) = key.open(&mut sealed) {
        assert_eq!(opened.len() + SEAL_LEN, octets.len());
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut buffer = octets.to_vec();
    assert_eq!(
        key.seal(&mut random, &mut buffer, octets.len()),
        None,
        "there is no room for the seal"
    );
    buffer.resize(octets.len() + SEAL_LEN, 0);
    assert_eq!(key.seal(&mut random, &mut buffer, octets.len()), Some(buffer.len()));
    let mut changed = buffer.clone();
    assert_eq!(key.open(&mut buffer).expect("sealed under this key"), octets);
    // Any octet would do: ciphertext, tag or nonce.
    let place = usize::from(octets.first().copied().unwrap_or_default()) % changed.len();
    changed[place] ^= 0x80;
    assert!(key.open(&mut changed).is_err(), "octet {place} was changed");
}
