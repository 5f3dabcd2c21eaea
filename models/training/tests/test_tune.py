"""The last layer fitted to a list: made voices that the bundled model cannot tell apart."""

import json

import numpy as np
import onnx
import pandas as pd
import pytest
import voxhumana
from conftest import listed, voiced, write

from voxhumana_train import cli, groups, last_layer, tune
from voxhumana_train.logistic import Layer, balanced, steps


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
    assert told["from"]["sha256"] == voxhumana.Detector().model_sha256 and told["recordings"] == int(recordings) and told["steps"] > 0
    # The file scores as the table says: people above copies, on those it has seen.
    score = lambda label: np.mean([detector.scan(made / f"mine/{label}-{k}.wav").channels[0].llr for k in range(8)])
    assert score("bonafide") > score("spoof")


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
    with pytest.raises(SystemExit, match="on both sides"):
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
