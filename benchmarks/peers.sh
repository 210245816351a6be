#!/bin/sh
# Puts the solvers that bench_plan.py compares with into .venv-peers. They pin libraries of their own (OR-Tools its
# protobuf), so they share no environment with the project. One that cannot be installed is reported as missing.
set -u
cd "$(dirname "$0")/.." || exit 1
[ -x .venv-peers/bin/python ] || "${PYTHON:-python3}" -m venv .venv-peers || exit 1
for peer in pyvrp==0.14.1 ortools==9.15.6755 pyvroom==1.15.2 vrp-cli==1.22.1; do
  .venv-peers/bin/python -m pip install --quiet --disable-pip-version-check "$peer" || echo "missing: $peer" >&2
done
