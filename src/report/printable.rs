//! Names from elsewhere as people may safely read them.

use std::borrow::Cow;

/// The text with everything written out that a reader would not see as a letter: control
/// characters, line ends, marks of writing direction and what is invisible, as `\n` or `\u{202e}`.
///
/// A file may be called anything. A line end in its name forges a line of a table, an escape
/// sequence moves a terminal's cursor, a mark of direction turns `gpj.exe` around. Machine-readable
/// results keep names as they are. The joiners U+200C and U+200D, which some scripts are written
/// with, stay.
///
/// ```
/// use voxhumana::report::printable;
///
/// assert_eq!(printable("call 1.wav"), "call 1.wav");
/// assert_eq!(printable("a\x1b[2K\nok.wav"), "a\\u{1b}[2K\\nok.wav");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(2 * text.len());
    for char in text.chars() {
        if is_hidden(char) {
            printable.extend(char.escape_default());
        } else {
            printable.push(char);
        }
    }
    Cow::Owned(printable)
}

/// Whether a character does something instead of showing something.
pub(super) fn is_hidden(char: char) -> bool {
    match char {
        // Line and paragraph separators.
        '\u{2028}' | '\u{2029}' => true,
        // Marks of direction (Unicode Standard Annex 9, table 2).
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Formats without a shape of their own, and tags.
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' => true,
        '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_what_shows_stays() {
        for (text, expected) in [
            ("x\u{1b}[1A\u{1b}[2K\nok", "x\\u{1b}[1A\\u{1b}[2K\\nok"),
            (
                "a\r\tb\0\u{7f}\u{85}\u{9b}",
                "a\\r\\tb\\u{0}\\u{7f}\\u{85}\\u{9b}",
            ),
            ("\u{202e}vaw.exe\u{2069}", "\\u{202e}vaw.exe\\u{2069}"),
            (
                "a\u{2028}b\u{feff}c\u{e0041}",
                "a\\u{2028}b\\u{feff}c\\u{e0041}",
            ),
        ] {
            assert_eq!(printable(text), expected);
        }
        for text in [
            "",
            "C:\\calls\\1.wav",
            "录音 1.wav",
            "می\u{200c}خواهم",
            "Ünïcode 👩\u{200d}🚀 \u{fffd}",
        ] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }
}
