//! The flags of pages.

use std::path::PathBuf;

use voxhumana::report::html::Language;

/// `--html` and what belongs to it.
#[derive(Debug, clap::Args)]
pub struct PageArgs {
    /// Also write a page for people into this folder for each recording that is not bona fide, and
    /// an index of all
    ///
    /// Each page is one HTML file that needs no network: verdicts in plain words, a picture of the
    /// sound with the score over it, and suspicious stretches to listen to. Open index.html.
    #[arg(long, value_name = "FOLDER")]
    pub html: Option<PathBuf>,

    /// Write pages of bona fide recordings as well
    #[arg(long, requires = "html")]
    pub html_all: bool,

    /// Put the recording into its page, up to 64 MiB
    ///
    /// Whoever gets the page can listen, and has the recording. Without this, the page plays the
    /// recording from the reader's own disk.
    #[arg(long, requires = "html")]
    pub html_audio: bool,

    /// Language of the pages: en, zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value_t, requires = "html")]
    pub lang: Language,
}
