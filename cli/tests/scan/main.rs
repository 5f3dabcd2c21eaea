//! The command line, as a user runs it.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/common/mod.rs"]
mod common;

mod basics;
mod big_folders;
mod browser;
mod declared;
mod evidence;
mod failures;
mod folders;
mod formats;
mod harness;
mod marks;
mod pages;
mod policies;
mod schema;
mod telemetry;
mod verbs;
mod workers;
