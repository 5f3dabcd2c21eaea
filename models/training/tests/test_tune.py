"""A model fitted to a list, by its last layer and by all: made voices that it cannot tell apart."""

import json
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
import voxhumana
from onnx.reference import ReferenceEvaluator
from conftest import listed, voiced, write

from voxhumana_train import cli, groups, last_layer, tune
from voxhumana_train.logistic import Layer, balanced, steps
from voxhumana_train.onnx_graph import Graph

TINY = Path(__file__).parents[3] / "tests" / "fixtures" / "tiny.onnx"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """24 people and 24 copies by one machine, four recordings a speaker; and a few of other people."""
    folder, rng = tmp_path_factory.mktemp("vendor"), np.random.default_rng(11)
    for name, speakers in (("mine", 6), ("other", 2)):
        rows = []
        for label, machine in (("bonafide", False), ("spoof", True)):
            for k in range(4 * speakers):
                file = write(folder, f"{name}/{label}-{k}.wav", voiced(rng, 3.0, machine))
                rows.append({"file": file, "label": label, "source": f"{name} {label} {k // 4}", "speaker": f"{name} {label} {k // 4}"})
        listed(folder, f"{name}.csv", rows)
    return folder


def test_the_last_layer_of_the_bundled_model_is_read_and_written(tmp_path):
    content = voxhumana.bundled_model()
    model = onnx.load_from_string(content)
    weights, offset = last_layer.read(model)
    samples = voiced(np.random.default_rng(3), 5.0, False)
    windows = voxhumana.Detector(content).examine(samples, 16_000, embeddings=True).windows[0]
    np.testing.assert_allclose(windows.embedding @ weights + offset, windows.score, atol=1e-4)
    last_layer.write(model, 2 * weights, offset + 1)
    onnx.save(model, tmp_path / "changed.onnx")
    changed = voxhumana.Detector(tmp_path / "changed.onnx").examine(samples, 16_000, embeddings=True).windows[0]
    np.testing.assert_allclose(changed.score, 2 * (windows.score - offset) + offset + 1, atol=1e-3)
    np.testing.assert_allclose(changed.embedding, windows.embedding, atol=1e-4)
    again = last_layer.read(onnx.load(tmp_path / "changed.onnx"))
    np.testing.assert_allclose(again[0], 2 * weights, rtol=1e-5)


def test_tuning_tells_a_vendor_apart_and_says_what_it_cost(made, tmp_path, capsys):
    out = tmp_path / "tuned.onnx"
    cli.main(["tune", str(made / "mine.csv"), "--elsewhere", str(made / "other.csv"), "--out", str(out), "--jobs", "1"])
    printed = capsys.readouterr().out
    assert "12 groups in 5 folds" in printed and "mine.csv" in printed and "other.csv" in printed
    eer = [float(line.split("%")[0].split()[-1]) for line in printed.splitlines() if " before " in line or " after " in line]
    assert len(eer) == 4 and eer[1] < eer[0], printed
    detector = voxhumana.Detector(out)
    assert detector.metadata["name"] == "voxhumana-tuned" and "+" in detector.metadata["version"]
    recordings, *said = detector.operating_point["measured_on"].split()
    # Speech detection finds too little in some of the 48 made voices.
    assert 40 <= int(recordings) <= 48 and " ".join(said).startswith("recordings in 12 groups")
    found = {p.key: p.value for p in onnx.load(out).metadata_props}
    told = json.loads(found[tune.PROVENANCE])
    assert told["from"]["sha256"] == voxhumana.Detector().model_sha256 and told["recordings"] == int(recordings) and told["steps"] > 0 and told["layers"] == "last"
    # The file scores as the table says: people above copies, on those it has seen.
    score = lambda label: np.mean([detector.scan(made / f"mine/{label}-{k}.wav").channels[0].llr for k in range(8)])
    assert score("bonafide") > score("spoof")


def test_the_graph_of_a_file_gives_what_the_file_gives_and_goes_back_into_it():
    model = onnx.load_from_string(voxhumana.bundled_model())
    rng = np.random.default_rng(2)
    shapes = [[2] + [d.dim_value for d in i.type.tensor_type.shape.dim][1:] for i in model.graph.input]
    inputs = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    expected = ReferenceEvaluator(model).run(None, {i.name: x for i, x in zip(model.graph.input, inputs)})
    net = Graph(model)
    found = net(*map(torch.from_numpy, inputs))
    for output, values in zip(model.graph.output, expected):
        np.testing.assert_allclose(found[output.name].detach().numpy(), values, atol=1e-4)
    assert net.written() == model
    # Nearly all numbers of the file are weights that learn, and each has a part in the score.
    assert sum(w.numel() for w in net.trained.values()) > 0.99 * sum(int(np.prod(i.dims)) for i in model.graph.initializer)
    (found["score"].sum() + found["domain"].sum()).backward()
    assert all(w.grad is not None and w.grad.abs().sum() > 0 for w in net.trained.values())
    unknown = onnx.ModelProto()
    unknown.CopyFrom(model)
    unknown.graph.node[-1].op_type = "Einsum"
    with pytest.raises(SystemExit, match="Einsum; use --layers last"):
        Graph(unknown)


def test_all_layers_are_tuned(made, tmp_path, capsys):
    out = tmp_path / "tuned.onnx"
    cli.main(["tune", str(made / "mine.csv"), "--from", str(TINY), "--layers", "all", "--elsewhere", str(made / "other.csv"), "--out", str(out), "--jobs", "1"])
    printed = capsys.readouterr().out
    assert "passes, by 12 groups in 5 folds" in printed and printed.count(" before ") == printed.count(" after ") == 2
    told = json.loads({p.key: p.value for p in onnx.load(out).metadata_props}[tune.PROVENANCE])
    assert told["layers"] == "all" and told["passes"] > 0
    before, after = onnx.load(TINY), onnx.load(out)
    assert before.graph.node == after.graph.node, "the graph is as it was"
    moved = [a.name for a, b in zip(before.graph.initializer, after.graph.initializer) if a != b]
    assert len(moved) > 1
    # The file tells people from copies better than the one it comes from: the cross-entropy of the list is lower.
    bits = []
    for file in (TINY, out):
        detector = voxhumana.Detector(file, threads=1)
        llr = {s: [detector.scan(made / f"mine/{s}-{k}.wav").channels[0].llr for k in range(12)] for s in ("bonafide", "spoof")}
        bits.append(voxhumana.metrics.cllr(*([x for x in llr[s] if x is not None] for s in ("bonafide", "spoof"))))
    assert bits[1] < bits[0]


def test_lists_that_are_too_small_or_leak_are_refused(made, tmp_path):
    table = pd.read_csv(made / "mine.csv")
    few = pd.concat([table[table.label == "bonafide"], table[table.label == "spoof"][:12]])
    few["file"] = [str(made / f) for f in few.file]
    few.to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(SystemExit, match="12 spoof recordings in 3 groups; at least 20 in 3"):
        cli.main(["tune", str(tmp_path / "few.csv")])
    table["file"], table["speaker"] = [str(made / f) for f in table.file], "one person"
    table.drop(columns="source").to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(SystemExit, match="in 1 groups"):
        cli.main(["tune", str(tmp_path / "one.csv")])
    with pytest.raises(SystemExit, match="in both mine.csv and mine.csv"):
        cli.main(["tune", str(made / "mine.csv"), "--elsewhere", str(made / "mine.csv")])


def test_groups_hold_together_what_shares_anything():
    table = pd.DataFrame(
        {
            "file": list("abcdef"), "uid": list("abcdef"), "pair_uid": ["", "", "a", "", "", ""], "corpus": "", "source_guessed": False,
            "speaker": ["", "x", "x", "", "", ""], "source": ["s", "t", "u", "v", "v", "w"],
        }
    )  # fmt: skip
    found = groups.of(table, ["1", "2", "3", "4", "5", "4"])
    # c copies a and speaks as b; d and e have a source, d and f the same samples.
    assert found[0] == found[1] == found[2] and found[3] == found[4] == found[5] and found[0] != found[3]


def test_steps_go_down_from_where_they_start_and_the_pull_holds():
    rng = np.random.default_rng(5)
    human = np.repeat([True, False], 100)
    x = rng.standard_normal((200, 8)) + np.where(human, 0.7, -0.7)[:, None]
    start = Layer(np.zeros(8), 0.0)
    weight = balanced(human, np.arange(200))
    assert weight.sum() == pytest.approx(1) and weight[human].sum() == pytest.approx(0.5)
    free = steps(start, x, human, weight, np.ones(8), 0.0)
    assert not free[0].weights.any()
    loss = [tune.loss(layer.llr(x), human, weight) for layer in free]
    assert loss[0] == pytest.approx(1) and loss[-1] < 0.5 and all(a > b for a, b in zip(loss, loss[1:]))
    held = steps(start, x, human, weight, np.ones(8), 100.0)
    assert abs(held[-1].weights).max() < 0.1 * abs(free[-1].weights).max()
