"""What a file itself says about how it was made, beside the verdict and never in it."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from . import _voxhumana
from ._errors import InvalidArgumentError
from ._samples import MAX_PATH_BYTES, as_file_source


def _pick(names: Tuple[str, ...], data: Mapping[str, Any]) -> Dict[str, Any]:
    """The fields of this version; those that a later one added are left out."""
    return {name: data[name] for name in names if name in data}


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a mark lies: name of the place, first byte in the file, bytes there."""

    name: str
    offset: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class Looked:
    """Where was looked, whether the whole file could be seen, and why not."""

    places: Tuple[str, ...]
    whole_file: bool
    problem: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Mark:
    """One mark of a file.

    Attributes
    ----------
    scheme : str
        ``aigc``, ``c2pa``, ``iptc``, ``suno``, ``comfyui`` or ``textaloud``.
    says : str or None
        ``synthetic``, ``partly``, ``possibly`` or ``captured``; None if it says nothing of the kind, cannot be read or
        is of another file.
    who : str or None
        The code or name that the mark gives, as text, not checked.
    place : Place
    integrity : str
        ``unprotected``, ``valid``, ``hash_only``, ``mismatch`` or ``not_checked``.
    fields : dict
        Its members, by their own names.
    deviations : tuple of str
        Where it departs from its standard, and was read all the same.
    sha256 : str or None
        Of its bytes; None if they were not read.
    problem : str or None
        Why it cannot be read.
    """

    scheme: str
    says: Optional[str]
    who: Optional[str]
    place: Place
    integrity: str
    fields: Dict[str, str] = dataclasses.field(hash=False)
    sha256: Optional[str]
    problem: Optional[str]
    deviations: Tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Declared:
    """What a file itself declares about how it was made.

    Attributes
    ----------
    state : str
        ``none`` (nothing is known), ``synthetic``, ``partly``, ``possibly``, ``captured``, ``conflicting`` or
        ``unreadable``. No state makes a recording bona fide.
    looked : Looked
    marks : tuple of Mark
        In the order of the file.
    """

    state: str
    looked: Looked
    marks: Tuple[Mark, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Declared":
        """From the form of the machine-readable result.

        Parameters
        ----------
        data : mapping
            The field ``declared`` of a result.

        Returns
        -------
        Declared

        Raises
        ------
        KeyError
            A field is missing.

        Examples
        --------
        >>> voxhumana.Declared.from_dict(report.to_dict()["declared"]) == report.declared
        True
        """
        looked = _pick(("places", "whole_file", "problem"), data["looked"])
        return cls(
            state=data["state"],
            looked=Looked(**{**looked, "places": tuple(looked["places"])}),
            marks=tuple(_mark(mark) for mark in data["marks"]),
        )


def _mark(data: Mapping[str, Any]) -> Mark:
    names = tuple(field.name for field in dataclasses.fields(Mark))
    place = Place(**_pick(("name", "offset", "bytes"), data["place"]))
    changes = {"place": place, "fields": dict(data["fields"]), "deviations": tuple(data.get("deviations", ()))}
    return Mark(**{**_pick(names, data), **changes})


def read_marks(path: Union[str, "os.PathLike[str]"]) -> Declared:
    """Reads what the file at ``path`` itself declares: AIGC labels, C2PA manifests, the tags of generators.

    Nothing is decoded and no model is loaded. A mark can be forged or copied, and no mark means that nothing is known.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Declared

    Raises
    ------
    ReadError
        If the file cannot be opened. What is wrong within it is told in the result.

    Examples
    --------
    >>> voxhumana.read_marks("call.wav").state
    'none'
    """
    if isinstance(path, bytes) and (b"\0" in path or len(path) > MAX_PATH_BYTES):
        raise InvalidArgumentError("path is the content of a file; accepted: the path of one")
    name, _, _ = as_file_source(os.fsdecode(path))
    return Declared.from_dict(json.loads(_voxhumana.read_marks(name)))
