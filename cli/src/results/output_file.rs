//! `--output`: the file that results go to as they come.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use crate::place;

/// Standard output, or the file that takes its place. `append` goes on behind what is in it.
pub fn open(path: Option<&Path>, append: bool) -> Result<Box<dyn Write>> {
    match path {
        Some(path) if append && (place::is_stdout(path) || place::is_special(path)) => bail!(
            "{}: what was written there cannot be read again, as --resume must; give --output a \
             file",
            path.display()
        ),
        Some(path) if !place::is_stdout(path) => Ok(Box::new(file(path, append)?)),
        _ => Ok(Box::new(io::stdout())),
    }
}

/// Opens the file for this run alone: two that write into one file would destroy each other's
/// lines.
pub fn file(path: &Path, append: bool) -> Result<File> {
    let name = path.display();
    let is_special = place::is_special(path);
    let file = File::options()
        .create(!is_special)
        .append(true)
        .open(path)
        .with_context(|| {
            format!(
                "{name}: cannot be written; check that the folder is there and that you may write \
                 into it"
            )
        })?;
    if is_special {
        return Ok(file);
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("{name}: another scan is writing to it; wait for it, or give another --output")
        }
        // Some network shares know no locks.
        Err(TryLockError::Error(_)) => {}
    }
    if !append {
        file.set_len(0)?;
    }
    Ok(file)
}

/// The error of a full disk, a share that went away and the like.
pub fn cannot_write(path: Option<&Path>, error: &io::Error) -> anyhow::Error {
    let place = path.map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
    anyhow!("{place}: results cannot be written: {error}; check that there is space left")
}
