"""Arrays of samples as the compiled part takes them."""

from __future__ import annotations

import io
import operator
import os
import warnings
from typing import Any, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from ._errors import InvalidArgumentError

#: Most channels of one recording; an array with more rows was probably given as (n, channels).
MAX_CHANNELS = 64

Samples = npt.NDArray[np.float32]


#: Integers wider than this are rarely samples: numpy makes them of any list of numbers.
MAX_INTEGER_BYTES = 4
#: Floats up to here are samples that overshoot full scale, as resampling makes them.
MAX_OVERSHOOT = 2.0


def as_float32(samples: Any, name: str = "samples") -> Samples:
    """Converts samples of any real type to float32 with full scale 1, by the full scale of their type."""
    if np.ma.is_masked(samples):
        raise InvalidArgumentError(f"{name} are a masked array; accepted: one without masked values, e.g. compressed()")
    try:
        array = np.asarray(samples)
    except ValueError as error:  # a ragged list
        raise InvalidArgumentError(f"{name} are no regular array: {error}") from None
    if array.dtype.kind in "iu" and array.dtype.itemsize <= MAX_INTEGER_BYTES:
        return _of_integers(array)
    if array.dtype.kind != "f":
        advice = "; convert them first, e.g. with astype(np.int16)" if array.dtype.kind in "iu" else ""
        raise InvalidArgumentError(
            f"{name} have dtype {array.dtype}; accepted: floats (full scale 1) or integers of 8 to 32 bits{advice}"
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


def _of_integers(array: npt.NDArray[Any]) -> Samples:
    bits = 8 * array.dtype.itemsize
    # A float32 holds up to 24 bits, and a long recording should not be held twice as wide.
    kind = np.float32 if bits <= 16 else np.float64
    half = kind(2 ** (bits - 1))
    # Unsigned samples rest at half of their range.
    rest = half if array.dtype.kind == "u" else kind(0)
    return np.asarray((array.astype(kind) - rest) / half, dtype=np.float32, order="C")


def full_scale(array: Samples) -> Samples:
    """A whole recording at full scale 1, where it holds floats of another: told by its highest sample, and warned of."""
    highest = float(np.abs(array).max(initial=0.0))
    if highest <= MAX_OVERSHOOT:
        return array
    # 16-bit and 32-bit numbers kept as floats; else nothing is known but that the highest is not beyond full scale.
    scale = next((s for s in (2.0**15, 2.0**31) if s / 256 < highest <= s), highest)
    warnings.warn(
        f"samples reach {highest:g}, beyond the full scale of 1: divided by {scale:g}", UserWarning, stacklevel=4
    )
    return array / np.float32(scale)


def within_full_scale(array: Samples) -> Samples:
    """A part of a recording, of which nobody knows yet what its full scale is if it is not 1."""
    highest = float(np.abs(array).max(initial=0.0))
    if highest > MAX_OVERSHOOT:
        raise InvalidArgumentError(
            f"samples reach {highest:g}, beyond the full scale of 1; accepted: integers, or floats divided by their full scale"
        )
    return array


#: What to do with samples of shape (n, channels), where a function has the parameter ``channels_last``.
CHANNELS_LAST = "for (n, channels) give channels_last=True"


def as_channels(samples: Any, channels_last: bool = False, advice: str = CHANNELS_LAST) -> Samples:
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
        hint = "" if channels_last else f"; {advice}"
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


def as_count(value: Any, name: str, least: int = 1) -> int:
    """A whole number of things, numpy's as well."""
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if isinstance(value, (bool, np.bool_)) or count < least:
        raise InvalidArgumentError(f"{name} is {value!r}; accepted: a whole number, at least {least}")
    return count


def as_raw(raw: Any) -> Optional[Tuple[str, int, int]]:
    """Codec, sample rate and channels of headerless files; the compiled part knows which codecs there are."""
    if raw is None:
        return None
    if isinstance(raw, str) or not isinstance(raw, Sequence) or len(raw) != 3 or not isinstance(raw[0], str):
        raise InvalidArgumentError(f"raw is {raw!r}; accepted: (codec, sample rate in Hz, channels), e.g. ('mulaw', 8000, 1)")
    return raw[0], as_count(raw[1], "the sample rate of raw"), as_count(raw[2], "channels of raw")


#: Linux's limit on a path's length (PATH_MAX).
MAX_PATH_BYTES = 4096

FileSource = Union[str, bytes, Any]


def as_file_source(source: Any, besides: str = "") -> Tuple[FileSource, str, "str | None"]:
    """A path, bytes or file-like object as the compiled part takes it, its name, and its file name extension. ``besides``
    says what else is accepted by the caller."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        try:
            os.fsencode(path)
        except UnicodeEncodeError as error:
            raise InvalidArgumentError(f"source is {path!r}, which can be no file's name: {error.reason}", path) from None
        return path, path, None
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        if len(data) < MAX_PATH_BYTES and b"\0" not in data and os.path.exists(data):
            raise InvalidArgumentError(
                f"source is bytes that name a file, {data!r}; bytes are the content of a file: give its path as a str"
            )
        return data, "<bytes>", None
    if isinstance(source, io.TextIOBase):
        raise InvalidArgumentError("source is a file opened as text; open it in binary mode, open(path, 'rb')")
    if callable(getattr(source, "read", None)):
        _refuse_at_end(source)
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else "<stream>"
        return source, name, os.path.splitext(name)[1].lstrip(".") or None
    raise InvalidArgumentError(
        f"source is a {type(source).__name__}; accepted: a path, bytes, a binary file-like object{besides}"
    )


def of_dictionary(audio: Mapping[str, Any]) -> Tuple[Any, Any]:
    """The recording and sample rate in a dictionary of the package ``datasets``: decoded, or as its file."""
    if audio.get("array") is not None:
        return np.asarray(audio["array"]), audio.get("sampling_rate")
    for name in ("bytes", "path"):
        if audio.get(name) is not None:
            return audio[name], None
    raise InvalidArgumentError(
        f"source is a dictionary with {', '.join(map(repr, audio)) or 'nothing'}; "
        "accepted: 'array' and 'sampling_rate', or 'bytes', or 'path'"
    )


def _refuse_at_end(file: Any) -> None:
    """A file object that was just written or read is at its end, and would look like an empty recording."""
    try:
        at = file.tell() if file.seekable() else 0
        if not at or file.read(1):
            if at:
                file.seek(at)
            return
    except (AttributeError, OSError, ValueError):
        return
    raise InvalidArgumentError("the file object is at its end; go to its start with seek(0) before")
