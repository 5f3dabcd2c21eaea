//! Rubato's resamplers, lent to the channels that need one for a moment.
//!
//! One is a third of a megabyte of plans and buffers, of which only what the last block leaves to
//! the next is the channel's own. That follows from the last block, which is a tenth as large: so a
//! channel keeps it, and an engine that has meanwhile worked for another takes it once more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::shared::Shared;
use crate::{Error, Result};

/// Length of rubato's FFT block at the lower of the two rates, samples, at least. The anti-alias
/// filter has this length: its transition band is about 8 bins wide (Blackman-Harris squared), so
/// that 1366 samples at 16 kHz pass 7.8 kHz unchanged and block 8 kHz. Shorter blocks cut the top
/// of the band, and differently for every source rate: a trace of the recorder that a detector
/// could learn.
const MIN_FFT_LEN: usize = 2_048;

/// So many are made before one changes hands: the channels of a recording, and of some recordings
/// at once, need not take blocks twice.
const KEPT: usize = 8;

/// The engines in use, by their two rates, Hz.
static ALL: Shared<(usize, usize), Engines> = Shared::new();

/// Whom an engine works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner(u64);

impl Owner {
    /// One more.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// All engines between two rates.
pub(super) struct Engines {
    from: usize,
    to: usize,
    /// Samples that one takes at a time.
    block: usize,
    /// Samples by which what it gives is late.
    delay: usize,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The one that has worked last is the last.
    engines: Vec<Engine>,
    made: usize,
}

/// A resampler of rubato, which takes a channel block by block.
struct Engine {
    fft: Fft<f32>,
    out: Vec<f32>,
    /// Whose last block it has taken.
    owner: Option<Owner>,
}

impl Engines {
    /// Those between two rates, Hz.
    pub(super) fn between(from: usize, to: usize) -> Result<Arc<Self>> {
        ALL.try_get((from, to), || {
            let first = Engine::new(from, to)?;
            Ok(Arc::new(Self {
                from,
                to,
                block: first.fft.input_frames_max(),
                delay: first.fft.output_delay(),
                idle: Mutex::new(Idle {
                    engines: vec![first],
                    made: 1,
                }),
            }))
        })
    }

    /// Samples of a block.
    pub(super) fn block(&self) -> usize {
        self.block
    }

    /// Samples, at the rate of what is given, by which it is late.
    pub(super) fn delay(&self) -> usize {
        self.delay
    }

    /// Hands what the next block of `owner` gives to `take`; `before` is its last one, empty before
    /// the first.
    pub(super) fn process(
        &self,
        owner: Owner,
        before: &[f32],
        block: &[f32],
        take: impl FnOnce(&[f32]),
    ) -> Result<()> {
        let mut engine = self.lend(owner)?;
        if before.is_empty() {
            engine.fft.reset();
        } else if engine.owner != Some(owner) {
            engine.process(before);
        }
        engine.process(block);
        engine.owner = Some(owner);
        take(&engine.out);
        self.lock().engines.push(engine);
        Ok(())
    }

    /// The engine that worked for `owner` last, else a new one, else the one that has been idle for
    /// the longest time.
    fn lend(&self, owner: Owner) -> Result<Engine> {
        let mut idle = self.lock();
        // One that was never lent is nobody's yet.
        let is_free = |engine: &Engine| engine.owner.is_none_or(|of| of == owner);
        let place = match idle.engines.iter().position(is_free) {
            None if idle.made >= KEPT && !idle.engines.is_empty() => Some(0),
            place => place,
        };
        if let Some(place) = place {
            return Ok(idle.engines.remove(place));
        }
        idle.made += 1;
        drop(idle);
        Engine::new(self.from, self.to)
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    fn new(from: usize, to: usize) -> Result<Self> {
        let fft = plan(from, to)?;
        Ok(Self {
            out: vec![0.0; fft.output_frames_max()],
            fft,
            owner: None,
        })
    }

    /// Takes one block.
    fn process(&mut self, block: &[f32]) {
        let len = self.out.len();
        let input = InterleavedSlice::new(block, 1, block.len());
        let output = InterleavedSlice::new_mut(&mut self.out, 1, len);
        let (Ok(input), Ok(mut output)) = (input, output) else {
            unreachable!("both slices have the lengths given");
        };
        let written = self.fft.process_into_buffer(&input, &mut output, None);
        debug_assert_eq!(written.map_or(0, |(_, written)| written), len);
    }
}

fn plan(from: usize, to: usize) -> Result<Fft<f32>> {
    // The block is a whole number of the shortest stretches in which both rates meet, and an even
    // one: the filter of an odd block has its middle between two samples, and the output would lie
    // a fraction of a sample off.
    let unit = from / gcd(from, to);
    let units = (MIN_FFT_LEN * from)
        .div_ceil(from.min(to))
        .div_ceil(unit)
        .next_multiple_of(2);
    let chunk = units * unit;
    Fft::new_custom(
        from,
        to,
        chunk,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|e| Error::InvalidArgument {
        name: "resampling rates",
        value: format!("{from} to {to} Hz"),
        accepted: e.to_string(),
    })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
