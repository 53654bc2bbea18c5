"""Near-duplicate texts in a file: DuckDB and Spark beside the pipeline in memory, and whether the clusters agree.

    python benchmarks/duplicates_beyond_memory.py --documents 1000000
    python benchmarks/duplicates_beyond_memory.py --documents 100000 --engine spark

It needs what `make spark` installs. Each engine has a process of its own, from the file to the clusters, so
that the peak of memory is its own (of Spark that of Python only: the JVM is another process).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import graphmining as gm

THREADS = 2


def run(engine, path, output, memory_limit):
    """Seconds and gigabytes of one engine; clusters go to `output`."""
    import duckdb
    import numpy as np

    start = time.perf_counter()
    if engine == "memory":
        texts = duckdb.sql(f"SELECT text FROM '{path}'").fetchnumpy()["text"].tolist()
        found = gm.find_duplicates(texts, threads=THREADS, progress=False)
        labels = found.labels
    else:
        options = {"memory_limit": memory_limit} if engine == "duckdb" else {}
        found = gm.find_duplicates_in(path, engine=engine, threads=THREADS, progress=False, **options)
        labels = found.frame.sort_values("id")["cluster"].to_numpy()
    seconds = time.perf_counter() - start
    firsts = np.unique(labels, return_index=True, return_inverse=True)
    np.save(output, firsts[1][firsts[2]])  # the first document of each one's cluster: the same in all engines
    return {"seconds": seconds, "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--memory-limit", default="2GB", help="of DuckDB (default 2GB)")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(run(*options.worker, options.memory_limit)))
        return
    import numpy as np
    import pandas as pd
    from tabulate import tabulate

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "texts.parquet"))
        pd.DataFrame({"text": gm.near_duplicates(options.documents)[0]}).to_parquet(path)
        rows, firsts = [], []
        for engine in ("memory", options.engine):
            output = str(Path(folder, f"{engine}.npy"))
            words = [sys.executable, __file__, "--memory-limit", options.memory_limit, "--worker"]
            done = subprocess.run([*words, engine, path, output], check=True, capture_output=True, text=True)
            figures = json.loads(done.stdout.splitlines()[-1])
            rows.append([engine, figures["seconds"], figures["gigabytes"]])
            firsts.append(np.load(output))
    limit = f", DuckDB limited to {options.memory_limit}" if options.engine == "duckdb" else ""
    print(f"{options.documents:,} documents, {THREADS} threads{limit}")
    print(tabulate(rows, ["", "seconds", "peak GB"], floatfmt=".2f"))
    print(f"documents in another cluster: {int((firsts[0] != firsts[1]).sum()):,}")


if __name__ == "__main__":
    main()
