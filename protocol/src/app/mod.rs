//! Applications: `async fn` over a [`Board`](crate::board::Board), the same on a chip and on a virtual board.
//!
//! - [`hello`]: the product page's sender and receiver.
//! - [`flood`]: how much one link carries.

pub mod flood;
pub mod hello;

mod text;
