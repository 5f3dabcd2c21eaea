//! Takes out what a line adds to a voice and never changes: a constant offset and mains hum.
//!
//! Both hide the speech: the noise floor becomes that of the hum, and the model sees lines that no
//! voice has. The remedy acts only where one of the two is found; every other recording passes bit
//! for bit.

mod copy;
mod finder;
mod fit;
mod peaks;

use copy::Copy;
use finder::Finder;
use fit::Fit;

/// Removes offset and hum from one channel, at the rate of the recording.
///
/// It looks at the samples every two seconds. Those before the first look are held back, so that a
/// recording is clean from its start, and from the first look that finds something on, so are those
/// before the next; else samples pass without delay. The result does not depend on how they are cut
/// into blocks.
#[derive(Clone)]
pub(crate) struct SteadyRemover {
    copy: Copy,
    finder: Finder,
    /// Samples since the last look, if they are held back.
    held: Vec<f32>,
    holds: bool,
    /// Whether the last look found hum.
    hums: bool,
}

impl SteadyRemover {
    /// For samples at `sample_rate_hz`.
    pub(crate) fn new(sample_rate_hz: u32) -> Self {
        let copy = Copy::new(sample_rate_hz);
        Self {
            finder: Finder::new(copy.rate_hz(), copy.full()),
            copy,
            held: Vec::new(),
            holds: true,
            hums: false,
        }
    }

    /// Takes the next samples, appends those that are clean.
    pub(crate) fn push(&mut self, samples: &[f32], clean: &mut Vec<f32>) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.copy.missing().min(rest.len()));
            self.copy.take(now);
            let out = if self.holds {
                &mut self.held
            } else {
                &mut *clean
            };
            out.extend_from_slice(now);
            if self.copy.missing() == 0 {
                self.look(clean);
                self.copy.next(self.holds);
            }
            rest = later;
        }
    }

    /// Ends the samples, appends those still held back.
    pub(crate) fn finish(&mut self, clean: &mut Vec<f32>) {
        if self.holds {
            self.look(clean);
        }
    }

    fn look(&mut self, clean: &mut Vec<f32>) {
        let (samples, start) = self.copy.latest();
        let found = self.finder.look(&samples, self.hums);
        self.hums = !found.lines_hz.is_empty();
        if found.is_nothing() {
            clean.append(&mut self.held);
            self.held = Vec::new();
        } else {
            let fit = Fit::new(&samples, self.copy.rate_hz(), &found.lines_hz);
            fit.subtract(&mut self.held, start, &self.copy);
            clean.append(&mut self.held);
        }
        self.holds = !found.is_nothing();
    }
}

#[cfg(test)]
mod tests;
