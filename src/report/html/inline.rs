//! Styles and scripts that travel inside the pages, and the policy that allows nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Styles of all pages.
pub(super) const STYLE: &str = include_str!("templates/style.css");
/// The player of a call's page.
pub(super) const CALL_SCRIPT: &str = include_str!("templates/call.js");
/// Sorting and filtering of the index.
pub(super) const INDEX_SCRIPT: &str = include_str!("templates/index.js");

/// A Content-Security-Policy under which a page runs [`STYLE`] and `script`, shows pictures and
/// plays sound that it carries itself or that was opened from the device, and can reach nothing.
pub(super) fn policy(script: &str) -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         img-src data:; media-src data: blob:; \
         base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(script)
    )
}
