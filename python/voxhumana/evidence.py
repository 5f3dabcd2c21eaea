"""Evidence records: what a scan rests on, signed, for others to check.

A record holds digests of the recordings and of the model, the settings, every window's score and the findings. The command
``voxhumana verify`` reads the same records; the guide's page *evidence* says what they prove, and what they do not.

>>> from voxhumana import evidence
>>> key = evidence.generate_key()  # doctest: +SKIP
>>> evidence.write("case.json", ["call.wav"], key=key)  # doctest: +SKIP
>>> evidence.verify("case.json", public_key=key.public_pem).ok  # doctest: +SKIP
True
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Iterable, List, Optional, Tuple, Union

from . import _voxhumana
from ._detector import Detector
from ._errors import InvalidArgumentError, ReadError
from ._scan import default_detector

__all__ = ["Finding", "Key", "Verification", "generate_key", "verify", "write"]

StrPath = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Key:
    """A key pair of Ed25519, as PEM. Keep the private one to yourself; hand the public one over by another way than the record.

    Attributes
    ----------
    private_pem, public_pem : str
        PKCS 8 and SubjectPublicKeyInfo.
    """

    private_pem: str = dataclasses.field(repr=False)
    public_pem: str

    @property
    def fingerprint(self) -> str:
        """What two people compare over the telephone."""
        return _voxhumana.key_fingerprint(self.public_pem)


@dataclasses.dataclass(frozen=True)
class Finding:
    """Whether one part of a record is as it was recorded.

    Attributes
    ----------
    part : str
        JSON pointer.
    status : str
        ``"ok"``, ``"not_checked"`` or ``"failed"``.
    detail : str
        For people.
    """

    part: str
    status: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Verification:
    """What :func:`verify` found.

    Attributes
    ----------
    findings : tuple of Finding
    signer : str or None
        Fingerprint of the key inside the record, if its signature fits. Whose key it is, is for people to find out.
    """

    findings: Tuple[Finding, ...]
    signer: Optional[str]

    @property
    def ok(self) -> bool:
        """Whether nothing that was checked differs. What was not checked is among the findings."""
        return all(finding.status != "failed" for finding in self.findings)


def generate_key() -> Key:
    """A new key pair to sign records with.

    Returns
    -------
    Key

    Examples
    --------
    >>> voxhumana.evidence.generate_key().public_pem.startswith("-----BEGIN")
    True
    """
    return Key(*_voxhumana.generate_key())


def write(
    record: StrPath,
    recordings: Iterable[StrPath],
    *,
    detector: Optional[Detector] = None,
    key: Union[Key, str, None] = None,
) -> int:
    """Scans recordings and writes a record of it.

    Parameters
    ----------
    record : path
        The file to write. One that is there is never overwritten.
    recordings : iterable of paths
        In the order of the record.
    detector : Detector, optional
        Default: the bundled model with its defaults.
    key : Key or PEM, optional
        The private key that signs; without it, whoever changes the record can seal it anew.

    Returns
    -------
    int
        How many recordings could not be scanned; the record says so of each.

    Raises
    ------
    InvalidArgumentError
        The record is there already, or no recordings are given.
    ReadError
        The record cannot be written.

    Examples
    --------
    >>> key = voxhumana.evidence.generate_key()
    >>> voxhumana.evidence.write("case.json", ["call.wav"], key=key)
    0
    """
    target = os.fsdecode(record)
    paths = _paths(recordings)
    if not paths:
        raise InvalidArgumentError("recordings is empty; accepted: at least one path")
    if os.path.exists(target):
        raise InvalidArgumentError(f"{target} is there already, and evidence is never overwritten", target)
    pem = key.private_pem if isinstance(key, Key) else key
    inner = (default_detector() if detector is None else detector)._inner
    partial = f"{target}.partial"
    try:
        open(partial, "wb").close()
    except OSError as error:
        raise ReadError(f"cannot write {target}: {error.strerror}", target, error.errno) from None
    try:
        failed = _voxhumana.write_evidence(inner, paths, partial, pem)
        os.replace(partial, target)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
    return failed


def verify(
    record: Union[StrPath, bytes],
    *,
    public_key: Union[Key, str, None] = None,
    recordings: Iterable[StrPath] = (),
    detector: Optional[Detector] = None,
) -> Verification:
    """Checks whether a record is as it was written, and with recordings whether they give it again.

    Parameters
    ----------
    record : path or bytes
        The record.
    public_key : Key or PEM, optional
        The signer's key, which you have from the signer and not with the record. Without it, a signature only shows that
        the record was not changed by accident.
    recordings : iterable of paths, optional
        They are found by their SHA-256, else by their name, and scanned again.
    detector : Detector, optional
        The model and settings of the record; default: the bundled model with its defaults.

    Returns
    -------
    Verification

    Raises
    ------
    ReadError
        The record cannot be read.
    VoxHumanaError
        This is no evidence record, or no key.

    Examples
    --------
    >>> key = voxhumana.evidence.generate_key()
    >>> voxhumana.evidence.write("sealed.json", ["call.wav"], key=key)
    0
    >>> voxhumana.evidence.verify("sealed.json", public_key=key.public_pem, recordings=["call.wav"]).ok
    True
    """
    if not isinstance(record, bytes):
        path = os.fsdecode(record)
        try:
            with open(path, "rb") as file:
                record = file.read()
        except OSError as error:
            raise ReadError(f"cannot read {path}: {error.strerror}", path, error.errno) from None
    pem = public_key.public_pem if isinstance(public_key, Key) else public_key
    paths = _paths(recordings)
    inner = None
    if paths:
        inner = (default_detector() if detector is None else detector)._inner
    findings, signer = _voxhumana.verify_evidence(record, pem, inner, paths)
    return Verification(tuple(Finding(**finding) for finding in json.loads(findings)), signer)


def _paths(recordings: Iterable[StrPath]) -> List[str]:
    if isinstance(recordings, (str, bytes, os.PathLike)):
        raise InvalidArgumentError("recordings is one path; accepted: a sequence of paths")
    return [os.fsdecode(path) for path in recordings]
