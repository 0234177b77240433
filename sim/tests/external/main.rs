//! Boards whose programs are processes of their own.

#![cfg(unix)]

mod attached;
mod command;
mod desk;
mod ending;
mod folders;
mod interfaces;
mod lockstep;
mod long;
mod patience;
mod printing;
mod programs;
mod protocol;
mod sandbox;
mod scenario;
mod terminal;
mod touched;
#[cfg(target_os = "linux")]
mod unread;
mod waiting;
mod waking;
mod world;
