//! The one place that plans Fourier transforms.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{FftNum, RealFftPlanner, RealToComplex};

use crate::error::{Error, Result};

/// A planned transform of real samples, with its buffers.
#[derive(Clone)]
pub(crate) struct RealFft<F> {
    plan: Arc<dyn RealToComplex<F>>,
    input: Vec<F>,
    output: Vec<Complex<F>>,
    scratch: Vec<Complex<F>>,
}

impl<F: FftNum> RealFft<F> {
    /// A transform of `length` samples.
    pub(crate) fn new(length: usize) -> Self {
        let plan = RealFftPlanner::new().plan_fft_forward(length);
        Self {
            input: plan.make_input_vec(),
            output: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            plan,
        }
    }

    /// Bins of the spectrum: `length / 2 + 1`.
    pub(crate) fn bins(&self) -> usize {
        self.output.len()
    }

    /// The samples to transform. A transform uses them as scratch: they are to be written anew.
    pub(crate) fn input(&mut self) -> &mut [F] {
        &mut self.input
    }

    /// The spectrum of the input, from 0 to half the sample rate, without any scale.
    pub(crate) fn transform(&mut self) -> Result<&[Complex<F>]> {
        self.plan
            .process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch)
            .map_err(|e| Error::InvalidArgument {
                name: "fft_length",
                value: self.input.len().to_string(),
                accepted: e.to_string(),
            })?;
        Ok(&self.output)
    }
}
