#!/usr/bin/env bash
# Brings py-rattler, a client of the end-to-end tests, into .cache/venv where Python and PyPI are to be had.
# Without it the tests that need it are skipped and say so; with E2E_REQUIRE=1 its absence is a failure.
set -u
cd "$(dirname "$0")/.."
venv=.cache/venv
[ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import rattler' 2>/dev/null && exit 0
mkdir -p .cache
if python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r e2e/requirements.txt; then
  exit 0
fi
rm -rf "$venv"
echo 'prepare-e2e: no py-rattler (it needs python3 with venv and PyPI); its tests are skipped' >&2
[ "${E2E_REQUIRE:-0}" = 1 ] && exit 1
exit 0
