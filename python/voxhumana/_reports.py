"""The results of many recordings."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union, overload

from ._errors import InvalidArgumentError
from ._formats import StrPath, save, text
from ._metadata import Table, joined, read_table
from ._report import Report, Result
from ._results import VERDICTS, FailedScan
from ._tables import arrow_schema, arrow_table, frame

if TYPE_CHECKING:
    import datetime

    import pandas
    import polars
    import pyarrow
    import stix2


class Reports(Sequence[Result]):
    """The results of :func:`scan_many`, in the order of the recordings: a sequence of Report and FailedScan."""

    __slots__ = ("_results",)

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = tuple(results)

    @classmethod
    def read_jsonl(cls, path: StrPath) -> "Reports":
        """Reads what :meth:`to_jsonl` or the CLI's ``--format jsonl`` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        Reports

        Raises
        ------
        InvalidArgumentError
            A line is no line of a scan.
        OSError
            The file cannot be read.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_jsonl("results.jsonl")
        >>> len(voxhumana.Reports.read_jsonl("results.jsonl"))
        1
        """
        results: List[Result] = []
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    if record["type"] != "recording":
                        continue
                    data = record["data"]
                    if data["status"] == "ok":
                        results.append(Report.from_dict(data))
                    else:
                        results.append(FailedScan.from_dict(data))
                except (ValueError, KeyError, TypeError) as error:
                    where = os.fspath(path)
                    raise InvalidArgumentError(
                        f"{where}, line {number}: no line of a scan ({error!r})", where
                    ) from None
        return cls(results)

    @overload
    def to_jsonl(self) -> str: ...
    @overload
    def to_jsonl(self, path: StrPath) -> None: ...
    def to_jsonl(self, path: Optional[StrPath] = None) -> Optional[str]:
        """One line per recording, in the form of the CLI's ``--format jsonl``, without its summary line.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.

        Returns
        -------
        str or None

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_jsonl("results.jsonl")
        """
        return save(text(self._results, "jsonl"), path)

    @overload
    def to_csv(self) -> str: ...
    @overload
    def to_csv(self, path: StrPath) -> None: ...
    def to_csv(self, path: Optional[StrPath] = None) -> Optional[str]:
        """One row per channel, in the form of the CLI's ``--format csv``.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.

        Returns
        -------
        str or None

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_csv()[:4]
        'path'
        """
        return save(text(self._results, "csv"), path)

    @overload
    def to_rttm(self) -> str: ...
    @overload
    def to_rttm(self, path: StrPath) -> None: ...
    def to_rttm(self, path: Optional[StrPath] = None) -> Optional[str]:
        """RTTM of all recordings, as tools of speaker diarisation read it; a failed one has no line.

        Parameters
        ----------
        path : path, optional
            The file to write; without it the text is returned.

        Returns
        -------
        str or None

        Raises
        ------
        OSError
            The file cannot be written.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_rttm().split()[0]
        'SPKR-INFO'
        """
        return save(text(self._results, "rttm"), path)

    @property
    def ok(self) -> Tuple[Report, ...]:
        """The recordings that were scanned."""
        return tuple(r for r in self._results if isinstance(r, Report))

    @property
    def errors(self) -> Tuple[FailedScan, ...]:
        """The recordings that could not be scanned."""
        return tuple(r for r in self._results if isinstance(r, FailedScan))

    def to_dict(self) -> List[Dict[str, Any]]:
        """The results as plain dictionaries.

        Returns
        -------
        list of dict

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_dict()[0]["path"]
        'call.wav'
        """
        return [r.to_dict() for r in self._results]

    def to_pandas(self, level: str = "channel") -> "pandas.DataFrame":
        """A DataFrame with one row per channel (or segment, ``level="segment"``); a failed recording has one row.

        Parameters
        ----------
        level : {"channel", "segment"}

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            Without pandas.
        InvalidArgumentError
            There is no such level.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_pandas().channel_name.tolist()
        ['left', 'right']
        """
        return frame(self._results, level)

    @staticmethod
    def arrow_schema() -> "pyarrow.Schema":
        """The fixed schema of :meth:`to_arrow`, also where a column is all null; metadata comes after it.

        Returns
        -------
        pyarrow.Schema

        Examples
        --------
        >>> voxhumana.Reports.arrow_schema().names[:2]
        ['path', 'status']
        """
        return arrow_schema()

    def to_arrow(self) -> "pyarrow.Table":
        """A pyarrow Table with one row per channel, the columns of :meth:`to_pandas`; their schema is fixed but for metadata.

        Returns
        -------
        pyarrow.Table

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_arrow().num_rows
        2
        """
        return arrow_table(self._results)

    def to_polars(self) -> "polars.DataFrame":
        """A polars DataFrame with one row per channel, the columns and types of :meth:`to_arrow`.

        Returns
        -------
        polars.DataFrame

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_polars().height
        2
        """
        try:
            import polars
        except ImportError as error:
            raise ImportError("to_polars() needs polars: pip install voxhumana[polars]") from error
        frame: "polars.DataFrame" = polars.from_arrow(self.to_arrow())
        return frame

    def to_parquet(self, path: StrPath) -> None:
        """Writes the table of :meth:`to_arrow` as a Parquet file.

        Parameters
        ----------
        path : path
            The file to write; it is whole or not there at all.

        Raises
        ------
        ImportError
            Without pyarrow.
        OSError
            The file cannot be written.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_parquet("results.parquet")
        """
        table = self.to_arrow()
        import pyarrow.parquet

        partial = f"{os.fspath(path)}.partial"
        pyarrow.parquet.write_table(table, partial)
        os.replace(partial, path)

    def to_stix(
        self, organisation: str, *, at: Optional["datetime.datetime"] = None
    ) -> "stix2.Bundle":
        """The findings as a bundle of STIX 2.1, to be handed to other organisations (``pip install voxhumana[stix]``).

        Each recording is named by its SHA-256, which is taken from its file now. One that is synthetic is an indicator
        with a confidence of 1 to 99, its probability; another verdict is a note. Failed scans are left out.

        Parameters
        ----------
        organisation : str
            Who says so.
        at : datetime, optional
            When; default: now.

        Returns
        -------
        stix2.Bundle
            ``bundle.serialize(pretty=True)`` is its JSON.

        Raises
        ------
        InvalidArgumentError
            A report is of no file.
        OSError
            A file is gone.

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).to_stix("Example Bank").type
        'bundle'
        """
        from ._stix import bundle

        return bundle(self._results, organisation, at)

    def with_metadata(self, table: Table) -> "Reports":
        """The results with what else is known of the recordings: queue, agent, caller.

        Parameters
        ----------
        table : path, DataFrame or sequence of mappings
            A CSV with commas, semicolons or tabs, or its rows, with a column ``path`` or ``file``. A row is of the
            recording whose path ends with the row's; the longer one wins, and a row that names several recordings
            equally well is of none.

        Returns
        -------
        Reports
            The columns of a result's row are its ``metadata``, in files as well (``to_jsonl``, ``to_csv``), and columns of
            text in the tables (:meth:`to_pandas`, :meth:`to_arrow`, :meth:`to_polars`, :meth:`to_parquet`), after all others.

        Raises
        ------
        InvalidArgumentError
            No column names the recording, a column has no name, or two the same; a row names no recording, or that of
            another row.
        ReadError
            The file cannot be read.

        Examples
        --------
        >>> reports = detector.scan_many(["call.wav"])
        >>> reports.with_metadata([{"file": "call.wav", "queue": "sales"}])[0].metadata
        {'queue': 'sales'}
        """
        return Reports(joined(self._results, read_table(table)))

    def counts(self) -> Dict[str, int]:
        """Number of recordings by verdict, and of errors.

        Returns
        -------
        dict

        Examples
        --------
        >>> detector.scan_many(["call.wav"]).counts()["synthetic"]
        1
        """
        found = Counter("error" if r.verdict is None else r.verdict for r in self._results)
        return {key: found[key] for key in (*VERDICTS, "error")}

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> "Reports": ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Result, "Reports"]:
        if isinstance(index, slice):
            return Reports(self._results[index])
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reports) and self._results == other._results

    def __hash__(self) -> int:
        return hash(self._results)

    def __reduce__(self) -> Any:
        return Reports, (self._results,)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.counts().items() if n)
        return f"<Reports: {len(self)} recordings{': ' if counts else ''}{counts}>"

    def _repr_html_(self) -> str:
        from ._html import reports_html

        return reports_html(self, self.counts())
