#!/bin/bash
# Installs the build and makes a program of it: package_test.sh CMAKE BUILD SOURCE COMPILER GENERATOR [LAUNCHER].
set -eu
cmake=$1 build=$2 source=$3 compiler=$4 generator=$5 launcher=${6:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/installed

DESTDIR='' "$cmake" --install "$build" --prefix "$prefix" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
config=$(dirname "$(find "$prefix" -name leatConfig.cmake)")
for file in include/leat/leat.hpp include/leat/core/batch.hpp bin/fraud share/man/man1/fraud.1 \
  share/bash-completion/completions/fraud share/doc/leat/copyright share/doc/libleat-dev/README.md; do
  [ -e "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done
# Nothing of where it was built, no private header, no flag of ours.
if grep -r -F -l -e "$source" -e "$build" -e -Werror -e MSGPACK "$config"; then
  echo "the CMake package tells of the build"
  exit 1
fi
(cd "$source" && for module in */include; do (cd "$module" && find leat -name '*.hpp'); done) | sort >"$scratch/public"
(cd "$prefix/include" && find leat -type f) | sort | diff "$scratch/public" -

"$cmake" -S "$(dirname "$0")/consumer" -B "$scratch/consumer" -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" >"$scratch/log" &&
  "$cmake" --build "$scratch/consumer" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
cd "$scratch"
consumer/word_count --state-dir none --parallelism 1 >counts
sort counts | diff "$source/tests/package/consumer/expected" -
