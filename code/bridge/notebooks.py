"""Runs every notebook of a folder, each in an empty one, and compares what it
prints with what it shows."""

import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbclient
import nbformat

from outputs import same_numbers, without_numbers

NOISE = 1e-12  # two rounding errors are as good as equal


def printed(notebook):
    text = "".join(
        output["text"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
    # TensorFlow warns in a notebook's own output that a function in a loop is
    # compiled once for each of its rounds.
    return re.sub(r"^WARNING:tensorflow:.*\n", "", text, flags=re.M)


def same(a, b):
    return without_numbers(a) == without_numbers(b) and same_numbers(
        a, b, NOISE
    )


def problem(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    shown = printed(notebook)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        client = nbclient.NotebookClient(
            notebook, timeout=300, resources=resources
        )
        try:
            client.execute()
        except nbclient.exceptions.CellExecutionError as error:
            return f"{path.name}: {error}"
    now = printed(notebook)
    if not shown or not same(shown, now):
        return f"{path.name}: shows\n{shown}and prints\n{now}"
    return None


def main():
    paths = sorted(Path(sys.argv[1]).glob("*.ipynb"))
    with ThreadPoolExecutor(2) as pool:
        found = [found for found in pool.map(problem, paths) if found]
    print(*found, sep="\n")
    print(f"{len(paths) - len(found)} passed, {len(found)} failed")
    sys.exit(bool(found) or not paths)


main()
