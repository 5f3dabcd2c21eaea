//! Calls through the ports of a real server, with the tiny model.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/common/mod.rs"]
mod common;

mod asterisk;
mod audiosocket;
mod events;
mod genesys;
mod harness;
mod hostile;
mod http;
mod limits;
mod order;
mod page;
mod peers;
mod rtp;
mod security;
mod stop;
mod telnyx;
mod twilio;
mod webhooks;
