#!/bin/bash
# Completion in zsh: zsh_test.sh FRAUD. The script is sound, is bound when sourced, and describes the commands.
set -eu
fraud=$1
command -v zsh >/dev/null || { echo "skipped: zsh is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$fraud" completion zsh >"$scratch/_fraud"
zsh -n "$scratch/_fraud"
[ "$(head -1 "$scratch/_fraud")" = '#compdef fraud' ]

bound=$(zsh -f -c 'autoload -Uz compinit; compinit -u -D; source $1; print $_comps[fraud]' - "$scratch/_fraud")
[ "$bound" = _fraud ] || { echo "sourced, it bound '$bound'"; exit 1; }
found=$(zsh -f -c 'fpath=($1 $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[fraud]' - "$scratch")
[ "$found" = _fraud ] || { echo "on the completion path, it bound '$found'"; exit 1; }

# The functions that zsh would ask, with their arguments printed.
asked() {
  zsh -f -c 'compdef() { }; _describe() { print -l -- ${(P)4} }; _arguments() { print -l -- "$@" }
    source $1; shift; words=(fraud "$@"); CURRENT=$#words; _fraud' - "$scratch/_fraud" "$@"
}
asked '' | grep -q '^generate:Simulates'
asked run -- | grep -q -F -e '--state-dir=[Where checkpoints lie'
asked -- | grep -q -F -e '--state-dir=['
asked rule --pro | grep -q -F -e ':(auto always never)'
asked run -- | grep -q -e '--model=.*:FILE:_files$'
if asked generate -- | grep -q -e --state-dir; then
  echo "generate is offered the options of jobs"
  exit 1
fi
