"""What the commands of this checkout share: errors are one sentence and a status, never a traceback."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from graphmining.errors import FileError


def run_program(name, make_parser, argv, family, *, interrupted="interrupted"):
    """Parse arguments, call the command they name, and turn errors into sentences on standard error.

    Parameters
    ----------
    name : str
        Of the program.
    make_parser : callable
        Returns an `argparse.ArgumentParser` whose arguments have `command`, a function of them.
    argv : sequence of str or None
    family : type
        The exceptions that say what the user has to change.
    interrupted : str
        What to say after Ctrl-C.

    Returns
    -------
    int
        0; 2 where the user has to change something; 130 after Ctrl-C.
    """
    try:
        try:
            arguments = make_parser().parse_args(argv)
            arguments.command(arguments)
        finally:
            sys.stdout.flush()  # a closed pipe shows here, not at the interpreter's exit
    except family as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print(f"{name}: there is not enough memory for this", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: {interrupted}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"{name}: cannot read or write ({error.strerror})", file=sys.stderr)
        return 2
    return 0


def say(text):
    """Tell the user, on standard error."""
    print(text, file=sys.stderr, flush=True)


def check_folder(output):
    """Refuse a place that cannot be written to before any work is done."""
    if output is not None and not Path(output).parent.is_dir():
        raise FileError(f"there is no folder {str(Path(output).parent)!r}", path=output)


def as_json(result):
    """JSON in one line a member; what is not a number is null."""
    members = [
        f"  {json.dumps(name)}: {json.dumps(_finite(value), ensure_ascii=False)}" for name, value in result.items()
    ]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _finite(value):
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def write_output(text, output):
    """Put text into a file, whole or not at all; None: standard output."""
    if output is None:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        return
    from graphmining.graph.files import new_file

    with new_file(Path(output)) as file:
        file.write(text.encode(errors="backslashreplace"))
