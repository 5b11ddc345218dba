"""Compares event files with the JSON report of the same run.

usage: compare_events.py REPORT.json EVENTS

Every series of the report has to be there under its own name, with the same
steps, and with the same values once they are rounded to single precision,
which is what TensorBoard keeps. A file that breaks off has to be told apart.
"""

import json
import logging
import shutil
import struct
import sys
import tempfile
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import (
    SCALARS,
    EventAccumulator,
)

# It warns of the file that breaks off, which is what the control is about.
logging.getLogger("tensorboard").setLevel(logging.ERROR)


def single(value):
    """A number as single precision keeps it."""
    return struct.unpack("f", struct.pack("f", value))[0]


def events_in(folder):
    """All series below a folder: name -> [(step, value), ...]."""
    # 0: keep every event; by default the reader thins the curves out.
    events = EventAccumulator(str(folder), size_guidance={SCALARS: 0})
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def differences(report, folder):
    """What the event files have otherwise than the report, in words."""
    expected = {
        series["name"]: [(step, single(y)) for step, y in series["points"]]
        for series in report["series"]
    }
    found = events_in(folder)
    told = [f"no series {name}" for name in expected.keys() - found.keys()]
    told += [f"a series {name}" for name in found.keys() - expected.keys()]
    for name in sorted(expected.keys() & found.keys()):
        pairs = zip(expected[name], found[name])
        wrong = [(e, f) for e, f in pairs if e != f]
        if wrong:
            told.append(f"{name}: (step, value) {wrong[0][1]} is not {wrong[0][0]}")
        lengths = len(found[name]), len(expected[name])
        if lengths[0] != lengths[1]:
            told.append(f"{name}: {lengths[0]} points instead of {lengths[1]}")
    return told


def broken_off(folder, copy):
    """A copy of the event files, of which one lacks its last bytes."""
    shutil.copytree(folder, copy)
    file = max(copy.rglob("*tfevents*"), key=lambda path: path.stat().st_size)
    data = file.read_bytes()
    file.write_bytes(data[:-5])
    return copy


def changed(folder, copy):
    """A copy of the event files, of which one has a changed byte."""
    shutil.copytree(folder, copy)
    file = max(copy.rglob("*tfevents*"), key=lambda path: path.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    return copy


def main():
    report = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    points = sum(len(series["points"]) for series in report["series"])
    if points == 0:
        sys.exit("the report has no points")
    told = differences(report, folder)
    if told:
        sys.exit("\n".join(told))
    with tempfile.TemporaryDirectory() as scratch:
        for spoilt in (broken_off, changed):
            copy = spoilt(folder, Path(scratch) / spoilt.__name__)
            if not differences(report, copy):
                sys.exit(f"a file that is {spoilt.__name__} was not told apart")
    series = len(report["series"])
    print(f"{points} points of {series} series are the same in TensorBoard")


main()
