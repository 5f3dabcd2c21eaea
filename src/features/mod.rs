//! Waveform to spectral matrices.

mod front_end;

pub use front_end::{FrontEnd, FrontEndKind, Normalisation, WindowShape};
