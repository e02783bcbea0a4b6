#!/usr/bin/env python3
"""What a user reads who gives the fraud detector bad rows, files, options or state directories: every word of it.

Usage: bad_input_test.py FRAUD. Each case runs in a directory of its own, so paths are as they were given. What differs
from run to run (times, rates, process numbers) or with the version of a library (lengths of files) stands as TIME,
RATE, PID, SIZE and N. Needs zstd and xxhsum.
"""

import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

DEADLINE_S = 60
POLL_S = 0.01

HEADER = b"transaction_id,tx_datetime,customer_id,terminal_id,amount_cents,fraud\n"
COLUMNS = "transaction_id, tx_datetime, customer_id, terminal_id, amount_cents, fraud"
GOOD = b"1,2018-04-01 00:00:31,5,3,100,0\n"
LATER = b"2,2018-04-01 00:00:32,5,3,200,0\n"
READ = "--transactions in.csv"
JOB = "--state-dir state --parallelism 1 --checkpoint-interval 0s"
RUN = f"run {READ} --features-out out {JOB}"
HELP = "Try 'fraud run --help'.\n"


def failed(code, message):
    """What is said of a job that failed after its start."""
    return f"TIME error job: {code}: {message}\nfraud: {message}\n"


def finished(records, checkpoint=1, resumed=None):
    since = "" if resumed is None else f", resumed from checkpoint {resumed}"
    return (f"fraud: finished: {records} records in TIME s (RATE/s){since}; "
            f"last checkpoint: state/checkpoints/chk-{checkpoint:010}.manifest (SIZE MB)\n")


def without_what_varies(text):
    text = re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z ", "TIME ", text, flags=re.M)
    text = re.sub(r"in \d+\.\d s \([^)]*/s\)", "in TIME s (RATE/s)", text)
    text = re.sub(r"process \d+", "process PID", text)
    text = re.sub(r"has \d+ bytes; the manifest says \d+", "has N bytes; the manifest says N", text)
    text = re.sub(r"at byte \d+ of the file", "at byte N of the file", text)
    return re.sub(r"\(\d+\.\d MB\)", "(SIZE MB)", text)


class suite:
    """Runs cases and collects those that did not go as expected."""

    def __init__(self, program, home):
        self.program = os.path.abspath(program)
        self.home = home
        self.count = 0
        self.wrong = []

    def run(self, where, arguments):
        return subprocess.run([self.program, *arguments], cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE_S)

    def check(self, name, where, arguments, code, expected):
        arguments = arguments.split() if isinstance(arguments, str) else arguments
        self.count += 1
        done = self.run(where, arguments)
        got = without_what_varies(done.stderr.decode("utf-8", "backslashreplace"))
        if (done.returncode, got) != (code, expected):
            self.wrong.append(f"{name}: fraud {' '.join(arguments)}\n"
                              f"  expected {code}: {expected!r}\n  got      {done.returncode}: {got!r}")

    def directory(self):
        path = self.home / f"case{self.count}"
        path.mkdir()
        return path


# ---- rows: content of in.csv after the header and a good row; what is said of line 3

UNSIGNED_32 = "expected an integer from 0 to 4294967295"
TIME_OF = "expected a time (ms since 1970, or like 2018-04-01T00:00:31.123Z)"

ROWS = [
    ("too few cells", b"2,2018-04-01 00:00:32,5,3,100\n", f"5 cells, expected 6: {COLUMNS}"),
    ("too many cells", b"2,2018-04-01 00:00:32,5,3,100,0,7\n", f"7 cells, expected 6: {COLUMNS}"),
    ("one cell", b"total\n", f"1 cell, expected 6: {COLUMNS}"),
    ("another delimiter", b"2;2018-04-01 00:00:32;5;3;100;0\n", f"1 cell, expected 6: {COLUMNS}"),
    ("a blank line with a blank in it", b" \n", f"1 cell, expected 6: {COLUMNS}"),
    ("a last row that is cut off", b"2,2018-04-01 00:0", f"2 cells, expected 6: {COLUMNS}"),
    ("no number", b"2,2018-04-01 00:00:32,5,3,abc,0\n", f'column "amount_cents": {UNSIGNED_32}, found "abc"'),
    ("a number with a fraction", b"2,2018-04-01 00:00:32,5,3,1.50,0\n",
     f'column "amount_cents": {UNSIGNED_32}, found "1.50"'),
    ("a number with a unit", b"2,2018-04-01 00:00:32,5,3,100 EUR,0\n",
     f'column "amount_cents": {UNSIGNED_32}, found "100 EUR"'),
    ("a negative number", b"2,2018-04-01 00:00:32,5,3,-1,0\n", f'column "amount_cents": {UNSIGNED_32}, found "-1"'),
    ("one above 32 bits", b"2,2018-04-01 00:00:32,4294967296,3,1,0\n",
     f'column "customer_id": {UNSIGNED_32}, found "4294967296"'),
    ("one above 64 bits", b"18446744073709551616,2018-04-01 00:00:32,5,3,1,0\n",
     'column "transaction_id": expected an integer from 0 to 18446744073709551615, found "18446744073709551616"'),
    ("one above 8 bits", b"2,2018-04-01 00:00:32,5,3,1,256\n",
     'column "fraud": expected an integer from 0 to 255, found "256"'),
    ("hexadecimal", b"2,2018-04-01 00:00:32,0x5,3,1,0\n", f'column "customer_id": {UNSIGNED_32}, found "0x5"'),
    ("an empty cell", b"2,2018-04-01 00:00:32,,3,1,0\n", f'column "customer_id": {UNSIGNED_32}, found ""'),
    ("the header once more", HEADER,
     'column "transaction_id": expected an integer from 0 to 18446744073709551615, found "transaction_id"'),
    ("a long cell", b"2,2018-04-01 00:00:32," + b"9" * 200 + b",3,1,0\n",
     f'column "customer_id": {UNSIGNED_32}, found "' + "9" * 80 + '…"'),
    ("a month that is none", b"2,2018-13-01 00:00:32,5,3,1,0\n",
     f'column "tx_datetime": {TIME_OF}, found "2018-13-01 00:00:32"'),
    ("a day that is none", b"2,2018-02-29 00:00:32,5,3,1,0\n",
     f'column "tx_datetime": {TIME_OF}, found "2018-02-29 00:00:32"'),
    ("a date without time", b"2,2018-04-01,5,3,1,0\n", f'column "tx_datetime": {TIME_OF}, found "2018-04-01"'),
    ("a time zone by name", b"2,2018-04-01 00:00:32 CEST,5,3,1,0\n",
     f'column "tx_datetime": {TIME_OF}, found "2018-04-01 00:00:32 CEST"'),
    ("an unclosed quote", b'2,"2018-04-01 00:00:32,5,3,1,0\n', "a quoted cell does not end before the file does"),
    ("a stray quote", b'2,2018-04-01 00:00:32,5"",3,1,0\n',
     "a quote in the middle of a cell (quotes in a cell are doubled, and the cell is quoted)"),
    ("a NUL byte", b"2,2018-04-01 00:00:32,5\0,3,1,0\n", f'column "customer_id": {UNSIGNED_32}, found "5\\x00"'),
    ("an escape sequence", b"2,2018-04-01 00:00:32,\x1b[31m5,3,1,0\n",
     f'column "customer_id": {UNSIGNED_32}, found "\\x1B[31m5"'),
    ("no UTF-8", b"2,2018-04-01 00:00:32,\xff\xc35,3,1,0\n",
     f'column "customer_id": {UNSIGNED_32}, found "\\xFF\\xC35"'),
    ("UTF-8 that is no digit", "2,2018-04-01 00:00:32,５,3,1,0\n".encode(),
     f'column "customer_id": {UNSIGNED_32}, found "５"'),
]


def check_rows(s):
    for name, row, reason in ROWS:
        home = s.directory()
        (home / "in.csv").write_bytes(HEADER + GOOD + row + LATER)
        if row.count(b"\n") == 0 or b'"2018' in row:  # what follows would become part of it
            (home / "in.csv").write_bytes(HEADER + GOOD + row)
        s.check(name, home, RUN, 1, failed("invalid_argument", f"transactions (subtask 0): in.csv:3: {reason}"))
        shutil.rmtree(home / "state")
        shutil.rmtree(home / "out", ignore_errors=True)


def check_policies(s):
    home = s.directory()
    (home / "in.csv").write_bytes(HEADER + GOOD + b"2,2018-04-01 00:00:32,5,3,abc,0\n" + LATER + b"oops\n")
    s.check("skip", home, RUN + " --malformed skip", 0,
            finished(2) + "fraud: 2 malformed rows were passed over; see --malformed\n")
    home = s.directory()
    (home / "in.csv").write_bytes(HEADER + GOOD + b"2,2018-04-01 00:00:32,5,3,abc,0\n" + LATER + b"oops\n")
    s.check("dead letters", home, RUN + " --malformed dead-letter:dead", 0,
            finished(2) + "fraud: 2 malformed rows were passed over; see --malformed\n")
    letters = [json.loads(line) for f in sorted((home / "dead").iterdir()) for line in f.read_text().splitlines()]
    expected = [
        {"file": "in.csv", "offset": len(HEADER + GOOD), "line": 3,
         "reason": f'column "amount_cents": {UNSIGNED_32}, found "abc"', "row": "2,2018-04-01 00:00:32,5,3,abc,0"},
        {"file": "in.csv", "offset": len(HEADER + GOOD + LATER) + 32, "line": 5,
         "reason": f"1 cell, expected 6: {COLUMNS}", "row": "oops"}]
    if letters != expected:
        s.wrong.append(f"dead letters: expected {expected}\n  got {letters}")
    home = s.directory()
    (home / "in.csv").write_bytes(HEADER + b"oops\n")
    s.check("dead letters into a file", home, RUN + " --malformed dead-letter:in.csv", 1,
            failed("already_exists", "transactions (subtask 0): cannot create directory in.csv: 'in.csv' is a file"))


# ---- files

def compressed(kind, content):
    if kind == "gz":
        return gzip.compress(content, mtime=0)
    return subprocess.run(["zstd", "-q", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout


FILES = [  # name, file, content, exit code, what is said
    ("empty file", "in.csv", b"", 0, finished(0)),
    ("nothing but a header", "in.csv", HEADER, 0, finished(0)),
    ("byte order mark", "in.csv", b"\xef\xbb\xbf" + HEADER + GOOD, 0, finished(1)),
    ("CRLF, and no line end at the end", "in.csv", (HEADER + GOOD).replace(b"\n", b"\r\n") + LATER[:-1], 0,
     finished(2)),
    ("time going backwards", "in.csv", HEADER + LATER + GOOD, 0, finished(2)),
    ("misspelt column", "in.csv", HEADER.replace(b"customer", b"costumer") + GOOD, 1,
     failed("not_found", 'transactions (subtask 0): in.csv: there is no column "customer_id" (did you mean '
            '"costumer_id"?); the header has: transaction_id, tx_datetime, costumer_id, terminal_id, amount_cents, '
            'fraud')),
    ("missing column", "in.csv",
     b"transaction_id,tx_datetime\n1,2018-04-01 00:00:31\n", 1,
     failed("not_found", 'transactions (subtask 0): in.csv: there is no column "customer_id"; the header has: '
            'transaction_id, tx_datetime')),
    ("no header", "in.csv", GOOD + LATER, 1,
     failed("not_found", 'transactions (subtask 0): in.csv: there is no column "transaction_id"; the header has: 1, '
            '2018-04-01 00:00:31, 5, 3, 100, 0')),
    ("header with another delimiter", "in.csv", HEADER.replace(b",", b";"), 1,
     failed("not_found", 'transactions (subtask 0): in.csv: there is no column "transaction_id"; the header has: '
            'transaction_id;tx_datetime;customer_id;terminal_id;amount_cents;fraud')),
    ("column twice", "in.csv", HEADER[:-1] + b",fraud\n" + GOOD[:-1] + b",0\n", 1,
     failed("invalid_argument", 'transactions (subtask 0): in.csv: the header has column "fraud" twice')),
    ("unclosed quote in the header", "in.csv", b'"' + HEADER + GOOD, 1,
     failed("invalid_argument", "transactions (subtask 0): in.csv:1: a quoted cell does not end before the file "
            "does")),
    ("UTF-16", "in.csv", HEADER.decode().encode("utf-16"), 1,
     failed("not_found", 'transactions (subtask 0): in.csv: there is no column "transaction_id"; the header has: '
            '\\xFF\\xFEt\\x00r\\x00a\\x00n\\x00s\\x00a\\x00c\\x00t\\x00i\\x00o\\x00n\\x00_\\x00i\\x00d\\x00, '
            '\\x00t\\x00x\\x00_\\x00d\\x00a\\x00t\\x00e\\x00t\\x00i\\x00m\\x00e\\x00, '
            '\\x00c\\x00u\\x00s\\x00t\\x00o\\x00m\\x00e\\x00r\\x00_\\x00i\\x00d\\x00, '
            '\\x00t\\x00e\\x00r\\x00m\\x00i\\x00n\\x00a\\x00l\\x00_\\x00i\\x00d\\x00, '
            '\\x00a\\x00m\\x00o\\x00u\\x00n\\x00t\\x00_\\x00c\\x00e\\x00n\\x00t\\x00s\\x00, '
            '\\x00f\\x00r\\x00a\\x00u\\x00d\\x00')),
    ("gzip cut off", "in.csv.gz", compressed("gz", HEADER + GOOD * 100)[:-20], 1,
     failed("corrupt", "transactions (subtask 0): in.csv.gz: cannot be decompressed at byte N of the file: the "
            "compressed data is cut off")),
    ("gzip without its last bytes", "in.csv.gz", compressed("gz", HEADER + GOOD)[:-3], 1,
     failed("corrupt", "transactions (subtask 0): in.csv.gz: cannot be decompressed at byte N of the file: the "
            "compressed data is cut off")),
    ("gzip with a wrong checksum", "in.csv.gz", compressed("gz", HEADER + GOOD)[:-8] + b"\0" * 8, 1,
     failed("corrupt", "transactions (subtask 0): in.csv.gz: cannot be decompressed at byte N of the file: "
            "incorrect data check")),
    ("no gzip", "in.csv.gz", HEADER + GOOD, 1,
     failed("corrupt", "transactions (subtask 0): in.csv.gz: cannot be decompressed at byte N of the file: this is "
            "not gzip")),
    ("zstd cut off", "in.csv.zst", compressed("zst", HEADER + GOOD * 100)[:-8], 1,
     failed("corrupt", "transactions (subtask 0): in.csv.zst: cannot be decompressed at byte N of the file: the "
            "compressed data is cut off")),
    ("no zstd", "in.csv.zst", HEADER + GOOD, 1,
     failed("corrupt", "transactions (subtask 0): in.csv.zst: cannot be decompressed at byte N of the file: this is "
            "not zstd")),
    ("gzip called zstd", "in.csv.zst", compressed("gz", HEADER + GOOD), 1,
     failed("corrupt", "transactions (subtask 0): in.csv.zst: cannot be decompressed at byte N of the file: this is "
            "not zstd")),
    ("garbage behind gzip", "in.csv.gz", compressed("gz", HEADER + GOOD) + b"garbage", 1,
     failed("corrupt", "transactions (subtask 0): in.csv.gz: cannot be decompressed at byte N of the file: this is "
            "not gzip")),
]


def check_files(s):
    for name, file, content, code, expected in FILES:
        home = s.directory()
        (home / file).write_bytes(content)
        s.check(name, home, RUN.replace("in.csv", file) + " --batch-records 1", code, expected)


MODEL = "feature,weight,mean,std\n"
MODELS = [  # name, content of model.csv, what is said
    ("empty model", "",
     "fraud run: --model: model.csv:1: expected the header 'feature,weight,mean,std', found an empty file.\n" + HELP),
    ("model with another header", "name,weight\n",
     "fraud run: --model: model.csv:1: expected the header 'feature,weight,mean,std', found 'name,weight'.\n" + HELP),
    ("model with an unknown feature", MODEL + "TX_AMONT,1,0,1\n",
     "fraud run: --model: model.csv:2: unknown feature 'TX_AMONT'.\n" + HELP),
    ("model with too few columns", MODEL + "TX_AMOUNT,1,0\n",
     "fraud run: --model: model.csv:2: expected 4 columns, found 3.\n" + HELP),
    ("model with no number", MODEL + "TX_AMOUNT,much,0,1\n",
     "fraud run: --model: model.csv:2: expected a number, found 'much'.\n" + HELP),
    ("model that is not finite", MODEL + "TX_AMOUNT,inf,0,1\n",
     "fraud run: --model: model.csv:2: expected a number, found 'inf'.\n" + HELP),
    ("model without deviation", MODEL + "TX_AMOUNT,1,0,0\n",
     "fraud run: --model: model.csv:2: a standard deviation must be above 0, found '0'.\n" + HELP),
    ("model with a feature twice", MODEL + "TX_AMOUNT,1,0,1\nTX_AMOUNT,1,0,1\n",
     "fraud run: --model: model.csv:3: a second line for 'TX_AMOUNT'.\n" + HELP),
    ("model with a feature missing", MODEL + "intercept,1,0,1\n",
     "fraud run: --model: model.csv:2: the file ends without 'TX_AMOUNT' (weight 0 leaves a feature out).\n" + HELP),
]


def check_models(s):
    for name, content, expected in MODELS:
        home = s.directory()
        (home / "in.csv").write_bytes(HEADER + GOOD)
        (home / "model.csv").write_text(content)
        s.check(name, home, RUN + " --model model.csv", 2, expected)


# ---- options

OPTIONS = [  # arguments, what is said; the exit code is 2
    (["rnu"],
     "fraud: there is no command 'rnu'. Did you mean run? Commands: run, rule, generate, completion, manual.\n"
     "Try 'fraud --help'.\n"),
    (["frobnicate"],
     "fraud: there is no command 'frobnicate'. Commands: run, rule, generate, completion, manual.\n"
     "Try 'fraud --help'.\n"),
    ([], "fraud run: give either --transactions or --generate-days.\n" + HELP),
    (["run", "--transaction", "in.csv"],
     "fraud run: there is no option '--transaction'. Did you mean --transactions?\n" + HELP),
    (["run", "--state-dri", "state"],
     "fraud run: there is no option '--state-dri'. Did you mean --state-dir?\n" + HELP),
    (["run", "--frobnicate"], "fraud run: there is no option '--frobnicate'.\n" + HELP),
    (["run", "extra"], "fraud run: there is no option 'extra'.\n" + HELP),
    (["run", "--transactions"], "fraud run: --transactions needs a value.\n" + HELP),
    (["run", "--transactions", "in.csv", "--transactions", "in.csv"],
     "fraud run: --transactions is given more than once.\n" + HELP),
    (["run", "--transactions", "in.csv", "--generate-days", "3"],
     "fraud run: give either --transactions or --generate-days.\n" + HELP),
    (["run", "--generate-days", "many"],
     "fraud run: --generate-days: 'many' is not a whole number from 0 to 4294967295.\n" + HELP),
    (["run", "--generate-days", "0"], "fraud run: --generate-days: there must be at least one.\n" + HELP),
    (["run", "--generate-days", "-3"],
     "fraud run: --generate-days: '-3' is not a whole number from 0 to 4294967295.\n" + HELP),
    (["run", "--checkpoint-interval", "10"],
     "fraud run: --checkpoint-interval: '10' is not a span of time: the unit is missing; write a whole number and a "
     "unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\n" + HELP),
    (["run", "--checkpoint-interval", "10 parsecs"],
     "fraud run: --checkpoint-interval: '10 parsecs' is not a span of time: there is no unit 'parsecs'; write a "
     "whole number and a unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\n" + HELP),
    (["run", "--checkpoint-interval", "-5s"],
     "fraud run: --checkpoint-interval: '-5s' is not a span of time: it must not be negative; write a whole number "
     "and a unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\n" + HELP),
    (["run", "--checkpoint-interval", "999999999999d"],
     "fraud run: --checkpoint-interval: '999999999999d' is not a span of time: it is too long; write a whole number "
     "and a unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\n" + HELP),
    (["run", "--out-of-order", "soon"],
     "fraud run: --out-of-order: 'soon' is not a span of time: a number is missing before 'soon'; write a whole "
     "number and a unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\n" + HELP),
    (["run", "--threshold", "high"], "fraud run: --threshold: 'high' is not a number.\n" + HELP),
    (["run", "--transactions", "in.csv", "--threshold", "3"],
     "fraud run: --threshold: a score is a number from 0 to 1.\n" + HELP),
    (["run", "--transactions", "in.csv", "--threshold", "nan"],
     "fraud run: --threshold: a score is a number from 0 to 1.\n" + HELP),
    (["run", "--speed", "0"], "fraud run: --speed: '0' is neither 'max' nor a number above 0.\n" + HELP),
    (["run", "--malformed", "ignore"],
     "fraud run: --malformed: 'ignore' is none of fail, skip and dead-letter:DIR.\n" + HELP),
    (["run", "--malformed", "dead-letter:"],
     "fraud run: --malformed: 'dead-letter:' is none of fail, skip and dead-letter:DIR.\n" + HELP),
    (["run", "--parallelism", "two"],
     "fraud run: --parallelism: 'two' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--parallelism", "0"],
     "fraud run: --parallelism: '0' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--parallelism", "40000"],
     "fraud run: --parallelism: '40000' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--parallelism", "5000000000"],
     "fraud run: --parallelism: '5000000000' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--parallelism", "200", "--max-parallelism", "128"],
     "fraud run: --max-parallelism: 128 key groups are too few for a parallelism of 200; each subtask needs one: "
     "raise --max-parallelism or lower --parallelism.\n" + HELP),
    (["run", "--transactions", "in.csv", "--max-parallelism", "0"],
     "fraud run: --max-parallelism: '0' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--max-parallelism", "40000"],
     "fraud run: --max-parallelism: '40000' is not a whole number from 1 to 32768.\n" + HELP),
    (["run", "--transactions", "in.csv", "--metrics-port", "70000"],
     "fraud run: --metrics-port: '70000' is not a whole number from 0 to 65535.\n" + HELP),
    (["run", "--transactions", "in.csv", "--metrics-port", "-1"],
     "fraud run: --metrics-port: '-1' is not a whole number from 0 to 65535.\n" + HELP),
    (["run", "--transactions", "in.csv", "--threads", "0"],
     "fraud run: --threads: '0' is not a whole number from 1 to 1024.\n" + HELP),
    (["run", "--transactions", "in.csv", "--batch-records", "70000"],
     "fraud run: --batch-records: '70000' is not a whole number from 1 to 65536.\n" + HELP),
    (["run", "--transactions", "in.csv", "--checkpoints-retained", "0"],
     "fraud run: --checkpoints-retained: '0' is not a whole number from 1 to 1000000.\n" + HELP),
    (["run", "--transactions", "in.csv", "--restart", "fixed-delay"],
     "fraud run: --restart: 'fixed-delay' is no restart strategy; it must be none, fixed-delay:ATTEMPTS:DELAY, "
     "exponential-delay:FIRST:LONGEST:CALM or failure-rate:FAILURES:INTERVAL:DELAY, for example fixed-delay:3:1s.\n" +
     HELP),
    (["run", "--transactions", "in.csv", "--restart", "always"],
     "fraud run: --restart: 'always' is no restart strategy; it must be none, fixed-delay:ATTEMPTS:DELAY, "
     "exponential-delay:FIRST:LONGEST:CALM or failure-rate:FAILURES:INTERVAL:DELAY, for example fixed-delay:3:1s.\n" +
     HELP),
    (["run", "--transactions", "in.csv", "--state-dir", ""],
     "fraud run: --state-dir: a directory needs a name; 'none' keeps the state in memory.\n" + HELP),
    (["run", "--log-level", "loud"], "fraud run: --log-level: 'loud' is none of debug, info, warning, error.\n" + HELP),
    (["run", "--log-format", "xml"], "fraud run: --log-format: 'xml' is none of text, json.\n" + HELP),
    (["run", "--model", "missing.csv"], "fraud run: --model: cannot open the model file missing.csv.\n" + HELP),
    (["rule"], "fraud rule: --transactions is required.\nTry 'fraud rule --help'.\n"),
    (["rule", "--transactions", "in.csv", "--within", "1 moon"],
     "fraud rule: --within: '1 moon' is not a span of time: there is no unit 'moon'; write a whole number and a "
     "unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min.\nTry 'fraud rule --help'.\n"),
    (["generate", "--days", "x"],
     "fraud generate: --days: 'x' is not a whole number from 0 to 4294967295.\nTry 'fraud generate --help'.\n"),
    (["generate", "--days", "0"],
     "fraud generate: --days: there must be at least one.\nTry 'fraud generate --help'.\n"),
    (["generate", "--customers", "0"],
     "fraud generate: --customers: there must be at least one.\nTry 'fraud generate --help'.\n"),
    (["generate", "--terminals", "0"],
     "fraud generate: --terminals: there must be at least one.\nTry 'fraud generate --help'.\n"),
    (["generate", "--radius", "-1"],
     "fraud generate: --radius: a length is a number from 0.\nTry 'fraud generate --help'.\n"),
    (["generate", "--radius", "nan"],
     "fraud generate: --radius: a length is a number from 0.\nTry 'fraud generate --help'.\n"),
    (["generate", "--start-date", "yesterday"],
     "fraud generate: --start-date: expected a date like 2018-04-01, found 'yesterday'.\n"
     "Try 'fraud generate --help'.\n"),
    (["completion", "tcsh"], "fraud completion: 'tcsh' is none of bash, zsh, fish.\nTry 'fraud completion --help'.\n"),
]


def check_options(s):
    home = s.directory()
    (home / "in.csv").write_bytes(HEADER + GOOD)
    for arguments, expected in OPTIONS:
        s.check("options", home, arguments, 2, expected)
        if sorted(p.name for p in home.iterdir()) != ["in.csv"]:
            s.wrong.append(f"fraud {' '.join(arguments)} left {sorted(home.iterdir())}")
            break


# ---- paths

def check_paths(s):
    def home_with_input():
        home = s.directory()
        (home / "in.csv").write_bytes(HEADER + GOOD)
        return home

    s.check("no such input", s.directory(), RUN, 1,
            failed("not_found", "transactions (subtask 0): in.csv: there is no such file or directory"))
    s.check("no such input of a rule", s.directory(), f"rule {READ} {JOB}", 1,
            failed("not_found", "transactions -> map-1 (subtask 0): in.csv: there is no such file or directory"))
    home = s.directory()
    (home / "in.csv").mkdir()
    (home / "in.csv" / "notes.txt").write_text("hello")
    s.check("directory without CSV", home, RUN, 1,
            failed("not_found", 'transactions (subtask 0): in.csv: no file is called *.csv, plain or with .gz or '
                   '.zst (there is "notes.txt")'))
    home = s.directory()
    (home / "in.csv").mkdir()
    s.check("empty directory", home, RUN, 0, finished(0))
    home = home_with_input()
    s.check("state directory is a file", home, RUN.replace("--state-dir state", "--state-dir in.csv"), 1,
            "fraud: cannot create directory in.csv/checkpoints: 'in.csv' is a file\n")
    s.check("state directory under a file", home, RUN.replace("--state-dir state", "--state-dir in.csv/state"), 1,
            "fraud: cannot create directory in.csv/state/checkpoints: 'in.csv' is a file\n")
    s.check("output directory is a file", home, RUN.replace("-out out", "-out in.csv"), 1,
            failed("already_exists", "features (subtask 0): cannot create directory in.csv: 'in.csv' is a file"))
    s.check("output directory under a file", home_with_input(), RUN.replace("-out out", "-out in.csv/out"), 1,
            failed("already_exists", "features (subtask 0): cannot create directory in.csv/: 'in.csv' is a file"))
    s.check("output of an earlier job", home_with_input(), RUN, 0, finished(1))
    shutil.rmtree(s.home / f"case{s.count - 1}" / "state")
    s.check("a new state and old output", s.home / f"case{s.count - 1}", RUN, 1,
            failed("already_exists", "features (subtask 0): out: features starts without a checkpoint, but this "
                   "directory holds output of an earlier job (part-00000-0000000001.csv): choose an empty "
                   "directory, or go on with the state directory of that job"))
    s.check("state where nobody may write", home_with_input(),
            RUN.replace("--state-dir state", "--state-dir /proc/state"), 1,
                        "fraud: cannot create directory /proc/state: No such file or directory\n")
    s.check("output where nobody may write", home_with_input(),
            RUN.replace("-out out", "-out /proc/out") + " --restart none", 1,
                        failed("not_found", "features (subtask 0): cannot create directory /proc/out: No such file "
                               "or directory"))
    home = home_with_input()
    s.check("simulation into a file's place", home, "generate --days 1 --out in.csv/x/", 1,
            "fraud generate: cannot create the directory in.csv/x/: Not a directory\n")


# ---- state directories

def manifest(number):
    return f"checkpoints/chk-{number:010}.manifest"


def table(number):
    return f"checkpoints/chk-{number:010}.sst"


def flip(path, at=None):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 0x10
    path.write_bytes(content)


def cut(path, size=None):
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2 if size is None else size])


def swap(a, b):
    content = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(content)


def resealed(path, change):
    """Changes the JSON of a sealed text, with a right checksum."""
    kind = path.read_bytes().split(b" ", 1)[0].decode()
    content = json.loads(path.read_bytes().split(b"\n", 1)[1])
    change(content)
    text = json.dumps(content, separators=(",", ":")).encode() + b"\n"
    sum_of = subprocess.run(["xxhsum", "-H2", "-"], input=text, stdout=subprocess.PIPE, check=True).stdout.split()[0]
    path.write_bytes(f"{kind} 1 {sum_of.decode()} {len(text)}\n".encode() + text)


CHECKPOINTS = [1, 3, 5]  # a process does not take up the number after the last one it finds
BEFORE, NEWEST = CHECKPOINTS[1:]
STATE_RUN = f"run --transactions in --features-out out --alerts-out alerts {JOB}"


def make_state(s):
    """A directory with the input of three days and the state after the third."""
    home = s.directory()
    (home / "in").mkdir()
    for day in range(3):
        rows = b"".join(b"%d,2018-04-%02d 10:00:%02d,%d,%d,%d,0\n" % (day * 60 + i, day + 1, i, i % 7, i % 5, 90000)
                        for i in range(60))
        (home / "in" / f"day{day}.csv").write_bytes(HEADER + rows)
        done = s.run(home, STATE_RUN.split())
        if done.returncode != 0:
            sys.exit(f"cannot make a state directory: {done.stderr.decode()}")
    assert [m.name for m in manifests_of(home / "state")] == [pathlib.Path(manifest(n)).name for n in CHECKPOINTS]
    return home


def manifests_of(state):
    return sorted(state.glob("checkpoints/*.manifest"))


def each_manifest(damage):
    def to_all(state):
        for m in manifests_of(state):
            damage(m)
    return to_all


def new_format(content):
    content["format"] = 2


def leave_halves(state):
    (state / (manifest(9) + ".tmp")).write_bytes((state / manifest(NEWEST)).read_bytes()[:100])
    (state / table(9)).write_bytes(b"half")
    (state / "leat-state.tmp").write_bytes(b"half")


STATES = [  # name, damage to a state directory with the checkpoints above, exit code, what is said
    ("untouched", lambda d: None, 0, finished(0, 7, 5)),
    ("left half-written", leave_halves, 0, finished(0, 11, 5)),
    ("newest manifest flipped", lambda d: flip(d / manifest(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.manifest: its "
     "content does not match the checksum and length in its first line\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest manifest cut", lambda d: cut(d / manifest(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.manifest: its "
     "content does not match the checksum and length in its first line\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest manifest empty", lambda d: cut(d / manifest(NEWEST), 0), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.manifest: no "
     "first line with a checksum\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest manifest is another's", lambda d: shutil.copy(d / manifest(BEFORE), d / manifest(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.manifest: is "
     "the manifest of checkpoint 3\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest manifest is a directory", lambda d: ((d / manifest(NEWEST)).unlink(), (d / manifest(NEWEST)).mkdir()), 1,
"fraud: state/checkpoints/chk-0000000005.manifest: is a directory where a file of the state belongs; move it away\n"),
    ("newest table flipped", lambda d: flip(d / table(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.sst: does not "
     "match the checksum in the manifest\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest table cut", lambda d: cut(d / table(NEWEST), 100), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.sst: has N "
     "bytes; the manifest says N\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest table empty", lambda d: cut(d / table(NEWEST), 0), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.sst: has N "
     "bytes; the manifest says N\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest table gone", lambda d: (d / table(NEWEST)).unlink(), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.sst: is "
     "missing\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("newest table is another's", lambda d: shutil.copy(d / table(BEFORE), d / table(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000005.sst: has N "
     "bytes; the manifest says N\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=3\n" + finished(60, 7, 3)),
    ("tables swapped", lambda d: swap(d / table(BEFORE), d / table(NEWEST)), 0,
     "TIME warning state: checkpoint 5 is damaged and passed over: state/checkpoints/chk-0000000003.sst: has N "
     "bytes; the manifest says N\n"
     "TIME warning state: checkpoint 3 is damaged and passed over: state/checkpoints/chk-0000000003.sst: has N "
     "bytes; the manifest says N\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000003.csv restored_checkpoint=1\n"
     "TIME warning features: hid committed output of a checkpoint after the one that was restored "
     "file=out/part-00000-0000000005.csv restored_checkpoint=1\n" + finished(120, 7, 1)),
    ("identity flipped", lambda d: flip(d / "leat-state"), 0,
     "TIME warning state: state/leat-state: its content does not match the checksum and length in its first line; "
     "taken from the newest readable manifest instead\n" +
     finished(0, 7, 5)),
    ("identity cut", lambda d: cut(d / "leat-state"), 0,
     "TIME warning state: state/leat-state: its content does not match the checksum and length in its first line; "
     "taken from the newest readable manifest instead\n" +
     finished(0, 7, 5)),
    ("identity gone", lambda d: (d / "leat-state").unlink(), 0,
     "TIME warning state: state/leat-state: is missing; taken from the newest readable manifest instead\n" +
     finished(0, 7, 5)),
    ("all manifests flipped", each_manifest(flip), 1,
     "fraud: state/checkpoints: checkpoints were completed here, but none is intact; checkpoint 5: "
     "state/checkpoints/chk-0000000005.manifest: its content does not match the checksum and length in its first "
     "line; checkpoint 3: state/checkpoints/chk-0000000003.manifest: its content does not match the checksum and "
     "length in its first line; checkpoint 1: state/checkpoints/chk-0000000001.manifest: its content does not match "
     "the checksum and length in its first line; bring the files back from a copy, or move the directory away to "
     "start without state\n"),
    ("all manifests gone", each_manifest(pathlib.Path.unlink), 1,
     "fraud: state/checkpoints: checkpoints were completed here, but none is intact: there is no manifest, and 3 "
     "tables; bring the files back from a copy, or move the directory away to start without state\n"),
    ("identity and all manifests flipped", lambda d: (flip(d / "leat-state"), each_manifest(flip)(d)), 1,
     "fraud: state/leat-state: its content does not match the checksum and length in its first line, and no "
     "readable manifest in state/checkpoints tells to which application this state belongs; bring the file back "
     "from a copy, or move the directory away to start without state\n"),
    ("identity is a directory", lambda d: ((d / "leat-state").unlink(), (d / "leat-state").mkdir()), 1,
     "fraud: state/leat-state: is a directory where a file of the state belongs; move it away\n"),
    ("checkpoints is a file", lambda d: (shutil.rmtree(d / "checkpoints"), (d / "checkpoints").write_text("")), 1,
     "fraud: cannot create directory state/checkpoints: 'state/checkpoints' is a file\n"),
    ("a newer format", lambda d: resealed(d / manifest(NEWEST), new_format), 1,
     "fraud: state/checkpoints/chk-0000000005.manifest: has format 2; this version of the application reads formats "
     "up to 1; run the version that wrote it\n"),
    ("an identity of a newer format", lambda d: resealed(d / "leat-state", new_format), 1,
     "fraud: state/leat-state: has format 2; this version of the application reads formats up to 1; run the version "
     "that wrote it\n"),
]


def check_states(s):
    original = make_state(s)

    def copy():
        home = s.home / f"case{s.count}"
        shutil.copytree(original, home, dirs_exist_ok=True)
        return home

    s.count += 1
    for name, damage, code, expected in STATES:
        home = copy()
        damage(home / "state")
        s.check(name, home, STATE_RUN, code, expected)

    s.check("another application", copy(), f"rule --transactions in {JOB}", 1,
            "fraud: state: belongs to application 'fraud/run', not to 'fraud/rule'; use another state directory\n")
    s.check("another max parallelism", copy(), STATE_RUN + " --max-parallelism 64", 1,
            "fraud: the state was written with max parallelism 128, which is fixed for its life; 64 was asked for: "
            "say nothing, or that number\n")
    s.check("more subtasks than key groups", copy(), STATE_RUN.replace("parallelism 1 ", "parallelism 200 "), 1,
            "fraud: the state was written with max parallelism 128, which is fixed for its life; a parallelism of "
            "200 is too high for it\n")
    s.check("a sink that is not there any more", copy(), STATE_RUN.replace("--features-out out ", ""), 1,
            "fraud: the checkpoint has state of an operator 'features', which the application does not have any "
            "more; give the operator that replaces it this name, or start with another state directory\n")
    home = copy()
    shutil.rmtree(home / "out")
    s.check("output that is gone", home, STATE_RUN, 1,
            failed("corrupt", "features (subtask 0): features: the prepared output "
                   "out/.part-00000-0000000005.csv.pending is gone; neither it nor out/part-00000-0000000005.csv is "
                   "there"))
    check_running(s, copy())


def wait_for_first_record(process):
    """Until the source of a process that serves metrics has handed on a record."""
    told = re.search(rb"metrics at (http\S+)", process.stderr.readline())
    if told is None:
        sys.exit("the replay ended before it served metrics")
    begun = time.monotonic()
    while time.monotonic() - begun < DEADLINE_S:
        with urllib.request.urlopen(told[1].decode(), timeout=DEADLINE_S) as reply:
            if re.search(rb'leat_records_out_total\{[^}]*operator="transactions"[^}]*\} [1-9]', reply.read()):
                return
        time.sleep(POLL_S)
    sys.exit("the replay reads nothing")


def check_running(s, home):
    """Two processes on one state directory: the second refuses, and the first does not notice. It is stopped in the
    middle of a file, which then is not the one that it was."""
    replay = STATE_RUN.split() + ["--speed", "1", "--metrics-port", "0"]
    (home / "in" / "day9.csv").write_bytes(HEADER +
     b"900,2018-05-01 10:00:00,1,1,1,0\n901,2018-06-01 10:00:00,1,1,1,0\n")
    first = subprocess.Popen([s.program, *replay], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for_first_record(first)
        s.check("two processes", home, STATE_RUN, 1,
                "fraud: state is in use by process PID (it holds state/LOCK); stop that process or choose another "
                "directory\n")
        first.terminate()
        if first.wait(DEADLINE_S) != 130:
            s.wrong.append(f"two processes: the first one ended with {first.returncode}")
        day = home / "in" / "day9.csv"
        cut(day, len(HEADER))
        s.check("input that was cut", home, STATE_RUN, 1,
                failed("invalid_argument", "transactions (subtask 0): in/day9.csv: ends at byte 70, so it cannot be "
                       "read from byte 102: the file has been cut or replaced since that position was stored"))
        day.unlink()
        s.check("input that is gone", home, STATE_RUN, 1,
                failed("not_found", "transactions (subtask 0): source 'transactions': 'in/day9.csv' was being read "
                       "when the checkpoint was taken and is not there any more; put it back, or start with another "
                       "state directory"))
    finally:
        first.kill()
        first.wait()


def main():
    with tempfile.TemporaryDirectory() as home:
        s = suite(sys.argv[1], pathlib.Path(home))
        for check in (check_rows, check_policies, check_files, check_models, check_options, check_paths, check_states):
            check(s)
    print(*s.wrong, f"{s.count} cases, {len(s.wrong)} wrong", sep="\n")
    sys.exit(1 if s.wrong else 0)


if __name__ == "__main__":
    main()
