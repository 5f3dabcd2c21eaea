"""A program that uses the package, for mypy and pyright in strict mode and for test_types.py."""

import io
from typing import List, Optional

import numpy as np

import voxhumana
from voxhumana import metrics


def main(path: str, picture: str) -> None:
    report: voxhumana.Report = voxhumana.scan(path)
    verdict: str = report.verdict
    llr: Optional[float] = report.channels[0].llr
    print(verdict, llr, [s.start_s for s in report.channels[0].segments])
    # matplotlib's own types are not complete.
    report.plot().savefig(picture)  # pyright: ignore[reportUnknownMemberType]
    rows: int = len(report.to_pandas())
    labels: str = report.to_labels()
    print(len(labels), len(report.to_rttm()), sorted(voxhumana.json_schema()))

    detector = voxhumana.Detector(operating_point="balanced", channels=("agent", "caller"))
    reports = detector.scan_many([path, path], jobs=2)
    failures: List[str] = [f.error for f in reports.errors]
    with open(path, "rb") as file:
        again = detector.scan(io.BytesIO(file.read()))
    table: str = reports.to_csv()
    reports.to_jsonl(picture + ".jsonl")
    print(table, voxhumana.Reports.read_jsonl(picture + ".jsonl").to_rttm())
    print(rows, failures, again.to_dict()["status"], reports[0].path, reports[:1].counts())

    examination: voxhumana.Examination = detector.examine(path)
    decisive: Optional[float] = examination.decisions[0].decision_llr
    print(decisive, examination.windows[0].score.mean(), len(examination.to_pandas()))
    vectors = detector.embeddings(path)
    why: voxhumana.Explanation = report.explain(detector=detector)[0]
    why.plot().savefig(picture)  # pyright: ignore[reportUnknownMemberType]
    page: str = report.to_html(explanations=[why] * len(report.channels))
    print(len(page))
    print(vectors[0].shape, why.by_band.shape, detector.scan_many([path], metadata=[{"file": path}])[0].metadata)
    live = detector.call_stream(8000, 2)
    ends = live.finish()
    print(live.channels, ends[0].verdict, voxhumana.FrontEnd.kaldi(8000), voxhumana.FrontEnd.librosa(n_mfcc=13))
    print(voxhumana.FrontEnd.torchaudio(8000, n_mels=40))

    audio = voxhumana.decode(path, sample_rate=16000)
    score: float = detector.score(audio.samples[0], audio.sample_rate)
    stream = detector.stream(16000)
    segments = stream.push(audio.samples[0])
    end: voxhumana.ChannelReport = stream.finish()
    print(score, len(segments), end.speech_s)

    features = voxhumana.extract_features(audio.samples[0], 16000, "lfcc")
    print(features.shape, features.dtype == np.float32)
    scores = metrics.Scores([1.0, 2.0], [0.0, 1.5])
    rate, threshold = scores.eer()
    print(rate + threshold, scores.det_curve().miss_rate, scores.rates_at(0.0).miss_rate)

    declared: voxhumana.Declared = voxhumana.read_marks(path)
    says: List[Optional[str]] = [mark.says for mark in declared.marks]
    print(declared.state, declared.looked.places, says, report.declared == declared)

    try:
        voxhumana.scan("missing.wav")
    except voxhumana.ReadError as error:
        where: Optional[str] = error.path
        print(where)
