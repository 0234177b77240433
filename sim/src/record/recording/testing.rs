//! Recordings' blocks, for tests that change what is in them.

use super::{CRC, HEAD, MAGIC};

/// What is in the blocks; a packer may find another way to pack it.
pub(crate) fn blocks(file: &[u8]) -> Vec<Vec<u8>> {
    let mut at = MAGIC.len();
    let mut blocks = Vec::new();
    while at < file.len() {
        let number = |place: usize| u32::from_le_bytes(file[place..place + 4].try_into().expect("4")) as usize;
        let (length, unpacked) = (number(at), number(at + 4));
        at += HEAD + length;
        blocks.push(lz4_flex::block::decompress(&file[at - length..at], unpacked).expect("packed"));
    }
    blocks
}

/// A file whose blocks are these, with the right checksums.
pub(crate) fn file_of(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    for block in blocks {
        let packed = lz4_flex::block::compress(block);
        for number in [packed.len() as u32, block.len() as u32, CRC.checksum(&packed)] {
            file.extend(number.to_le_bytes());
        }
        file.extend(packed);
    }
    file
}
