//! Fixes an ONNX file's batch dimension to one window.
//!
//! tract plans a graph of known shapes much better than one with an open batch: `benches/scan.rs`
//! took 0.19 s for a minute of speech with this, 0.47 s without (one core, the model of November
//! 2026). The file is edited on the wire, field by field, because decoding it into the few messages
//! this crate knows would lose the rest of it.

use prost::{Message, decode_length_delimiter, encode_length_delimiter};

use super::onnx::{DimensionValue, TensorShape};

// Field numbers from `onnx.proto3`, outermost first: where the shapes of inputs and outputs lie.
const MODEL_GRAPH: usize = 7;
const GRAPH_INPUT: usize = 11;
const GRAPH_OUTPUT: usize = 12;
const VALUE_TYPE: usize = 2;
const TYPE_TENSOR: usize = 1;
const TENSOR_SHAPE: usize = 2;

/// The same model, taking exactly one window at a time; `None` if the file is not well-formed
/// protobuf.
pub(super) fn with_batch_of_one(model: &[u8]) -> Option<Vec<u8>> {
    rewrite(model, &[MODEL_GRAPH], &|graph| {
        rewrite(graph, &[GRAPH_INPUT, GRAPH_OUTPUT], &|value| {
            rewrite(value, &[VALUE_TYPE], &|value_type| {
                rewrite(value_type, &[TYPE_TENSOR], &|tensor| {
                    rewrite(tensor, &[TENSOR_SHAPE], &first_dimension_one)
                })
            })
        })
    })
}

fn first_dimension_one(shape: &[u8]) -> Option<Vec<u8>> {
    let mut shape = TensorShape::decode(shape).ok()?;
    if let Some(first) = shape.dim.first_mut() {
        first.value = Some(DimensionValue::Value(1));
    }
    Some(shape.encode_to_vec())
}

/// Copies a protobuf message, passing the payload of some length-delimited fields through `change`.
fn rewrite(
    mut message: &[u8],
    fields: &[usize],
    change: &dyn Fn(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len());
    while !message.is_empty() {
        // A key is a varint, as a length is.
        let key = varint(&mut message)?;
        write_varint(key, &mut out);
        match key & 7 {
            0 => write_varint(varint(&mut message)?, &mut out),
            1 => out.extend_from_slice(take(&mut message, 8)?),
            2 => {
                let length = varint(&mut message)?;
                let payload = take(&mut message, length)?;
                if fields.contains(&(key >> 3)) {
                    let changed = change(payload)?;
                    write_varint(changed.len(), &mut out);
                    out.extend_from_slice(&changed);
                } else {
                    write_varint(length, &mut out);
                    out.extend_from_slice(payload);
                }
            }
            5 => out.extend_from_slice(take(&mut message, 4)?),
            // Groups (3, 4) do not occur in ONNX; 6 and 7 do not exist.
            _ => return None,
        }
    }
    Some(out)
}

fn varint(message: &mut &[u8]) -> Option<usize> {
    decode_length_delimiter(message).ok()
}

fn write_varint(value: usize, out: &mut Vec<u8>) {
    // A `Vec` grows as needed, so there is always room.
    let _ = encode_length_delimiter(value, out);
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = message.split_at_checked(length)?;
    *message = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::onnx;

    const TINY: &[u8] = include_bytes!("../../tests/fixtures/tiny.onnx");
    const TWO_OUTPUTS: &[u8] = include_bytes!("../../tests/fixtures/tiny-domain.onnx");
    const TWO_INPUTS: &[u8] = include_bytes!("../../tests/fixtures/tiny-two-views.onnx");

    #[test]
    fn only_the_batch_changes() {
        for model in [TINY, TWO_OUTPUTS, TWO_INPUTS] {
            let before = onnx::inspect(model).unwrap();
            assert_eq!(before.fixed_batch, None);
            let fixed = with_batch_of_one(model).unwrap();
            let after = onnx::inspect(&fixed).unwrap();
            assert_eq!(after.fixed_batch, Some(1));
            assert_eq!(before.metadata, after.metadata);
            // Named dimensions became numbers; everything else is there, weights included.
            assert!(fixed.len().abs_diff(model.len()) < 48);
            assert_eq!(with_batch_of_one(&fixed).unwrap(), fixed);
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_or_shorter() {
        for end in 0..TINY.len().min(4000) {
            if let Some(out) = with_batch_of_one(&TINY[..end]) {
                assert!(out.len() <= end + 32);
            }
        }
    }
}
