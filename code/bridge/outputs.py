"""What programs print, and whether two texts have the same numbers."""

import re
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")


def rust_text(name):
    """What the Rust program prints, as its page shows it."""
    for crate in ["slope", "probe"]:
        path = CODE / crate / "examples" / f"{name}.out"
        if path.exists():
            return path.read_text().split("\n", 1)[1]
    raise FileNotFoundError(f"{name}.out, beside the program in Rust")


def without_numbers(text):
    return NUMBER.sub("0", text)


def same_numbers(a, b, noise):
    """Whether two texts with as many numbers have the same, however these are
    written; below `noise` one rounding error is as good as another."""
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b), strict=True)
    pairs = [(float(a), float(b)) for a, b in pairs]
    return all(a == b or max(abs(a), abs(b)) < noise for a, b in pairs)
