#!/usr/bin/env bash
# Installs the servers that the live index is measured against, as far as this machine allows: Tile38 with Go, PostGIS on
# Debian. What cannot be had is said; the benchmark then reports it as missing.
set -uo pipefail
cd "$(dirname "$0")/.."

if [ ! -x .tools/bin/tile38-server ]; then
  if command -v go >/dev/null; then
    GOBIN="$PWD/.tools/bin" go install github.com/tidwall/tile38/cmd/tile38-server@latest || echo "tile38 could not be built" >&2
  else
    echo "tile38: Go is missing" >&2
  fi
fi
if ! ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-postgis >/dev/null || echo "postgis could not be installed" >&2
  else
    echo "postgis: apt-get install postgresql-postgis" >&2
  fi
fi
