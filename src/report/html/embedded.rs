//! A recording inside its page.

use std::fmt;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use minijinja::Value;

/// A recording to be put inside its page, in a format that browsers play.
#[derive(Clone, PartialEq, Eq)]
pub struct EmbeddedAudio {
    /// Media type, e.g. `audio/wav`.
    pub media_type: &'static str,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

impl EmbeddedAudio {
    /// The recording as a `data:` address. Of letters that need no escaping, which takes time on so
    /// many.
    pub(super) fn address(&self) -> Value {
        let base64 = Base64Display::new(&self.bytes, &STANDARD);
        Value::from_safe_string(format!("data:{};base64,{base64}", self.media_type))
    }
}

impl fmt::Debug for EmbeddedAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedAudio")
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
