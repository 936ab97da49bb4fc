#!/usr/bin/env bash
# Starts a swarm on this machine: Bun where it is missing, then the launcher, which asks for what it needs.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v bun >/dev/null 2>&1; then
  command -v npm >/dev/null 2>&1 || { echo "Neither bun nor npm is here: install Node.js or Bun (https://bun.sh) first." >&2; exit 1; }
  npm i -g --allow-scripts=bun bun@1.4.5
fi
if [ -t 0 ] && [ ! -f config.yaml ] && [ "$#" -eq 0 ]; then exec bun run launch --wizard; fi
exec bun run launch "$@"
