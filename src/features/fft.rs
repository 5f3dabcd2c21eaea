//! The one place that plans Fourier transforms.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{FftNum, RealFftPlanner, RealToComplex};

use crate::error::{Error, Result};
use crate::shared::Shared;

/// Samples that transforms are planned for.
pub(crate) trait Sample: FftNum {
    /// The plans of the process, by length.
    fn plans() -> &'static Plans<Self>;
}

type Plans<F> = Shared<usize, dyn RealToComplex<F>>;

impl Sample for f32 {
    fn plans() -> &'static Plans<Self> {
        static PLANS: Plans<f32> = Shared::new();
        &PLANS
    }
}

impl Sample for f64 {
    fn plans() -> &'static Plans<Self> {
        static PLANS: Plans<f64> = Shared::new();
        &PLANS
    }
}

/// A planned transform of real samples, without buffers: for one that is seldom done.
#[derive(Clone)]
pub(crate) struct RealFftPlan<F>(Arc<dyn RealToComplex<F>>);

impl<F: Sample> RealFftPlan<F> {
    /// For `length` samples.
    pub(crate) fn new(length: usize) -> Self {
        Self(F::plans().get(length, || RealFftPlanner::new().plan_fft_forward(length)))
    }

    /// With buffers.
    pub(crate) fn with_buffers(&self) -> RealFft<F> {
        RealFft {
            input: self.0.make_input_vec(),
            output: self.0.make_output_vec(),
            scratch: self.0.make_scratch_vec(),
            plan: Arc::clone(&self.0),
        }
    }
}

/// A planned transform of real samples, with its buffers.
#[derive(Clone)]
pub(crate) struct RealFft<F> {
    plan: Arc<dyn RealToComplex<F>>,
    input: Vec<F>,
    output: Vec<Complex<F>>,
    scratch: Vec<Complex<F>>,
}

impl<F: Sample> RealFft<F> {
    /// A transform of `length` samples.
    pub(crate) fn new(length: usize) -> Self {
        RealFftPlan::new(length).with_buffers()
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
