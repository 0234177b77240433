//! How an image is cut into packets, and the record of which are written into pages.

/// The most octets of image in one packet.
pub const LONGEST_PACKET: usize = Layout::PLAIN.packet_len;

/// The most octets in one page of the bitmap.
pub const LONGEST_PAGE: usize = Layout::PLAIN.page_len;

/// The lengths that both sides must agree on; nothing on the air tells them.
///
/// The component has two builds (`ESPNOW_OTA_LEGACY_DATA_LEN` in its `espnow_ota.h`): what it sends must fit into the 230 octets
/// that ESP-NOW v1 leaves, or into 218 if they can be sealed. A packet is what is left of that after 4 octets, cut to a multiple of
/// 16 as encrypted flash wants it; a page what is left after a status' 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    packet_len: usize,
    page_len: usize,
}

impl Layout {
    /// 224 octets a packet, 1600 packets a page: components without `CONFIG_ESPNOW_APP_SECURITY`.
    pub const PLAIN: Self = Self::for_payload(230);

    /// 208 octets a packet, 1504 packets a page: components with `CONFIG_ESPNOW_APP_SECURITY`, whether upgrades are sealed or not.
    pub const SEALABLE: Self = Self::for_payload(218);

    const fn for_payload(octets: usize) -> Self {
        let packet_len = octets - 4;
        Self {
            packet_len: packet_len - packet_len % 16,
            page_len: octets - 30,
        }
    }

    /// Octets of image in every packet but the last.
    #[must_use]
    pub const fn packet_len(self) -> usize {
        self.packet_len
    }

    /// Octets of bitmap in a page.
    #[must_use]
    pub const fn page_len(self) -> usize {
        self.page_len
    }

    /// Packets that an image of `size` octets is cut into; `None` if they are more than 16 bits can count.
    #[must_use]
    pub const fn packets(self, size: u32) -> Option<u16> {
        let packets = size.div_ceil(self.packet_len as u32);
        if packets > u16::MAX as u32 {
            return None;
        }
        Some(packets as u16)
    }

    /// Where packet `number` is in the image.
    #[must_use]
    pub const fn offset(self, number: u16) -> u32 {
        number as u32 * self.packet_len as u32
    }

    /// Octets of image in packet `number` of an image of `size` octets: 0 past its end.
    #[must_use]
    pub const fn length(self, number: u16, size: u32) -> usize {
        let left = size.saturating_sub(self.offset(number)) as usize;
        if left < self.packet_len { left } else { self.packet_len }
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::PLAIN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_the_components() {
        let lengths = |layout: Layout| (layout.packet_len(), layout.page_len());
        assert_eq!(lengths(Layout::PLAIN), (224, 200));
        assert_eq!(lengths(Layout::SEALABLE), (208, 188));
    }

    #[test]
    fn a_mebibyte_is_4682_packets() {
        assert_eq!(Layout::PLAIN.packets(1 << 20), Some(4682));
        assert_eq!(Layout::PLAIN.length(4681, 1 << 20), 32);
        assert_eq!(Layout::PLAIN.length(4682, 1 << 20), 0);
        assert_eq!(Layout::PLAIN.packets(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn packets_make_up_the_image(size in 0_u32..14_000_000, sealable: bool) {
            let layout = if sealable { Layout::SEALABLE } else { Layout::PLAIN };
            if let Some(packets) = layout.packets(size) {
                let sum: usize = (0..packets).map(|number| layout.length(number, size)).sum();
                prop_assert_eq!(sum, size as usize);
                prop_assert_eq!(layout.length(packets, size), 0);
            }
        }
    }
}
