"""What else is known of recordings, joined to their results as the command's ``--metadata`` does."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import InvalidArgumentError, ReadError
from ._report import Result

if TYPE_CHECKING:
    import pandas

Table = Union[str, "os.PathLike[str]", "pandas.DataFrame", Sequence[Mapping[str, Any]]]
#: The recording as the table names it, and the other columns.
Row = Tuple[str, Dict[str, str]]

#: Names of the column that names the recording, the first that is there (the command's ``results/rows.rs``).
KEYS = ("path", "file", "filename", "file_name", "recording")


def read_table(table: Table) -> List[Row]:
    """The rows of a table."""
    if isinstance(table, (str, os.PathLike)):
        return _rows(*_read_csv(os.fspath(table)))
    if hasattr(table, "to_dict"):
        records = table.to_dict("records")
        return _rows([str(name) for name in table], ([_text(v) for v in r.values()] for r in records))
    records = [dict(row) for row in table]
    names = list(dict.fromkeys(name for row in records for name in row))
    return _rows(names, ([_text(row.get(name)) for name in names] for row in records))


def _read_csv(path: str) -> Tuple[List[str], Iterable[List[str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except OSError as error:
        raise ReadError(f"{path}: {error.strerror}", path, error.errno) from None
    except UnicodeDecodeError:
        raise InvalidArgumentError(f'{path}: is not UTF-8; save it as "CSV UTF-8"', path) from None
    # Spreadsheets differ in what parts their columns.
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if line]
    return (lines[0] if lines else []), lines[1:]


def _rows(names: Sequence[str], rows: Iterable[Sequence[str]]) -> List[Row]:
    lower = [name.lower() for name in names]
    key = next((lower.index(known) for known in KEYS if known in lower), None)
    if key is None:
        raise InvalidArgumentError(
            f"metadata has the columns {', '.join(names) or 'none'}; accepted: one that names the recording, `path` or `file`"
        )
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise InvalidArgumentError(f"metadata has two columns {doubled[0]}; accepted: names that differ")
    found: Dict[str, Row] = {}
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise InvalidArgumentError(f"row {number} of metadata has {len(row)} values; accepted: {len(names)}")
        place = "/".join(_parts(row[key]))
        if place in found:
            raise InvalidArgumentError(f"metadata has two rows for {row[key]}; accepted: one for each recording")
        found[place] = row[key], {name: row[i] for i, name in enumerate(names) if i != key}
    return list(found.values())


def joined(results: Sequence[Result], rows: Sequence[Row]) -> List[Result]:
    """The results with what the rows say of them.

    A row is of the recording whose path ends with the row's; the longer one wins, and a row that names several
    recordings equally well is of none.
    """
    known = {"/".join(_parts(key)): values for key, values in rows}
    places = [_row_of(result.path, known) for result in results]
    count = Counter(place for place in places if place is not None)
    return [
        result if place is None or count[place] > 1 else dataclasses.replace(result, metadata=known[place])
        for result, place in zip(results, places)
    ]


def _row_of(path: Optional[str], known: Mapping[str, Any]) -> Optional[str]:
    if path is None:
        return None
    parts = _parts(os.path.abspath(path))
    tails = ("/".join(parts[i:]) for i in range(len(parts)))
    return next((tail for tail in tails if tail in known), None)


def _parts(path: str) -> List[str]:
    return [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]


def _text(value: Any) -> str:
    # A missing value of pandas is not equal to itself.
    return "" if value is None or value != value else str(value)
