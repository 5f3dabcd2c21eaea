//! The few parts of an ONNX file that must be known before a runtime sees it: its metadata, and
//! the names and shapes of its input and outputs. Field numbers are those of `onnx.proto3`.

use prost::{Message, Oneof};

use super::check::refuse;
use super::metadata::ModelMetadata;
use crate::Result;

/// The key in `metadata_props` that holds voxhumana's JSON.
pub(crate) const METADATA_KEY: &str = "voxhumana";
/// The key of format version 1, which no build reads any more.
const OLD_METADATA_KEY: &str = "bonafide";
/// Name of the output that every graph has.
pub(crate) const SCORE: &str = "score";
/// Name of the output that is read where the metadata says what to make of it.
pub(crate) const DOMAIN: &str = "domain";
/// Name of the output that a graph may have: the pooled vector before the last layer.
pub(crate) const EMBEDDING: &str = "embedding";

/// Name of the input that takes the features of front end `i`: `features`, `features_2`,
/// `features_3`...
pub(crate) fn input_name(i: usize) -> String {
    match i {
        0 => "features".to_owned(),
        _ => format!("features_{}", i + 1),
    }
}

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;
/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<StringStringEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct StringStringEntry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(string, tag = "8")]
    name: String,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    value_type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<TensorShape>,
}

/// A tensor's shape.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<Dimension>,
}

/// One dimension of a shape.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub(super) value: Option<DimensionValue>,
}

/// A known size, or a name for a size known at run time.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum DimensionValue {
    /// Known size.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// Name of a size known at run time.
    #[prost(string, tag = "2")]
    Param(String),
}

/// The parts of an ONNX file that were read and checked.
#[derive(Debug)]
pub(crate) struct InspectedGraph {
    /// The JSON under [`METADATA_KEY`], validated.
    pub(crate) metadata: ModelMetadata,
    /// Windows the graph takes at once, where the file fixes it.
    pub(crate) fixed_batch: Option<usize>,
    /// Whether there is an output [`EMBEDDING`].
    pub(crate) embeds: bool,
    /// Declared frames and bins of each input, where the file fixes them.
    shapes: Vec<(Option<usize>, Option<usize>)>,
}

/// Reads and checks what can be checked without a runtime.
pub(crate) fn inspect(bytes: &[u8]) -> Result<InspectedGraph> {
    let model =
        ModelProto::decode(bytes).map_err(|e| refuse("file", format!("not an ONNX file ({e})")))?;
    let graph = model
        .graph
        .ok_or_else(|| refuse("graph", "missing: not an ONNX file"))?;
    if let Some(tensor) = graph
        .initializer
        .iter()
        .find(|t| t.data_location == EXTERNAL)
    {
        let name = &tensor.name;
        return Err(refuse(
            "graph.initializer",
            format!("weights `{name}` lie in another file; save the model as a single file"),
        ));
    }
    let entry = |key: &str| model.metadata_props.iter().find(|p| p.key == key);
    let metadata = match (entry(METADATA_KEY), entry(OLD_METADATA_KEY)) {
        (Some(entry), _) => ModelMetadata::from_json(&entry.value)?,
        (None, Some(_)) => {
            let problem = format!(
                "`{OLD_METADATA_KEY}`, of format version 1, which is no longer read; \
                 export the run again with `voxhumana-train export`"
            );
            return Err(refuse("metadata_props", problem));
        }
        (None, None) => {
            let problem = format!("no entry `{METADATA_KEY}`: not a model made for voxhumana");
            return Err(refuse("metadata_props", problem));
        }
    };
    let (inputs, views) = (graph.input.len(), metadata.front_ends.len());
    if inputs != views {
        return Err(refuse(
            "graph.input",
            format!("the graph has {inputs} inputs, the metadata {views} front ends"),
        ));
    }
    let mut fixed_batch = None;
    let mut shapes = Vec::with_capacity(inputs);
    for i in 0..inputs {
        let name = input_name(i);
        // By name: what exports a graph may have changed their order.
        let input = graph.input.iter().find(|input| input.name == name);
        let input =
            input.ok_or_else(|| refuse("graph.input", format!("none is named `{name}`")))?;
        let (batch, frames, bins) = match *shape_of("graph.input", input, &name, 3)? {
            [batch, frames, bins] => (batch, frames, bins),
            // The shape may be left out of the file; the first run then tells.
            _ => (None, None, None),
        };
        if let (Some(first), Some(this)) = (fixed_batch, batch)
            && first != this
        {
            let problem = format!(
                "`{name}` takes another number of windows than `{}`",
                input_name(0)
            );
            return Err(refuse("graph.input", problem));
        }
        fixed_batch = fixed_batch.or(batch);
        shapes.push((frames, bins));
    }
    let output = |name: &str| graph.output.iter().find(|output| output.name == name);
    let score =
        output(SCORE).ok_or_else(|| refuse("graph.output", format!("none is named `{SCORE}`")))?;
    check_output(score, SCORE, 1, fixed_batch)?;
    if metadata.domain_threshold.is_some() {
        let domain = output(DOMAIN).ok_or_else(|| {
            let problem = format!(
                "given, but the network has no output `{DOMAIN}`; \
                 export it with one, or leave the field out"
            );
            refuse("domain_threshold", problem)
        })?;
        check_output(domain, DOMAIN, 1, fixed_batch)?;
    }
    let embedding = output(EMBEDDING);
    if let Some(embedding) = embedding {
        check_output(embedding, EMBEDDING, 2, fixed_batch)?;
    }
    Ok(InspectedGraph {
        metadata,
        fixed_batch,
        embeds: embedding.is_some(),
        shapes,
    })
}

impl InspectedGraph {
    /// Refuses a graph whose declared inputs do not fit what the front ends make of one window:
    /// frames and bins of each.
    pub(crate) fn check_shapes(&self, made: &[(usize, usize)]) -> Result<()> {
        for (i, (declared, made)) in self.shapes.iter().zip(made).enumerate() {
            for (axis, declared, made) in
                [("frames", declared.0, made.0), ("bins", declared.1, made.1)]
            {
                if let Some(declared) = declared
                    && declared != made
                {
                    let name = input_name(i);
                    return Err(refuse(
                        "graph.input",
                        format!(
                            "`{name}` takes {declared} {axis}, \
                             its front end makes {made} of one window"
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Refuses an output of another rank than `rank`, whose first dimension are not the windows of a
/// batch, or that is not f32.
fn check_output(
    output: &ValueInfo,
    name: &str,
    rank: usize,
    fixed_batch: Option<usize>,
) -> Result<()> {
    let shape = shape_of("graph.output", output, name, rank)?;
    match (fixed_batch, shape.first().copied().flatten()) {
        (Some(windows), Some(values)) if windows != values => Err(refuse(
            "graph.output",
            format!("`{name}` has {values} values for a batch of {windows}"),
        )),
        _ => Ok(()),
    }
}

/// The sizes of a named f32 tensor; `None` where only known at run time, empty where the file says
/// nothing.
fn shape_of(field: &str, info: &ValueInfo, name: &str, rank: usize) -> Result<Vec<Option<usize>>> {
    if info.name != name {
        return Err(refuse(
            field,
            format!("named `{}`; expected `{name}`", info.name),
        ));
    }
    let Some(tensor) = info
        .value_type
        .as_ref()
        .and_then(|t| t.tensor_type.as_ref())
    else {
        return Err(refuse(field, format!("`{name}` is not a tensor")));
    };
    if tensor.elem_type != FLOAT {
        return Err(refuse(
            field,
            format!(
                "`{name}` has element type {}; expected {FLOAT} (f32)",
                tensor.elem_type
            ),
        ));
    }
    let Some(shape) = &tensor.shape else {
        return Ok(Vec::new());
    };
    if shape.dim.len() != rank {
        return Err(refuse(
            field,
            format!(
                "`{name}` has {} dimensions; expected {rank}",
                shape.dim.len()
            ),
        ));
    }
    shape
        .dim
        .iter()
        .map(|d| match &d.value {
            Some(DimensionValue::Value(v)) => match usize::try_from(*v) {
                Ok(v) if v > 0 => Ok(Some(v)),
                _ => Err(refuse(field, format!("`{name}` has a dimension of {v}"))),
            },
            _ => Ok(None),
        })
        .collect()
}
