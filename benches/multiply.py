#!/usr/bin/env python3
"""Writes the objects of a store's newest snapshot as manifests, many times over, each time in namespaces of its own.

  benches/multiply.py STORE TIMES FOLDER   needs the Python package duckdb

What is in no namespace stands once. `assay collect FOLDER` makes a snapshot of them: a cluster as large as none at hand.
"""
import json, pathlib, sys

import duckdb


def main():
    store, times, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    newest = max(pathlib.Path(store).glob("cluster=*/snapshot=*"))
    for number in range(times):
        (folder / f"{number}").mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    for table in sorted(newest.glob("objects/*.parquet")):
        rows = connection.execute(f"SELECT object FROM read_parquet('{table}')").fetchall()
        for number in range(times):
            with open(folder / f"{number}" / f"{table.stem}.json", "w") as file:
                for (text,) in rows:
                    written = copy(json.loads(text), number)
                    if written is not None:
                        file.write(f"---\n{json.dumps(written, separators=(',', ':'))}\n")


def copy(found, number):
    """The object of the copy with this number; none of what stands once."""
    meta = found["metadata"]
    if found["kind"] == "Namespace":
        meta["name"] = f"{meta['name']}-{number}"
    elif "namespace" in meta:
        meta["namespace"] = f"{meta['namespace']}-{number}"
    elif number > 0:
        return None
    uids = [meta, *meta.get("ownerReferences", [])]
    for holder in uids:
        if "uid" in holder:
            # The digits that tell the first copy from the others are the last.
            holder["uid"] = f"{holder['uid'][:-4]}{number:04x}"
    for subject in found.get("subjects") or []:
        if "namespace" in subject:
            subject["namespace"] = f"{subject['namespace']}-{number}"
    return found


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    main()
