"""What else is known of recordings, joined to their results as the command's ``--metadata`` does."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

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
        return _read_csv(os.fspath(table))
    if hasattr(table, "itertuples"):
        names: List[Any] = list(table)
        rows = table.itertuples(index=False, name=None)
    else:
        records = [dict(row) for row in table]
        names = list(dict.fromkeys(name for row in records for name in row))
        rows = ([row.get(name) for name in names] for row in records)
    cells = ([_text(value) for value in row] for row in rows)
    return _rows(None, [str(name) for name in names], enumerate(cells, 1))


def _read_csv(path: str) -> List[Row]:
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
    try:
        lines = list(_lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise InvalidArgumentError(f"{path}: {error}", path) from None
    return _rows(path, lines[0][1] if lines else [], lines[1:])


def _lines(reader: Any) -> Iterator[Tuple[int, List[str]]]:
    """Each record and the line it starts at; what is quoted may go on over several."""
    start = 1
    for record in reader:
        if record:
            yield start, [cell.strip() for cell in record]
        start = reader.line_num + 1


def _rows(path: Optional[str], names: Sequence[str], rows: Iterable[Tuple[int, Sequence[str]]]) -> List[Row]:
    """Takes what the command's ``results/rows.rs`` takes; the numbers are those of lines in a file, else of rows."""
    unit = "row" if path is None else "line"

    def refused(words: str) -> InvalidArgumentError:
        return InvalidArgumentError(f"{'metadata' if path is None else path}: {words}", path)

    lower = [name.lower() for name in names]
    key = next((lower.index(known) for known in KEYS if known in lower), None)
    if key is None:
        raise refused(f"the columns are {', '.join(names) or 'none'}; accepted: one that names the recording, `path` or `file`")
    others = {name: i for i, name in enumerate(names) if i != key}
    if "" in others:
        raise refused(f"column {others[''] + 1} has no name")
    if len(others) < len(names) - 1:
        doubled = next(name for i, name in enumerate(names) if i != key and others[name] != i)
        raise refused(f"there are two columns `{doubled}`; accepted: names that differ")
    found: Dict[str, Tuple[int, Row]] = {}
    for number, row in rows:
        if len(row) != len(names):
            raise refused(f"{unit} {number} has {len(row)} values; accepted: {len(names)}")
        if not row[key]:
            raise refused(f"{unit} {number} names no recording")
        place = "/".join(_parts(row[key]))
        if place in found:
            raise refused(f"{unit}s {found[place][0]} and {number} are two rows for {row[key]}; accepted: one for each recording")
        found[place] = number, (row[key], {name: row[i] for name, i in others.items()})
    return [row for _, row in found.values()]


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
    return "" if value is None or _is_missing(value) else str(value)


def _is_missing(value: Any) -> bool:
    """Whether it is one of pandas' missing values: NaN and NaT are not equal to themselves, and of NA nobody can say."""
    try:
        return bool(value != value)
    except TypeError:
        return True
