"""Results as the text of files; the crate writes it, so that the package and the CLI write the same."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Union

from . import _voxhumana

if TYPE_CHECKING:
    from ._results import ResultData

StrPath = Union[str, "os.PathLike[str]"]


def text(results: Sequence["ResultData"], form: str) -> str:
    """The results as ``"jsonl"``, ``"csv"``, ``"rttm"`` or, one after the other, ``"labels"``."""
    return _voxhumana.write_results(_as_json(results), form)


def save(content: str, path: Optional[StrPath]) -> Optional[str]:
    """Writes the text to a file, or, as pandas does, returns it if none is named."""
    if path is None:
        return content
    # The lines of each format end as the crate ends them, on every platform.
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(content)
    return None


def rows(results: Sequence["ResultData"]) -> List[Dict[str, Any]]:
    """The rows of the CSV with their types; what does not apply is None."""
    found: List[Dict[str, Any]] = json.loads(_voxhumana.result_rows(_as_json(results)))
    for row in found:
        row["path"] = row["path"] or None
    return found


def json_schema() -> Dict[str, Any]:
    """JSON Schema (draft 2020-12) of the machine-readable result: of each line of :meth:`Reports.to_jsonl` and of the CLI's JSON.

    Returns
    -------
    dict

    Examples
    --------
    >>> sorted(voxhumana.json_schema())[0]
    '$defs'
    """
    schema: Dict[str, Any] = json.loads(_voxhumana.JSON_SCHEMA)
    return schema


def _as_json(results: Sequence["ResultData"]) -> List[str]:
    return [json.dumps({**r.to_dict(), "path": _unicode(r.path or "")}) for r in results]


def _unicode(path: str) -> str:
    """As the crate writes a path: what is not valid UTF-8 in it is replaced by U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")
