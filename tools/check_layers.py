#!/usr/bin/env python3
"""Checks that includes run downwards only, and that third-party headers stay in their rooms.

Holds two tables: which room may include which (docs/architecture.md), and who may include which library. Exit code 0:
all is well; 1: something is not, with one line for each finding.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

MAY_INCLUDE = {
    "core": set(),
    "timers": {"core"},
    "state": {"core"},
    "operators": {"core", "timers", "state"},
    "connectors": {"core"},
    "actors": {"core", "timers", "state", "operators"},
    "cluster": {"core", "timers", "state", "operators", "actors"},
    "api": {"core", "timers", "state", "operators", "actors", "cluster", "connectors"},
    # Applications and examples see what users see: the public headers of api, and connectors.
    "apps": {"api", "connectors", "core", "state", "operators"},
    "examples": {"api", "connectors"},
}
EVERYTHING = {"tests", "bench"}
ROOMS = {"core", "timers", "state", "operators", "connectors", "actors", "cluster"}

# Library → directories whose files may include its headers.
FENCES = [
    (r"caf/", ["actors", "cluster", "tests"]),
    (r"rocksdb/", ["state/src"]),
    (r"prometheus/", ["cluster/src"]),
    (r"msgpack", ["core/src"]),
    (r"spdlog/", ["core/src"]),
    (r"xxh", ["core/src", "state/src", "tests", "bench"]),
    (r"fmt/", ["core/src", "connectors/src", "api/src", "bench"]),
    (r"CLI/", ["api/src"]),
    (r"simdjson", ["connectors/src"]),
    (r"csv\.h", ["connectors/src"]),
    (r"zstd\.h|zlib\.h", ["connectors/src", "tests"]),
    (r"nlohmann/", ["state/src", "tests"]),
    (r"doctest/|rapidcheck", ["tests"]),
    (r"benchmark/|absl/", ["bench"]),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of_include(header):
    parts = header.split("/")
    if parts[0] != "leat":
        return None
    return parts[1] if len(parts) > 2 and parts[1] in ROOMS else "api"


def findings_in(path):
    relative = path.relative_to(ROOT)
    room = relative.parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match[2]
        target = room_of_include(header)
        if target:
            allowed = room in EVERYTHING or target == room or target in MAY_INCLUDE.get(room, set())
            if not allowed:
                yield f"{relative}:{number}: {room} must not include {target} (<{header}>)"
            continue
        if match[1] == '"':
            continue
        for pattern, homes in FENCES:
            if re.match(pattern, header) and not any(relative.is_relative_to(h) for h in homes):
                yield f"{relative}:{number}: <{header}> may be included only in {', '.join(homes)}"


def main():
    sources = [p for room in [*MAY_INCLUDE, *EVERYTHING] for p in sorted((ROOT / room).rglob("*.[ch]pp"))]
    findings = [f for p in sources for f in findings_in(p)]
    for f in findings:
        print(f)
    if not sources:
        print("no sources found")
        return 1
    print(f"layers: {len(sources)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
