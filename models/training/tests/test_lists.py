"""Lists of users: what they may lack, and how what is wrong in them is named."""

import numpy as np
import pytest
from conftest import listed, write

from voxhumana_train import lists


@pytest.fixture
def folder(tmp_path):
    for name in "abcd":
        write(tmp_path, f"{name}.wav", np.full(1600, 0.1, np.float32))
    return tmp_path


def rows(*labels):
    return [{"file": f"{name}.wav", "label": label} for name, label in zip("abcd", labels)]


def refused(path) -> str:
    with pytest.raises(SystemExit) as caught:
        lists.read(path)
    return str(caught.value)


def test_two_columns_are_enough_and_what_is_missing_is_said_once(folder, capsys):
    path = listed(folder, "list.csv", rows("bonafide", "spoof"))
    table = lists.read(path)
    said = capsys.readouterr().out
    assert all(f"  {column}: {words}" in said for column, words in lists.OPTIONAL.items())
    lists.read(path)
    assert capsys.readouterr().out == ""
    assert list(table.uid) == ["a.wav", "b.wav"] and list(table.row) == [2, 3]
    assert table.source_guessed.all() and (table.pair_uid == "").all()


def test_both_spellings_of_both_labels_are_read(folder):
    for human, machine in (("bonafide", "spoof"), ("bona_fide", "synthetic"), ("bona-fide", "Spoof"), ("Bonafide ", "SYNTHETIC")):
        table = lists.read(listed(folder, "list.csv", rows(human, machine)))
        assert list(table.label) == ["bonafide", "spoof"]


def test_errors_name_the_row_and_the_column(folder):
    said = refused(listed(folder, "list.csv", rows("bonafide", "fake")))
    assert "row 3, column `label`: 'fake'; accepted: bonafide, bona_fide, bona-fide, spoof, synthetic" in said
    said = refused(listed(folder, "list.csv", [{"file": "a.wav", "label": "spoof"}, {"file": "nowhere.wav", "label": "bonafide"}]))
    assert "row 3, column `file`: nowhere.wav is not there" in said
    said = refused(listed(folder, "list.csv", [{"file": "a.wav"}]))
    assert "row 1: no column `label`; it has file" in said
    said = refused(listed(folder, "list.csv", rows("bonafide", "bonafide")))
    assert "column `label`: no row is spoof" in said
    twice = [{"file": "a.wav", "label": "bonafide"}, {"file": "b.wav", "label": "spoof"}, {"file": "a.wav", "label": "spoof"}]
    assert "row 4, column `file`: a.wav is that of row 2" in refused(listed(folder, "list.csv", twice))


def test_a_pair_names_the_human_recording(folder):
    pairs = [{**row, "uid": row["file"][0], "pair_uid": ""} for row in rows("bonafide", "spoof", "spoof")]
    pairs[1]["pair_uid"] = "a"
    lists.read(listed(folder, "list.csv", pairs))
    pairs[2]["pair_uid"] = "b"
    assert "row 4, column `pair_uid`: b is a spoof" in refused(listed(folder, "list.csv", pairs))
    pairs[2]["pair_uid"], pairs[0]["pair_uid"] = "", "b"
    assert "row 2, column `pair_uid`: b on a bonafide row" in refused(listed(folder, "list.csv", pairs))


def test_what_is_no_list_is_named(tmp_path):
    assert "missing" in refused(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    assert "not a CSV file" in refused(tmp_path / "empty.csv")
    (tmp_path / "header.csv").write_text("file,label\n")
    assert "row 2: no recordings" in refused(tmp_path / "header.csv")


def test_the_digest_is_that_of_rows_in_any_order(folder):
    table = lists.read(listed(folder, "list.csv", rows("bonafide", "spoof", "spoof")))
    assert lists.digest(table) == lists.digest(table.iloc[::-1])
    other = lists.read(listed(folder, "list.csv", rows("bonafide", "spoof", "bonafide")))
    assert lists.digest(table) != lists.digest(other)
