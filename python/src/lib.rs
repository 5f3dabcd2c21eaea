//! Python bindings of voxhumana: thin wrappers that release the GIL. The package `voxhumana` builds
//! its public classes on them; what they compute is documented in the crate.

mod audio;
mod command;
mod convert;
mod detector;
mod errors;
mod evidence;
mod features;
mod interrupt;
mod marks;
mod metrics;
mod page;
mod report;
mod source;
mod stream;
mod verdict;

use pyo3::prelude::*;

/// The compiled part of the package `voxhumana`.
#[pymodule(gil_used = false)]
mod _voxhumana {
    #[pymodule_export]
    use crate::audio::{decode, extensions, find_speech, resample};
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::detector::{Detector, bundled_model, load_onnxruntime};
    #[pymodule_export]
    use crate::evidence::{generate_key, key_fingerprint, verify_evidence, write_evidence};
    #[pymodule_export]
    use crate::features::{FeatureExtractor, median_pitch, preset};
    #[pymodule_export]
    use crate::interrupt::Cancel;
    #[pymodule_export]
    use crate::marks::read_marks;
    #[pymodule_export]
    use crate::metrics::{Scores, fit_calibration, is_spoof_label};
    #[pymodule_export]
    use crate::page::call_page;
    #[pymodule_export]
    use crate::report::{result_rows, write_results};
    #[pymodule_export]
    use crate::stream::{CallStream, CallTracks, Stream};
    #[pymodule_export]
    use crate::verdict::Decider;

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name that Python expects")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    const JSON_SCHEMA: &str = voxhumana::report::JSON_SCHEMA;
}
