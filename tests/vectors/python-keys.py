#!/usr/bin/env python3
"""Makes python-keys.json: what CPython computes for thousands of calls, as the argument part of the Python library's keys.

Run with CPython 3.11 (its Unicode version decides which characters are printable):
    python3 tests/vectors/python-keys.py > tests/vectors/python-keys.json

A case is [arguments, keywords or null, argument part]. Values are JSON, except {"$": kind, ...}:
"int" (digits that a double does not hold), "float" (nan, inf, -inf), "units" (a string with lone surrogates), "dict".
"""

import hashlib
import json
import random
import sys
import unicodedata

SEED = 8785
COUNT = 2500


def argument_part(args, kwargs):
    text = ""
    if args:
        text += str(args)
    if kwargs:
        text += str(sorted(kwargs.items()))
    return hashlib.md5(text.encode()).hexdigest() if text else "noargs"


def encode(value):
    """The JSON of a Python value as the JavaScript value that stands for it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            units = value.encode("utf-16-le", "surrogatepass")
            return {"$": "units", "units": [int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2)]}
        return value
    if isinstance(value, int):
        # A JavaScript number is an int in Python when it is whole; other ints are bigints.
        if abs(value) < 2**53:
            return value
        return float(value) if abs(value) < 10**300 and int(float(value)) == value else {"$": "int", "digits": str(value)}
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else {"$": "float", "value": repr(value)}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return {"$": "dict", "items": [[encode(name), encode(item)] for name, item in value.items()]}


# Characters that Unicode 14 does not assign may be printable in a later version.
ASSIGNED = [
    code for code in range(0x110000) if unicodedata.category(chr(code)) != "Cn" and not 0xD800 <= code <= 0xDFFF
]
ODD = "'\"\\\n\r\t\x00\x07\x1b\x7f\x80\x85\xa0\xad\u0300\u200b\u2028\u2029\u3000\ue000\ufeff\ufffd\U0001f600\U000e0001\U0010fffd"


def a_string(rng):
    kind = rng.randrange(5)
    length = rng.choice([0, 1, 2, 3, 5, 8, 13, 40])
    if kind == 0:
        return "".join(rng.choice("abc XYZ 019_-:[]{}(),@#") for _ in range(length))
    if kind == 1:
        return "".join(rng.choice(ODD + "ab") for _ in range(length))
    if kind == 2:
        return "".join(chr(rng.choice(ASSIGNED)) for _ in range(length))
    if kind == 3:
        return "".join(rng.choice("'\"") for _ in range(length))
    # Two halves in the right order would be a pair in JavaScript.
    return "".join(rng.choice(["a", chr(rng.randrange(0xD800, 0xDC00)) + "x", chr(rng.randrange(0xDC00, 0xE000)) + "y"]) for _ in range(length))


def a_float(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return rng.uniform(-1, 1)
    if kind == 1:
        return rng.choice([1, -1]) * rng.random() * 10 ** rng.randrange(-320, 16)
    if kind == 2:
        return rng.choice([0.1, 0.5, 1.5, 1e-4, 9.999e-5, 1e-5, 1.5e-7, 5e-324, 2.2250738585072014e-308, 123456789012345.6])
    if kind == 3:
        return rng.choice([float("nan"), float("inf"), float("-inf")])
    return round(rng.uniform(-1e6, 1e6), rng.randrange(1, 5))


def a_number(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randrange(-1000, 1000)
    if kind == 1:
        # Whole numbers of any size that a double holds.
        return int(rng.choice([1, -1]) * rng.random() * 10 ** rng.randrange(0, 300))
    if kind == 2:
        return rng.randrange(-(10**60), 10**60)
    value = a_float(rng)
    return int(value) if value == value and abs(value) != float("inf") and value == int(value) else value


def a_value(rng, depth):
    kind = rng.randrange(8 if depth > 0 else 5)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind in (1, 2):
        return a_number(rng)
    if kind in (3, 4):
        return a_string(rng)
    if kind in (5, 6):
        return [a_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    # Names that are whole numbers come first in JavaScript, whatever the order in Python.
    names = [a_string(rng) + "k" for _ in range(rng.randrange(4))]
    return {name: a_value(rng, depth - 1) for name in names}


def a_sortable(rng):
    kind = rng.randrange(3)
    size = rng.randrange(6)
    if kind == 0:
        numbers = [a_number(rng) for _ in range(size)] + rng.choices([True, False, 0, 1], k=2)
        return [number for number in numbers if number == number]
    if kind == 1:
        return [a_string(rng) for _ in range(size)]
    return [[rng.randrange(3) for _ in range(rng.randrange(4))] for _ in range(size)]


def deep_sorted(value):
    """Lists in the order of Python's sorted, innermost first."""
    if isinstance(value, list):
        return sorted(deep_sorted(item) for item in value)
    if isinstance(value, dict):
        return {name: deep_sorted(item) for name, item in value.items()}
    return value


def cases(rng):
    yield (), None
    yield (42,), None
    yield ([1],), None
    yield (), {"user_id": 42}
    for code in range(0x200):
        yield (chr(code),), None
    for _ in range(COUNT):
        yield tuple(a_value(rng, 3) for _ in range(rng.randrange(4))), None
    for _ in range(COUNT // 8):
        names = rng.sample(["user_id", "orgId", "a", "B", "é", "_x"], rng.randrange(1, 4))
        yield (), {name: a_sortable(rng) if rng.random() < 0.7 else a_string(rng) for name in names}


def ranges(codes):
    """The first and last of each run of consecutive codes."""
    runs = []
    for code in codes:
        if runs and runs[-1][1] + 1 == code:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return runs


def main():
    assert sys.version_info[:2] == (3, 11), "the vectors are those of CPython 3.11"
    rng = random.Random(SEED)
    sys.setrecursionlimit(10_000)
    lines = []
    for args, kwargs in cases(rng):
        encoded_keywords = None if kwargs is None else [[name, encode(value)] for name, value in kwargs.items()]
        part = argument_part(args, kwargs and {name: deep_sorted(value) for name, value in kwargs.items()})
        lines.append(json.dumps([encode(args), encoded_keywords, part], ensure_ascii=True, separators=(",", ":")))
    hidden = ranges(code for code in ASSIGNED if not chr(code).isprintable())
    head = {"unicode": unicodedata.unidata_version, "assigned": ranges(ASSIGNED), "hidden": hidden}
    print(json.dumps(head, separators=(",", ":"))[:-1] + ',"cases":[')
    print(",\n".join(lines))
    print("]}")


main()
