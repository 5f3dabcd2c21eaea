"""Which tracks of a recording are meant."""

from __future__ import annotations

from typing import Sequence, Tuple, Union

from ._errors import InvalidArgumentError

#: Numbers from 1, titles or languages.
Track = Union[int, str, Sequence[Union[int, str]]]


def as_tracks(track: Track) -> Tuple[str, ...]:
    """The tracks as the crate names them."""
    if not isinstance(track, (int, str, Sequence)):
        raise InvalidArgumentError(f"track is {track!r}; accepted: a number from 1, a title or a language, or several")
    tracks = (track,) if isinstance(track, (int, str)) else tuple(track)
    for one in tracks:
        if isinstance(one, bool) or not isinstance(one, (int, str)) or one == "" or (isinstance(one, int) and one < 1):
            raise InvalidArgumentError(f"track is {one!r}; accepted: a number from 1, a title or a language")
    return tuple(map(str, tracks))
