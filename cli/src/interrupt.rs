//! Ctrl-C: what is being written is finished first.

use std::io;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit code of a program that Ctrl-C ended: 128 and the number of SIGINT.
pub const EXIT_CODE: u8 = 130;

/// Likewise of SIGTERM.
const TERMINATED: i32 = 143;

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on, a first Ctrl-C is only noted; whoever writes results looks with [`requested`]. A
/// second one ends the program at once, as every one did before.
pub fn watch() -> io::Result<()> {
    let noted = REQUESTED.get_or_init(Arc::default);
    // In this order: the first is noted after it was seen that none was.
    flag::register_conditional_shutdown(SIGINT, EXIT_CODE.into(), Arc::clone(noted))?;
    flag::register(SIGINT, Arc::clone(noted))?;
    Ok(())
}

/// The same for SIGTERM, by which a service is ended: as the first process of a container, one that
/// does not ask for it never gets it.
pub fn watch_termination() -> io::Result<()> {
    let noted = REQUESTED.get_or_init(Arc::default);
    flag::register_conditional_shutdown(SIGTERM, TERMINATED, Arc::clone(noted))?;
    flag::register(SIGTERM, Arc::clone(noted))?;
    Ok(())
}

/// Whether somebody wants the program to end.
pub fn requested() -> bool {
    REQUESTED
        .get()
        .is_some_and(|noted| noted.load(Ordering::SeqCst))
}
