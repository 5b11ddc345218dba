"""Asserts every cell of rows.toml: those of one framework, by the functions of
its module, each in a process of its own.

    check.py pytorch | keras | jax
"""

import importlib
import sys
import tomllib
import traceback
from pathlib import Path

NAMES = {"pytorch": "pytorch", "keras": "keras_", "jax": "jax_"}


def main():
    framework = sys.argv[1]
    path = Path(__file__).with_name("rows.toml")
    rows = tomllib.loads(path.read_text())["row"]
    module = importlib.import_module(NAMES[framework])
    named = [row["test"] for row in rows if row[framework] != "—"]
    failed = []
    for name in named:
        try:
            getattr(module, name)()
        except Exception:
            failed.append(name)
            traceback.print_exc(limit=-2)
    helpers = {"steps", "near", "uniform", "seen_by_fit"}
    known = {
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
    }
    unused = known - set(named) - helpers
    if unused:
        failed += unused
        print(f"{framework}: no row names {', '.join(sorted(unused))}")
    print(f"{framework}: {failed or 'every cell holds'}")
    print(f"{len(named) - len(failed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))


main()
