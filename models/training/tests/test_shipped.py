"""The steps of the shipped models hold together: features, makers, what is held out."""

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

from voxhumana_train import config, last_layer, lists, losses, nets, runs
from voxhumana_train.cli import main
from voxhumana_train.clips import Clips
from voxhumana_train.export import NO_DOMAIN
from voxhumana_train.file_metadata import metadata_of
from voxhumana_train.makers import registry
from voxhumana_train.music import music
from voxhumana_train.prepare import tables
from voxhumana_train.shipped import HOLD_OUT, RECIPE, calls, changes, distil, recipes, short_runs, start_weights, torch_features
from voxhumana_train.shipped.batches import Batches, capped, left_out, members, thinned
from voxhumana_train.shipped.onnx_session import session
from voxhumana_train.shipped.rawboost import RawBoost
from voxhumana_train.shipped.tune import WHICH, configuration


def test_the_features_of_torch_are_those_of_the_wheel():
    defaults = tomllib.loads(config.DEFAULTS.read_text())
    rng = np.random.default_rng(0)
    click = np.zeros(16_000)
    click[8_000] = 1.0
    waves = np.stack([rng.standard_normal(16_000) * 0.1, click, 1e-4 * rng.standard_normal(16_000)]).astype(np.float32)
    changes = [{k.split(".")[1]: v for k, v in c.items() if k.startswith("front_end.")} for c in defaults["networks"].values()]
    phase = recipes.read(RECIPE.parent / "recipe9.toml")["networks"]["phase"]["front_end"]
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
        ("train", 8, "prepare"), ("call-1", 8, "shipped calls --copy 1"), ("made-phase", 4, "make phase"),
        ("made-phase-call-1", 4, "shipped calls --copy 1 --made phase"),
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
    assert (again(rawboost=1.0)[0] != waves).any(axis=1).mean() > 0.5
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
        blocks = start_weights.blocks_of(path, which)
        asked = {"recipe": RECIPE.parent / "recipe9.toml", "network": network, "blocks": blocks, "steps": 0}
        net = configuration(argparse.Namespace(**asked, config=tmp_path / "config.toml", changes=[]))["net"]
        started = nets.build(net, fronts[which].bins)
        start_weights.load(started, path, which, blocks)
        start_weights.settle(started, [fronts[which](waves)])
        with torch.no_grad():
            scores.append(started.eval()(fronts[which](waves))[0].numpy().ravel())
    evaluator = ReferenceEvaluator(str(path))
    heard = {name: front(waves).numpy() for name, front in zip(evaluator.input_names, fronts)}
    expected = evaluator.run(["score"], heard)[0].ravel()
    np.testing.assert_allclose(np.mean(scores, axis=0), expected, atol=1e-3)
    with pytest.raises(SystemExit, match="there is no network 7"):
        start_weights.load(started, path, 7, blocks)


def prepared(corpus, work):
    """The options by which the corpus is prepared in a work folder of its own, with copies by one maker."""
    settings = ["--config", str(corpus / "config.toml"), "--set", f'data.work="{work}"']
    main(["prepare", *settings])
    main(["make", "phase", *settings])
    return settings


def test_a_smaller_network_learns_from_the_bundled_model_and_goes_on_after_a_stop(corpus, tmp_path, capsys):
    """What it has learnt, its loss says."""
    teacher = Path(__file__).parents[2] / "voxhumana.onnx"
    settings = ["--config", str(corpus / "config.toml"), "--set", f'data.work="{tmp_path}"', "data.coded_copies=0", "data.dev_channels=[]"]
    main(["prepare", *settings])
    (tmp_path / "recipe.toml").write_text(f'like = "{RECIPE}"\ncalls = []\nmakers = []\n')
    step = ["shipped", "distil", *settings, "--recipe", str(tmp_path / "recipe.toml"), "--network", "long", "--teacher", str(teacher)]
    step += ["--blocks", "0", "1", "1", "1"]
    with pytest.raises(SystemExit, match="a batch needs pairs"):
        main([*step, "--out", str(tmp_path / "none"), "--steps", "1"])
    main(["make", "phase", *settings])
    (tmp_path / "recipe.toml").write_text(f'like = "{RECIPE}"\ncalls = []\nmakers = ["phase"]\n')
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


def test_the_domain_is_fitted_anew_and_nothing_else_changes(corpus, tmp_path, capsys):
    """Twice, since a file may be fitted again; a network that starts from it finds its scores."""
    bundled, changed = Path(__file__).parents[2] / "voxhumana.onnx", tmp_path / "changed.onnx"
    shutil.copy(bundled, changed)
    settings = prepared(corpus, tmp_path)
    (tmp_path / "recipe.toml").write_text(f'like = "{RECIPE}"\ncalls = []\nmakers = ["phase"]\n')
    rng = np.random.default_rng(2)
    waves = [voiced(rng, 1.0, False), music(rng, 16_000), rng.standard_normal(16_000) * 0.1]
    fronts = [torch_features.of(f) for f in metadata_of(onnx.load(bundled))["front_ends"]]
    views = [front(torch.from_numpy(np.stack(waves).astype(np.float32))).numpy() for front in fronts]

    def heard(path):
        evaluator = ReferenceEvaluator(str(path))
        return evaluator.run(["score", "embedding", "domain"], dict(zip(evaluator.input_names, views)))

    was, nodes = heard(bundled), []
    for _ in range(2):
        main(["shipped", "fit_domain", *settings, "--model", str(changed), "--recipe", str(tmp_path / "recipe.toml"), "--batches", "10"])
        assert len(re.findall(r"% of the windows outside pass", capsys.readouterr().out)) == 2
        score, embedding, domain = heard(changed)
        np.testing.assert_array_equal(score, was[0])
        np.testing.assert_array_equal(embedding, was[1])
        assert domain.shape == (3,) and np.abs(domain - was[2]).max() > 0.1
        nodes.append(len(onnx.load(changed).graph.node))
        assert metadata_of(onnx.load(changed))["domain_threshold"] == NO_DOMAIN
    assert nodes[0] == nodes[1]
    with pytest.raises(SystemExit, match="windows have 16000 samples, those of the configuration 8000"):
        other = tmp_path / "recipe.toml"
        other.write_text(other.read_text() + "window_samples = 8000\n")
        main(["shipped", "fit_domain", *settings, "--model", str(changed), "--recipe", str(other), "--batches", "2"])
    net = nets.build(tomllib.loads(RECIPE.read_text())["net"] | {"stem": [2, 2]}, fronts[0].bins)
    start_weights.load(net, changed, 0, start_weights.blocks_of(changed, 0))
    assert not net.domain.weight.any()


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
    (tmp_path / "recipe.toml").write_text(f'like = "{short_runs.RECIPE}"\nmakers = []\n')
    settings = ["--config", str(tmp_path / "config.toml")]
    main(["prepare", *settings])
    step = ["shipped", "families", *settings, "--recipe", str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "runs"), "--steps", "1"]
    with pytest.raises(SystemExit, match="no family codec; there are gan_vocoders, "):
        main([*step, "--family", "codec"])
    for trained in (True, False):
        capsys.readouterr()
        main([*step, "--family", "codecs"])
        out = capsys.readouterr().out
        assert ("codecs: 1 steps" in out) == trained
        assert re.search(r"^\| codecs \| 4 \|( [\d.]+ \([\d.]+–[\d.]+\); [\d.]+, [\d.]+ \|){2}$", out, re.M)
    log = json.loads((tmp_path / "runs/codecs/config.json").read_text())
    assert log["train"]["steps"] == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the codecs are ffmpeg's")
def test_calls_are_of_the_channels_that_are_named():
    assert calls.usable(["mulaw8k", "opus16_mulaw"]) == ["mulaw8k", "opus16_mulaw"]
    with pytest.raises(SystemExit, match="no channel opus17; there are mulaw8k, "):
        calls.usable(["opus17"])


def test_a_recipe_is_like_another_but_for_what_it_gives(tmp_path):
    (tmp_path / "base.toml").write_text("a = 1\nb = [1, 2]\n[train]\nrate = 1.0\nsteps = 5\n[train.more]\nx = 1\n")
    (tmp_path / "of").mkdir()
    (tmp_path / "of/own.toml").write_text('like = "../base.toml"\nb = []\n[train]\nrate = 2.0\n[train.more]\ny = 2\n')
    assert recipes.read(tmp_path / "of/own.toml") == {"a": 1, "b": [], "train": {"rate": 2.0, "steps": 5, "more": {"x": 1, "y": 2}}}
    for path in RECIPE.parent.rglob("*.toml"):
        assert path == HOLD_OUT or "pairs" in recipes.read(path), path


def test_changes_are_of_one_thing_and_a_run_of_each_makes_the_table(tmp_path, monkeypatch, capsys):
    short = recipes.read(short_runs.RECIPE)
    for name in changes.names():
        changed = recipes.read(changes.CHANGES / f"{name}.toml")
        train = {k for k, v in changed["train"].items() if short["train"].get(k) != v}
        differs = train | {k for k, v in changed.items() if k != "train" and short.get(k) != v}
        assert differs and differs < {"seed", "rawboost", "consistency", "focal", "ranking", "makers", "made", "generators", "clips"}, name
    runs_of = []
    monkeypatch.setattr(short_runs, "train", lambda arguments, name, recipe, leave_out: runs_of.append((name, recipe.name, leave_out)))
    monkeypatch.setattr(changes.measure, "of_runs", lambda paths: ([paths[0].name], []))
    monkeypatch.setattr(changes.measure, "Sets", lambda settings: argparse.Namespace(figures=lambda networks, _: {"dev": len(networks[0])}))
    (tmp_path / "config.toml").write_text('[data]\ntrain = "train.csv"\ndev = "dev.csv"\n')
    step = ["shipped", "changes", "--config", str(tmp_path / "config.toml"), "--out", str(tmp_path / "runs")]
    main([*step, "--change", "rawboost"])
    assert runs_of == [("none", "recipe_short.toml", []), ("rawboost", "rawboost.toml", [])]
    assert "| change | dev |\n|---|---|\n| none | 4.0 |\n| rawboost | 8.0 |" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no change rawbost; there are another_seed, "):
        main([*step, "--change", "rawbost"])


def test_a_share_of_names_is_part_of_a_larger_one():
    names = np.array([f"g{k % 200}" for k in range(400)])
    half, most = thinned(names, 0.5), thinned(names, 0.8)
    assert (half[:200] == half[200:]).all() and not (half & ~most).any()
    assert abs(half.mean() - 0.5) < 0.1 and thinned(names, 1.0).all()


def test_fewer_generators_leave_the_human_clips(corpus, tmp_path):
    settings = prepared(corpus, tmp_path)
    given = config.load(argparse.Namespace(config=corpus / "config.toml", changes=settings[3:]))
    table, _ = tables(given)
    spoofs = table.label != "bonafide"
    table.loc[spoofs, "generator"] = [f"g{k}" for k in range(spoofs.sum())]
    recipe = recipes.read(RECIPE) | {"calls": [], "makers": ["phase"]}
    every, half = (Batches(table, config.cache(given), recipe | {"generators": share}, []).facts for share in (1.0, 0.5))
    assert half["human"] == every["human"] == (~spoofs).sum()
    assert 0 < half["spoof"] < every["spoof"] == spoofs.sum()


def test_rawboost_changes_the_sound_and_leaves_its_peak():
    rng = np.random.default_rng(4)
    wave = (0.1 * rng.standard_normal(16_000)).astype(np.float32)
    boost = RawBoost.draw(rng, 1.0)
    heard = boost.apply(wave)
    assert heard.dtype == np.float32 and np.isclose(np.abs(heard).max(), np.abs(wave).max())
    assert np.corrcoef(heard, wave)[0, 1] < 0.99
    np.testing.assert_array_equal(boost.apply(wave), heard)
    silence = np.zeros(100, np.float32)
    assert (boost.apply(silence) == silence).all() and RawBoost.draw(rng, 0.0).apply(wave) is wave


def test_losses_for_few_false_alarms():
    labels, t = torch.tensor([1.0, 1.0, 0.0, 0.0]), {"loss": "bce", "smoothing": 0.0}
    good, bad = torch.tensor([3.0, 2.0, -2.0, -3.0]), torch.tensor([3.0, -4.0, 2.0, -3.0])
    plain = torch.nn.functional.binary_cross_entropy_with_logits(bad, labels)
    assert torch.isclose(losses.loss(bad, labels, t), plain)
    # What is right already hardly counts, and a wrong order does.
    focal = t | {"focal": 2.0}
    assert losses.loss(good, labels, focal) < 0.05 * losses.loss(good, labels, t)
    assert losses.loss(bad, labels, focal) > 0.8 * plain
    gain = losses.loss(bad, labels, t | {"ranking": 1.0}) - plain
    assert torch.isclose(gain, torch.nn.functional.softplus(torch.tensor([[-1.0, -6.0], [6.0, 1.0]])).mean())
