"""Scans recordings on Spark: a DataFrame of paths in, one row per channel out.

    pip install voxhumana[spark]          # and s3fs, gcsfs, ... for an object store
    spark-submit scan_spark.py RECORDINGS RESULTS

RECORDINGS is a folder that every executor sees, a URL of an object store, or a Parquet list (see scan_ray.py). They are dealt out by their
bytes, a share is a task. Spark tries a task again whose worker was killed; for a job that can be stopped and continued at any
moment see scan_ray.py.
"""

import os
import sys
from typing import Iterator

import pyarrow as pa
import recordings
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import voxhumana


def scan_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The function of one task: it loads the model once, then scans batch by batch."""
    detector = voxhumana.Detector(threads=1)
    for batch in batches:
        yield from recordings.scan(detector, batch.column("path").to_pylist()).combine_chunks().to_batches()


def main(where: str, results: str) -> None:
    spark = SparkSession.builder.appName("voxhumana").getOrCreate()
    context = spark.sparkContext
    context.addPyFile(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recordings.py"))
    # A share is one batch too.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(recordings.MOST_RECORDINGS))
    shares = recordings.shares(recordings.listed(where), context.defaultParallelism)
    # One share is one partition, one task, one file of results.
    paths = context.parallelize(shares, max(len(shares), 1)).flatMap(lambda share: [(path,) for path in share])
    schema = from_arrow_schema(voxhumana.Reports.arrow_schema())
    spark.createDataFrame(paths, "path string").mapInArrow(scan_batches, schema).write.mode("overwrite").parquet(results)
    spark.read.parquet(results).groupBy("status", "verdict").count().show()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
