#!/usr/bin/env python3
"""Makes python-keys.json: the argument parts that the Python library computes for 10,000 calls.

The library is that of https://github.com/timabilov/refcache, at three commits, checked out outside of this repository:
the first one (bdd94ca), the one that changed the layout (687952f), and the newest known (0313409). All must agree. Run with
CPython 3.11 (its Unicode version decides which characters are printable):
    python3 tests/vectors/python-keys.py DIRECTORY_OF_bdd94ca … > tests/vectors/python-keys.json

A case is [arguments, keywords or null, argument part]: without keywords a call by position, else one that the library has
normalized, by keyword, by position or both. Values are JSON, except {"$": kind, ...}: "int" (digits that a double does not
hold), "float" (nan, inf, -inf), "units" (a string with lone surrogates), "dict", "set".
"""

import importlib
import json
import logging
import random
import sys
import unicodedata

SEED = 8785
POSITIONAL = 4000
NORMALIZED = 6000
LAYOUTS = {"bdd94ca": "app:c:svc.f:", "687952f": "cache:svc.f:", "0313409": "cache:svc.f:"}


class Backend:
    """Records the key that is looked up, and holds nothing."""

    key = None

    def get(self, key):
        self.key = key

    def pipeline(self):
        return self

    def __getattr__(self, _name):
        return lambda *_args: []


class Library:
    """The library at one commit."""

    def __init__(self, directory):
        self.start = next(start for commit, start in LAYOUTS.items() if commit in directory)
        for name in [name for name in sys.modules if name.split(".")[0] == "cacheref"]:
            del sys.modules[name]
        sys.path.insert(0, directory)
        module = importlib.import_module("cacheref.cache")
        sys.path.pop(0)
        self.backend = Backend()
        options = {"prefix": "app:"} if self.start.startswith("app:") else {}
        self.cache = module.EntityCache(backend=self.backend, **options)
        self.name = {"key_prefix" if options else "cache_key": "svc.f"}

    def argument_part(self, function, normalize, args, kwargs):
        self.cache(normalize_args=normalize, **self.name)(function)(*args, **kwargs)
        assert self.backend.key.startswith(self.start), self.backend.key
        return self.backend.key[len(self.start) :]


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
    if isinstance(value, set):
        return {"$": "set", "items": [encode(item) for item in value]}
    return {"$": "dict", "items": [[encode(name), encode(item)] for name, item in value.items()]}


# Characters that Unicode 14 does not assign may be printable in a later version.
ASSIGNED = [
    code for code in range(0x110000) if unicodedata.category(chr(code)) != "Cn" and not 0xD800 <= code <= 0xDFFF
]
ODD = "'\"\\\n\r\t\x00\x07\x1b\x7f\x80\x85\xa0\xad\u0300\u200b\u2028\u2029\u3000\ue000\ufeff\ufffd\U0001f600\U000e0001\U0010fffd"


def a_string(rng):
    kind = rng.randrange(5)
    length = rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 5, 8, 13])
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
        return int(rng.choice([1, -1]) * rng.random() * 10 ** rng.choice([2, 4, 8, 15, 16, 17, 22, rng.randrange(300)]))
    if kind == 2:
        return rng.randrange(-(10**18), 10**18)
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


def a_list(rng):
    """A list that can be sorted, of one kind each."""
    kind = rng.randrange(4)
    size = rng.randrange(6)
    if kind == 0:
        numbers = [a_number(rng) for _ in range(size)] + rng.choices([True, False, 0, 1], k=2)
        return [number for number in numbers if number == number]
    if kind == 1:
        return [a_string(rng) for _ in range(size)]
    if kind == 2:
        return [[rng.randrange(3) for _ in range(rng.randrange(4))] for _ in range(size)]
    return [a_value(rng, 1)]


def has_nan(value):
    """Whether the order of a list depends on a NaN, in Python by the algorithm: the package refuses that."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, set)) else ()
    return value != value or any(map(has_nan, items))


def a_normalized(rng, depth=2):
    """A value that the library normalizes: dicts in dicts, lists that can be sorted or not, sets."""
    kind = rng.randrange(6 if depth > 0 else 5)
    if kind == 0:
        return a_list(rng)
    if kind == 1:
        return [a_value(rng, 1) for _ in range(rng.randrange(4))]
    if kind == 2:
        strings = rng.random() < 0.5
        return {a_string(rng) if strings else a_number(rng) for _ in range(rng.randrange(6))}
    if kind == 3:
        return [{a_string(rng) + "k": a_value(rng, 1) for _ in range(rng.randrange(3))} for _ in range(rng.randrange(3))]
    if kind == 4:
        return a_value(rng, 0)
    return {a_string(rng) + "k": a_normalized(rng, depth - 1) for _ in range(rng.randrange(4))}


NAMES = ["user_id", "orgId", "a", "B", "\xe9", "_x"]


def function_of(names):
    """A function with these parameters, in this order. The library remembers parameters by the function's name."""
    name = "f_" + "_".join(f"{ord(char):x}" for char in ",".join(names))
    scope = {"__name__": "functions"}
    exec(f"def {name}({', '.join(names)}): return None", scope)
    return scope[name]


def cases(rng):
    """The arguments by position; or the names of all parameters, their values, and how many are given by position."""
    yield (), None, 0
    yield (42,), None, 0
    yield ([1],), None, 0
    yield (42,), ["user_id"], 0
    for code in range(0x200):
        yield (chr(code),), None, 0
    for _ in range(POSITIONAL - 0x203):
        yield tuple(a_value(rng, 2) for _ in range(rng.randrange(4))), None, 0
    left = NORMALIZED - 1
    while left > 0:
        names = rng.sample(NAMES, rng.randrange(1, 4))
        values = tuple(a_normalized(rng) for _ in names)
        if any(map(has_nan, values)):
            continue
        left -= 1
        yield values, names, rng.randrange(len(names) + 1)


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
    logging.disable()
    libraries = [Library(directory) for directory in sys.argv[1:]]
    assert len(libraries) == len(LAYOUTS), f"give the directories of {', '.join(LAYOUTS)}"
    lines = []
    for values, names, by_position in cases(rng):
        # In a dict that stays as it is, a property counts where JavaScript puts it: what is encoded is what is called.
        if names is None:
            call = (lambda *_args: None, False, values, {})
        else:
            by_name = list(zip(names, values))[by_position:]
            rng.shuffle(by_name)
            call = (function_of(names), True, values[:by_position], dict(by_name))
        parts = {library.argument_part(*call) for library in libraries}
        assert len(parts) == 1, f"the versions differ: {call} {parts}"
        args, keywords = (encode(values), None) if names is None else ([], [[n, encode(v)] for n, v in zip(names, values)])
        lines.append(json.dumps([args, keywords, *parts], ensure_ascii=True, separators=(",", ":")))
    hidden = ranges(code for code in ASSIGNED if not chr(code).isprintable())
    head = {"unicode": unicodedata.unidata_version, "assigned": ranges(ASSIGNED), "hidden": hidden}
    print(json.dumps(head, separators=(",", ":"))[:-1] + ',"cases":[')
    print(",\n".join(lines))
    print("]}")


main()
