//! How good a set of scores is.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use voxhumana::Error;
use voxhumana::metrics::{self, CalibrationOptions, CostModel, DetPoint, Label};

use crate::errors::{to_exception, without_gil};

type Point = (f64, f64, f64);
type Curve<'py> = (
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
);

#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct Scores {
    inner: voxhumana::metrics::Scores,
}

/// Whether a label, in any spelling, is that of spoofs.
#[pyfunction]
pub(crate) fn is_spoof_label(py: Python<'_>, label: &str) -> PyResult<bool> {
    let label: Label = label.parse().map_err(|e| to_exception(py, &e))?;
    Ok(label == Label::Spoof)
}

fn point(p: DetPoint) -> Point {
    (p.threshold, p.false_alarm_rate, p.miss_rate)
}

fn costs(
    py: Python<'_>,
    spoof_prior: f64,
    false_alarm_cost: f64,
    miss_cost: f64,
) -> PyResult<CostModel> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    let wrong = if !(positive(spoof_prior) && spoof_prior < 1.0) {
        ("spoof_prior", spoof_prior, "above 0 and below 1")
    } else if !positive(false_alarm_cost) {
        ("false_alarm_cost", false_alarm_cost, "above 0")
    } else if !positive(miss_cost) {
        ("miss_cost", miss_cost, "above 0")
    } else {
        return Ok(CostModel {
            spoof_prior,
            false_alarm_cost,
            miss_cost,
        });
    };
    let (name, value, accepted) = wrong;
    Err(to_exception(
        py,
        &Error::InvalidArgument {
            name,
            value: value.to_string(),
            accepted: accepted.to_owned(),
        },
    ))
}

#[pymethods]
impl Scores {
    #[new]
    fn new(
        py: Python<'_>,
        bona_fide: PyReadonlyArray1<'_, f64>,
        spoof: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Self> {
        let (bona_fide, spoof) = (bona_fide.as_array().to_vec(), spoof.as_array().to_vec());
        let inner = without_gil(py, || voxhumana::metrics::Scores::new(&bona_fide, &spoof))?;
        Ok(Self { inner })
    }

    /// Rate and threshold.
    fn equal_error_rate(&self, py: Python<'_>) -> (f64, f64) {
        let eer = py.detach(|| self.inner.equal_error_rate());
        (eer.rate, eer.threshold)
    }

    fn min_dcf(
        &self,
        py: Python<'_>,
        spoof_prior: f64,
        false_alarm_cost: f64,
        miss_cost: f64,
    ) -> PyResult<f64> {
        let costs = costs(py, spoof_prior, false_alarm_cost, miss_cost)?;
        Ok(py.detach(|| self.inner.min_dcf(&costs)))
    }

    fn act_dcf(
        &self,
        py: Python<'_>,
        spoof_prior: f64,
        false_alarm_cost: f64,
        miss_cost: f64,
    ) -> PyResult<f64> {
        let costs = costs(py, spoof_prior, false_alarm_cost, miss_cost)?;
        Ok(py.detach(|| self.inner.act_dcf(&costs)))
    }

    fn cllr(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.inner.cllr_bits())
    }

    fn area(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.inner.area())
    }

    /// Threshold, false-alarm rate, miss rate.
    fn rates_at(&self, threshold: f64) -> Point {
        point(self.inner.rates_at(threshold))
    }

    fn at_false_alarm_rate(&self, py: Python<'_>, max_false_alarm_rate: f64) -> Point {
        point(py.detach(|| self.inner.at_false_alarm_rate(max_false_alarm_rate)))
    }

    /// Thresholds, false-alarm rates, miss rates.
    fn det_curve<'py>(&self, py: Python<'py>) -> Curve<'py> {
        let curve = py.detach(|| self.inner.det_curve());
        let column =
            |f: fn(&DetPoint) -> f64| curve.iter().map(f).collect::<Vec<_>>().into_pyarray(py);
        (
            column(|p| p.threshold),
            column(|p| p.false_alarm_rate),
            column(|p| p.miss_rate),
        )
    }

    /// 95 % interval of the equal error rate.
    fn eer_interval(&self, py: Python<'_>, resamples: usize, seed: u64) -> PyResult<(f64, f64)> {
        let interval = without_gil(py, || {
            self.inner
                .bootstrap(resamples, seed, |s| s.equal_error_rate().rate)
        })?;
        Ok((interval.low, interval.high))
    }
}

/// Scale and offset of the affine map from scores to natural-log likelihood ratios.
#[pyfunction]
pub(crate) fn fit_calibration(
    py: Python<'_>,
    bona_fide: PyReadonlyArray1<'_, f64>,
    spoof: PyReadonlyArray1<'_, f64>,
    spoof_prior: f64,
    bona_fide_weights: Option<PyReadonlyArray1<'_, f64>>,
    spoof_weights: Option<PyReadonlyArray1<'_, f64>>,
) -> PyResult<(f64, f64)> {
    let owned = |a: PyReadonlyArray1<'_, f64>| a.as_array().to_vec();
    let (bona_fide, spoof) = (owned(bona_fide), owned(spoof));
    let weights = [bona_fide_weights.map(owned), spoof_weights.map(owned)];
    let options = CalibrationOptions {
        spoof_prior,
        bona_fide_weights: weights[0].as_deref(),
        spoof_weights: weights[1].as_deref(),
    };
    let fitted = without_gil(py, || {
        metrics::fit_calibration(&bona_fide, &spoof, &options)
    })?;
    Ok((fitted.scale, fitted.offset))
}
