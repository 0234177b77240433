//! Scenario files: what they say, what is wrong with them, and that both ways to a scenario are one.

mod benches;
mod errors;
mod faults;
mod forms;
mod judging;
mod library;
mod schema;
