"""Batches: from lists without pairs, from lists of pairs alone, with and without makers; the same for the same step."""

import json
import tomllib

import numpy as np
import pandas as pd
import pytest

from voxhumana_train import config, sampler
from voxhumana_train.clips import Clips
from voxhumana_train.made import Made

WINDOW = 4000


def settings(**changes):
    t = tomllib.loads(config.DEFAULTS.read_text())["train"]
    return t | {"batch": 16, "outside": 2, "steps": 2, "skip": [], "blend": 0.0} | changes


def table(labels: str, pairs: dict[int, int] | None = None) -> pd.DataFrame:
    """A list: `h` and `s` for its labels, and which spoof copies which human."""
    rows = [
        {"label": "bonafide" if c == "h" else "spoof", "uid": str(i), "pair_uid": str((pairs or {}).get(i, "")), "source": f"source {i % 2}",
         "generator": "" if c == "h" else f"g{i % 3}", "speaker": "", "corpus": ""}
        for i, c in enumerate(labels)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def clips(count: int, length: int = 6000) -> Clips:
    """Clip `i` holds tones of its own frequency."""
    t = np.arange(length) / 16_000
    return Clips.of([(0.3 * np.sin(2 * np.pi * (200 + 100 * i) * t)).astype(np.float32) for i in range(count)])


def make(list_: pd.DataFrame, made: list[Made] | None = None, **changes) -> sampler.Sampler:
    front_end = json.dumps(tomllib.loads(config.DEFAULTS.read_text())["front_end"])
    return sampler.Sampler(list_, [clips(len(list_))], made or [], settings(**changes), front_end, WINDOW)


def copies(count: int, absent: tuple[int, ...] = ()) -> Made:
    every = clips(count, 5000)
    parts = [every[i] if i not in absent else np.zeros(0, np.float32) for i in range(count)]
    return Made([Clips.of(parts)], np.full(count, 500))


def test_a_list_without_pairs_has_batches():
    drawn = make(table("hhhsss"))
    waves, labels, makers = drawn._draw(0)
    assert waves.shape == (18, WINDOW) and drawn.pairs == 0 and drawn.makers == 1
    assert np.isnan(labels).sum() == 2 and (labels == 1).sum() == (labels == 0).sum() == 8
    assert (makers == -1).all()


def test_makers_give_pairs_to_a_list_that_has_none():
    drawn = make(table("hhhsss"), [copies(3), copies(3, absent=(0, 2))], pairs=0.5)
    waves, labels, makers = drawn._draw(0)
    assert drawn.pairs == 4 and drawn.makers == 3
    assert list(labels[:8]) == [1, 0] * 4 and set(makers[0:8:2]) == {0} and set(makers[1:8:2]) <= {1, 2}


def test_clips_without_any_copy_are_no_pairs():
    drawn = make(table("hhhsss"), [copies(3, absent=(0, 2))], pairs=0.5)
    assert list(drawn.copied[0]) == [1] and drawn.copied[1].sum() == pytest.approx(1)
    none = make(table("hhhsss"), [copies(3, absent=(0, 1, 2))], pairs=0.5)
    assert none.pairs == 0 and len(none._draw(0)[0]) == 18


def test_a_list_whose_spoofs_are_all_copies_has_batches():
    drawn = make(table("hhhsss", {3: 0, 4: 1, 5: 2}))
    labels = drawn._draw(0)[1]
    assert drawn.pairs == 3 and (labels == 0).sum() == 8
    assert {tuple(p) for p in drawn.pools.pairs} == {(0, 3), (1, 4), (2, 5)}


def test_a_pair_is_cut_at_the_same_place():
    # A copy that begins 500 samples into its original: both windows must show the same tone at the same phase.
    drawn = make(table("hsss"), [Made([Clips.of([clips(1)[0][500:5500]])], np.array([500]))], pairs=0.5, augment={"plain": 1.0}, speed=0.0)
    waves, _, _ = drawn._draw(0)
    for human, copy in zip(waves[0:8:2], waves[1:8:2]):
        assert np.corrcoef(human, copy)[0, 1] > 0.999


def test_a_batch_depends_on_the_step_alone():
    a, b = (make(table("hhhsss", {3: 0}), [copies(3)]) for _ in range(2))
    for step in (0, 5):
        for x, y in zip(a._draw(step), b._draw(step)):
            np.testing.assert_array_equal(x, y)
    assert not np.array_equal(a._draw(0)[0], a._draw(1)[0])


def test_generators_that_are_skipped_are_not_drawn():
    list_ = table("hhsss")
    assert list(make(list_, skip=["g0", "g1"]).pools.spoof[0]) == [2]
    with pytest.raises(SystemExit, match="leaves no spoof"):
        make(list_, skip=["g0", "g1", "g2"])


def test_a_cache_of_another_list_is_refused():
    front_end = json.dumps(tomllib.loads(config.DEFAULTS.read_text())["front_end"])
    with pytest.raises(SystemExit, match="holds 3 clips, the list 4"):
        sampler.Sampler(table("hhss"), [clips(3)], [], settings(), front_end, WINDOW)
