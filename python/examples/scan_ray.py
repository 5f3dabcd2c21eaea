"""Scans a folder of recordings, or a Parquet list of them, on a Ray cluster; results go to Parquet.

    pip install voxhumana[ray]          # and s3fs, gcsfs, ... for an object store
    python scan_ray.py RECORDINGS RESULTS [--workers N] [--operating-point NAME]
    ray job submit --working-dir python/examples -- python scan_ray.py ...          # to a cluster, recordings.py with it

RECORDINGS is a folder, a URL of an object store (s3://bucket/calls/**/*.wav), or a Parquet file (or folder of them ending in .parquet) with a column
`path`. RESULTS is a folder of Parquet files with one row per channel; a recording that fails is a row with its error. Folders must be on storage
that every node sees. Recordings are dealt out by their bytes; a worker that is killed is replaced, and its share scanned again.

A job that was stopped, at any moment, goes on where it was: what RESULTS already holds is not scanned again. A recording
counts by its path, so use a new RESULTS folder for another model, operating point or content.
"""

import argparse
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import ray
import recordings

import voxhumana


class Scanner:
    """One detector per actor: the model is loaded once, and one thread keeps one core busy."""

    def __init__(self, operating_point):
        self.detector = voxhumana.Detector(operating_point=operating_point, threads=1)

    def __call__(self, batch: pa.Table) -> pa.Table:
        return recordings.scan(self.detector, batch.column("path").to_pylist())


def finished(results):
    """The paths that `results` already holds."""
    done = set()
    for name in os.listdir(results) if os.path.isdir(results) else ():
        path = os.path.join(results, name)
        try:
            done.update(pq.read_table(path, columns=["path"]).column("path").to_pylist())
        except (pa.ArrowInvalid, OSError):
            # The file that a killed worker was writing.
            print(f"incomplete, scanned again: {path}", file=sys.stderr)
            os.remove(path)
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings")
    parser.add_argument("results")
    parser.add_argument("--workers", type=int, default=None, help="default: one per CPU of the cluster")
    parser.add_argument("--operating-point", default=None)
    args = parser.parse_args()

    found = recordings.listed(args.recordings)
    done = finished(args.results)
    todo = {path: nbytes for path, nbytes in found.items() if path not in done}
    print(f"{len(found)} recordings, {len(found) - len(todo)} already scanned", file=sys.stderr)
    if not todo:
        return
    ray.init(ignore_reinit_error=True, log_to_driver=False, include_dashboard=False)
    workers = args.workers or int(ray.cluster_resources()["CPU"])
    # One table is one block, one call of a scanner, one file of results.
    tables = [pa.table({"path": share}) for share in recordings.shares(todo, workers)]
    (
        ray.data.from_arrow(tables)
        .map_batches(
            Scanner,
            fn_constructor_args=(args.operating_point,),
            batch_format="pyarrow",
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=min(workers, len(tables))),
            # A scanner keeps one core busy; the rest is for the tasks that write, without which the job would stand still.
            num_cpus=0.9,
        )
        .write_parquet(os.path.abspath(args.results), mode="append", ray_remote_args={"num_cpus": 0.1})
    )


if __name__ == "__main__":
    main()
