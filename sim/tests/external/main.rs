//! Boards whose programs are processes of their own.

#![cfg(unix)]

mod attached;
mod command;
mod desk;
mod lockstep;
mod programs;
mod protocol;
mod sandbox;
mod scenario;
mod terminal;
mod world;
