//! The command line, as a user runs it.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/common/mod.rs"]
mod common;

mod again;
mod basics;
mod bench;
mod big_folders;
mod browser;
mod compare;
mod declared;
mod errors;
mod evidence;
mod failures;
mod first_run;
mod folders;
mod formats;
mod harness;
mod marks;
mod metadata;
mod names;
mod outputs;
mod pages;
mod policies;
mod schema;
mod telemetry;
mod upgrade;
mod verbs;
mod watch;
mod workers;
