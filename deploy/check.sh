#!/usr/bin/env bash
# What tools of others say of the files in this folder, as far as these tools are on the PATH; each that is not is named. What needs no
# tool is checked by test/deploy, always.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

have() {
  if command -v "$1" >/dev/null; then return 0; fi
  echo "no $1: $2 not checked with it"
  return 1
}

if have promtool 'alerts'; then
  promtool check rules prometheus/alerts.yml
  promtool test rules prometheus/alerts.test.yml
fi

if have hadolint 'the Dockerfile'; then hadolint Dockerfile; fi

# kubectl brings kustomize along. Where there is kubeconform, it looks at what comes of it, with the schemas that it fetches.
if have kubectl 'what kustomize builds'; then
  for folder in kubernetes/base kubernetes/overlays/example; do
    built=$(kubectl kustomize "$folder")
    echo "$folder: $(grep -c '^kind:' <<<"$built") objects"
    if have kubeconform "$folder"; then kubeconform -strict -ignore-missing-schemas -summary <<<"$built"; fi
  done
fi

# Compose is asked for its opinion, too, where there is one; nothing is started.
if docker compose version >/dev/null 2>&1; then
  docker compose -f ../docker-compose.yml --profile demo config --quiet
else
  echo 'no docker compose: docker-compose.yml not checked with it'
fi
