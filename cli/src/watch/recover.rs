//! What a run that was killed had written last.

use std::path::Path;

use anyhow::Result;
use voxhumana::report::Recording;

use super::shelf::Shelf;
use super::state::{Done, State};
use crate::digest::sha256_of_file;
use crate::scan::Stamp;

/// Notes in the state that the last line stands for a file of `paths`, if a kill came between the
/// two, and the file is still the same.
pub fn recover<'p>(
    last: &Recording,
    paths: impl IntoIterator<Item = &'p Path>,
    state: &State,
    shelf: Option<&Shelf<'_>>,
) -> Result<()> {
    let (Some(sha256), Some(scan_key)) = (&last.sha256, &last.scan_key) else {
        return Ok(());
    };
    let is_named = |path: &&Path| path.to_string_lossy() == last.path.as_str();
    for path in paths.into_iter().filter(is_named) {
        // Before its bytes are read, so that a change meanwhile shows as one.
        let Ok(stamp) = Stamp::of(path) else {
            continue;
        };
        let done = Done {
            stamp,
            scan_key: Some(scan_key.clone()),
            absent_since_s: None,
        };
        let known = state.seen()?.of(path)?;
        let is_known = known.is_some_and(|known| known.scan_key == done.scan_key);
        if !is_known && sha256_of_file(path).is_ok_and(|now| now == *sha256) {
            state.put(path, &done, shelf.and_then(|s| s.listing(last)).as_ref())?;
        }
    }
    Ok(())
}
