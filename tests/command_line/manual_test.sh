#!/bin/bash
# The manual page: manual_test.sh FRAUD. It names every command and every option, and troff has nothing to say.
set -eu
fraud=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$fraud" manual >"$scratch/fraud.1"
for section in NAME SYNOPSIS DESCRIPTION COMMANDS 'JOB OPTIONS' 'EXIT STATUS'; do
  grep -q "^\.SH $section\$" "$scratch/fraud.1" || { echo "no section $section"; exit 1; }
done
for command in run rule generate; do
  grep -q "^\.SS $command\$" "$scratch/fraud.1" || { echo "no command $command"; exit 1; }
  for option in $("$fraud" "$command" --help | grep -o -E '^  --[a-z-]+'); do
    grep -q -F -e "${option//-/\\-}" "$scratch/fraud.1" || { echo "no option $option"; exit 1; }
  done
done
command -v groff >/dev/null || { echo "not checked by troff: groff is not installed"; exit 0; }
warnings=$(groff -man -Tutf8 -ww -z "$scratch/fraud.1" 2>&1)
[ -z "$warnings" ] || { echo "$warnings"; exit 1; }
