"""Folders of recordings."""

from __future__ import annotations

import os
from typing import List, Union

from . import _voxhumana
from ._errors import InvalidArgumentError

#: File name extensions that :func:`find_recordings` takes for recordings, those of the command.
EXTENSIONS = frozenset(_voxhumana.extensions())


def find_recordings(folder: Union[str, "os.PathLike[str]"]) -> List[str]:
    """Paths of the recordings under a folder, sorted: those that the command scans, by file name extension.

    Hidden files and folders are left out (a Mac leaves ``._call.wav`` beside ``call.wav`` on foreign disks).

    Parameters
    ----------
    folder : path

    Returns
    -------
    list of str

    Raises
    ------
    InvalidArgumentError
        This is no folder.

    Examples
    --------
    >>> "./call.wav" in voxhumana.find_recordings(".")
    True
    """
    if not os.path.isdir(folder):
        raise InvalidArgumentError(f"{os.fsdecode(folder)} is no folder", os.fsdecode(folder))
    found = []
    for parent, folders, names in os.walk(os.fsdecode(folder)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.join(parent, name) for name in names if _is_recording(name)]
    return sorted(found)


def _is_recording(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1][1:].lower() in EXTENSIONS
