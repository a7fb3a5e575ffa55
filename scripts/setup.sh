#!/usr/bin/env bash
# Everything that `npm run demo` and `npm test` need, from a machine with only Node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) process.exit(0);
  console.error(`Node ${process.versions.node} is too old: this project needs Node >= 20.19.`);
  process.exit(1);
'

bash scripts/setup-system.sh

export TURBO_TELEMETRY_DISABLED=1

pnpm() { npx --yes "pnpm@$(node -p 'require("./package.json").packageManager.split("@")[1]')" "$@"; }

pnpm install --frozen-lockfile --reporter=append-only
pnpm exec turbo run build --output-logs=errors-only
# A package manager links a workspace's bins only once their files exist, so the second pass is what puts `hud` on the path.
test -x node_modules/.bin/hud || pnpm install --frozen-lockfile --offline --reporter=silent
