//! Ranges of metadata fields, and the refusal of a value outside.

use crate::{Error, Result};

pub(super) fn refuse(field: &str, problem: impl Into<String>) -> Error {
    Error::ModelMetadata {
        field: field.to_owned(),
        problem: problem.into(),
    }
}

pub(super) fn finite(field: &str, value: f64) -> Result<()> {
    in_range(field, value, f64::MIN, f64::MAX)
}

pub(super) fn in_range(field: &str, value: f64, low: f64, high: f64) -> Result<()> {
    // NaN is in no range.
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let accepted = match (low == f64::MIN, high == f64::MAX) {
        (true, _) => "any finite number".to_owned(),
        (false, true) => format!("{low} or more"),
        (false, false) => format!("{low} to {high}"),
    };
    Err(refuse(field, format!("is {value}; accepted: {accepted}")))
}
