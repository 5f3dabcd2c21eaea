//! A call that comes with the program.

use std::fmt;

/// A recording that the server plays to itself when it starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Demo {
    /// What the call is called.
    pub name: &'static str,
    /// A file of any format that is decoded: each of its channels is a track.
    pub recording: &'static [u8],
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Demo").field(&self.name).finish()
    }
}
