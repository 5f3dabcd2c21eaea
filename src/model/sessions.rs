//! Graphs that are lent out, so that a model can score on several threads at once.

use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use super::graph::{Graph, Input, Output};
use super::names::{ONNX_RUNTIME, failed};
use super::onnx;
use super::runtime::Active;
#[cfg(feature = "tract")]
use super::tract::Plan;
use crate::{Error, Result};

/// What runs one model.
pub(super) enum Sessions {
    #[cfg(feature = "tract")]
    Tract(Plan),
    /// As many sessions of ONNX Runtime as were ever needed at the same time.
    OnnxRuntime {
        model: Arc<[u8]>,
        environment: Environment,
        idle: Mutex<Vec<Session>>,
    },
}

impl Sessions {
    /// Makes the first session of a model with so many inputs, which is where a runtime refuses a
    /// graph.
    pub(super) fn new(model: Vec<u8>, inputs: usize, active: Active) -> Result<Self> {
        match active.environment {
            None => tract(&model, inputs),
            Some(environment) => {
                let model = Arc::from(model);
                let first = start(&model, &environment)?;
                Ok(Self::OnnxRuntime {
                    model,
                    environment,
                    idle: Mutex::new(vec![first]),
                })
            }
        }
    }

    /// Lends a graph to `work`. A session that failed is dropped, not lent again.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut dyn Graph) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "tract")]
            Self::Tract(plan) => work(&mut plan.clone()),
            Self::OnnxRuntime {
                model,
                environment,
                idle,
            } => {
                let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
                let session = lock().pop();
                let mut session = match session {
                    Some(session) => session,
                    None => start(model, environment)?,
                };
                let result = work(&mut session)?;
                lock().push(session);
                Ok(result)
            }
        }
    }
}

#[cfg(feature = "tract")]
fn tract(model: &[u8], inputs: usize) -> Result<Sessions> {
    Plan::new(model, inputs).map(Sessions::Tract)
}

#[cfg(not(feature = "tract"))]
fn tract(_: &[u8], _: usize) -> Result<Sessions> {
    Err(super::runtime::no_tract())
}

fn refused(error: ort::Error) -> Error {
    failed(ONNX_RUNTIME, &error)
}

fn start(model: &[u8], environment: &Environment) -> Result<Session> {
    // One thread per session: scans run in parallel over windows and files, where it costs less
    // than inside one small graph.
    Session::builder(environment)
        .map_err(refused)?
        .with_optimization_level(GraphOptimizationLevel::Level3)
        .unwrap_or_else(|e| e.recover())
        .with_intra_threads(1)
        .unwrap_or_else(|e| e.recover())
        .with_inter_threads(1)
        .unwrap_or_else(|e| e.recover())
        .commit_from_memory(model)
        .map_err(refused)
}

impl Graph for Session {
    fn run(&mut self, inputs: &[Input<'_>], wanted: &[&str]) -> Result<Vec<Option<Output>>> {
        let inputs = inputs.iter().enumerate().map(|(i, input)| {
            let tensor = TensorRef::from_array_view((input.shape, &*input.values));
            Ok((onnx::input_name(i), tensor.map_err(refused)?))
        });
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let outputs = Session::run(self, inputs).map_err(refused)?;
        let wanted = wanted.iter().map(|&name| {
            let Some(output) = outputs.get(name) else {
                return Ok(None);
            };
            let (shape, values) = output.try_extract_tensor::<f32>().map_err(|error| {
                failed(
                    ONNX_RUNTIME,
                    &format!("output `{name}` is unusable: {error}"),
                )
            })?;
            Ok(Some(Output {
                shape: shape.iter().map(|&n| n.unsigned_abs() as usize).collect(),
                values: values.to_vec(),
            }))
        });
        wanted.collect()
    }
}
