"""Answers one query over a backup's Parquet files. Arguments: the backup's folder, the query."""

import json
import pathlib
import sys

import duckdb

backup = pathlib.Path(sys.argv[1])
manifest = json.loads((backup / "manifest.json").read_text())
database = duckdb.connect()
for table in manifest["body"]["tables"] if "body" in manifest else manifest["tables"]:
    if table["database_name"] == "tpch":
        files = [str(backup / file["path"]) for file in table["files"]]
        database.execute(f'CREATE VIEW "{table["name"]}" AS SELECT * FROM read_parquet({files})')
for row in database.execute(sys.argv[2]).fetchall():
    print("|".join("" if value is None else str(value) for value in row))
