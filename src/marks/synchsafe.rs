//! Bytes of ID3v2 that no decoder of MPEG audio takes for its sync word. (`id3v2.4.0-structure`,
//! section 6.)

/// Takes the zeros out again; also gives, for each, the first byte of the result behind it.
pub(super) fn synchronise(raw: &[u8]) -> (Vec<u8>, Vec<u64>) {
    let mut plain = Vec::with_capacity(raw.len());
    let mut removed = Vec::new();
    let mut after_ff = false;
    for &byte in raw {
        if after_ff && byte == 0 {
            removed.push(plain.len() as u64);
            after_ff = false;
            continue;
        }
        plain.push(byte);
        after_ff = byte == 0xFF;
    }
    (plain, removed)
}

/// A number of 28 bits in bytes of 7.
pub(super) fn number(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.get(..4)?;
    let safe = bytes.iter().all(|&byte| byte < 0x80);
    safe.then(|| bytes.iter().fold(0, |n, &byte| n << 7 | u32::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsynchronisation_is_undone_and_places_are_those_of_the_file() {
        let (plain, removed) = synchronise(b"a\xff\0\xe0\xff\0\0b");
        assert_eq!(plain, b"a\xff\xe0\xff\0b");
        assert_eq!(removed, [2, 4]);
    }

    #[test]
    fn sizes_of_seven_bits() {
        assert_eq!(number(&[0, 0, 2, 1]), Some(257));
        assert_eq!(number(&[0, 0, 0x80, 0]), None);
        assert_eq!(number(&[0, 0]), None);
    }
}
