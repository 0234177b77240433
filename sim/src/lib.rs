//! A desk full of virtual ESP32 boards that talk ESP-NOW.

pub mod kernel;
pub mod observe;
pub mod pace;
pub mod screen;
