#!/usr/bin/env python3
"""Runs one example as its first lines say, in a directory of its own, and compares what it prints.

Usage: examples_test.py BIN_DIRECTORY NAME
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

TOTALS = ['{"account":1,"eur":10}', '{"account":1,"eur":12.5}', '{"account":2,"eur":5}']
VISITS = ['{"user":"ann","clicks":1,"first":55000,"last":55000}', '{"user":"ann","clicks":3,"first":0,"last":20000}',
          '{"user":"bob","clicks":1,"first":5000,"last":5000}']
WINDOWS = ['mean {"sensor":"a","from":0,"value":2.6666666666666665}', 'mean {"sensor":"a","from":60000,"value":5}',
           'mean {"sensor":"b","from":60000,"value":8}',
           'record {"sensor":"a","from":0,"value":1}', 'record {"sensor":"a","from":0,"value":4}',
           'record {"sensor":"a","from":60000,"value":5}', 'record {"sensor":"b","from":60000,"value":7}',
           'record {"sensor":"b","from":60000,"value":9}',
           'session {"sensor":"a","from":10000,"to":40000,"readings":1}',
           'session {"sensor":"a","from":119000,"to":149000,"readings":1}',
           'session {"sensor":"a","from":58000,"to":89000,"readings":2}',
           'session {"sensor":"b","from":61000,"to":92000,"readings":2}']
JOINED = ['idle {"ad":"ink","at":55000}', 'idle {"ad":"tea","at":70000}',
          'minute {"ad":"ink","from":0,"views":1,"clicks":0}', 'minute {"ad":"pen","from":60000,"views":0,"clicks":1}',
          'minute {"ad":"tea","from":0,"views":2,"clicks":2}', 'minute {"ad":"tea","from":60000,"views":1,"clicks":0}',
          'paid {"ad":"tea","user":"ann","after_ms":10000}', 'paid {"ad":"tea","user":"bob","after_ms":8000}']
OVER_LIMIT = ['over {"card":1,"country":"FR","eur":30,"at":2}', 'over {"card":2,"country":"IT","eur":1,"at":6}']
COUNTS = ['{"from":0,"readings":5}', '{"from":60000,"readings":3}']
PATTERNS = ['bought {"user":"ann","eur":40}', 'left {"user":"bob","eur":15}',
            'rising {"user":"cyd","first":10,"last":100}']
BOOKINGS = ['booked {"account":1,"eur":-30}', 'booked {"account":1,"eur":50}', 'refused {"account":1,"eur":-30}',
            'refused {"account":2,"eur":-1}']

MESSAGES = ['{"number":1,"text":"one"}', '{"number":2,"text":"two"}', '{"number":3,"text":"three"}']

SCORES = ['{"number":1,"score":0.01}', '{"number":2,"score":0.95}', '{"number":3,"score":0.02}',
          '{"number":4,"score":-1}', '{"number":5,"score":0.03}']


class example:
    def __init__(self, directory, name):
        self.program = str(pathlib.Path(directory).resolve() / name)

    def run(self, *arguments):
        """The lines it prints, sorted: subtasks print side by side."""
        done = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, text=True, timeout=120)
        assert done.returncode == 0, f"exit code {done.returncode}"
        return sorted(done.stdout.splitlines())

    def prints(self, want):
        for arguments in ([], ["--state-dir", "none", "--parallelism", "3"], ["--state-dir", "none", "--batch-records", "1"]):
            got = self.run(*arguments)
            assert got == want, f"{arguments}: {got}"

    def matches(self, pattern):
        got = "\n".join(self.run())
        assert re.fullmatch(pattern, got), got

    def alerts(self):
        pathlib.Path("payments").mkdir()
        pathlib.Path("payments/day1.csv").write_text("card,eur,at\n7,0.5,1000\n7,900,2000\n8,900,3000\n")
        self.run()
        rows = [line for part in pathlib.Path("alerts").glob("part-*.csv") for line in part.read_text().splitlines()]
        assert rows == ["card,eur", "7,900"], rows

    def follow_file(self):
        """Lines that come while it runs, while nothing runs, and in two parts."""
        def follow(lines):
            running = subprocess.Popen([self.program], stdout=subprocess.PIPE, text=True)
            got = [running.stdout.readline() for _ in range(lines)]
            if lines > 1:
                append("ial 3\n")
                got.append(running.stdout.readline())
            running.send_signal(signal.SIGTERM)
            rest, _ = running.communicate(timeout=60)
            assert running.returncode == 130, running.returncode
            return "".join(got) + rest

        def append(text):
            with open("readings.txt", "a") as file:
                file.write(text)

        append("oven 180\nfridge 4\npart")
        want = '{"sensor":"oven","value":"180"}\n{"sensor":"fridge","value":"4"}\n{"sensor":"partial","value":"3"}\n'
        got = follow(2)
        assert got == want, got
        append("later 1\n")
        got = follow(1)
        assert got == '{"sensor":"later","value":"1"}\n', got


def main():
    _, directory, name = sys.argv
    e = example(directory, name)
    tests = {
        "alerts": e.alerts,
        "async_calls": lambda: e.prints(SCORES),
        "follow_file": e.follow_file,
        "running_sums": lambda: e.prints(TOTALS),
        "sessions": lambda: e.prints(VISITS),
        "watermarks": lambda: e.prints(COUNTS),
        "patterns": lambda: e.prints(PATTERNS),
        "windows": lambda: e.prints(WINDOWS),
        "joins": lambda: e.prints(JOINED),
        "rules": lambda: e.prints(OVER_LIMIT),
        "side_output": lambda: e.prints(BOOKINGS),
        "state_ttl": lambda: e.prints(MESSAGES),
        "test_function": lambda: e.matches("ok"),
        "test_job": lambda: e.matches("ok: 1000 rows, the same for 50 seeds"),
        "two_phase_sink": lambda: e.matches(
            "killed [1-9] times: 10000 rows, 10000 different, 0 transactions left over"),
    }
    scratch = tempfile.TemporaryDirectory()
    os.chdir(scratch.name)
    tests[name]()


if __name__ == "__main__":
    main()
