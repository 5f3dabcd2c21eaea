"""The steps of model 7 hold together: features, makers, what is held out."""

import argparse
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
import voxhumana
from conftest import listed, voiced, write
from onnx.reference import ReferenceEvaluator

from voxhumana_train import config, last_layer, lists, nets, runs
from voxhumana_train.cli import main
from voxhumana_train.clips import Clips
from voxhumana_train.file_metadata import metadata_of
from voxhumana_train.makers import registry
from voxhumana_train.model7 import HOLD_OUT, RECIPE, calls, distil, families, start_weights, torch_features
from voxhumana_train.model7.batches import Batches, capped, left_out, members
from voxhumana_train.model7.onnx_session import session
from voxhumana_train.model7.tune import WHICH, configuration, kept_blocks


def test_the_features_of_torch_are_those_of_the_wheel():
    defaults = tomllib.loads(config.DEFAULTS.read_text())
    rng = np.random.default_rng(0)
    click = np.zeros(16_000)
    click[8_000] = 1.0
    waves = np.stack([rng.standard_normal(16_000) * 0.1, click, 1e-4 * rng.standard_normal(16_000)]).astype(np.float32)
    changes = [{k.split(".")[1]: v for k, v in c.items() if k.startswith("front_end.")} for c in defaults["networks"].values()]
    phase = tomllib.loads((RECIPE.parent / "recipe9.toml").read_text())["networks"]["phase"]["front_end"]
    for change in [*changes, phase]:
        front_end = defaults["front_end"] | change
        ours = torch_features.of(front_end)(torch.from_numpy(waves)).numpy()
        theirs = voxhumana.FeatureExtractor(json.dumps(front_end)).extract_batch(waves)
        # f32 against f64; what differs lies near the floor.
        assert ours.shape == theirs.shape and np.abs(ours - theirs).max() < 0.02


def test_makers_and_columns_that_the_settings_name_exist():
    held = tomllib.loads(HOLD_OUT.read_text())
    named = tomllib.loads(RECIPE.read_text())["makers"] + [m for f in held["families"].values() for m in f["makers"]]
    assert set(named) <= set(registry())
    assert not any(registry()[name].family == "enhanced" for name in named)
    # What any list has once it is read, and what the project's corpus has besides.
    columns = {"label", *lists.OPTIONAL, "kind", "orig_sr"}
    for family in held["families"].values():
        for rule in family["rules"]:
            assert set(rule) <= columns
            assert all(re.compile(pattern) for pattern in rule.values())


def test_families_and_calibration_sources_are_left_out():
    source = tomllib.loads(HOLD_OUT.read_text())["calibration"]["sources"][0]
    table = pd.DataFrame({"source": [source, "x", "y"], "family": ["tts", "codec", "tts"], "generator": ["a", "b", "c"], "label": "spoof"})
    assert list(left_out(table, [])) == [True, False, False]
    assert list(left_out(table, ["codecs"])) == [True, True, False]
    assert list(members(table, [{"generator": "^c$", "family": "tts"}, {"family": "cod"}])) == [False, False, True]


def test_large_groups_do_not_fill_the_batch():
    weight = capped(np.array(["a"] * 100 + ["b"] * 4), 16)
    assert abs(weight.sum() - 1) < 1e-12
    assert abs(weight[:100].sum() / weight[100:].sum() - 2) < 1e-9


def test_a_last_layer_can_be_written_again():
    model = onnx.load(Path(__file__).parents[2] / "voxhumana.onnx")
    weights, offset = last_layer.read(model)
    for factor in (2.0, 0.5):
        last_layer.write(model, weights * factor, offset + factor)
        again, moved = last_layer.read(model)
        np.testing.assert_allclose(again, weights * factor, rtol=1e-6)
        assert abs(moved - offset - factor) < 1e-6


def test_without_onnx_runtime_a_step_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SystemExit, match=r"pip install '\.\[fast\]'"):
        session(b"")


def test_copies_that_the_recipe_names_must_be_there(tmp_path):
    """What is drawn depends on them: none is passed over."""
    recipe = tomllib.loads(RECIPE.read_text()) | {"calls": [1], "makers": ["dred", "phase"], "made_calls": {"phase": [1]}}
    labels = ["bonafide", "spoof"] * 4
    table = pd.DataFrame({"label": labels, "source": "s", "generator": ["", "g"] * 4, "uid": list("abcdefgh"), "pair_uid": ["", "a", "", "c", *[""] * 4], "family": "tts"})
    table = table.assign(speaker="", corpus="", kind="")
    tones = lambda n: Clips.of([(0.1 * np.sin(np.arange(20_000) * (0.1 + 0.01 * i))).astype(np.float32) for i in range(n)])
    for name, count, command in (
        ("train", 8, "prepare"), ("call-1", 8, "model7 calls --copy 1"), ("made-phase", 4, "make phase"),
        ("made-phase-call-1", 4, "model7 calls --copy 1 --made phase"),
    ):  # fmt: skip
        # The family `codecs` is left out, and with it its maker, whose copies are not there.
        with pytest.raises(SystemExit, match=f"missing .*{name}.npz: run `voxhumana-train {command}` first"):
            Batches(table, tmp_path, recipe, ["codecs"])
        tones(count).save(tmp_path / f"{name}.npz")
    drawn = Batches(table, tmp_path, recipe, ["codecs"])
    assert drawn.facts["made"] == {"phase": 4} and drawn.facts["calls"] == [1]
    waves, labels, _ = drawn.batch(0)
    assert waves.shape[1] == 16_000 and (labels == 1).sum() == (labels == 0).sum()
    # Recipes without faults of recorders draw as they did before there were any.
    again = lambda **shares: Batches(table, tmp_path, recipe | shares, ["codecs"]).batch(0)
    assert (again(faults=0.0, two_parties=0.0)[0] == waves).all()
    spoilt = again(faults=1.0, two_parties=1.0)
    assert spoilt[0].shape == waves.shape and (spoilt[0] != waves).any(axis=1).mean() > 0.5
    np.testing.assert_array_equal(spoilt[1], labels)
    with pytest.raises(SystemExit, match="made-dred.npz: run `voxhumana-train make dred` first"):
        Batches(table, tmp_path, recipe, [])


def test_a_network_starts_as_it_is_in_the_bundled_model(tmp_path):
    """All of its weights, the last layer that `even` has written as well."""
    path = Path(__file__).parents[2] / "voxhumana.onnx"
    rng = np.random.default_rng(1)
    waves = torch.from_numpy(rng.standard_normal((2, 16_000)).astype(np.float32) * 0.1)
    fronts = [torch_features.of(front_end) for front_end in metadata_of(onnx.load(path))["front_ends"]]
    scores = []
    (tmp_path / "config.toml").write_text('[data]\ntrain = "train.csv"\ndev = "dev.csv"\n')
    for network, which in list(WHICH.items())[: len(fronts)]:
        asked = {"recipe": RECIPE.parent / "recipe9.toml", "network": network, "blocks": None, "steps": 0}
        net = configuration(argparse.Namespace(**asked, config=tmp_path / "config.toml", changes=[]))["net"]
        started = nets.build(net, fronts[which].bins)
        start_weights.load(started, path, which, kept_blocks(started, net["blocks"], network))
        start_weights.settle(started, [fronts[which](waves)])
        with torch.no_grad():
            scores.append(started.eval()(fronts[which](waves))[0].numpy().ravel())
    evaluator = ReferenceEvaluator(str(path))
    heard = {name: front(waves).numpy() for name, front in zip(evaluator.input_names, fronts)}
    expected = evaluator.run(["score"], heard)[0].ravel()
    np.testing.assert_allclose(np.mean(scores, axis=0), expected, atol=1e-3)
    with pytest.raises(SystemExit, match="network 7 has no weights for"):
        start_weights.load(started, path, 7, kept_blocks(started, net["blocks"], network))


def test_a_smaller_network_learns_from_the_bundled_model_and_goes_on_after_a_stop(corpus, tmp_path, capsys):
    """What it has learnt, its loss says."""
    teacher = Path(__file__).parents[2] / "voxhumana.onnx"
    settings = ["--config", str(corpus / "config.toml"), "--set", f'data.work="{tmp_path}"', "data.coded_copies=0", "data.dev_channels=[]"]
    main(["prepare", *settings])
    step = ["model7", "distil", *settings, "--network", "long", "--teacher", str(teacher), "--blocks", "0", "1", "1", "1"]
    saving = distil.SAVE_EVERY
    try:
        distil.SAVE_EVERY = 4
        main([*step, "--out", str(tmp_path / "run"), "--steps", "12"])
        losses = [float(loss) for loss in re.findall(r" loss ([\d.]+)", capsys.readouterr().out)]
        assert len(losses) == 3 and losses[-1] < losses[0]
        net, _ = runs.load(tmp_path / "run")
        assert sum(p.numel() for p in net.trunk.parameters()) < 437_290
        main([*step, "--out", str(tmp_path / "run"), "--steps", "12"])
        assert "from step 12" in capsys.readouterr().out
        # From those weights, kept in half precision, it begins where they ended.
        kept = {name: value.half() if value.is_floating_point() else value for name, value in net.state_dict().items()}
        torch.save(kept, tmp_path / "kept.pt")
        main([*step, "--out", str(tmp_path / "more"), "--steps", "4", "--start", str(tmp_path / "kept.pt")])
        assert float(re.search(r" loss ([\d.]+)", capsys.readouterr().out)[1]) < losses[0]
    finally:
        distil.SAVE_EVERY = saving


def test_a_family_that_is_left_out_is_not_heard_and_measured(tmp_path, capsys):
    """From lists to the row of the table; the same command again trains nothing."""
    rng, rows = np.random.default_rng(3), []
    for k in range(4):
        for uid, pair, label, family, source in (
            (f"h{k}", "", "bonafide", "human", "page"), (f"p{k}", f"h{k}", "spoof", "vocoder", "page"), (f"t{k}", "", "spoof", "tts", "page"),
            (f"c{k}", "", "spoof", "codec", "other"), (f"hh{k}", "", "bonafide", "human", "alphacep/vosk-server"),
            (f"hs{k}", "", "spoof", "tts", "k2-fsa/sherpa"),
        ):  # fmt: skip
            name = write(tmp_path, f"{uid}.wav", voiced(rng, 1.5, label == "spoof"))
            generator = "" if label == "bonafide" else family
            rows.append({"file": name, "label": label, "family": family, "generator": generator, "source": source, "uid": uid, "pair_uid": pair})
    listed(tmp_path, "train.csv", rows)
    dev = [{"file": write(tmp_path, f"{m}.wav", voiced(rng, 1.5, m)), "label": "spoof" if m else "bonafide", "source": f"dev {m}"} for m in (False, True)]
    listed(tmp_path, "dev.csv", dev)
    (tmp_path / "config.toml").write_text('[data]\ntrain = "train.csv"\ndev = "dev.csv"\ncoded_copies = 0\ndev_channels = []\n')
    recipe = families.RECIPE.read_text().replace('makers = ["fargan", "fargan_pitch", "dred"]', "makers = []")
    (tmp_path / "recipe.toml").write_text(recipe)
    settings = ["--config", str(tmp_path / "config.toml")]
    main(["prepare", *settings])
    step = ["model7", "families", *settings, "--recipe", str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "runs"), "--steps", "1"]
    with pytest.raises(SystemExit, match="no family codec; there are gan_vocoders, "):
        main([*step, "--family", "codec"])
    for trained in (True, False):
        capsys.readouterr()
        main([*step, "--family", "codecs"])
        out = capsys.readouterr().out
        assert ("codecs: 1 steps" in out) == trained
        assert re.search(r"^\| codecs \| 4 \| [\d.]+ \([\d.]+–[\d.]+\) \| [\d.]+ \([\d.]+–[\d.]+\) \|$", out, re.M)
    log = json.loads((tmp_path / "runs/codecs/config.json").read_text())
    assert log["train"]["steps"] == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the codecs are ffmpeg's")
def test_calls_are_of_the_channels_that_are_named():
    assert calls.usable(["mulaw8k", "opus16_mulaw"]) == ["mulaw8k", "opus16_mulaw"]
    with pytest.raises(SystemExit, match="no channel opus17; there are mulaw8k, "):
        calls.usable(["opus17"])
