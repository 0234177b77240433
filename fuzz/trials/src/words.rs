//! What a user may write: a command line, and what its options take.

use protocol::{MacAddress, Rate};
use sim::bridge::PortSettings;
use sim::cli;
use sim::decode::parse_key;
use sim::pace::Pace;

/// The octets are a command line, a word a line; each word may also be all that an option takes. Complaints are
/// one line.
pub fn words(octets: &[u8]) {
    let Ok(text) = str::from_utf8(octets) else { return };
    let words: Vec<_> = text.split('\n').collect();
    if let Err(complaint) = cli::check(words.iter().map(Into::into)) {
        assert!(!complaint.is_empty() && !complaint.contains('\n'), "{complaint:?}");
    }
    for word in words {
        if let Ok(address) = word.parse::<MacAddress>() {
            assert_eq!(address.to_string().parse(), Ok(address));
        }
        if let Ok(rate) = word.parse::<Rate>() {
            assert!(rate.kilobits_per_second() > 0);
        }
        if let Ok(pace) = word.parse::<Pace>() {
            assert!(pace.factor() > 0.0 || pace == Pace::Paused);
            assert_eq!(pace.to_string().parse(), Ok(pace));
        }
        if let Ok(port) = word.parse::<PortSettings>() {
            assert!(port.baud > 0 && !port.path.as_os_str().is_empty());
        }
        if let Ok(key) = parse_key(word) {
            assert_eq!(format!("{key:?}"), "Key(…)");
        }
    }
}
