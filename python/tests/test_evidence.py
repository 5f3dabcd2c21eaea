"""Evidence written and checked by Python is that of the command."""

import json
import os
import shutil
import subprocess

import pytest

import voxhumana
from voxhumana import evidence


@pytest.fixture
def case(call, detector, tmp_path):
    copy = tmp_path / "call.wav"
    shutil.copy(call, copy)
    key = evidence.generate_key()
    record = tmp_path / "case.json"
    failed = evidence.write(record, [copy, tmp_path / "missing.wav"], detector=detector, key=key)
    assert failed == 1
    return record, copy, key


def statuses(verification):
    return {finding.status for finding in verification.findings}


def test_a_record_verifies(case, detector):
    record, copy, key = case
    checked = evidence.verify(record, public_key=key.public_pem, recordings=[copy], detector=detector)
    assert checked.ok and checked.signer == key.fingerprint
    # The missing one cannot be checked again.
    assert statuses(checked) == {"ok", "not_checked"}
    data = json.loads(record.read_text())["data"]
    assert [r["file"]["name"] for r in data["recordings"]] == ["call.wav", "missing.wav"]
    assert str(copy.parent) not in record.read_text()
    assert "PRIVATE" not in repr(key)


def test_changes_are_found(case, detector):
    record, copy, key = case
    text = record.read_text()
    changed = text.replace('"verdict":"synthetic"', '"verdict":"bona_fide"', 1)
    assert changed != text
    assert not evidence.verify(changed.encode()).ok
    other = evidence.generate_key()
    assert not evidence.verify(record, public_key=other.public_pem).ok
    with open(copy, "r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(b"x" * 500)
    assert not evidence.verify(record, recordings=[copy], detector=detector).ok


def test_what_is_there_is_kept_and_what_is_no_record_is_refused(case, call):
    record, _, _ = case
    before = record.read_bytes()
    with pytest.raises(voxhumana.InvalidArgumentError, match="never overwritten"):
        evidence.write(record, [call])
    assert record.read_bytes() == before
    with pytest.raises(voxhumana.InvalidArgumentError, match="at least one"):
        evidence.write(record.with_name("other.json"), [])
    with pytest.raises(voxhumana.VoxHumanaError):
        evidence.verify(b"{}")
    with pytest.raises(voxhumana.VoxHumanaError):
        evidence.verify(record, public_key="no key")
    with pytest.raises(voxhumana.ReadError):
        evidence.write(record.parent / "no-folder" / "case.json", [call])
    assert sorted(p.name for p in record.parent.iterdir()) == ["call.wav", "case.json"]


def test_the_command_agrees(case):
    program = os.environ.get("VOXHUMANA_PROGRAM")
    if not program:
        pytest.skip("VOXHUMANA_PROGRAM names no build of the command; .ci/run does")
    record, copy, key = case
    public = record.with_name("key.pem")
    public.write_text(key.public_pem)
    line = [program, "verify", str(record), "--public-key", str(public)]
    verified = subprocess.run(line, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
