#!/usr/bin/env python3
"""Checks sources one by one, without making anything of them: check_sources.py BUILD_DIRECTORY WHAT... [-j JOBS]

WHAT is `headers` (every public header compiles alone, with g++), `warnings` (clang++ has none for any source) or
`tidy` (clang-tidy has nothing to say; the checks are in .clang-tidy). The sources and their flags are those of
BUILD_DIRECTORY/compile_commands.json. Writes a build.ninja into BUILD_DIRECTORY/checks and leaves the rest to ninja, so
that a second run looks only at what has changed.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What libstdc++ marks as deprecated and uses itself, in std::stable_sort, is not ours to change.
CLANG = "clang++-19 -Wno-deprecated-declarations"
TIDY = "clang-tidy-19"

RULES = f"""
rule header
  command = g++ -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror $flags $
      -MD -MF $out.d -MT $out -include $in -x c++ /dev/null && touch $out
  depfile = $out.d
  deps = gcc
  description = header $name
rule warnings
  command = {CLANG} -fsyntax-only $flags -MD -MF $out.d -MT $out $in && touch $out
  depfile = $out.d
  deps = gcc
  description = warnings $name
rule tidy
  command = {TIDY} --quiet --warnings-as-errors='*' $in -- $flags && touch $out
  description = tidy $name
"""


def words(text):
    return " ".join(shlex.quote(w) for w in text).replace("$", "$$")


def public_headers():
    return sorted(ROOT.glob("*/include/**/*.hpp"))


def sources_with_flags(build):
    """Each source once, with its flags but for the output, the optimisation and what only g++ knows."""
    flags_of = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix != ".cpp" or not source.is_relative_to(ROOT) or source.is_relative_to(build):
            continue
        command = shlex.split(entry["command"])
        command = command[next(i for i, word in enumerate(command) if word.startswith("-")):]
        flags, skip = [], False
        for word in command:
            if skip or word in ("-c", str(source)) or word.startswith(("-O", "-Wno-")):
                skip = False
            elif word in ("-o", "-MF", "-MT", "-MQ"):
                skip = True
            else:
                flags.append(word)
        flags_of.setdefault(source, flags)
    return flags_of


def edge(rule, source, what, flags, depends=""):
    name = source.relative_to(ROOT)
    stamp = f"{what}/{name}.ok"
    return f"build {stamp}: {rule} {source}{depends}\n  flags = {words(flags)}\n  name = {name}\n", stamp


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("what", nargs="+", choices=["headers", "warnings", "tidy"])
    parser.add_argument("-j", dest="jobs", default="2")
    options = parser.parse_args()
    build = options.build.resolve()

    roots = [f"-I{path}" for path in sorted(ROOT.glob("*/include"))]
    edges = [RULES]
    stamps = {"headers": [], "warnings": [], "tidy": []}
    for header in public_headers():
        text, stamp = edge("header", header, "headers", roots)
        edges.append(text)
        stamps["headers"].append(stamp)
    for source, flags in sources_with_flags(build).items():
        text, stamp = edge("warnings", source, "warnings", flags)
        edges.append(text)
        stamps["warnings"].append(stamp)
        # Behind the warnings, which know what the source includes: it is looked at again when one of those changes.
        text, tidied = edge("tidy", source, "tidy", flags, f" | {stamp} {ROOT / '.clang-tidy'}")
        edges.append(text)
        stamps["tidy"].append(tidied)
    for what, of_what in stamps.items():
        edges.append(f"build {what}: phony {' '.join(of_what)}\n")

    directory = build / "checks"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "build.ninja").write_text("\n".join(edges))
    failed = subprocess.run(["ninja", "--quiet", "-C", directory, "-k", "0", "-j", options.jobs, *options.what]).returncode
    if not failed:
        print(f"{', '.join(f'{what}: {len(stamps[what])} files, 0 findings' for what in options.what)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
