//! What bytes that are no recording look like, in words for people.

use super::codec::CONVERT;
use super::guess;

/// Letters of text quoted in an error.
const QUOTED: usize = 60;

/// Text shorter than this need not be varied: a whole file of `404`.
const SHORT: usize = 80;

/// Different bytes that longer text has at least. A-law's idle line is one letter over and over.
const MIN_LETTERS: usize = 5;

/// Share of bytes outside ASCII from which on text is likely no text but bytes taken for it.
const MANY_HIGH: f64 = 0.02;

/// U+FFFD in UTF-8, which stands for each byte that was no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Whether these bytes are text.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let Some(text) = utf8(head) else {
        return is_utf16(head) || is_latin(head);
    };
    if is_utf16(head) {
        return true;
    }
    let printable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let mut seen = [false; 256];
    head.iter().for_each(|&b| seen[usize::from(b)] = true);
    let letters = seen.iter().filter(|&&s| s).count();
    !text.is_empty()
        && text.chars().all(printable)
        && (letters >= MIN_LETTERS || head.len() < SHORT)
}

/// Whether bytes of sound were taken for text and written as UTF-8: what is left is noise.
pub(crate) fn is_damaged_by_text(head: &[u8]) -> bool {
    const MIN_BYTES: usize = 512;
    if head.len() < MIN_BYTES {
        return false;
    }
    let high = head.iter().filter(|&&b| b >= 0x80).count() as f64 / head.len() as f64;
    let replaced = head.windows(3).filter(|w| *w == REPLACEMENT).count();
    // Sound is no valid UTF-8 but by such a conversion; text has no control characters.
    high > MANY_HIGH && (utf8(head).is_some() && !is_text(head) || replaced * 50 > head.len())
}

/// The finding and what to do, for bytes of no known container.
pub(crate) fn describe(head: &[u8]) -> String {
    if is_damaged_by_text(head) {
        return "it is a recording that a program took for text and wrote as UTF-8, which cannot be \
                undone: fetch it again as bytes (binary)"
            .into();
    }
    if is_text(head) {
        return text(head);
    }
    if head.iter().all(|&b| b == head[0]) {
        return format!(
            "its bytes are of no known container, and all 0x{:02x}: nothing was recorded, or only \
             its space was reserved",
            head[0]
        );
    }
    if let Some((name, words)) = guess::other(head) {
        return format!(
            "its bytes are of no known container; they look like {words} without a header: say \
             their rate to ffmpeg, e.g. `ffmpeg -f {name} -ar 8000 -i recording converted.wav`"
        );
    }
    match guess::headerless(head) {
        Some(format) => {
            let (codec, rate) = (format.codec, format.sample_rate_hz);
            let channels = match format.channels {
                1 => String::new(),
                n => format!(" --raw-channels {n}"),
            };
            format!(
                "its bytes are of no known container; they look like {codec} without a header, at \
                 {rate} Hz by guess: read it with --raw-codec {codec} --raw-rate {rate}{channels}, \
                 or --raw-codec auto"
            )
        }
        None => format!(
            "its bytes are of no known container; if it is a telephone recording without a header, \
             say which raw codec and sample rate it has (--raw-codec, --raw-rate); else {CONVERT}"
        ),
    }
}

fn text(head: &[u8]) -> String {
    let string = String::from_utf8_lossy(head);
    let text = string.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = text.chars().take(200).collect::<String>().to_lowercase();
    let again = "fetch the recording again";
    let (kind, advice) = if lower.starts_with("data:") && lower.contains(";base64,") {
        (
            "a data URL, base64",
            "decode it: cut -d, -f2 FILE | base64 -d > RECORDING",
        )
    } else if is_hex(text) {
        ("hexadecimal", "decode it: xxd -r -p FILE > RECORDING")
    } else if is_base64(text) {
        ("base64", "decode it: base64 -d FILE > RECORDING")
    } else if lower.starts_with("<!doctype html") || lower.contains("<html") {
        ("HTML", again)
    } else if lower.starts_with('<') {
        ("XML", again)
    } else if lower.starts_with(['{', '[']) {
        ("JSON", again)
    } else if lower.starts_with("#extm3u") || lower.starts_with("[playlist]") {
        ("a playlist", "scan the recordings that it names")
    } else if lower.starts_with("version https://git-lfs") {
        ("a Git LFS pointer", "fetch the recording with git lfs pull")
    } else if is_utf16(head) {
        ("UTF-16", again)
    } else {
        ("plain", again)
    };
    let quoted: String = text
        .chars()
        .take(QUOTED)
        .filter(|c| !c.is_control())
        .collect();
    format!("it is text ({kind}) and no sound, and starts with {quoted:?}: {advice}")
}

fn is_hex(text: &str) -> bool {
    let mut letters = text.bytes().filter(|b| !b.is_ascii_whitespace());
    text.len() >= SHORT && letters.all(|b| b.is_ascii_hexdigit())
}

fn is_base64(text: &str) -> bool {
    let letters = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n'));
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    text.len() >= SHORT && letters.take(4_096).all(known)
}

fn is_utf16(head: &[u8]) -> bool {
    let zeros = |odd: usize| {
        let bytes = head.iter().skip(2 + odd).step_by(2);
        let all = bytes.clone().count();
        all > 2 && bytes.filter(|&&b| b == 0).count() * 10 > all * 9
    };
    // Without its mark as well, where the other half is ASCII.
    let ascii = |odd: usize| {
        let mut bytes = head.iter().skip(odd).step_by(2);
        bytes.all(|&b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
    };
    let has_mark = |mark: [u8; 2]| head.starts_with(&mark);
    zeros(1) && (has_mark([0xFF, 0xFE]) || ascii(0))
        || zeros(0) && (has_mark([0xFE, 0xFF]) || ascii(1))
}

/// Text of one byte a letter, of which some are no ASCII (ISO 8859): no control characters, which
/// sound has.
fn is_latin(head: &[u8]) -> bool {
    let is_letter = |b: u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0xA0..);
    let high = head.iter().filter(|&&b| b >= 0xA0).count();
    head.len() >= SHORT && head.iter().all(|&b| is_letter(b)) && high * 5 < head.len()
}

/// The bytes as UTF-8, whose last letter may be cut.
fn utf8(head: &[u8]) -> Option<&str> {
    match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&head[..e.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_named_and_quoted() {
        let base64 = "UklGRqQ4AABXQVZFZm10IBAAAAABAAEAgLsAAAB3AQACABAAZGF0YYA4AAAAAAAA".repeat(3);
        for (text, kind) in [
            ("<?xml version=\"1.0\"?><Error/>", "XML"),
            ("<!DOCTYPE html><title>404</title>", "HTML"),
            ("{\"error\": \"not found\"}", "JSON"),
            ("\u{feff}{\"error\": \"not found\"}", "JSON"),
            ("Dear Sir or Madam", "plain"),
            ("404", "plain"),
            ("#EXTM3U\na.mp3\n", "playlist"),
            ("version https://git-lfs.github.com/spec/v1\n", "LFS"),
            (&base64, "base64"),
            (&"52494646a4380000".repeat(9), "hexadecimal"),
            (&format!("data:audio/wav;base64,{base64}"), "data URL"),
        ] {
            let said = describe(text.as_bytes());
            assert!(said.contains("text (") && said.contains(kind), "{said}");
        }
        let utf16: Vec<u8> = "\u{feff}not found"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(describe(&utf16).contains("UTF-16"));
        assert!(is_text(&utf16[2..]) && describe(&utf16[2..]).contains("UTF-16"));
        let latin = b"Gr\xfc\xdfe aus K\xf6ln, nicht gefunden. ".repeat(9);
        assert!(is_text(&latin) && describe(&latin).contains("text (plain)"));
        for idle in [[0x55; 4_000], [0xD5; 4_000], [0; 4_000], [0xFF; 4_000]] {
            assert!(!is_text(&idle));
        }
    }

    #[test]
    fn sound_that_went_through_utf8_is_known_and_other_sound_is_not() {
        let sound: Vec<u8> = (0..4_000_u32)
            .flat_map(|i| (((f64::from(i) * 0.05).sin() * 9_000.0) as i16).to_le_bytes())
            .collect();
        assert!(!is_damaged_by_text(&sound));
        let lossy = String::from_utf8_lossy(&sound).into_owned();
        assert!(is_damaged_by_text(lossy.as_bytes()));
        let latin: String = sound.iter().map(|&b| char::from(b)).collect();
        assert!(is_damaged_by_text(latin.as_bytes()));
        assert!(!is_damaged_by_text(
            "Grüße aus Köln, schöne Größe. ".repeat(50).as_bytes()
        ));
    }
}
