//! Files that are whole or not there at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::place;

/// Writes a file beside its place, and puts it there when it is whole: whoever looks meanwhile, or
/// after a kill, sees the old one or none. A device or a pipe is written into; a recording is never
/// replaced.
pub fn write(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    if place::is_special(path) {
        // Appended, so that nothing that a redirected file holds already is written over.
        let mut out = BufWriter::new(File::options().append(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    place::refuse_recording(path)?;
    let new = beside(path)?;
    let mut out = BufWriter::new(new.as_file().try_clone()?);
    write(&mut out)?;
    out.flush()?;
    new.persist(path)?;
    Ok(())
}

/// A new file in the folder of `path`, to take its place; it is gone where it does not. Its name is
/// short, whatever the other's is.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut new = tempfile::Builder::new();
    new.prefix(".voxhumana-");
    // As any new file, where temporary ones are their owner's alone.
    #[cfg(unix)]
    new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    new.tempfile_in(folder_of(path))
}

/// Where a file lies.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
