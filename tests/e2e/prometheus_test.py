#!/usr/bin/env python3
"""A real Prometheus scrapes the running fraud detector and answers what an operator asks.

Usage: prometheus_test.py FRAUD. Exits with 77 (skipped) where no prometheus is installed.
"""

import json
import math
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

DEADLINE_S = 60
RETRY_S = 0.2

CONFIG = """
global: {{ scrape_interval: 500ms, scrape_timeout: 500ms }}
scrape_configs:
  - job_name: leat
    static_configs: [ {{ targets: ['127.0.0.1:{port}'] }} ]
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(base, query):
    """The samples that answer a query: a list of (labels, value); empty while Prometheus has none or is not up."""
    url = f"{base}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            data = json.load(reply)["data"]["result"]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return []
    return [(s["metric"], float(s["value"][1])) for s in data]


def wait_for(base, query, good, processes):
    """Asks until the answer is good."""
    begun = time.monotonic()
    answer = []
    while time.monotonic() - begun < DEADLINE_S:
        for p in processes:
            if p.poll() is not None:
                sys.exit(f"{p.args[0]} ended with {p.returncode} while it was needed")
        answer = ask(base, query)
        if answer and good(answer):
            print(f"{query}\n  {answer}")
            return
        time.sleep(RETRY_S)
    sys.exit(f"no good answer to {query} within {DEADLINE_S} s; the last one: {answer}")


def metrics_port(fraud):
    """Reads the job's messages up to the one that names the port, and the rest in the background."""
    for line in fraud.stderr:
        found = re.search(r"metrics at http://127\.0\.0\.1:(\d+)/metrics", line)
        if found:
            threading.Thread(target=fraud.stderr.read, daemon=True).start()
            return int(found[1])
    sys.exit(f"fraud ended with {fraud.wait()} before it served metrics")


def check(program, prometheus, home):
    fraud = subprocess.Popen(
        [program, "run", "--generate-days", "3650", "--speed", "40000", "--parallelism", "2", "--checkpoint-interval",
         "500ms", "--metrics-port", "0", "--features-out", home / "features", "--alerts-out", home / "alerts",
         "--state-dir", home / "state"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    server = None
    try:
        config = home / "prometheus.yml"
        config.write_text(CONFIG.format(port=metrics_port(fraud)))
        port = free_port()
        server = subprocess.Popen(
            [prometheus, f"--config.file={config}", f"--storage.tsdb.path={home / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        base = f"http://127.0.0.1:{port}"
        both = (fraud, server)
        wait_for(base, "up{job='leat'}", lambda a: a[0][1] == 1, both)
        wait_for(base, "sum by (operator) (rate(leat_records_out_total[5s]))",
                 lambda a: sum(v > 0 for _, v in a) >= 3 and all("operator" in m for m, _ in a), both)
        # The simulated transactions are years old, so the lag is large; it must be a number for each operator.
        wait_for(base, "max by (operator) (leat_watermark_lag_seconds)",
                 lambda a: len(a) >= 3 and all(math.isfinite(v) and v > 3600 for _, v in a), both)
        wait_for(base, "leat_checkpoint_age_seconds", lambda a: len(a) == 1 and 0 <= a[0][1] < 30, both)
        wait_for(base, "rate(leat_checkpoints_completed_total[5s])", lambda a: a[0][1] > 0, both)
        wait_for(base, "sum by (operator) (leat_state_keys)", lambda a: sum(v > 1000 for _, v in a) == 2, both)
        wait_for(base, "leat_job_running", lambda a: a[0][1] == 1, both)
    finally:
        for p in (fraud, server):
            if p is not None:
                p.kill()
                p.wait()


def main():
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        print("skipped: prometheus is not installed (Debian package prometheus)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as home:
        check(sys.argv[1], prometheus, pathlib.Path(home))


if __name__ == "__main__":
    main()
