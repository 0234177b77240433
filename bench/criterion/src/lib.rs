//! Home of the benchmarks. A package of its own, so that `cargo test` does not compile what only they need.
