"""Configurations: the defaults under the user's file, and what is refused."""

import argparse

import pytest

from voxhumana_train import config, runs


def load(path, *changes, network=None):
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    return config.load(parser.parse_args(["--config", str(path), *(["--set", *changes] if changes else [])]), network)


def refused(path, *changes, **more) -> str:
    with pytest.raises(SystemExit) as caught:
        load(path, *changes, **more)
    return str(caught.value)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[data]\ntrain = "lists/a.csv"\ndev = "/b.csv"\n[train]\nsteps = 5\nlearning_rate = 1\n')
    return path


def test_the_file_lies_over_the_defaults_and_paths_are_relative_to_it(file):
    settings = load(file)
    assert settings["train"]["steps"] == 5 and settings["train"]["batch"] == 64
    assert settings["data"]["train"] == str(file.parent / "lists/a.csv") and settings["data"]["dev"] == "/b.csv"
    assert settings["data"]["work"] == str(file.parent / "work")


def test_networks_and_options_change_values(file):
    settings = load(file, "train.steps=7", "front_end.level_rms=null", 'net.head="graph"', network="short")
    assert settings["train"]["steps"] == 7 and settings["net"]["head"] == "graph"
    assert settings["front_end"]["frame_length"] == 128 and "level_rms" not in settings["front_end"]
    file.write_text("[networks.mine.net]\nwidth = 48\n")
    assert load(file, network="mine")["net"]["width"] == 48 and load(file, network="mine")["net"]["kind"] == "resnet"
    file.write_text("[networks.mine]\n")
    assert refused(file, network="short").endswith("accepted: mine")


def test_options_may_be_given_twice(file):
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    settings = config.load(parser.parse_args(["--config", str(file), "--set", "train.steps=7", "--set", "train.batch=8"]))
    assert settings["train"]["steps"] == 7 and settings["train"]["batch"] == 8


def test_a_copy_of_a_copy_needs_its_original(file):
    settings = load(file, "data.coded_copies=0", "data.coded_made=1")
    with pytest.raises(SystemExit, match="data.coded_made is 1; accepted: up to data.coded_copies, 0"):
        config.check_copies(settings)


def test_a_run_goes_on_with_its_settings_alone(tmp_path):
    settings = {"data": {"work": "a"}, "net": {"blocks": [1, 1]}, "train": {"seed": 1, "steps": 5}}
    runs.begin(tmp_path / "run", settings)
    runs.begin(tmp_path / "run", settings | {"net": {"blocks": [1, 2]}})
    (tmp_path / "run/checkpoint.pt").touch()
    with pytest.raises(SystemExit, match=r"has a run with other settings: net.blocks was \[1, 2\] and is \[1, 1\]"):
        runs.begin(tmp_path / "run", settings)
    runs.begin(tmp_path / "run", {"data": {"work": "b"}, "net": {"blocks": [1, 2]}, "train": {"seed": 1, "steps": 9}})


def test_what_is_unknown_or_of_another_type_is_refused_by_name(file):
    assert "unknown key train.stepz; train.steps is near" in refused(file, "train.stepz=3")
    assert 'train.steps is "many"' in refused(file, 'train.steps="many"')
    assert "is no JSON" in refused(file, "net.head=graph")
    file.write_text("[trane]\nsteps = 5\n")
    assert "unknown key trane; train is near" in refused(file)
    file.write_text("[train\n")
    assert str(file) in refused(file)
    assert "missing" in refused(file.parent / "none.toml")
