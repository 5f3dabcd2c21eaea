"""Folders of recordings."""

from __future__ import annotations

import os
from typing import List, Union

from ._errors import InvalidArgumentError

#: File name extensions that :func:`find_recordings` takes for recordings.
EXTENSIONS = frozenset(
    "wav wave mp3 flac ogg oga opus m4a mp4 aac aif aiff aifc caf mkv mka webm au snd rf64 w64 gsm".split()
)


def find_recordings(folder: Union[str, "os.PathLike[str]"]) -> List[str]:
    """Paths of the recordings under a folder, sorted, by file name extension."""
    if not os.path.isdir(folder):
        raise InvalidArgumentError(f"{os.fsdecode(folder)} is no folder", os.fsdecode(folder))
    return sorted(
        os.path.join(parent, name)
        for parent, _, names in os.walk(os.fsdecode(folder))
        for name in names
        if os.path.splitext(name)[1][1:].lower() in EXTENSIONS
    )
