//! Media streams over WebSocket. A dialect is one small file that turns messages into what they
//! say.

mod asterisk;
mod dialect;
mod genesys;
mod json;
mod line;
pub mod signature;
mod socket;
mod telnyx;
mod twilio;

use dialect::Dialect;
pub use socket::serve;

/// A new dialect of one connection.
type New = fn() -> Box<dyn Dialect>;

/// Every dialect, by its path below `/v1/streams/`.
pub const DIALECTS: [(&str, New); 4] = [
    ("twilio", || Box::new(twilio::Twilio::default())),
    ("telnyx", || Box::new(telnyx::Telnyx::default())),
    ("asterisk", || Box::new(asterisk::Asterisk::default())),
    ("genesys", || Box::new(genesys::Genesys::default())),
];
