#!/bin/bash
# Completion in bash: bash_test.sh FRAUD. Presses no keys: calls the function that bash would call.
set -eu
fraud=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
eval "$("$fraud" completion bash)"
cd "$scratch"
mkdir 'old cards' && touch 'old cards.csv' model.csv

failures=0
# expect 'WANT ...' WORD ...: completing the last of the words after `fraud` offers what is wanted, in this order.
expect() {
  local want=$1
  shift
  COMP_WORDS=(fraud "$@")
  COMP_CWORD=$#
  _fraud || true  # compopt is refused where no key was pressed
  local got="${COMPREPLY[*]}"
  [ "$got" = "$want" ] && return
  failures=$((failures + 1))
  echo "fraud $*: offered '$got', wanted '$want'"
}

expect 'run rule' ru
expect 'run rule generate completion manual' ''
expect '' no-such
expect '--checkpoint-interval --checkpoints-retained' run --checkpoint
expect '--checkpoint-interval --checkpoints-retained' --checkpoint
expect '--version' --v
expect '' run --v
expect '--days' generate --da
expect '' generate --checkpoint
expect 'auto always never' run --progress ''
expect 'auto always' rule --progress a
expect 'auto always never' run --progress =
expect 'never' run --progress = n
expect 'never' --progress = n
expect '' run --threads ''
expect 'old cards' run --state-dir ''
expect 'old cards old cards.csv' run --transactions old
expect 'model.csv' run --model m
expect 'bash zsh fish --help' completion ''
expect '--help' manual ''

want='complete -F _fraud fraud'
[ "$(complete -p fraud)" = "$want" ] || { echo "not bound: $(complete -p fraud)"; failures=$((failures + 1)); }
[ "$failures" -eq 0 ]
