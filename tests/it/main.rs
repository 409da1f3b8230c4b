//! Behaviour, seen from outside: whole stdout, stderr and status.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic, says when it is skipped, and may look at the environment"
)]

mod archive;
#[path = "../../src/roots/testing.rs"]
mod certificates;
mod check;
mod command;
mod comparison;
mod consumers;
mod errors;
mod fetch;
mod layout;
mod lock;
mod main_job;
mod model;
mod mutations;
mod readers;
mod readme;
mod release;
mod renewal;
mod roots;
mod server;
mod tidy;
mod torture;
mod tzdata;
mod tzif;
mod update;
mod zones;
