//! The words of `digitalSourceType`: of the IPTC, and those that C2PA adds.

use super::mark::Says;

/// Where the IPTC's words lie; some write `https`, and some the bare word.
const IPTC: &str = "cv.iptc.org/newscodes/digitalsourcetype/";

/// Where C2PA's own words lie.
const C2PA: &str = "c2pa.org/digitalsourcetype/";

/// The word of this source type on AI; none, for the types that do not speak of it.
pub(super) fn says(source_type: &str) -> Option<Says> {
    let rest = source_type.trim();
    let rest = rest
        .strip_prefix("https://")
        .or(rest.strip_prefix("http://"))
        .unwrap_or(rest);
    let (c2pa, word) = match (rest.strip_prefix(IPTC), rest.strip_prefix(C2PA)) {
        (Some(word), _) => (false, word),
        (_, Some(word)) => (true, word),
        _ if rest.contains('/') => return None,
        _ => (false, rest),
    };
    match word {
        "trainedAlgorithmicMedia" | "compositeSynthetic" => Some(Says::Synthetic),
        "trainedAlgorithmicData" if c2pa => Some(Says::Synthetic),
        "compositeWithTrainedAlgorithmicMedia" => Some(Says::Partly),
        "digitalCapture" => Some(Says::Captured),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_by_their_place() {
        for (source_type, expected) in [
            (
                "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                Some(Says::Synthetic),
            ),
            (
                "https://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic",
                Some(Says::Synthetic),
            ),
            ("compositeWithTrainedAlgorithmicMedia", Some(Says::Partly)),
            (
                "http://c2pa.org/digitalsourcetype/trainedAlgorithmicData",
                Some(Says::Synthetic),
            ),
            (
                "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
                Some(Says::Captured),
            ),
            ("trainedAlgorithmicMedia", Some(Says::Synthetic)),
            (
                "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
                None,
            ),
            (
                "http://example.org/digitalsourcetype/trainedAlgorithmicMedia",
                None,
            ),
            ("", None),
        ] {
            assert_eq!(says(source_type), expected, "{source_type}");
        }
    }
}
