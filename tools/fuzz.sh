#!/usr/bin/env bash
# Usage: fuzz.sh BUILD_DIRECTORY [SECONDS]
# Runs each fuzz program for that long (60 s unless said), from the inputs in tests/fuzz/corpus and those that earlier
# runs left in .cache/fuzz, which make clean leaves alone. One line for each; what broke is left as
# BUILD_DIRECTORY/findings/<target>-*: it becomes a unit test, and an input in tests/fuzz/corpus.
set -euo pipefail
build=$(realpath "$1")
seconds=${2:-60}
cd "$(dirname "$0")/.."
mkdir -p "$build/findings"
broken=0
for program in "$build"/bin/*_fuzz; do
  target=$(basename "$program" _fuzz)
  found=.cache/fuzz/$target
  mkdir -p "$found"
  log=$build/findings/$target.log
  words=()
  [ -f "tests/fuzz/$target.dict" ] && words=(-dict="tests/fuzz/$target.dict")
  if "$program" "$found" "tests/fuzz/corpus/$target" "${words[@]}" -max_total_time="$seconds" -max_len=4096 \
      -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="$build/findings/$target-" > "$log" 2>&1; then
    printf '%-10s %s executions, %s a second,%s\n' "$target" "$(awk '/number_of_executed_units/ {print $2}' "$log")" \
      "$(awk '/average_exec_per_sec/ {print $2}' "$log")" "$(grep -o ' cov: .* corp: [^ ]*' "$log" | tail -1)"
  else
    broken=1
    echo "$target is broken; the input is in $build/findings:"
    grep -E 'broken:|ERROR:|runtime error:|Test unit written|^    #[0-9] |^assertion|LEAT' "$log" | head -30 || true
  fi
done
exit $broken
