"""Arrays of samples as the compiled part takes them."""

from __future__ import annotations

import os
from typing import Any, Tuple, Union

import numpy as np
import numpy.typing as npt

from ._errors import InvalidArgumentError

#: Most channels of one recording; an array with more rows was probably given as (n, channels).
MAX_CHANNELS = 64

Samples = npt.NDArray[np.float32]


def as_float32(samples: Any, name: str = "samples") -> Samples:
    """Converts float32, float64 or int16 (full scale 32768) samples to float32 with full scale 1."""
    try:
        array = np.asarray(samples)
    except ValueError as error:  # a ragged list
        raise InvalidArgumentError(f"{name} are no regular array: {error}") from None
    if array.dtype == np.int16:
        return np.asarray(array, dtype=np.float32, order="C") / np.float32(32768)
    if array.dtype not in (np.float32, np.float64):
        raise InvalidArgumentError(
            f"{name} have dtype {array.dtype}; accepted: float32, float64 (full scale 1) or int16 (full scale 32768)"
        )
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InvalidArgumentError(
            f"{name}{list(where)} is {array[where]}; samples must be finite"
        )
    with np.errstate(over="ignore"):
        narrow = np.asarray(array, dtype=np.float32, order="C")
    if not np.isfinite(narrow).all():
        raise InvalidArgumentError(
            f"{name} hold values beyond the range of float32; full scale is 1"
        )
    return narrow


def as_channels(samples: Any, channels_last: bool = False) -> Samples:
    """Samples of shape (n,) or (channels, n), (n, channels) with ``channels_last``, as (channels, n)."""
    array = as_float32(samples)
    if array.ndim == 1:
        array = array[np.newaxis, :]
    elif array.ndim != 2:
        raise InvalidArgumentError(
            f"samples have shape {array.shape}; accepted: (n,) or (channels, n)"
        )
    elif channels_last:
        array = np.ascontiguousarray(array.T)
    if not 1 <= array.shape[0] <= MAX_CHANNELS:
        hint = "" if channels_last else "; for (n, channels) give channels_last=True"
        raise InvalidArgumentError(
            f"samples have {array.shape[0]} channels; accepted: 1 to {MAX_CHANNELS}{hint}"
        )
    return array


def as_mono(samples: Any, name: str = "samples") -> Samples:
    """Samples of shape (n,)."""
    array = as_float32(samples, name)
    if array.ndim != 1:
        raise InvalidArgumentError(f"{name} have shape {array.shape}; accepted: (n,)")
    return array


def as_rate(rate: Any, name: str = "sample_rate") -> int:
    """A sample rate in Hz as an integer; whole floats are accepted."""
    if rate is None:
        raise InvalidArgumentError(f"{name} is missing; give it in Hz with an array of samples")
    try:
        whole = int(rate)
        if isinstance(rate, (bool, str, bytes)) or whole != rate or not 0 <= whole < 2**32:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise InvalidArgumentError(f"{name} is {rate!r}; accepted: a whole number of Hz") from None
    return whole


FileSource = Union[str, bytes, Any]


def as_file_source(source: Any) -> Tuple[FileSource, str, "str | None"]:
    """A path, bytes or file-like object as the compiled part takes it, its name, and its file name extension."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        return path, path, None
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), "<bytes>", None
    if callable(getattr(source, "read", None)):
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else "<stream>"
        return source, name, os.path.splitext(name)[1].lstrip(".") or None
    raise InvalidArgumentError(
        f"source is a {type(source).__name__}; accepted: a path, bytes, a binary file-like object, "
        "or (samples, sample_rate)"
    )
