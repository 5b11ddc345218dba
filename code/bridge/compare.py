"""Runs the programs in PyTorch and in Keras and holds what they print to what
the Rust programs print: the text, and each number at full precision.

    compare.py --exact FILE [NAME ...]   compare with the captured outputs
    compare.py --exact FILE --write      capture the outputs and distances
    compare.py --exact FILE --self-test  break a convention, and see it caught

FILE holds what `cargo run --package bridge --example bridge -- exact` prints.
"""

import argparse
import ast
import contextlib
import io
import multiprocessing
import os
import re
import runpy
import sys
import tempfile
import tomllib
import traceback
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from outputs import rust_text, same_numbers, without_numbers

HERE = Path(__file__).resolve().parent
FRAMEWORKS = ["pytorch", "keras"]
# A difference that is no larger is equality: a program with another order of
# its sums has it, too.
LEAST = 1e-15
# What the bridge promises where no exception is declared.
BOUND = 1e-12
DECIMALS = re.compile(r"[<>^+]?[0-9]*\.[0-9]+[ef]$")
EXACT = re.compile(r"-?[0-9]\.[0-9]{17}e-?[0-9]+|NaN|-?inf")


class Recorded(ast.NodeTransformer):
    """Hands each number that is printed with decimals to `seen` first."""

    def visit_FormattedValue(self, node):
        self.generic_visit(node)
        spec = node.format_spec
        parts = spec.values if isinstance(spec, ast.JoinedStr) else []
        if any(not isinstance(part, ast.Constant) for part in parts):
            place = f"line {node.lineno}"
            raise SyntaxError(f"{place}: expected a format that is constant")
        if DECIMALS.match("".join(part.value for part in parts)):
            seen = ast.Name("seen_in_full", ast.Load())
            node.value = ast.Call(seen, [node.value], [])
        return node


def run(framework, name, text):
    """What the program prints, and its numbers in full."""
    numbers, printed = [], io.StringIO()

    def seen_in_full(number):
        # A tensor says how it becomes a number without a warning.
        item = getattr(number, "item", None)
        numbers.append(float(item() if item else number))
        return number

    os.chdir(HERE / "weights")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    tree = ast.fix_missing_locations(Recorded().visit(ast.parse(text)))
    scope = {"seen_in_full": seen_in_full}
    try:
        # From a file, for TensorFlow reads the source of what it compiles.
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.redirect_stdout(printed),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error", UserWarning)
            path = Path(folder) / f"{name}.py"
            path.write_text(ast.unparse(tree))
            runpy.run_path(str(path), scope, "__main__")
    except BaseException:
        return traceback.format_exc(limit=-2), None
    return printed.getvalue(), numbers


def exact_numbers(path):
    """By program, the numbers that Rust printed with decimals."""
    programs = re.split(r"^=== (\S+)\n", path.read_text(), flags=re.M)[1:]
    return {
        name: [float(number) for number in EXACT.findall(text)]
        for name, text in zip(programs[::2], programs[1::2])
    }


def distance(a, b, noise):
    """How far a number is from that of Rust, in parts of it; two rounding
    errors are as good as equal."""
    if a == b or a != a and b != b or max(abs(a), abs(b)) <= noise:
        return 0.0
    return abs(a - b) / max(abs(a), abs(b))


def same_text(a, b, noise):
    """Whether two texts differ in nothing but spaces, how their numbers are
    written, and what is a rounding error."""
    words_a, words_b = (
        [line.split() for line in without_numbers(text).splitlines()]
        for text in (a, b)
    )
    return words_a == words_b and same_numbers(a, b, noise)


def exceptions():
    """What is declared, with its reason, by program and framework."""
    found = {}
    rows = tomllib.loads((HERE / "exceptions.toml").read_text())
    for row in rows.get("exception", []):
        if not row.get("why"):
            raise ValueError(f"exceptions.toml: {row}: expected its why")
        for framework in row.get("in", FRAMEWORKS):
            found[row["program"], framework] = row
    return found


def problems(job, printed, numbers, exact, declared):
    """What is wrong with a run, and its largest distance."""
    framework, name = job
    row = declared.get((name, framework), {})
    noise = row.get("noise", 0.0)
    if numbers is None:
        return [f"ends with\n{printed}"], 0.0
    wrong = []
    if len(numbers) != len(exact):
        wrong.append(
            f"{len(numbers)} numbers with decimals, and Rust prints {len(exact)}"
        )
    pairs = list(zip(numbers, exact))
    far = max((distance(a, b, noise) for a, b in pairs), default=0.0)
    allowed = row.get("bound", BOUND)
    if far > allowed:
        worst = max(pairs, key=lambda pair: distance(*pair, noise))
        wrong.append(
            f"{worst[0]!r} and Rust has {worst[1]!r}: {far:.1e} apart, allowed "
            f"{allowed:.0e}"
        )
    if "text" not in row and not same_text(printed, rust_text(name), noise):
        wrong.append(
            f"prints\n{printed}and Rust\n{rust_text(name)}"
            "mend the program, or declare the text in exceptions.toml"
        )
    return wrong, far


def jobs(names):
    return [
        (framework, path.stem)
        for framework in FRAMEWORKS
        for path in sorted((HERE / framework).glob("*.py"))
        if not names or path.stem in names
    ]


def run_all(work):
    """Runs (framework, name, text), each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context, max_tasks_per_child=1) as pool:
        yield from pool.map(run, *zip(*work))


def source(framework, name):
    return (HERE / framework / f"{name}.py").read_text()


def compared(options, exact):
    declared, lock, failed = exceptions(), [], 0
    todo = jobs(options.names)
    if options.names and not todo:
        sys.exit(f"no program is named {', '.join(options.names)}")
    missing = {name for name in exact} - {name for _, name in jobs([])}
    work = [(framework, name, source(framework, name)) for framework, name in todo]
    for job, (printed, numbers) in zip(todo, run_all(work)):
        framework, name = job
        wrong, far = problems(
            job, printed, numbers, exact.get(name, []), declared
        )
        shown = f"$ python {name}.py\n{printed}"
        path = HERE / framework / f"{name}.out"
        if options.write:
            path.write_text(shown)
        elif not path.exists() or not same_text(
            shown,
            path.read_text(),
            declared.get((name, framework), {}).get("noise", 0.0),
        ):
            wrong.append("prints what was not captured: --write, if it is meant")
        power = LEAST
        while far * 2 > power:
            power *= 10
        count = len(numbers or [])
        lock.append(f"{name} {framework}: {count} numbers within {power:.0e}")
        print(f"{name:18} {framework:8} {count:4} numbers, {far:.1e} apart")
        failed += bool(wrong)
        for problem in wrong:
            print(f"    {framework}/{name}.py: {problem}")
    if options.write and not options.names:
        head = "# How far, at most, each number of a framework's program was from that of\n"
        head += "# the program in Rust, in parts of it, when its output was captured. On\n"
        head += "# another machine the last digits differ: there the bound is that of\n"
        head += "# compare.py. Written by .ci/bridge --write.\n"
        (HERE / "bridge.lock").write_text(head + "\n".join(sorted(lock)) + "\n")
    if missing and not options.names:
        print("in Rust alone:", ", ".join(sorted(missing)))
    print(f"{len(todo) - failed} passed, {failed} failed")
    return failed == 0


def self_test(exact):
    """Each of these changes one convention; it must be caught."""
    sabotages = tomllib.loads((HERE / "sabotages.toml").read_text())["sabotage"]
    declared, missed, work = exceptions(), 0, []
    for row in sabotages:
        text = source(row["in"], row["program"])
        if text.count(row["old"]) == 0:
            sys.exit(f"sabotages.toml: {row}: not in the program any more")
        work.append((row["in"], row["program"], text.replace(row["old"], row["new"])))
    for row, (printed, numbers) in zip(sabotages, run_all(work)):
        job = row["in"], row["program"]
        wrong, far = problems(
            job, printed, numbers, exact[row["program"]], declared
        )
        # What does not run at all is no test of a comparison.
        caught = bool(wrong) and numbers is not None
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}  {row['what']} ({far:.0e})")
    print(f"{len(sabotages) - missed} passed, {missed} failed")
    return missed == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--exact", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    exact = exact_numbers(options.exact)
    good = self_test(exact) if options.self_test else compared(options, exact)
    sys.exit(not good)


if __name__ == "__main__":
    main()
