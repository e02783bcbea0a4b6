#!/usr/bin/env python3
"""Checks README.md and docs/ against what they speak of.

- Code: a block behind `<!-- snippet: FILE [NAME] -->` equals the lines of FILE between `[snippet: NAME]` and `[end]`,
  or from its first #include on. C++ in the how-to pages and in README.md must be such a block. --write updates them.
- Links to files and headings lead somewhere.
- docs/reference/options.md has the options of the program's --help and no others (--program FILE: the built fraud).
- docs/reference/metrics.md has the metrics of cluster/src/metrics_endpoint.cpp and no others; PromQL uses only these.

Exit code 0: all is well; 1: something is not, with one line for each finding.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKER = re.compile(r"\s*(//|#) \[(snippet: (?P<name>.+)|end)\]\s*$")
BLOCK = re.compile(r"(?P<head><!-- snippet: (?P<file>\S+)(?: (?P<name>[^>]+?))? -->\n```\w+\n)(?P<code>.*?)(?P<tail>^```$)",
                   re.S | re.M)


def pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def snippet(file, name):
    """The code of a source file that a block shows; None if there is no such part."""
    lines = (ROOT / file).read_text().splitlines()
    if name is None:
        first = next(i for i, line in enumerate(lines) if line.startswith("#include"))
        kept = [line for line in lines[first:] if not MARKER.match(line)]
        return "\n".join(kept) + "\n"
    kept = None
    for line in lines:
        marker = MARKER.match(line)
        if marker and marker["name"] == name:
            kept = []
        elif marker and kept is not None:
            return textwrap.dedent("\n".join(kept)) + "\n"
        elif kept is not None:
            kept.append(line)
    return None


def check_code(page, text, write):
    where = page.relative_to(ROOT)
    findings = []

    def replaced(block):
        file, name = block["file"], block["name"]
        code = snippet(file, name) if (ROOT / file).exists() else None
        if code is None:
            findings.append(f"{where}: there is no snippet '{name}' in {file}")
            return block[0]
        if code != block["code"] and not write:
            findings.append(f"{where}: the code of {file} '{name or 'whole'}' differs; tools/check_docs.py --write takes it over")
        return block["head"] + code + block["tail"]

    renewed = BLOCK.sub(replaced, text)
    if write and renewed != text:
        page.write_text(renewed)
    if page.parent.name == "how-to" or page.name == "README.md":
        loose = BLOCK.sub("", text).count("```cpp")
        if loose:
            findings.append(f"{where}: {loose} blocks of C++ are not cut from a compiled file")
    return findings


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def check_links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.S)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.relative_to(ROOT)}: the link {target} leads nowhere"
        elif anchor and anchor not in anchors(file.read_text()):
            yield f"{page.relative_to(ROOT)}: {target}: there is no such heading"


def difference(where, wanted, found):
    for name in sorted(wanted - found):
        yield f"{where}: {name} is missing"
    for name in sorted(found - wanted):
        yield f"{where}: {name} does not exist"


def check_options(program):
    where = "docs/reference/options.md"
    documented = set(re.findall(r"^\| `(--[\w-]+)", (ROOT / where).read_text(), re.M))
    existing = set()
    for command in ("run", "rule", "generate"):
        help_text = subprocess.run([program, command, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        existing |= set(re.findall(r"^  (--[\w-]+)", help_text, re.M))
    return difference(where, existing, documented)


def check_metrics():
    where = "docs/reference/metrics.md"
    source = (ROOT / "cluster/src/metrics_endpoint.cpp").read_text()
    existing = set(re.findall(r'"(leat_\w+)"', source))
    rows = re.findall(r"^\| (`leat_.*?) \|", (ROOT / where).read_text(), re.M)
    yield from difference(where, existing, {name for row in rows for name in re.findall(r"leat_\w+", row)})
    for page in pages():
        for name in sorted(set(re.findall(r"\bleat_[a-z_]+_(?:total|seconds|bytes|keys|id)\b", page.read_text())) - existing):
            yield f"{page.relative_to(ROOT)}: the metric {name} does not exist"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--write", action="store_true", help="take the code over from the compiled files")
    arguments.add_argument("--program", help="the built fraud, whose --help is compared")
    chosen = arguments.parse_args()
    findings = []
    for page in pages():
        text = page.read_text()
        findings += check_code(page, text, chosen.write)
        findings += check_links(page, text)
    findings += check_metrics()
    if chosen.program:
        findings += check_options(chosen.program)
    for finding in findings:
        print(finding)
    print(f"docs: {len(pages())} pages, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
