"""What the jobs for Ray and Spark share: which recordings there are, how they are dealt out, and a scan of some of them.

Recordings are paths, or URLs of whatever store fsspec knows (s3://, gs://, abfs://, hdfs://; each has its own package, s3fs for S3).
"""

from typing import Dict, Iterable, List

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

import voxhumana

#: A share is what is scanned between two writes, and so what a killed worker loses at most.
MOST_RECORDINGS = 64
MOST_BYTES = 64 << 20


def listed(where: str) -> Dict[str, int]:
    """Recordings and their bytes: of a folder; of a URL, all objects below it or those of a glob (s3://bucket/calls/**/*.wav);
    of a Parquet file (or folder of them) with a column `path`."""
    fs, path = fsspec.url_to_fs(where)
    if where.rstrip("/").endswith(".parquet"):
        return {url: size(url) for url in pq.read_table(path, columns=["path"], filesystem=fs).column("path").to_pylist()}
    if "://" not in where:
        return {path: size(path) for path in voxhumana.find_recordings(where)}
    entries = fs.glob(path, detail=True) if "*" in path else fs.find(path, detail=True)
    return {fs.unstrip_protocol(name): entry["size"] for name, entry in entries.items()}


def size(url: str) -> int:
    """Bytes of a recording; 0 for one that is not there, which the scan will say."""
    fs, path = fsspec.url_to_fs(url)
    try:
        return fs.size(path) or 0
    except OSError:
        return 0


def shares(recordings: Dict[str, int], workers: int) -> List[List[str]]:
    """Shares of about as many bytes each, at least one for each worker; large recordings first, so that no worker ends with one."""
    most = min(MOST_BYTES, -(-sum(recordings.values()) // max(workers, 1)))
    dealt: List[List[str]] = []
    filled = most
    for path, nbytes in sorted(recordings.items(), key=lambda item: (-item[1], item[0])):
        if not dealt or filled + nbytes > most or len(dealt[-1]) >= MOST_RECORDINGS:
            dealt.append([])
            filled = 0
        dealt[-1].append(path)
        filled += nbytes
    return dealt


def scan(detector: voxhumana.Detector, paths: Iterable[str]) -> pa.Table:
    """One row per channel; a recording that fails is a row with its error."""
    tables = []
    for path in paths:
        table = voxhumana.Reports([scanned(detector, path)]).to_arrow()
        named = pa.array([path] * len(table), pa.string())
        tables.append(table.set_column(table.schema.get_field_index("path"), "path", named))
    return pa.concat_tables(tables)


def scanned(detector: voxhumana.Detector, path: str):
    """The result of one recording."""
    if "://" not in path:
        return detector.scan_many([path], jobs=1)[0]
    try:
        with fsspec.open(path) as file:
            return detector.scan(file)
    except voxhumana.VoxHumanaError as error:
        return voxhumana.FailedScan(path, error)
    except OSError as error:
        # Of the store: the object is gone, or may not be read.
        code = {FileNotFoundError: "not_found", PermissionError: "permission_denied"}.get(type(error), "cannot_read")
        return voxhumana.FailedScan(path, voxhumana.ReadError(f"{path}: {error}", path, error.errno, code))
