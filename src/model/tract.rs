//! Graphs that tract runs. One is planned once, for all threads.

use std::fmt;
use std::sync::Arc;

use tract_onnx::prelude::{
    Framework, InferenceModelExt, IntoRunnable, IntoTValue, Tensor, TractResult, TypedRunnableModel,
};

use super::graph::{Graph, Input, Output};
use super::names::{TRACT, failed};
use super::onnx;
use crate::Result;

/// A graph of tract.
#[derive(Clone)]
pub(super) struct Plan {
    plan: Arc<TypedRunnableModel>,
    /// Names of its outputs.
    outputs: Arc<[String]>,
}

impl Plan {
    /// Plans the graph of an ONNX file with so many inputs.
    pub(super) fn new(file: &[u8], inputs: usize) -> Result<Self> {
        let plan = || -> TractResult<Self> {
            let onnx = tract_onnx::onnx();
            let file = onnx.proto_model_for_read(&mut &*file)?;
            let outputs = file.graph.iter().flat_map(|graph| &graph.output);
            let outputs = outputs.map(|output| output.name.clone()).collect();
            let graph = onnx.model_for_proto_model(&file)?.into_optimized()?;
            let names = (0..inputs).map(onnx::input_name);
            let plan = graph.with_input_names(names)?.into_runnable()?;
            Ok(Self { plan, outputs })
        };
        plan().map_err(|error| refused(&error))
    }
}

impl Graph for Plan {
    fn run(&mut self, inputs: &[Input<'_>], wanted: &[&str]) -> Result<Vec<Option<Output>>> {
        let run = || -> TractResult<_> {
            let inputs = inputs
                .iter()
                .map(|input| Ok(Tensor::from_shape(&input.shape, &input.values)?.into_tvalue()));
            let outputs = self.plan.run(inputs.collect::<TractResult<_>>()?)?;
            let wanted = wanted.iter().map(|name| {
                let place = self.outputs.iter().position(|output| output == name);
                let output = place.and_then(|place| outputs.get(place));
                output.map(|output| copy(output)).transpose()
            });
            wanted.collect()
        };
        run().map_err(|error| refused(&error))
    }
}

fn copy(output: &Tensor) -> TractResult<Output> {
    Ok(Output {
        shape: output.shape().to_vec(),
        values: output.to_plain_array_view()?.iter().copied().collect(),
    })
}

/// With all that led to it: the first words say little.
fn refused(error: &impl fmt::Display) -> crate::Error {
    failed(TRACT, &format_args!("{error:#}"))
}
