//! Live calls for [voxhumana](https://docs.rs/voxhumana): media streams of telephone systems in,
//! verdicts out while the caller is on the line. The command is `voxhumana serve`; the guide's page
//! *Live calls* has it step by step.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let detector = voxhumana::Detector::builder().threads(1).build()?;
//! let options = voxhumana_serve::Options::default();
//! voxhumana_serve::run(detector, options, voxhumana_serve::LogFormat::Text)?;
//! # Ok(())
//! # }
//! ```
//!
//! | where | what it does |
//! |---|---|
//! | `engine/` | calls: frames in, events out; scoring on its own threads. Knows no protocol |
//! | `calibration.rs` | how low the limit of alerts must be for a promised rate of false ones |
//! | `streams/` | media streams over WebSocket, a file for each dialect |
//! | `audiosocket/` | Asterisk's AudioSocket |
//! | `rtp/` | RTP and RTCP, described in SDP |
//! | `demo.rs` | a recording played to the server as a call |
//! | `webhooks/` | events to a receiver, from a queue on disk |
//! | `http/` | what is asked over HTTP |
//! | `server.rs`, `run.rs` | all of it together, and as a program |

mod audiosocket;
pub mod calibration;
mod demo;
pub mod engine;
mod error;
mod http;
mod limits;
mod options;
mod rtp;
mod run;
mod server;
mod streams;
mod webhooks;

pub use error::Error;
pub use ipnet::IpNet;
pub use limits::Limits;
pub use options::{Demo, Options, PortRange, WebhookOptions};
pub use run::{LogFormat, run};
pub use server::Server;
