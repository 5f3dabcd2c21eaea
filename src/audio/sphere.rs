//! NIST SPHERE (NIST Speech Header Resources): a header of text lines before the samples.

use super::codec::{self, RawCodec, Sign};
use super::layout::{Layout, Tail};
use super::riff::{read_exactly, skip};
use super::source::ByteReader;
use crate::{Error, Result};

/// Longest header read, bytes. Most have 1024.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Reads the header; `source` is left at the audio.
pub(crate) fn read_header(source: &mut ByteReader) -> Result<Layout> {
    // `NIST_1A`, a line end, and the header's length in seven characters and a line end.
    let head: [u8; 16] = read_exactly(source)?;
    let malformed = |what: &str| Error::Malformed {
        reason: format!("the SPHERE header {what}"),
    };
    let length = String::from_utf8_lossy(&head[8..]).trim().parse::<usize>();
    let length = length.map_err(|_| malformed("does not say how long it is"))?;
    if !(16..=MAX_HEADER_BYTES).contains(&length) {
        return Err(Error::LimitExceeded {
            what: "the SPHERE header in bytes",
            value: length as u64,
            limit: MAX_HEADER_BYTES as u64,
        });
    }
    let text = String::from_utf8_lossy(source.peek(length - 16)).into_owned();
    skip(source, (length - 16) as u64)?;
    let field = |name: &str| {
        let mut lines = text.lines().take_while(|line| line.trim() != "end_head");
        lines.find_map(|line| {
            // Name, type, value.
            let mut words = line.split_whitespace();
            (words.next() == Some(name)).then(|| words.nth(1).map(ToOwned::to_owned))?
        })
    };
    let number = |name: &str| field(name).and_then(|value| value.parse::<u64>().ok());
    let coding = field("sample_coding").unwrap_or_else(|| "pcm".into());
    let bytes = number("sample_n_bytes").unwrap_or(2);
    let (base, compression) = coding.split_once(',').unwrap_or((&coding, ""));
    if !compression.is_empty() {
        // ffmpeg reads none of it.
        return Err(Error::UnsupportedCodec {
            codec: format!("SPHERE {coding}"),
            advice: "convert it first, e.g. `sph2pipe -p -f wav recording converted.wav`".into(),
        });
    }
    let big_endian = field("sample_byte_format").is_some_and(|order| order.starts_with('1'));
    let codec = match (base, bytes, big_endian) {
        ("ulaw" | "mu-law", 1, _) => RawCodec::Mulaw.entry()?,
        ("alaw", 1, _) => RawCodec::Alaw.entry()?,
        ("pcm", 2, false) => RawCodec::Slin.entry()?,
        ("pcm", 2, true) => codec::by_sign(|sign| sign == Sign::Au(3))
            .ok_or_else(|| codec::unsupported("SPHERE pcm"))?,
        _ => {
            return Err(codec::unsupported(format!(
                "SPHERE {coding} of {bytes} bytes"
            )));
        }
    };
    let rate = number("sample_rate").ok_or_else(|| malformed("has no sample_rate"))?;
    let channels = number("channel_count").unwrap_or(1);
    let rate = u32::try_from(rate).unwrap_or(u32::MAX);
    let channels = usize::try_from(channels).unwrap_or(usize::MAX);
    let mut layout = Layout::new("nist", codec, rate, channels, 0)?;
    layout.data_bytes = number("sample_count")
        .and_then(|n| n.checked_mul(layout.block_bytes as u64))
        .filter(|&n| n > 0);
    layout.tail = Tail::Unknown;
    Ok(layout)
}
