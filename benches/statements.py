#!/usr/bin/env python3
"""Writes every check of an audit as SQL, and runs them all in one DuckDB process.

  benches/statements.py write ASSAY STORE FOLDER   the checks of the store's newest audit, one file each
  benches/statements.py run FOLDER                 all of them, on all cores; needs the Python package duckdb

Writing also derives the facts that the statements read, so running them is what is left of an evaluation: DuckDB
reads the snapshot's tables and what assay derived, and gives the outcome of each check for each asset.
"""
import json, pathlib, subprocess, sys


def write(assay, store, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(pathlib.Path(store).glob("cluster=*/snapshot=*/audits/*/audit.json"), key=lambda path: path.stat().st_mtime)
    for control in json.loads(newest.read_text())["controls"]:
        for check in control["checks"]:
            name = f"{control['id']}/{check['slug']}"
            made = subprocess.run([assay, "sql", name, "--store", store], capture_output=True, text=True)
            if made.returncode != 0:
                sys.exit(f"{name}: {made.stderr}")
            (folder / f"{name.replace('/', '.')}.sql").write_text(made.stdout)


def run(folder):
    import duckdb
    connection, rows = duckdb.connect(), 0
    for path in sorted(pathlib.Path(folder).glob("*.sql")):
        rows += len(connection.execute(path.read_text()).fetchall())
    print(f"{rows:,} outcomes")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", assay, store, folder]:
            write(assay, store, folder)
        case ["run", folder]:
            run(folder)
        case _:
            sys.exit(__doc__.strip())
