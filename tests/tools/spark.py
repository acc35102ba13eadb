"""Runs SQL on Spark, a judge that is not assay.

Reads a JSON list of statements from standard input, runs them in one local session, and prints a JSON list with, for
each, {"rows": [{column: value}]} or {"error": message}, as sql.py does on DuckDB.
"""

import json
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession


def run(session, statement):
    try:
        # Spark takes one statement, without the semicolon that ends it elsewhere.
        rows = session.sql(statement.rstrip().rstrip(";")).collect()
        return {"rows": [row.asDict() for row in rows]}
    except PySparkException as error:
        return {"error": str(error)[:2000]}


builder = SparkSession.builder.master("local[2]").appName("assay").config("spark.ui.enabled", "false")
# Small tables: what costs time is planning, and a task for each of 200 partitions.
builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
builder = builder.config("spark.driver.memory", "2g").config("spark.driver.host", "127.0.0.1")
builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.ansi.enabled", "true")
session = builder.getOrCreate()
session.sparkContext.setLogLevel("ERROR")
results = [run(session, statement) for statement in json.load(sys.stdin)]
session.stop()
json.dump(results, sys.stdout, default=str)
