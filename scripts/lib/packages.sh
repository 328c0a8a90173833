# shellcheck shell=bash
# Debian and Ubuntu packages, and Python's virtual environments: what the
# scripts of this folder need, installed only where it is missing.
# To be sourced.
# shellcheck disable=SC2034  # the lists are for those who source this

# What building shoal needs.
build_packages=(
  g++ cmake ninja-build ccache git
  libcli11-dev libfmt-dev nlohmann-json3-dev libasio-dev libexpected-dev libtomlplusplus-dev
  libssl-dev librabbitmq-dev libcurl4-openssl-dev libcpp-httplib-dev pkg-config
  python3 python3-venv
)

# What its tests and benchmarks need besides. mmdebstrap: a RabbitMQ of another
# Debian, in a folder. iproute2, procps, util-linux: the
# end-to-end tests make hosts with addresses of their own, look for left-over
# processes and mount small file systems.
test_packages=(
  libgtest-dev librapidcheck-dev libbenchmark-dev
  rabbitmq-server openssl
  dash groff-base iproute2 jq make man-db parallel procps strace time util-linux
  mmdebstrap debian-archive-keyring
)

# What the test cluster (tests/cluster) needs besides: what a Kubernetes node
# takes from its system, and what makes images without Docker.
cluster_packages=(
  containerd runc containernetworking-plugins etcd-server iptables conntrack ethtool socat
  iproute2 procps util-linux openssl kmod
  buildah docker-registry libnfs-utils mmdebstrap debian-archive-keyring ca-certificates gcc libc6-dev
)

# What looking at the code needs besides.
lint_packages=(clang clang-format clang-tidy shellcheck)

# say WORDS...: a sentence of the script itself, set off from what tools print.
say() {
  if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
    printf '\n\033[1m%s\033[0m\n' "$*"
  else
    printf '\n%s\n' "$*"
  fi
}

# give_up WORDS...: says what is wrong, and ends the script.
give_up() {
  printf '%s\n' "$*" >&2
  exit 1
}

# missing_packages NAMES...: prints those that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    if [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]]; then
      printf '%s\n' "$package"
    fi
  done
}

# as_root COMMAND...: runs it with sudo where that is needed.
as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  else
    command -v sudo >/dev/null ||
      give_up "Installing packages needs root, and there is no sudo here. Run this as root: $*"
    sudo "$@"
  fi
}

# without_services COMMAND...: what it installs starts no service (a broker on
# the user's machine, say). This is how Debian's packages ask: see invoke-rc.d(8).
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [[ -e $policy ]]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

# install_packages NAMES...: installs those that are missing. With
# SHOAL_PACKAGES=present it believes that all are there, for systems whose
# packages have other names.
install_packages() {
  if [[ "${SHOAL_PACKAGES:-}" == present ]]; then
    return
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    give_up "This script installs packages with apt-get, which is not here." \
      "Install what your system has in place of these: $*." \
      "Then start again with SHOAL_PACKAGES=present set."
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [[ ${#missing[@]} == 0 ]]; then
    return
  fi
  say "Installing with apt-get: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --quiet=2)
  as_root "${apt[@]}" update || printf 'The package lists could not be refreshed; trying those at hand.\n' >&2
  without_services as_root "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null ||
    give_up "apt-get could not install ${missing[*]}. shoal is built on Debian 12, Ubuntu 24.04 and later ones."
}

# make_venv FOLDER REQUIREMENTS...: a virtual environment with these packages
# from PyPI. Does nothing when it has them already.
make_venv() {
  local folder=$1
  shift
  local wanted
  wanted=$(printf '%s\n' "$@")
  if [[ -x "$folder/bin/python" && -f "$folder/requirements" && "$(<"$folder/requirements")" == "$wanted" ]] &&
    "$folder/bin/python" -c '' 2>/dev/null; then
    return
  fi
  say "Installing into ${folder##*/} from PyPI: $*"
  python3 -m venv --clear "$folder" ||
    give_up "Python could not make a virtual environment in $folder."
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
    give_up "pip could not install $* into $folder. Is the network there?"
  printf '%s\n' "$wanted" >"$folder/requirements"
}
