//! Writes `partitions.csv` to standard output as the flash has it: `cargo run --no-default-features --example partition-table`.

use std::error::Error;
use std::io::{self, Write as _};

use esp_idf_part::PartitionTable;

fn main() -> Result<(), Box<dyn Error>> {
    let table = PartitionTable::try_from_str(include_str!("../partitions.csv"))?;
    io::stdout().write_all(&table.to_bin()?)?;
    Ok(())
}
