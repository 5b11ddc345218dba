"""Unpacks every chapter's project in an empty folder, runs its programs and
compares what they print with what the pages show."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from outputs import rust_text


def problems(path, empty, target):
    # In one place after the other, so that the crates are compiled once.
    shutil.rmtree(empty, ignore_errors=True)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(empty)
    (project,) = empty.iterdir()
    project = project.rename(empty / "project")
    runs = {path.stem: []}
    for example in sorted((project / "examples").glob("*.rs")):
        runs[example.stem] = ["--example", example.stem]
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    for name, arguments in runs.items():
        run = subprocess.run(
            ["cargo", "run", "--quiet", "--offline", *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )
        if run.returncode:
            yield f"{path.name}: {name}: {run.stderr}"
        elif run.stdout != rust_text(name):
            yield f"{path.name}: {name} prints\n{run.stdout}not\n{rust_text(name)}"


def main():
    folder, work = map(Path, sys.argv[1:])
    empty, target = work.resolve() / "empty", work.resolve() / "target"
    paths = sorted(folder.glob("*.zip"))
    failed = 0
    for path in paths:
        found = list(problems(path, empty, target))
        failed += bool(found)
        print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(paths) - failed} passed, {failed} failed")
    sys.exit(failed > 0 or not paths)


main()
