//! A slot's part of the flash.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::board::SECTOR;

use crate::board::Stock;
use crate::board::whole_image::WholeImage;

/// Octets of flash. Nothing is kept for what is erased, and an image that came with the board is kept once for all boards.
#[derive(Debug, Default)]
pub(super) struct Area {
    stock: Option<Rc<Stock>>,
    /// Sectors that were erased since (`None`) or written to.
    sectors: BTreeMap<u32, Option<Box<[u8]>>>,
}

impl Area {
    pub(super) fn with(stock: Rc<Stock>) -> Self {
        Self {
            stock: Some(stock),
            sectors: BTreeMap::new(),
        }
    }

    /// Fills `buffer` with what is there from `offset` on.
    pub(super) fn read(&self, offset: u32, buffer: &mut [u8]) {
        let mut at = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let (sector, inside) = (at / SECTOR, (at % SECTOR) as usize);
            let octets = rest.len().min(SECTOR as usize - inside);
            let (here, after) = rest.split_at_mut(octets);
            match self.sectors.get(&sector) {
                Some(None) => here.fill(0xff),
                Some(Some(written)) => here.copy_from_slice(&written[inside..][..octets]),
                None => {
                    here.fill(0xff);
                    let came = self
                        .stock
                        .as_deref()
                        .and_then(|stock| stock.octets().get(at as usize..));
                    let came = came.unwrap_or_default();
                    let octets = came.len().min(octets);
                    here[..octets].copy_from_slice(&came[..octets]);
                }
            }
            at += octets as u32;
            rest = after;
        }
    }

    /// Erases a sector, or the first `octets` of it if the power is cut meanwhile.
    pub(super) fn erase(&mut self, sector: u32, octets: u32) {
        if octets >= SECTOR {
            self.sectors.insert(sector, None);
        } else {
            self.written(sector)[..octets as usize].fill(0xff);
        }
    }

    /// Writes within a sector. Writing clears bits and sets none.
    pub(super) fn program(&mut self, offset: u32, data: &[u8]) {
        let place = &mut self.written(offset / SECTOR)[(offset % SECTOR) as usize..];
        for (octet, new) in place.iter_mut().zip(data) {
            *octet &= new;
        }
    }

    fn written(&mut self, sector: u32) -> &mut [u8] {
        if !matches!(self.sectors.get(&sector), Some(Some(_))) {
            let mut octets = vec![0; SECTOR as usize];
            self.read(sector * SECTOR, &mut octets);
            self.sectors.insert(sector, Some(octets.into()));
        }
        let octets = self.sectors.get_mut(&sector).and_then(Option::as_mut);
        octets.expect("it was put there")
    }

    /// What image there is in the first `size` octets, if it is whole.
    pub(super) fn image(&self, size: u32) -> Option<WholeImage> {
        if let (Some(stock), true) = (&self.stock, self.sectors.is_empty()) {
            // Nobody touched it.
            return stock.whole().cloned();
        }
        WholeImage::find(size, |offset, buffer| self.read(offset, buffer))
    }

    #[cfg(test)]
    pub(super) fn kept_sectors(&self) -> usize {
        self.sectors.values().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Erase(u32, u32),
        Program(u32, Vec<u8>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_u32..4, prop_oneof![Just(SECTOR), 0..SECTOR]).prop_map(|(sector, octets)| Step::Erase(sector, octets)),
            (0_u32..4, 0..SECTOR, vec(any::<u8>(), 1..300)).prop_map(|(sector, offset, mut data)| {
                data.truncate((SECTOR - offset) as usize);
                Step::Program(sector * SECTOR + offset, data)
            }),
        ]
    }

    proptest! {
        /// Sparse as it is, it is what a plain array under the rules of NOR flash is.
        #[test]
        fn flash_is_an_array(steps in vec(step(), 0..30), from in 0_u32..3 * SECTOR, length in 0_usize..6_000) {
            let stock = Rc::new(Stock::new((0..9_000_u32).map(|octet| octet as u8).collect::<Vec<u8>>().into()));
            let mut plain = vec![0xff; 4 * SECTOR as usize];
            plain[..9_000].copy_from_slice(stock.octets());
            let mut area = Area::with(stock);
            for step in steps {
                match step {
                    Step::Erase(sector, octets) => {
                        area.erase(sector, octets);
                        plain[(sector * SECTOR) as usize..][..octets as usize].fill(0xff);
                    }
                    Step::Program(offset, data) => {
                        area.program(offset, &data);
                        let place = plain[offset as usize..].iter_mut();
                        place.zip(&data).for_each(|(octet, new)| *octet &= new);
                    }
                }
            }
            let length = length.min(plain.len() - from as usize);
            let mut read = vec![0; length];
            area.read(from, &mut read);
            prop_assert_eq!(&read, &plain[from as usize..][..length]);
        }
    }

    #[test]
    fn nothing_is_kept_for_what_is_erased() {
        let mut area = Area::default();
        for sector in 0..512 {
            area.erase(sector, SECTOR);
        }
        assert_eq!(area.kept_sectors(), 0);
        area.program(5 * SECTOR, &[1]);
        assert_eq!(area.kept_sectors(), 1);
    }
}
