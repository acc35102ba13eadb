"""Runs SQL on DuckDB, a judge that is not assay.

Reads a JSON list of statements from standard input, runs them on one connection to a new database in memory, and
prints a JSON list with, for each, {"rows": [{column: value}]} or {"error": message}. Values that JSON lacks (dates,
decimals, UUIDs) are text as Python prints them, bytes are hexadecimal; two columns of one name are an error.
"""

import json
import sys

import duckdb


def plain(value):
    return value.hex() if isinstance(value, bytes) else str(value)


def run(connection, statement):
    try:
        cursor = connection.execute(statement)
        names = [column[0] for column in cursor.description or []]
        if len(set(names)) < len(names):
            return {"error": f"two columns have one name: {names}"}
        rows = [dict(zip(names, row)) for row in cursor.fetchall()] if names else []
        # Values are converted here, where what can't be is the statement's error.
        return json.loads(json.dumps({"rows": rows}, default=plain, allow_nan=False))
    except (duckdb.Error, ValueError, TypeError) as error:
        return {"error": str(error)}


# Extensions are not fetched: a verdict must not depend on the network.
connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
connection.execute("SET TimeZone = 'UTC'")
# What is read here is small: threads would wait for each other, and there may be a process for each core.
connection.execute("SET threads = 1")
json.dump([run(connection, statement) for statement in json.load(sys.stdin)], sys.stdout)
