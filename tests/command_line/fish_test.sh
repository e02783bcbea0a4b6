#!/bin/bash
# Completion in fish: fish_test.sh FRAUD.
set -eu
fraud=$1
command -v fish >/dev/null || { echo "skipped: fish is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
"$fraud" completion fish >"$scratch/fraud.fish"
fish --no-execute "$scratch/fraud.fish"

# expect 'WANT ...' LINE: what fish offers for the line.
expect() {
  local got
  got=$(fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scratch/fraud.fish" "$2" | cut -f1 | sort | xargs)
  [ "$got" = "$1" ] && return
  echo "$2: offered '$got', wanted '$1'"
  exit 1
}
expect 'rule run' 'fraud ru'
expect 'always auto never' 'fraud run --progress '
expect '--checkpoint-interval --checkpoints-retained' 'fraud --checkpoint'
expect '--days' 'fraud generate --da'
expect '' 'fraud generate --checkpoint'
expect 'bash fish zsh' 'fraud completion '
