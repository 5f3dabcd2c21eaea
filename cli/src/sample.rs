//! `--demo`: the call that comes with the program.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempPath;

/// What results call it.
pub const NAME: &str = "sample-call.wav";

/// What it is called as a live call.
#[cfg(feature = "serve")]
pub const CALL: &str = "sample";

/// What is wrong about it, below its result.
pub const ABOUT: &str = "The left side is a synthesiser (hibari), the right one a person (of the \
    game Unknown Horizons, CC BY-SA 3.0). The call was chosen since both verdicts are right: it \
    shows what a result looks like, not how often one is right. Now a recording of your own: \
    voxhumana call.wav";

/// A link in the repository, a file in the package.
pub static BYTES: &[u8] = include_bytes!("../data/sample-call.wav");

/// The call in a file, which goes with this.
#[derive(Debug)]
pub struct Sample(TempPath);

impl Sample {
    /// Writes it to where temporary files go.
    pub fn create() -> Result<Self> {
        let write = || {
            let mut file = tempfile::Builder::new()
                .prefix("voxhumana-")
                .suffix(".wav")
                .tempfile()?;
            file.write_all(BYTES)?;
            Ok::<_, std::io::Error>(file.into_temp_path())
        };
        let folder = std::env::temp_dir();
        write().map(Self).with_context(|| {
            format!(
                "{}: the sample call cannot be written there; set TMPDIR to a folder that you may \
                 write into",
                folder.display()
            )
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}
