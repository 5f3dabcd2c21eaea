//! The `bext` chunk of broadcast WAV (EBU Tech 3285).

/// Bytes up to the end of the time reference: description, originator, its reference, date, time.
pub(crate) const HEAD_BYTES: usize = TIME_REFERENCE + 8;

/// 256 + 32 + 32 + 10 + 8 bytes of text come first.
const TIME_REFERENCE: usize = 338;

/// Samples from midnight to the first one of the recording; `None` where the writer left it empty.
pub(crate) fn time_reference(body: &[u8]) -> Option<u64> {
    let number = body.get(TIME_REFERENCE..HEAD_BYTES)?;
    let samples = number.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b));
    (samples > 0).then_some(samples)
}
