//! Boards whose programs are processes of their own.

#![cfg(unix)]

mod desk;
mod lockstep;
mod programs;
