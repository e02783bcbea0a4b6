#!/usr/bin/env python3
"""Runs one example over published input at several parallelisms and compares what it writes with the published answers.

Usage: goldens_test.py BIN_DIRECTORY SHARED_DIRECTORY NAME

Inputs and answers are those in tests/examples/data (see README.md there). Where SHARED_DIRECTORY has the whole data set
(data/stream), that is run too; where it is absent, this is said, and the test passes without it.
"""
import csv
import datetime
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile

OWN = pathlib.Path(__file__).resolve().parent / "data"


def text_of(path):
    """The text of a file, or of the same file compressed."""
    packed = path.with_name(path.name + ".gz")
    return gzip.decompress(packed.read_bytes()).decode() if packed.exists() else path.read_text()


def rows_of(path):
    return [json.loads(line) for line in text_of(path).splitlines()]


def ms(text):
    """ISO time without zone, meaning UTC, in ms since 1970."""
    at = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def last_of_each(rows, key):
    """Of an updating result, the rows that hold at the end: those of the most records."""
    last = {}
    for r in rows:
        if r[key] not in last or r["count"] > last[r[key]]["count"]:
            last[r[key]] = r
    return list(last.values())


class golden:
    """A command line, how to read its output, and how to read the answer: both as lists of comparable values."""

    def __init__(self, arguments, of_output, answer, of_answer, whole=lambda rows: rows):
        self.arguments, self.of_output, self.answer, self.of_answer = arguments, of_output, answer, of_answer
        self.whole = whole

    def check(self, program, data):
        want = sorted(self.of_answer(r) for r in self.answer(data))
        assert want, "no answers"
        for parallelism in "1", "2", "4":
            with tempfile.TemporaryDirectory() as out:
                command = [program, *(a.format(data=data) for a in self.arguments), "--out", out + "/out",
                           "--state-dir", "none", "--parallelism", parallelism]
                subprocess.run(command, check=True, timeout=120)
                rows = [r for part in sorted(pathlib.Path(out, "out").glob("part-*.jsonl")) for r in rows_of(part)]
            got = sorted(self.of_output(r) for r in self.whole(rows))
            assert got == want, f"{command}: {[r for r in got if r not in want]} instead of " \
                                f"{[r for r in want if r not in got]}"
        return len(want)


def windows_jsonl(command, file, option, expected, of_output, of_answer, whole=lambda rows: rows):
    return golden([command, option, "{data}/windows_jsonl/" + file], of_output,
                  lambda data: rows_of(pathlib.Path(data, "windows_jsonl/expected", expected + ".jsonl")), of_answer, whole)


def best_tips(data):
    return list(csv.DictReader(io.StringIO(text_of(pathlib.Path(data, "taxi/expected_hourly_tips.csv")))))


GOLDENS = {
    "taxi_tips": [golden(["run", "--fares", "{data}/taxi/fares.csv.gz"],
                         lambda r: (r["hour_end"], r["tips"], r["drivers"]), best_tips,
                         lambda r: (int(r["hour_end_ms"]), float(r["max_tips"]), [int(d) for d in r["driver_ids"].split()]))],
    "busiest_driver": [windows_jsonl("run", "cars.jsonl.zst", "--rides", "most_active_driver_last_hour",
                                     lambda r: (r["start"], r["end"], r["driver_id"], r["count"]),
                                     lambda r: (ms(r["start"]), ms(r["end"]), r["driver_id"], r["count"]))],
    "hourly_rides": [windows_jsonl("by-type", "cars.jsonl.zst", "--rides", "hourly_by_event_type",
                                   lambda r: (r["event_type"], r["hour"], r["count"]),
                                   lambda r: (r["event_type"], ms(r["hour"]), r["count"])),
                     windows_jsonl("all", "cars.jsonl.zst", "--rides", "tight_watermark",
                                   lambda r: (r["hour_end"], r["count"]), lambda r: (ms(r["timestamp"]), r["count"])),
                     windows_jsonl("drivers", "cars.jsonl.zst", "--rides", "windowed_inner_join",
                                   lambda r: (r["hour"], r["dropoff_drivers"], r["pickup_drivers"]),
                                   lambda r: (ms(r["hour"]), r["drivers"], r["pickups"]))],
    "counters": [windows_jsonl("sessions", "impulse.jsonl", "--counters", "session_window",
                               lambda r: (r["start"], r["end"], r["user_id"], r["rows"]),
                               lambda r: (ms(r["start"]), ms(r["end"]), r["user_id"], r["rows"])),
                 windows_jsonl("sliding", "impulse.jsonl", "--counters", "sliding_window_end",
                               lambda r: (r["start"], r["end"], r["count"], r["min"], r["max"]),
                               lambda r: (ms(r["start"]), ms(r["end"]), r["count"], r["min"], r["max"])),
                 windows_jsonl("totals", "impulse.jsonl", "--counters", "grouped_aggregates",
                               lambda r: tuple(sorted(r.items())), lambda r: tuple(sorted(r["after"].items())),
                               lambda rows: last_of_each(rows, "counter_mod"))],
}


def main():
    _, directory, shared, name = sys.argv
    program = str(pathlib.Path(directory).resolve() / name)
    whole = pathlib.Path(shared) / "data" / "stream"
    for data in OWN, whole:
        if not data.exists():
            print(f"skipped: no published data at {data}")
            continue
        for g in GOLDENS[name]:
            print(f"{name} {g.arguments[0]} on {data}: {g.check(program, data)} rows agree")


if __name__ == "__main__":
    main()
