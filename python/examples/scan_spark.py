"""Scans recordings on Spark: a DataFrame of paths in, one row per channel out.

    pip install voxhumana[spark]
    spark-submit scan_spark.py FOLDER RESULTS

The paths must be on storage that every executor sees. Spark retries and resumes by task; for a job that can be stopped and
continued at any moment see scan_ray.py.
"""

import sys
from typing import Iterator

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import voxhumana


def scan_batches(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The pandas UDF of one task: it loads the model once, then scans batch by batch."""
    detector = voxhumana.Detector(threads=1)
    for batch in batches:
        reports = detector.scan_many(batch["path"], jobs=1)
        # A failed recording has no channel: its whole numbers must stay None, not become NaN.
        yield reports.to_arrow().to_pandas(integer_object_nulls=True)


def main(folder: str, results: str) -> None:
    spark = SparkSession.builder.appName("voxhumana").getOrCreate()
    # Scanning is slow per row: small batches keep memory low and progress visible.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "64")
    paths = spark.createDataFrame([(p,) for p in voxhumana.find_recordings(folder)], "path string")
    tasks = max(spark.sparkContext.defaultParallelism, paths.count() // 512)
    schema = from_arrow_schema(voxhumana.Reports.arrow_schema())
    paths.repartition(tasks).mapInPandas(scan_batches, schema).write.mode("overwrite").parquet(results)
    spark.read.parquet(results).groupBy("status", "verdict").count().show()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
