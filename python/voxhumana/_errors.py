"""The exceptions of voxhumana, one hierarchy."""

from __future__ import annotations

from typing import Any, Optional


class VoxHumanaError(Exception):
    """Base of all errors that voxhumana raises.

    Attributes
    ----------
    path : str or None
        The recording or model file that the error is about, where there is one.
    code : str or None
        The kind of the error, stable over versions: ``error_code`` of the machine-readable result.
    hint : str or None
        What to do about it, where that is known.
    """

    path: Optional[str]
    code: Optional[str]
    hint: Optional[str]

    def __init__(
        self,
        message: str,
        path: Optional[str] = None,
        errno: Optional[int] = None,
        code: Optional[str] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self._message = message
        self.path = path
        self._errno = errno
        self.code = code
        self.hint = hint

    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> Any:
        return type(self), (self._message, self.path, self._errno, self.code, self.hint)


class ReadError(VoxHumanaError, OSError):
    """The operating system refused to open or read a file; also an ``OSError``, with its ``errno``."""

    def __init__(
        self,
        message: str,
        path: Optional[str] = None,
        errno: Optional[int] = None,
        *told: Optional[str],
    ) -> None:
        super().__init__(message, path, errno, *told)
        self.errno = errno
        self.filename = path
        self.strerror = message


class RecordingError(VoxHumanaError, ValueError):
    """A recording cannot be decoded."""


class UnsupportedFormatError(RecordingError):
    """The bytes are of no container that this build can read."""


class UnsupportedCodecError(RecordingError):
    """The container was understood, the codec inside cannot be decoded."""


class DamagedRecordingError(RecordingError):
    """The recording is damaged before its first decodable sample."""


class LimitExceededError(VoxHumanaError, ValueError):
    """A hostile or mistaken value was stopped by a named limit."""


class InvalidArgumentError(VoxHumanaError, ValueError):
    """An argument has the wrong type, shape or value; the message says what is accepted."""


class ModelError(VoxHumanaError, ValueError):
    """A model file carries metadata that this build cannot work with."""


class OnnxRuntimeError(VoxHumanaError, RuntimeError):
    """The ONNX runtime is not there, refused the model, or failed while running it."""


class InternalError(VoxHumanaError, RuntimeError):
    """A bug in voxhumana; please report it with the recording if you can."""
