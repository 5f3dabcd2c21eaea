//! The frame that holds no audio but facts about it: Xing, Info (with LAME's extension) or VBRI.

use super::header::Header;

/// What an MP3 decoder lags behind, samples: 528 of its filter bank and one (LAME's `tech.html`).
const DECODER_DELAY: usize = 529;

/// Facts about the frames that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct InfoTag {
    pub(crate) frames: Option<u64>,
    /// Samples that the encoder put before the sound.
    pub(crate) delay: usize,
    /// Samples that it put behind it.
    pub(crate) padding: usize,
}

impl InfoTag {
    /// The tag in this frame, if it is one.
    pub(crate) fn parse(frame: &[u8], header: &Header) -> Option<Self> {
        if let Some(vbri) = frame.get(36..).filter(|rest| rest.starts_with(b"VBRI")) {
            return Some(Self {
                frames: word(vbri, 14).map(u64::from),
                ..Self::default()
            });
        }
        let tag = frame.get(header.tag_at..)?;
        if !tag.starts_with(b"Xing") && !tag.starts_with(b"Info") {
            return None;
        }
        let flags = word(tag, 4)?;
        let has = |bit: u32| flags & bit != 0;
        let frames = if has(1) { word(tag, 8) } else { None };
        let fields = [(1, 4), (2, 4), (4, 100), (8, 4)];
        let before: usize = fields
            .iter()
            .filter(|(bit, _)| has(*bit))
            .map(|(_, n)| n)
            .sum();
        let lame = tag.get(8 + before..).unwrap_or_default();
        // The encoder's name; without it, what stands here means nothing.
        let named = lame
            .get(..4)
            .is_some_and(|name| name.iter().all(u8::is_ascii_alphanumeric));
        let (delay, padding) = match lame.get(21..24) {
            Some(&[a, b, c]) if named => (
                usize::from(a) << 4 | usize::from(b >> 4),
                usize::from(b & 15) << 8 | usize::from(c),
            ),
            _ => {
                return Some(Self {
                    frames: frames.map(u64::from),
                    ..Self::default()
                });
            }
        };
        Some(Self {
            frames: frames.map(u64::from),
            delay: delay + DECODER_DELAY,
            padding: padding.saturating_sub(DECODER_DELAY),
        })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
