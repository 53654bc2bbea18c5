"""Execute notebooks from clean kernels and keep their outputs: `python -m lessons NOTEBOOK…`."""

import argparse
import sys
from pathlib import Path


def main(arguments=None):
    """Execute each notebook in place; exit status 1 if one raises or breaks a rule."""
    parser = argparse.ArgumentParser(prog="python -m lessons", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    paths = parser.parse_args(arguments).notebooks
    for path in paths:
        if path.suffix != ".ipynb" or not path.is_file():
            parser.error(f"{path} is not a notebook (.ipynb)")
    return 1 if sum(_keep(path) for path in paths) else 0


def _keep(path):
    from nbclient.exceptions import CellExecutionError

    from lessons import execution, rules

    try:
        done = execution.execute(execution.read(path), folder=path.parent, solutions=True)
    except (CellExecutionError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    execution.write(done.notebook, path)
    faults = rules.broken_rules(done.notebook, path, sections=rules.sections_for(path))
    faults += [
        f"the solution of the exercise checked in cell {number} gives: {text.strip()}"
        for number, text in done.answers.items()
        if not text.strip().endswith(": solved")
    ]
    for fault in faults:
        print(f"{path}: {fault}", file=sys.stderr)
    print(f"{path}: {done.seconds:.0f} s, {done.megabytes:.0f} MB")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
