//! `--include` and `--exclude`.

use std::path::Path;

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobSet};

/// Any of some globs.
pub struct Globs(GlobSet);

impl Globs {
    /// The globs that were given with `flag`.
    pub fn new(flag: &str, globs: &[String]) -> Result<Self> {
        let mut set = GlobSet::builder();
        for glob in globs {
            // As everywhere where globs are: one without / means the name, wherever it is.
            let anywhere = if glob.contains('/') { "" } else { "**/" };
            let glob = GlobBuilder::new(&format!("{anywhere}{}", glob.trim_end_matches('/')))
                .literal_separator(true)
                .build()
                .with_context(|| format!("{flag} {glob}: no glob; write e.g. '*.wav'"))?;
            set.add(glob);
        }
        Ok(Self(set.build()?))
    }

    /// Whether one of them matches a path below the folder searched.
    pub fn matches(&self, path: &Path) -> bool {
        self.0.is_match(path)
    }
}
