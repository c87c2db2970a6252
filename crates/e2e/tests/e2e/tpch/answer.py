"""Answers one query over a backup's Parquet files. Arguments: the backup's folder, the query."""

import json
import pathlib
import sys

import duckdb

backup = pathlib.Path(sys.argv[1])
content = json.loads((backup / "manifest.json").read_text())["content"]
names = {table["id"]: table["name"] for table in content["tables"]["inline"]}
files = {}
for entry in content["files"]["inline"]:
    files.setdefault(names[entry["table"]], []).append(str(backup / entry["file"]["path"]))
database = duckdb.connect()
for name, paths in files.items():
    database.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet({paths})')
for row in database.execute(sys.argv[2]).fetchall():
    print("|".join("" if value is None else str(value) for value in row))
