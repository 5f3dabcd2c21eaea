//! Files that are whole or not there at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place, and puts it there when it is whole: whoever looks meanwhile, or
/// after a kill, sees the old one or none.
pub fn write(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let part = part_of(path);
    let written = File::create(&part).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written
        .and_then(|()| fs::rename(&part, path))
        .inspect_err(|_| {
            // Half a file is of use to nobody; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&part);
        })
}

/// Where a file is while it is written.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
