//! The ONNX classifier.

mod metadata;

pub use metadata::{
    Calibration, ChannelCalibration, FORMAT_VERSION, ModelMetadata, OperatingPoint,
};
