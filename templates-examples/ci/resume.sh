#!/usr/bin/env bash
# Goes on with every release that is under way, each in a worktree of the commit that it was made
# from. Which those are is kept nowhere here: `towline status` reads it from the GitOps repository.
#
# Ends with 0 when nothing is left to do, with 75 when something waits (come back), else with the
# exit code of a release that went wrong.
set -euo pipefail

# Of each environment: what is proposed for it, else what is deployed and has no verdict yet. The
# first one's release counts also when it is verified: it may have to go on to the next. What
# failed anywhere stays failed until people start it again, and what people took out stays out. The oldest, furthest ahead, goes first.
under_way=$(towline status --output json | jq --raw-output '
    [.environments[].deployed | select(.verdict.state == "failure") | .release] as $failed
    | [.environments[].withdrawn | select(. != null) | .release] as $withdrawn
    | [.environments | to_entries[] | .key as $position | .value
        | (.deployed.verdict == null or $position == 0) as $open
        # Where a removal is proposed, nothing goes on until people have merged or closed it.
        | select(.proposed == null or .proposed.release != null)
        | {$position, environment, release: (.proposed.release // if $open then .deployed.release else null end)}
        | select(.release != null and (.release as $it | $failed | all(. != $it))
            and (.release.version as $it | $withdrawn | all(. != $it)))]
    | unique_by(.release) | sort_by(-.position) | .[] 
    | "\(.environment) \(.release.commit // "HEAD") \(.release.configuration // "")"')

worst=0
while read -r environment commit configuration; do
    [[ -n $environment ]] || continue
    # A release is a tag: who may write to the GitOps repository must not choose other code to run.
    if [[ -z $(git tag --list 'v*' --points-at "$commit") ]]; then
        echo "$environment: its release is of a commit without a tag v*: $commit" >&2
        worst=1
        continue
    fi
    # Its variables may have been changed since then. These are of the branch that is checked out.
    if [[ -n $configuration ]] && ! git merge-base --is-ancestor "$configuration" HEAD; then
        echo "$environment: its configuration is of a commit that is not on this branch: $configuration" >&2
        worst=1
        continue
    fi
    tree=$(mktemp -d)
    git worktree add --quiet --detach "$tree" "${configuration:-$commit}"
    folder=$tree/$(git rev-parse --show-prefix)
    code=0
    towline -C "$folder" promote --once --continue "$environment" </dev/null || code=$?
    git worktree remove --force "$tree"
    case $code in
        0 | 4 | 7) ;; # Done, closed by people, or a newer one took over: nothing is left to do.
        75) ((worst)) || worst=75 ;;
        *) worst=$code ;;
    esac
done <<<"$under_way"
exit "$worst"
