//! Laws and conformance across crates; everything is under `tests/`.
