#!/usr/bin/env bash
# Run by cron in a clone of the application's repository: starts the newest release if the first
# environment has not seen it, and goes on with what is under way.
set -euo pipefail
cd "$1"
git fetch --quiet --tags origin
git checkout --quiet --detach origin/main

tag=$(git for-each-ref --sort=-version:refname --count=1 --format='%(refname:strip=2)' 'refs/tags/v*')
first=$(towline status --output json | jq '.environments[0] | [.proposed.release.version, .deployed.release.version]')
if [[ -n $tag ]] && ! jq --exit-status --arg version "${tag#v}" 'index($version)' <<<"$first" >/dev/null; then
    git checkout --quiet "$tag"
    towline promote --once --release "${tag#v}" --image "web=${tag#v}" || [ $? -eq 75 ]
    git checkout --quiet --detach origin/main
fi
ci/resume.sh || [ $? -eq 75 ]
