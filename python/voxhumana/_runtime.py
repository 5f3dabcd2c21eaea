"""ONNX Runtime out of the ``onnxruntime`` package, found without importing it."""

from __future__ import annotations

import glob
import importlib.util
import os
import threading
from typing import Optional

from . import _voxhumana
from ._errors import InvalidArgumentError, OnnxRuntimeError

RUNTIMES = ("auto", "tract", "onnxruntime")
_PATTERNS = ("libonnxruntime.so*", "libonnxruntime*.dylib", "onnxruntime.dll")
# ONNX Runtime reports to Microsoft unless its process has this in the environment, and the compiled part refuses to load
# it without. ``os.environ`` calls putenv, so that C code sees it, also that of ``import onnxruntime``. On import, before
# a program that follows the usual order has threads.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

_lock = threading.Lock()
_settled = False


def package_library() -> Optional[str]:
    """Path of the library inside the installed ``onnxruntime`` package, or None.

    The very file that ``import onnxruntime`` loads: the system's loader then gives both one copy, whichever comes first.
    """
    try:
        spec = importlib.util.find_spec("onnxruntime")
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for pattern in _PATTERNS:
            found = sorted(glob.glob(os.path.join(folder, "capi", pattern)))
            if found:
                return found[0]
    return None


def settle(runtime: str) -> str:
    """Makes the process's choice of a runtime, once, and returns the name to hand to the compiled part."""
    global _settled
    if runtime not in RUNTIMES:
        raise InvalidArgumentError(f"runtime is {runtime!r}; accepted: {', '.join(RUNTIMES)}")
    if runtime == "tract":
        return runtime
    with _lock:
        if _settled or os.environ.get("ORT_DYLIB_PATH"):
            return runtime
        library = package_library()
        if library is None:
            return runtime
        try:
            _voxhumana.load_onnxruntime(library)
        except OnnxRuntimeError:
            # Too old for this build, or the process uses tract already: "auto" takes tract.
            if runtime == "onnxruntime":
                raise
            return runtime
        _settled = True
    return runtime
