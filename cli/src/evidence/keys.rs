//! Files with keys.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use voxhumana::Error;
use voxhumana::report::evidence::{PublicKey, SigningKey};

use crate::say::say;

/// More than any key has, bytes.
const MAX_KEY_BYTES: u64 = 1 << 16;

/// The key to sign with.
pub fn read_private(path: &Path) -> Result<SigningKey> {
    let key = read(path, SigningKey::from_pem)?;
    #[cfg(unix)]
    if std::fs::metadata(path)
        .is_ok_and(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o077 != 0)
    {
        say!(
            "warning: {}: others on this machine may read the private key; \
             chmod 600 keeps it yours",
            path.display()
        );
    }
    Ok(key)
}

/// The key to check with.
pub fn read_public(path: &Path) -> Result<PublicKey> {
    read(path, PublicKey::from_pem)
}

fn read<K>(path: &Path, parse: impl FnOnce(&str) -> voxhumana::Result<K>) -> Result<K> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_KEY_BYTES).read_to_string(&mut text))
        .with_context(|| {
            format!(
                "{}: the key cannot be read; give a PEM file, as voxhumana keygen makes it",
                path.display()
            )
        })?;
    Ok(parse(&text).map_err(|source| Error::InFile {
        path: path.to_owned(),
        source: Box::new(source),
    })?)
}
