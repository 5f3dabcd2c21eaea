//! The one interface of all dialects of media streams over WebSocket.

use std::time::Instant;

use crate::engine::{Broken, EndReason, NewCall, NewTrack, Place};

/// What a message of a telephone system says.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The call is on the line, with these tracks; others may come with their first frame.
    Start {
        /// The call.
        call: NewCall,
        /// Its tracks, where they are known.
        tracks: Vec<NewTrack>,
    },
    /// Audio of one track.
    Audio {
        /// The track.
        track: NewTrack,
        /// Its payload.
        payload: Vec<u8>,
        /// When it belongs.
        place: Place,
    },
    /// To be sent back as it is. A peer that asks for an answer is on the line, as one that sends
    /// audio is.
    Reply(String),
    /// The call is over.
    End,
}

/// A dialect: messages to what they say. One for each connection.
pub trait Dialect: Send {
    /// What a text message says; nothing, if it is of no concern here.
    ///
    /// # Errors
    ///
    /// If it cannot be read or says what was not declared: the call ends.
    fn text(&mut self, message: &str) -> Result<Vec<Heard>, Broken>;

    /// The same for a binary message.
    ///
    /// # Errors
    ///
    /// As [`Dialect::text`].
    fn binary(&mut self, message: Vec<u8>) -> Result<Vec<Heard>, Broken> {
        let n = message.len();
        Err(bad(format!(
            "a binary message of {n} bytes, where text is spoken"
        )))
    }

    /// What is said to the peer where this side ends the call, before the connection is closed; it
    /// has an answer of its own then.
    fn farewell(&mut self, _reason: EndReason, _message: Option<&str>) -> Option<String> {
        None
    }

    /// When something is due that has waited for what belongs before it, if something waits.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// What is due.
    fn take_due(&mut self, _now: Instant) -> Vec<Heard> {
        Vec::new()
    }

    /// All that waits: nothing comes any more.
    fn flush(&mut self) -> Vec<Heard> {
        Vec::new()
    }

    /// What it means when the peer closes the connection in order.
    fn closed(&self) -> EndReason {
        EndReason::Disconnected
    }
}

/// A message that cannot be read.
pub fn bad(message: impl Into<String>) -> Broken {
    Broken::new(EndReason::BadFrame, message)
}

/// A codec or rate that is not taken.
pub fn bad_codec(message: impl Into<String>) -> Broken {
    Broken::new(EndReason::Codec, message)
}
