"""A program that uses the package, for mypy --strict and for test_types.py."""

import io
from typing import List, Optional

import numpy as np

import bonafide
from bonafide import metrics


def main(path: str, picture: str) -> None:
    report: bonafide.Report = bonafide.scan(path)
    verdict: str = report.verdict
    llr: Optional[float] = report.channels[0].llr
    print(verdict, llr, [s.start_s for s in report.channels[0].segments])
    report.plot().savefig(picture)
    rows: int = len(report.to_pandas())
    labels: str = report.to_labels()
    print(len(labels), len(report.to_rttm()), sorted(bonafide.json_schema()))

    detector = bonafide.Detector(operating_point="balanced", channels=("agent", "caller"))
    reports = detector.scan_many([path, path], jobs=2)
    failures: List[str] = [f.error for f in reports.errors]
    with open(path, "rb") as file:
        again = detector.scan(io.BytesIO(file.read()))
    table: str = reports.to_csv()
    reports.to_jsonl(picture + ".jsonl")
    print(table, bonafide.Reports.read_jsonl(picture + ".jsonl").to_rttm())
    print(rows, failures, again.to_dict()["status"], reports[0].path, reports[:1].counts())

    audio = bonafide.decode(path, sample_rate=16000)
    score: float = detector.score(audio.samples[0], audio.sample_rate)
    stream = detector.stream(16000)
    segments = stream.push(audio.samples[0])
    end: bonafide.ChannelReport = stream.finish()
    print(score, len(segments), end.speech_s)

    features = bonafide.extract_features(audio.samples[0], 16000, "lfcc")
    print(features.shape, features.dtype == np.float32)
    scores = metrics.Scores([1.0, 2.0], [0.0, 1.5])
    rate, threshold = scores.eer()
    print(rate + threshold, scores.det_curve().miss_rate, scores.rates_at(0.0).miss_rate)

    try:
        bonafide.scan("missing.wav")
    except bonafide.ReadError as error:
        where: Optional[str] = error.path
        print(where)
