//! The way out of a scan under way.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// Says whether to stop; see [`DetectorBuilder::interrupt`](super::DetectorBuilder::interrupt).
#[derive(Clone, Default)]
pub(super) struct Interrupt(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Interrupt {
    pub(super) fn new(asked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(asked)))
    }

    /// [`Error::Interrupted`] if it says so.
    pub(super) fn check(&self) -> Result<()> {
        match &self.0 {
            Some(asked) if asked() => Err(Error::Interrupted),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some" } else { "None" })
    }
}
