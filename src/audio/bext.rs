//! The `bext` chunk of broadcast WAV (EBU Tech 3285).

use super::riff::Words;

/// Bytes up to the end of the time reference: description, originator, its reference, date, time.
pub(crate) const HEAD_BYTES: usize = TIME_REFERENCE + 8;

/// 256 + 32 + 32 + 10 + 8 bytes of text come first.
const TIME_REFERENCE: usize = 338;

/// Samples from midnight to the first one of the recording; `None` where the writer left it empty.
pub(crate) fn time_reference(body: &[u8], words: &Words) -> Option<u64> {
    let samples = (body.len() >= HEAD_BYTES).then(|| words.u64(body, TIME_REFERENCE))?;
    (samples > 0).then_some(samples)
}
