"""Runs SQL on Spark, a judge that is not assay.

Reads a JSON list of statements from standard input, runs them in one local session, and prints a JSON list with, for
each, {"rows": [{column: value}]} or {"error": message}, as sql.py does on DuckDB.

What statements read of a store is hundreds of small files, which Spark would look for and open anew wherever a
statement names them. Each such SELECT is run once, as the statement has it, and kept as a view in memory that stands
in its place. The first statement is run as it is.
"""

import json
import re
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

READ = re.compile(r"\((SELECT \*, [^`]* FROM parquet\.`[^`]*`)\)")


def run(session, statement):
    try:
        # Spark takes one statement, without the semicolon that ends it elsewhere.
        rows = session.sql(statement.rstrip().rstrip(";")).collect()
        return {"rows": [row.asDict() for row in rows]}
    except PySparkException as error:
        return {"error": str(error)[:2000]}


def over_views(session, statement, views):
    def view(read):
        if read not in views:
            # One partition: rows of one snapshot meet in joins without being sent anywhere.
            rows = session.sql(read).coalesce(1).cache()
            name = f"read_{len(views)}"
            rows.createOrReplaceTempView(name)
            views[read] = name
        return views[read]

    return READ.sub(lambda found: view(found[1]), statement)


def answers(session, statements):
    views = {}
    for number, statement in enumerate(statements):
        yield run(session, over_views(session, statement, views) if number else statement)


builder = SparkSession.builder.master("local[2]").appName("assay").config("spark.ui.enabled", "false")
# Small tables: what costs time is planning, compiling, and a task for each of 200 partitions.
builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.adaptive.enabled", "false")
builder = builder.config("spark.sql.codegen.wholeStage", "false").config("spark.sql.session.timeZone", "UTC")
# A broadcast table takes 16 MB at least, and a statement may join a hundred.
builder = builder.config("spark.sql.autoBroadcastJoinThreshold", "-1")
builder = builder.config("spark.driver.memory", "2g").config("spark.driver.host", "127.0.0.1")
builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.ansi.enabled", "true")
session = builder.getOrCreate()
session.sparkContext.setLogLevel("ERROR")
results = list(answers(session, json.load(sys.stdin)))
session.stop()
json.dump(results, sys.stdout, default=str)
