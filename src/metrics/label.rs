//! The class of a trial, in every spelling that people use.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The class of a recording of known origin.
///
/// Read in the field's spelling (`bonafide`, `spoof`) and in that of verdicts (`bona_fide`,
/// `synthetic`), also with a hyphen or a blank, in any case; written in the field's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// Natural speech.
    BonaFide,
    /// Synthetic, cloned or converted speech.
    Spoof,
}

impl FromStr for Label {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let letters = |c: &char| !matches!(c, '_' | '-' | ' ');
        let word: String = text.trim().to_lowercase().chars().filter(letters).collect();
        match word.as_str() {
            "bonafide" => Ok(Self::BonaFide),
            "spoof" | "synthetic" => Ok(Self::Spoof),
            _ => Err(Error::InvalidArgument {
                name: "label",
                value: format!("`{text}`"),
                accepted: "bonafide, bona_fide, spoof, synthetic".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BonaFide => "bonafide",
            Self::Spoof => "spoof",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_one_is_written() {
        for text in ["bonafide", "bona_fide", "Bona-Fide", " bona fide "] {
            assert_eq!(text.parse::<Label>().unwrap(), Label::BonaFide, "{text}");
        }
        for text in ["spoof", "synthetic", "SPOOF"] {
            assert_eq!(text.parse::<Label>().unwrap(), Label::Spoof, "{text}");
        }
        assert_eq!(Label::BonaFide.to_string(), "bonafide");
        let error = "human".parse::<Label>().unwrap_err().to_string();
        assert!(
            error.contains("`human`") && error.contains("accepted"),
            "{error}"
        );
    }
}
