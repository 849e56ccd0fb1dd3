#!/usr/bin/env bash
# A release goes from dev to prod on this machine: no server, no cluster, no account.
# TOWLINE=/path/to/towline uses that binary; without it one is built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
if [[ -z ${TOWLINE:-} ]]; then
    cargo build --locked --manifest-path "$root/Cargo.toml"
    TOWLINE=${CARGO_TARGET_DIR:-$root/target}/debug/towline
fi
play=$root/target/quickstart # The application, the GitOps repository and the "cluster".
rm -rf "$play" && mkdir -p "$play"/{app,cluster} && cd "$play/app"
cp -R "$here"/{towline.yaml,deploy,config,tests} .

git init --quiet --bare --initial-branch=main ../gitops.git # With an empty first commit.
first=$(git -C ../gitops.git -c user.name=quickstart -c user.email=quickstart@localhost \
    commit-tree -m "Begin" "$(git -C ../gitops.git mktree </dev/null)")
git -C ../gitops.git update-ref refs/heads/main "$first"

operator() { # Stands in for Flux or Argo CD: applies what is new on main, and reports how it went.
    local seen=$first new env state
    while sleep 0.2; do
        new=$(git -C ../gitops.git rev-parse main)
        for env in dev staging prod; do
            git -C ../gitops.git diff --quiet "$seen" "$new" -- "$env" && continue
            rm -rf "../cluster/$env" && git -C ../gitops.git archive "$new" "$env" | tar -x -C ../cluster
            if [[ $(grep -rL '^kind: ' "../cluster/$env") == "" ]]; then state=success; else state=failure; fi
            "$TOWLINE" report "$env" --commit "$new" --context "operator/$env" --state "$state"
        done
        seen=$new
    done
}
operator >../operator.log 2>&1 &
trap 'kill $!' EXIT

"$TOWLINE" promote --release 1.0.0 --image web=1.0.0
"$TOWLINE" status
