//! The languages of the pages.

use std::fmt;
use std::str::FromStr;

use super::chinese::CHINESE;
use super::english::ENGLISH;
use super::texts::Texts;
use crate::Error;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Language {
    /// English, `en`.
    #[default]
    English,
    /// Simplified Chinese, `zh-CN`.
    SimplifiedChinese,
}

impl Language {
    /// Every language, for `--help` and error messages.
    pub const ALL: [Self; 2] = [Self::English, Self::SimplifiedChinese];

    /// The language's tag (BCP 47), as the command line and a page's `lang` attribute have it.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
        }
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::SimplifiedChinese => &CHINESE,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = Error;

    /// Accepts the tags, in any case, and what else means the same (`en-GB`, `zh`, `zh-Hans`).
    fn from_str(tag: &str) -> Result<Self, Error> {
        match tag.to_ascii_lowercase().replace('_', "-").as_str() {
            "en" | "en-gb" | "en-us" => Ok(Self::English),
            "zh" | "zh-cn" | "zh-hans" | "zh-hans-cn" | "zh-sg" => Ok(Self::SimplifiedChinese),
            _ => Err(Error::InvalidArgument {
                name: "language",
                value: tag.to_owned(),
                accepted: Self::ALL.map(Self::tag).join(", "),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_reads_back() {
        for language in Language::ALL {
            assert_eq!(
                language.to_string().parse::<Language>().ok(),
                Some(language)
            );
        }
        let message = "tlh".parse::<Language>().unwrap_err().to_string();
        assert!(message.contains("en, zh-CN"), "{message}");
    }
}
