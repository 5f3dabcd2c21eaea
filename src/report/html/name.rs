//! Names of pages.

use sha2::{Digest, Sha256};

use crate::report::Recording;

/// Characters of the recording's name that its page keeps: with the digest well below the 255 bytes
/// of a file name, also in scripts whose characters have four bytes.
const MAX_CHARS: usize = 48;

/// A file name for a recording's page: what is harmless of the recording's own name, and a digest
/// of its path.
///
/// Recordings of equal names in different folders get different pages; the same recording gets the
/// same page in every run.
#[must_use]
pub fn page_name(recording: &Recording) -> String {
    let path = &recording.path;
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = name
        .chars()
        .take(MAX_CHARS)
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let mut hasher = Sha256::new();
    hasher.update(path);
    // Two paths that are not valid UTF-8 may be written alike.
    if path.contains(char::REPLACEMENT_CHARACTER) {
        hasher.update(recording.sha256.as_deref().unwrap_or_default());
    }
    let digest = format!("{:.16x}", hasher.finalize());
    match kept.trim_matches('-') {
        "" => format!("recording-{digest}.html"),
        kept => format!("{kept}-{digest}.html"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str) -> String {
        page_name(&Recording::new(path, Err("nothing")))
    }

    #[test]
    fn names_are_harmless_and_apart() {
        let hostile = [
            "../../etc/passwd",
            "a/call.wav",
            "b/call.wav",
            "b\\call.wav",
            "call.wav",
            "call wav",
            "-",
            "",
            "..",
            "<script>alert(1)</script>",
            "\u{7535}\u{8bdd} 1.wav",
            "a\nb\0c\u{202e}.wav",
            &"x".repeat(5_000),
            &"\u{20000}".repeat(5_000),
        ];
        let names: std::collections::BTreeSet<String> = hostile.iter().map(|p| name(p)).collect();
        assert_eq!(names.len(), hostile.len());
        for name in &names {
            assert!(name.len() <= 255, "{name}");
            let stem = name.strip_suffix(".html").unwrap();
            assert!(
                stem.chars().all(|c| c.is_alphanumeric() || c == '-'),
                "{name}"
            );
            assert!(!name.starts_with('-'), "{name}");
        }
        assert!(name("a/call.wav").starts_with("call-wav-"));
        assert_eq!(name("a/call.wav"), name("a/call.wav"));
    }

    #[test]
    fn paths_that_are_no_text_are_told_apart_by_their_bytes() {
        let mut one = Recording::new("\u{fffd}.wav", Err("nothing"));
        let mut two = one.clone();
        one.sha256 = Some("00".into());
        two.sha256 = Some("01".into());
        assert_ne!(page_name(&one), page_name(&two));
    }
}
