#!/usr/bin/env python3
"""Reads checkpoints of real programs with the second reader, written from docs/reference/checkpoint-format.md.

Usage: checkpoint_test.py RUNNING_SUMS FRAUD
"""
import os
import pathlib
import subprocess
import sys
import tempfile

from checkpoint_reader import checkpoint, damaged, digest, key_group


def newest(directory):
    return max(pathlib.Path(directory, "checkpoints").glob("*.manifest"))


def values_of_a_small_program(program):
    subprocess.run([program, "--state-dir", "sums"], stdout=subprocess.DEVNULL, check=True)
    c = checkpoint(newest("sums"))
    assert c.manifest["kind"] == "full" and c.manifest["finished"], c.manifest
    assert c.keyed == {("totals", "1"): {"sum": 12.5}, ("totals", "2"): {"sum": 5.0}}, c.keyed
    assert c.operators == {"payments": [[b"collection", True, b"\3"]]}, c.operators


def run_fraud(program, state, *options):
    subprocess.run([program, "run", "--generate-days", "8", "--state-dir", state, *options],
                   stdout=subprocess.DEVNULL, check=True)
    return checkpoint(newest(state))


def a_chain_of_changes_says_the_same_as_a_full_checkpoint(program):
    want = run_fraud(program, "full", "--checkpoint-interval", "0s", "--parallelism", "1")
    got = run_fraud(program, "changes", "--checkpoint-interval", "100ms", "--parallelism", "3", "--speed", "400000")
    assert want.manifest["kind"] == "full" and len(want.manifest["tables"]) == 1
    assert got.manifest["kind"] == "changes" and len(got.manifest["tables"]) > 1
    assert len(want.keyed) > 10000 and want.keyed.keys() == got.keyed.keys()
    assert all(want.keyed[k]["profile"] == got.keyed[k]["profile"] for k in want.keyed)
    assert all(key_group(int(key), 128) == group for (_, key), group in got.groups.items())
    assert got.groups == want.groups


def damage_is_noticed():
    manifest = newest("changes")
    table = manifest.with_suffix(".sst")
    data = table.read_bytes()
    broken = [data[:-1]]
    if digest(b"", "-H2") is not None:
        broken.append(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    for bytes_of_table in broken:
        table.write_bytes(bytes_of_table)
        try:
            checkpoint(manifest)
        except damaged:
            continue
        raise AssertionError("damage was not noticed")


def main():
    sums, fraud = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        values_of_a_small_program(sums)
        a_chain_of_changes_says_the_same_as_a_full_checkpoint(fraud)
        damage_is_noticed()
        os.chdir("/")
    print("ok" if digest(b"", "-H2") else "ok; checksums were not compared: there is no xxhsum")


if __name__ == "__main__":
    main()
