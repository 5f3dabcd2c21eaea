//! SHA-256, as results and their keys have it.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Digest of a file's bytes, lower-case hexadecimal digits.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(format!("{:x}", hasher.finalize()))
}

/// Digest of a text, lower-case hexadecimal digits.
pub fn sha256_of(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}
