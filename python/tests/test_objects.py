import copy
import dataclasses
import html.parser
import json
import pickle

import pytest

import voxhumana


def test_reports_are_frozen_equal_and_picklable(report, call):
    again = pickle.loads(pickle.dumps(report))
    assert again == report and hash(again) == hash(report)
    assert copy.deepcopy(report) == report
    for thing in (report, report.channels[0], report.input, report.model, report.channels[0].segments[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, dataclasses.fields(thing)[0].name, None)
        assert type(pickle.loads(pickle.dumps(thing))) is type(thing)


def test_dictionaries_are_json_and_come_back(report):
    data = report.to_dict()
    assert data["status"] == "ok"
    text = json.dumps(data, allow_nan=False)
    assert voxhumana.Report.from_dict(json.loads(text)) == report
    later = {**data, "something_new": 1, "input": {**data["input"], "new": 2}}
    assert voxhumana.Report.from_dict(later) == report


def test_the_share_out_of_domain_comes_back(report):
    data = report.to_dict()
    data["channels"][0]["out_of_domain_share"] = 0.25
    again = voxhumana.Report.from_dict(data)
    assert again.channels[0].out_of_domain_share == 0.25
    assert again.to_dict() == data
    assert again.to_pandas().out_of_domain_share[0] == 0.25
    # A line of a model without the check has no such field.
    del data["channels"][0]["out_of_domain_share"]
    assert voxhumana.Report.from_dict(data).channels[0].out_of_domain_share is None


def test_detectors_and_extractors_travel(detector, report, call):
    again = pickle.loads(pickle.dumps(detector))
    assert [c.llr for c in again.scan(call).channels] == [c.llr for c in report.channels]
    assert "tract" in repr(detector)
    extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("lfcc"))
    assert pickle.loads(pickle.dumps(extractor)) == extractor
    assert hash(pickle.loads(pickle.dumps(extractor))) == hash(extractor)


def test_words(report, detector):
    assert repr(report).startswith(f"<Report {report.verdict}: ")
    assert "left: " in repr(report) and "speech" in repr(report.channels[0])
    assert "16000 Hz" in repr(detector.stream(16000))


class Balanced(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_html(text):
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []


def test_notebooks(report):
    check_html(report._repr_html_())
    evil = dataclasses.replace(report, path="<script>alert(1)</script>.wav")
    assert "<script>" not in evil._repr_html_()
    failed = voxhumana.FailedScan("<b>.wav", voxhumana.VoxHumanaError("<i>bad</i>"))
    many = voxhumana.Reports([evil, failed] * 40)
    text = many._repr_html_()
    check_html(text)
    assert "<script>" not in text and "<i>" not in text and "and 30 more" in text
    check_html(voxhumana.Reports([])._repr_html_())


def test_tables(report):
    frame = report.to_pandas()
    assert frame["llr"].tolist() == [c.llr for c in report.channels]
    assert frame["model_sha256"][0] == report.model.sha256
    timeline = report.to_pandas("segment")
    assert len(timeline) == sum(len(c.segments) for c in report.channels)
    with pytest.raises(voxhumana.InvalidArgumentError, match="level"):
        report.to_pandas("nonsense")


def test_arrow_tables_have_one_schema(report):
    pyarrow = pytest.importorskip("pyarrow")
    failed = voxhumana.FailedScan("b.wav", voxhumana.VoxHumanaError("b.wav: damaged"))
    both = voxhumana.Reports([report, failed]).to_arrow()
    assert both.schema == voxhumana.Reports([failed]).to_arrow().schema == voxhumana.Reports([]).to_arrow().schema
    assert both.schema == voxhumana.Reports.arrow_schema() and isinstance(both, pyarrow.Table)
    assert both.num_rows == len(report.channels) + 1
    assert both.column_names == list(voxhumana.Reports([report]).to_pandas())


def test_one_hierarchy():
    for name in voxhumana.__all__:
        thing = getattr(voxhumana, name)
        if isinstance(thing, type) and issubclass(thing, Exception):
            assert issubclass(thing, voxhumana.VoxHumanaError)
            assert thing("words", "path").path == "path"
            assert str(pickle.loads(pickle.dumps(thing("words", "path")))) == "words"
