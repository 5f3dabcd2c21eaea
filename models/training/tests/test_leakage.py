"""What is on both sides of a split is found, named, and refused, dropped or let pass."""

import numpy as np
import pytest
from conftest import listed, write

from voxhumana_train import clips, leakage, lists


@pytest.fixture
def both(tmp_path):
    """Two lists that share one recording, one pair, one speaker and one source."""
    sound = lambda k: np.random.default_rng(k).uniform(-0.5, 0.5, 1600).astype(np.float32)
    write(tmp_path, "shared.wav", sound(99))
    copy = write(tmp_path, "copied.wav", sound(99))

    def row(k, label, **more):
        names = {"source": f"s{k}", "speaker": f"p{k}", "uid": f"u{k}", "pair_uid": "", "corpus": "C"}
        return {"file": write(tmp_path, f"{k}.wav", sound(k)), "label": label, **names, **more}

    train = [row(1, "bonafide"), row(2, "spoof"), row(3, "bonafide", source="page"), row(4, "bonafide", speaker="ann"), row(5, "bonafide")]
    train.append({**row(6, "spoof"), "file": "shared.wav"})
    dev = [row(11, "bonafide"), row(12, "spoof", pair_uid="u5"), row(13, "bonafide", source="page"), row(14, "bonafide", speaker="ann")]
    dev += [{**row(15, "spoof"), "file": copy}, row(16, "bonafide", speaker="p1", corpus="other")]
    return [lists.read(listed(tmp_path, f"{name}.csv", rows)) for name, rows in (("train", train), ("dev", dev))]


def digests(table):
    decoded = clips.decode_all(table)
    return [decoded.digest(i) for i in range(len(decoded))]


def found(both):
    return leakage.find(*both, *map(digests, both))


def test_every_kind_is_found_with_its_rows(both):
    rows = {leak.kind: (list(both[0].row[leak.train]), list(both[1].row[leak.dev])) for leak in found(both)}
    assert rows == {"audio": ([7], [6]), "pair": ([6], [3]), "speaker": ([5], [5]), "source": ([4], [4])}


def test_leaks_are_refused_unless_dropped_or_allowed(both, capsys):
    leaks = found(both)
    with pytest.raises(SystemExit, match="audio, pair, speaker, source on both sides"):
        leakage.resolve(leaks, *both, [], [])
    table = capsys.readouterr().out
    assert "row 7 shared.wav; dev row 6 copied.wav" in table and "page: train row 4 3.wav" in table
    with pytest.raises(SystemExit, match="refused: pair, source on"):
        leakage.resolve(leaks, *both, ["audio"], ["speaker"])
    kept = leakage.resolve(leaks, *both, ["audio", "pair", "source"], ["speaker"])
    assert list(both[0].row[kept]) == [2, 3, 5] and "left out: 3 of 6 training rows" in capsys.readouterr().out
    assert leakage.resolve(leaks, *both, [], list(leakage.KINDS)).all()


def test_lists_that_share_nothing_pass(both, capsys):
    kept = both[0].row.isin([2, 3])
    train, dev = both[0][kept].reset_index(drop=True), both[1]
    assert leakage.resolve(leakage.find(train, dev, digests(train), digests(dev)), train, dev, [], []).all()
    told = capsys.readouterr().out
    assert "leakage: no audio" in told and "is in both train and dev" in told


def test_what_was_not_looked_at_is_said(both, capsys):
    train, dev = both[0][both[0].row.isin([2, 3])].reset_index(drop=True), both[1]
    train["speaker"] = ""
    dev["source_guessed"] = True
    leakage.resolve([], train, dev, [], [])
    told = capsys.readouterr().out
    assert "speaker, source not looked at" in told and "speaker or" not in told.splitlines()[0]


def test_a_speaker_is_known_again_where_one_list_names_no_corpora(both):
    train, dev = both
    for table in both:
        table["speaker"], table["corpus"] = "", ""
    train.loc[0, ["speaker", "corpus"]] = "ann", "C"
    dev.loc[0, "speaker"] = "ann"
    leaks = leakage.find(train, dev, digests(train), digests(dev))
    assert [leak.values for leak in leaks if leak.kind == "speaker"] == [["ann"]]
    # Of two corpora that both lists name they are two people.
    dev.loc[0, "corpus"] = "D"
    assert "speaker" not in {leak.kind for leak in leakage.find(train, dev, digests(train), digests(dev))}


def test_a_list_to_measure_on_is_named_where_it_shares_rows(both):
    with pytest.raises(SystemExit, match="in both mine.csv and other.csv: take those rows out of one of them"):
        leakage.resolve(found(both), *both, [], [], ("mine.csv", "other.csv"))


def test_folders_that_stand_in_for_sources_are_no_leak(both):
    train, dev = both
    for table in both:
        table["source"], table["source_guessed"] = "", True
    assert "source" not in {leak.kind for leak in leakage.find(train, dev, digests(train), digests(dev))}


def test_one_sound_under_both_labels_is_named(both):
    table = both[0]
    of_rows = digests(table)
    of_rows[1] = of_rows[0]
    assert leakage.contradictions(table, of_rows) == [(3, "label", "spoof, but the same samples are bonafide in row 2")]


def test_a_file_that_cannot_be_decoded_is_named_with_its_row(both):
    table = both[0]
    open(table.path[2], "wb").write(b"no sound")
    with pytest.raises(SystemExit, match=r"row 4, column `file`: 3.wav cannot be decoded"):
        clips.decode_all(table)
