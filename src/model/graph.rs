//! What goes into a graph and what comes out of it, whichever library runs it.

use std::borrow::Cow;

use crate::Result;

/// The features of a batch of windows for one input of a graph.
pub(super) struct Input<'a> {
    /// Windows, frames, bins.
    pub(super) shape: [usize; 3],
    pub(super) values: Cow<'a, [f32]>,
}

/// An output of a graph.
pub(super) struct Output {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// A graph that is ready to run.
pub(super) trait Graph {
    /// Runs it on all of its inputs, in their order; gives the outputs of these names, where it has
    /// them.
    fn run(&mut self, inputs: &[Input<'_>], wanted: &[&str]) -> Result<Vec<Option<Output>>>;
}
