//! Text from files: decoded strictly, shown with care.

use super::limits::MAX_TEXT_CHARS;

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    /// With a byte order mark; big-endian without one.
    Utf16,
    Utf8,
}

impl Encoding {
    /// Of an ID3v2 frame (ID3v2.4.0 structure, section 4).
    pub(super) fn of_id3(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Latin1),
            1 | 2 => Some(Self::Utf16),
            3 => Some(Self::Utf8),
            _ => None,
        }
    }

    /// Splits at the first terminator; all of it, and nothing, where there is none.
    pub(super) fn split(self, bytes: &[u8]) -> (&[u8], &[u8]) {
        let width = if self == Self::Utf16 { 2 } else { 1 };
        let end = bytes
            .chunks_exact(width)
            .position(|unit| unit.iter().all(|&byte| byte == 0));
        match end {
            Some(units) => (&bytes[..units * width], &bytes[(units + 1) * width..]),
            None => (bytes, &[]),
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, String> {
        match self {
            Self::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Self::Utf8 => std::str::from_utf8(bytes)
                .map(str::to_owned)
                .map_err(|e| format!("byte {} is not UTF-8", e.valid_up_to())),
            Self::Utf16 => utf16(bytes),
        }
    }

    /// Decodes what can be decoded.
    pub(super) fn decode_lossy(self, bytes: &[u8]) -> String {
        self.decode(bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
    }
}

fn utf16(bytes: &[u8]) -> Result<String, String> {
    let (little, bytes) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (true, rest),
        [0xFE, 0xFF, rest @ ..] => (false, rest),
        all => (false, all),
    };
    if bytes.len() % 2 == 1 {
        return Err(format!("{} bytes are not UTF-16", bytes.len()));
    }
    let units = bytes.chunks_exact(2).map(|pair| match little {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    });
    char::decode_utf16(units)
        .collect::<Result<_, _>>()
        .map_err(|e| format!("half a pair {:04x} is not UTF-16", e.unpaired_surrogate()))
}

/// Text for people: capped, control characters and those that reorder or hide text escaped.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_TEXT_CHARS));
    for (n, c) in text.chars().enumerate() {
        if n == MAX_TEXT_CHARS {
            out.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters of Unicode's general category Cf that reorder, join or hide what is around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_decoded_and_split() {
        let (head, rest) = Encoding::Utf16.split(b"\xff\xfeA\0\0\0\xff\xfeB\0");
        assert_eq!(Encoding::Utf16.decode(head).as_deref(), Ok("A"));
        assert_eq!(Encoding::Utf16.decode(rest).as_deref(), Ok("B"));
        assert_eq!(Encoding::Utf16.decode(b"\0A").as_deref(), Ok("A"));
        assert_eq!(Encoding::Latin1.decode(b"\xe9").as_deref(), Ok("é"));
        assert_eq!(Encoding::Utf8.split(b"a\0b\0"), (&b"a"[..], &b"b\0"[..]));
        assert!(
            Encoding::Utf8
                .decode(b"ab\xff")
                .unwrap_err()
                .contains("byte 2")
        );
        assert!(
            Encoding::Utf16
                .decode(b"\xd8\0")
                .unwrap_err()
                .contains("d800")
        );
    }

    #[test]
    fn text_from_files_is_capped_and_escaped() {
        assert_eq!(shown("a\n\u{202e}b"), "a\\u{a}\\u{202e}b");
        let long = shown(&"x".repeat(MAX_TEXT_CHARS + 9));
        assert_eq!(long.chars().count(), MAX_TEXT_CHARS + 1);
    }
}
