#!/usr/bin/env bash
# Brings what others wrote in Python, to compare with, into .cache/venv where Python and PyPI are to be had:
# py-rattler, conda-index, conda-package-streaming and conda itself (e2e/requirements.txt).
# Without it the tests that need it are skipped and say so; with E2E_REQUIRE=1 its absence is a failure.
set -u
cd "$(dirname "$0")/.."
venv=.cache/venv
# a copy of the list is put beside what it brought, last of all
cmp -s e2e/requirements.txt "$venv/requirements.txt" && exit 0
mkdir -p .cache
rm -rf "$venv"
if python3 -m venv "$venv" &&
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r e2e/requirements.txt &&
  "$venv/bin/python" -c 'import conda_index, conda_package_streaming, msgpack, rattler, zstandard' &&
  cp e2e/requirements.txt "$venv/requirements.txt"; then
  exit 0
fi
rm -rf "$venv"
echo 'prepare-e2e: no Python peers (they need python3 with venv and PyPI); their tests are skipped' >&2
[ "${E2E_REQUIRE:-0}" = 1 ] && exit 1
exit 0
