#!/usr/bin/env bash
# Brings what others wrote in Python, to compare with, into .cache/venv where Python and PyPI are to be had:
# py-rattler, conda-index, conda-package-streaming, conda itself, anaconda-client and twine (e2e/requirements.txt).
# Without it the tests that need it are skipped and say so; with E2E_REQUIRE=1 its absence is a failure.
set -u
cd "$(dirname "$0")/.."

# Keycloak, into .cache/keycloak, where Java and Maven Central are to be had. Without it its tests run against an
# identity provider written in JavaScript, and say so.
keycloak=26.5.6
fetch_keycloak() {
  command -v java >/dev/null && command -v mvn >/dev/null || return 1
  local repository=$PWD/.cache/maven
  timeout 300 mvn -q -B -Dmaven.repo.local="$repository" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get \
    -Dartifact="org.keycloak:keycloak-quarkus-dist:$keycloak:zip" -Dtransitive=false || return 1
  rm -rf .cache/keycloak .cache/keycloak.part
  mkdir -p .cache/keycloak.part
  python3 -m zipfile -e \
    "$repository/org/keycloak/keycloak-quarkus-dist/$keycloak/keycloak-quarkus-dist-$keycloak.zip" .cache/keycloak.part ||
    return 1
  rm -rf "$repository"
  mv ".cache/keycloak.part/keycloak-$keycloak" .cache/keycloak && rm -rf .cache/keycloak.part
  echo "$keycloak" >.cache/keycloak/version # last of all: it is complete
}
if ! grep -qsx "$keycloak" .cache/keycloak/version; then
  mkdir -p .cache
  fetch_keycloak || echo 'prepare-e2e: no Keycloak (it needs Java, Maven and Maven Central); its tests use another provider' >&2
fi

# A directory (LDAP) in memory, for Keycloak to read people and groups from.
ldapsdk=7.0.3
fetch_directory() {
  command -v java >/dev/null && command -v mvn >/dev/null || return 1
  timeout 120 mvn -q -B -Dmaven.repo.local="$PWD/.cache/maven" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get \
    -Dartifact="com.unboundid:unboundid-ldapsdk:$ldapsdk" -Dtransitive=false || return 1
  mv ".cache/maven/com/unboundid/unboundid-ldapsdk/$ldapsdk/unboundid-ldapsdk-$ldapsdk.jar" .cache/
  rm -rf .cache/maven
}
if ! test -f ".cache/unboundid-ldapsdk-$ldapsdk.jar"; then
  mkdir -p .cache
  fetch_directory || echo 'prepare-e2e: no LDAP server (it needs Java, Maven and Maven Central); its test is skipped' >&2
fi

venv=.cache/venv
# a copy of the list is put beside what it brought, last of all
cmp -s e2e/requirements.txt "$venv/requirements.txt" && exit 0
mkdir -p .cache
rm -rf "$venv"
if python3 -m venv "$venv" &&
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r e2e/requirements.txt &&
  "$venv/bin/python" -c 'import binstar_client, conda_index, conda_package_streaming, msgpack, rattler, twine, zstandard' &&
  cp e2e/requirements.txt "$venv/requirements.txt"; then
  exit 0
fi
rm -rf "$venv"
echo 'prepare-e2e: no Python peers (they need python3 with venv and PyPI); their tests are skipped' >&2
[ "${E2E_REQUIRE:-0}" = 1 ] && exit 1
exit 0
