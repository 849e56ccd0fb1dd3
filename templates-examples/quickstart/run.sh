#!/usr/bin/env bash
# A release goes from dev to prod on this machine: no server, no cluster, no account.
# run.sh starts afresh with 1.0.0; run.sh VERSION goes on with what is in target/quickstart.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
play=$root/target/quickstart # The application, the GitOps repository and the "cluster".
if [[ -z ${TOWLINE:-} ]]; then # TOWLINE names a binary to use instead of building one.
    "$root/.ci/tools" build
    cargo build --locked --manifest-path "$root/Cargo.toml"
    TOWLINE=${CARGO_TARGET_DIR:-$root/target}/debug/towline
fi
if [[ $# == 0 ]]; then
    rm -rf "$play" && mkdir -p "$play"/{app,cluster}
    cp -R "$here"/{towline.yaml,deploy,config,tests} "$play/app"
    git init --quiet --bare --initial-branch=main "$play/gitops.git" # With an empty first commit.
    first=$(git -C "$play/gitops.git" -c user.name=quickstart -c user.email=quickstart@localhost \
        commit-tree -m "Begin" "$(git -C "$play/gitops.git" mktree </dev/null)")
    git -C "$play/gitops.git" update-ref refs/heads/main "$first"
fi
operator() { # Stands in for Flux or Argo CD: applies what is new on main, and reports how it went.
    local seen=$1 new env state
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
cd "$play/app"
operator "$(git -C ../gitops.git rev-parse main)" >>../operator.log 2>&1 &
trap 'kill $!' EXIT
"$TOWLINE" promote --release "${1:-1.0.0}" --image "web=${1:-1.0.0}"
"$TOWLINE" status
