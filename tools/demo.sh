#!/bin/sh
# The demo: about half a minute of simulated card traffic through the fraud detector, with checkpoints, one kill -9 on
# the way, and the alerts at the end.
set -eu
build=${1:-build}
dir=demo
fraud=$build/bin/fraud
rm -rf "$dir"
mkdir -p "$dir"
seconds=${LEAT_DEMO_SECONDS:-30}
days=60

progress=auto
[ -t 2 ] || progress=never
run() {  # replaces the shell it runs in, so that its process number is the program's
  exec "$fraud" run --generate-days "$days" --speed $((days * 86400 / seconds)) \
    --features-out "$dir/features" --alerts-out "$dir/alerts" \
    --state-dir "$dir/state" --checkpoint-interval 500ms --progress "$progress"
}

echo "Simulating $days days of card payments: 5000 customers, 10000 terminals, three kinds of fraud; $seconds seconds."
echo "Features per customer and terminal over 1, 7 and 30 days of event time; a checkpoint every 500 ms."
echo
(run) &
pid=$!
kill_after=$((seconds / 3))
while [ "$kill_after" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
  sleep 1
  kill_after=$((kill_after - 1))
done
if kill -9 "$pid" 2>/dev/null; then
  wait "$pid" 2>/dev/null || true
  echo
  echo "-- kill -9: the process is gone, with all it had in memory. The same command again:"
  (run)
else
  wait "$pid"
fi

alerts=$(cat "$dir"/alerts/*.csv | grep -vc '^transaction_id')
transactions=$(cat "$dir"/features/*.csv | grep -vc '^transaction_id')
twice=$(cat "$dir"/features/*.csv | grep -v '^transaction_id' | cut -d, -f1 | sort | uniq -d | wc -l)
echo
echo "$transactions transactions scored, $twice of them twice; $alerts alerts. The most suspicious:"
cat "$dir"/alerts/*.csv | grep -v '^transaction_id' | sort -t, -k2 -rn | head -5 |
  awk -F, '{ printf "  transaction %-8s score %.4f\n", $1, $2 }'
echo
echo "alerts:      $dir/alerts/"
echo "features:    $dir/features/"
echo "checkpoints: $dir/state/checkpoints/"
