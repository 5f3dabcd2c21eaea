//! Evidence records between people: keys that sign them, and the check that one holds.
//!
//! | file | what it does |
//! |---|---|
//! | `keygen.rs` | `voxhumana keygen` |
//! | `keys.rs` | files with keys |
//! | `verify.rs` | `voxhumana verify` |
//! | `originals.rs` | the recordings of a record, found again |
//! | `findings.rs` | what was found, for people and for programs |
//!
//! The record itself is written by a scan: `scan/evidence.rs`.

mod findings;
mod keygen;
mod keys;
mod originals;
mod verify;

pub use keygen::{KeygenArgs, run as keygen};
pub use keys::read_private as read_private_key;
pub use verify::{VerifyArgs, run as verify};
