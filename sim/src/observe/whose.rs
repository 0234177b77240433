//! Whose an address is: a board has one for its station and one for its access point.

use protocol::MacAddress;
use protocol::espnow::Interface;

/// Who has this address, and on which interface, given who has which on its station. Where boards' addresses are one apart, the
/// station goes before its neighbour's access point.
pub(crate) fn whose<T>(address: MacAddress, station: impl Fn(MacAddress) -> Option<T>) -> Option<(T, Interface)> {
    Interface::ALL
        .into_iter()
        .find_map(|interface| Some((station(interface.station_beside(address))?, interface)))
}

/// What people call this address, given what they call which station; without a name, its octets.
pub(crate) fn name_of<'a>(address: MacAddress, station: impl Fn(MacAddress) -> Option<&'a str>) -> String {
    match whose(address, station) {
        Some((name, Interface::Station)) => name.to_owned(),
        Some((name, Interface::AccessPoint)) => format!("{name} (AP)"),
        None => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn address(last: u8) -> MacAddress {
        MacAddress([0x34, 0x85, 0x18, 0, 0, last])
    }

    #[test]
    fn a_board_has_two_addresses_and_a_neighbours_station_goes_first() {
        let names = |station: MacAddress| match station.octets()[5] {
            4 => Some("lamp"),
            5 => Some("neighbour"),
            8 => Some("gateway"),
            _ => None,
        };
        let read = |last| name_of(address(last), names);
        assert_eq!([read(4), read(5), read(6)], ["lamp", "neighbour", "neighbour (AP)"]);
        assert_eq!([read(8), read(9)], ["gateway", "gateway (AP)"]);
        assert_eq!(read(10), "34:85:18:00:00:0a");
    }
}
