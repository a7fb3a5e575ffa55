#!/usr/bin/env bash
# System packages that the demonstration and the tests use. As root on a machine with apt they are installed
# from its own sources; otherwise what is missing is listed, with the command that gets it, before anything else runs.
set -euo pipefail

# package | how to see that it is there | what for
needs=(
  "bubblewrap|command -v bwrap|the sandbox around an agent's shell"
  "openssh-client|command -v ssh && command -v sftp && command -v scp|OpenSSH's own clients, as peers in the tests of the shell"
  "openssh-sftp-server|test -x /usr/lib/openssh/sftp-server|file transfer into a workspace"
  "procps|command -v pgrep && command -v pkill && type -P kill|tests that look for processes left behind"
  "openssl|command -v openssl|certificates for the tests of the egress proxy"
  "python3-venv|python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))'|the reference's own client, as a peer in the interoperability tests"
)

missing=()
for need in "${needs[@]}"; do
  IFS='|' read -r package probe purpose <<<"$need"
  if ! bash -c "$probe" >/dev/null 2>&1; then
    missing+=("$package")
    echo "missing: $package ($purpose)" >&2
  fi
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Install them as root: apt-get install ${missing[*]}" >&2
  echo "(on other systems, the packages of the same purpose)" >&2
  exit 1
fi
