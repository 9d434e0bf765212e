#!/bin/sh
# Checks the tools that a machine must have, and installs the packages of the project.
#
#   install.sh tools    is Node new enough
#   install.sh python   .venv from requirements.lock
#   install.sh node     node_modules from package-lock.json
#   install.sh web      examples/web/node_modules from its package-lock.json
#   install.sh browser  Chromium for the tests of pages: on Debian, as root, if there is none
#   install.sh pooler   PgBouncer for the tests through a pooler: in the same way
#   install.sh system   Debian's Postgres with pgTAP and plpgsql_check: in the same way
set -eu

fail() {
  echo "lyceum: $1" >&2
  exit 1
}

check_tools() {
  command -v node >/dev/null 2>&1 ||
    fail "Node is missing. Install Node 20 or newer, then run the command again."
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    fail "Node 20 or newer is needed; this is $(node --version). Install it, then run the command again."
}

# The first Python on PATH that is new enough.
find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  found=$(python3 --version 2>/dev/null || echo "there is none on PATH")
  fail "Python 3.11 or newer is needed; $found. Install it, then run the command again."
}

# One installation at a time: `make up` and `make test` may run concurrently.
take_lock() {
  until mkdir .install.lock 2>/dev/null; do
    [ -d .install.lock ] || fail "The folder $(pwd) cannot be written to."
    holder=$(cat .install.lock/pid 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf .install.lock
    else
      sleep 1
    fi
  done
  echo $$ > .install.lock/pid
  trap 'rm -rf .install.lock' EXIT
  trap 'exit 1' HUP INT TERM
}

install_python() {
  take_lock
  [ ! .venv/.installed -nt requirements.lock ] || return 0
  chosen=$(find_python)
  echo "Installing the Python packages into .venv ($("$chosen" --version))"
  "$chosen" -m venv --clear .venv || {
    rm -rf .venv
    fail "$chosen cannot make a virtual environment. On Debian and Ubuntu install python3-venv."
  }
  # The lock file names every package, so pip resolves nothing, and an extra that one package
  # requires of another ("coverage[toml]") does not make pip look for a newer release.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --no-deps --require-hashes -r requirements.lock ||
    fail "The Python packages could not be installed; the lines above say why."
  touch .venv/.installed
}

# The npm packages of a folder.
install_node() {
  take_lock
  [ ! "$1/node_modules/.installed" -nt "$1/package-lock.json" ] || return 0
  command -v npm >/dev/null 2>&1 ||
    fail "npm is missing. Install it (it comes with Node), then run the command again."
  echo "Installing the npm packages into $1/node_modules (Node $(node --version))"
  npm --prefix "$1" ci --no-audit --no-fund --loglevel=error ||
    fail "The npm packages could not be installed; the lines above say why."
  touch "$1/node_modules/.installed"
}

find_browser() {
  for name in chromium chromium-browser google-chrome; do
    ! command -v "$name" >/dev/null 2>&1 || return 0
  done
  return 1
}

# Only the download is slow; an interrupted download leaves no half-installed package.
fetch_package() {
  export DEBIAN_FRONTEND=noninteractive
  packages="--quiet --yes --no-install-recommends install $1"
  timeout 120 apt-get --quiet update &&
    timeout 300 apt-get --download-only $packages &&
    apt-get $packages
}

# Only root on Debian may install; elsewhere the tests that need the package are skipped.
may_fetch() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# Without a browser the tests that need one are skipped with a message.
install_browser() {
  ! find_browser || return 0
  if may_fetch; then
    echo "Installing Chromium for the tests of pages"
    fetch_package chromium >/dev/null 2>&1 </dev/null || true
  fi
  find_browser ||
    echo "lyceum: Chromium is missing and cannot be installed here; tests that need it are skipped." >&2
}

find_pooler() {
  PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null 2>&1
}

# The tests start their own pooler, so the service of the package must not start.
install_pooler() {
  ! find_pooler || return 0
  if may_fetch; then
    echo "Installing PgBouncer for the tests through a pooler"
    fetch_package pgbouncer >/dev/null 2>&1 </dev/null || true
    ! command -v systemctl >/dev/null 2>&1 ||
      systemctl disable --now pgbouncer >/dev/null 2>&1 || true
  fi
  find_pooler ||
    fail "PgBouncer is missing and cannot be installed here: the tests through a pooler are LEFT OUT."
}

# The newest Postgres of the system, chosen as tests/support/cluster.py does.
system_version() {
  ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort | tail -n 1 | cut -d / -f 5
}

find_system() {
  version=$(system_version)
  [ -n "$version" ] || return 1
  for extension in pgtap plpgsql_check; do
    [ -e "/usr/share/postgresql/$version/extension/$extension.control" ] || return 1
  done
}

# The tests create their own clusters, so the server package must not create one.
install_system() {
  ! find_system || return 0
  if may_fetch; then
    echo "Installing Debian's Postgres with pgTAP and plpgsql_check for the database tests"
    if [ -z "$(system_version)" ]; then
      fetch_package postgresql >/dev/null 2>&1 </dev/null || true
      version=$(system_version)
      ! command -v systemctl >/dev/null 2>&1 ||
        systemctl disable --now postgresql >/dev/null 2>&1 || true
      pg_ctlcluster "$version" main stop >/dev/null 2>&1 || true
    fi
    version=$(system_version)
    fetch_package "postgresql-$version-pgtap postgresql-$version-plpgsql-check" \
      >/dev/null 2>&1 </dev/null || true
  fi
  find_system ||
    fail "Debian's Postgres with pgTAP and plpgsql_check is missing and cannot be installed here: the database tests on it are LEFT OUT."
}

cd "$(dirname "$0")/../.."
case "${1:-}" in
  tools) check_tools ;;
  python) install_python ;;
  node) install_node . ;;
  web) install_node examples/web ;;
  browser) install_browser ;;
  pooler) install_pooler ;;
  system) install_system ;;
  *) fail "usage: install.sh tools|python|node|web|browser|pooler|system" ;;
esac
