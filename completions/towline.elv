
use builtin;
use str;

set edit:completion:arg-completer[towline] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'towline'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'towline'= {
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand render 'Render manifests to stdout or into a folder'
            cand propose 'Render, and open or update the pull request against the GitOps repository'
            cand await 'Wait until a proposal is merged and its reporters have reported the rollout'
            cand promote 'Carry a release through its environments: propose, merge, await, check'
            cand rollback 'Bring the last verified release back, with its files as git has them'
            cand merge 'Merge a proposal if its head is still what was proposed'
            cand approve 'Approve a release for an environment with a `manual` gate'
            cand override 'Let one release pass a closed gate'
            cand remove 'Take an application out of an environment, by pull request'
            cand report 'Write a commit status about a deployment'
            cand resume 'Start a pipeline that waits without holding an agent'
            cand status 'Show what is deployed, proposed and verified in each environment, or everything about one'
            cand verify 'Check that what is deployed is what its release renders to'
            cand validate 'Check the pipeline file, and the manifests of every environment'
            cand init 'Write a first pipeline file for the current folder'
            cand completions 'Print a completion script for a shell'
            cand schema 'Print the JSON Schema of the pipeline file, or of what a command prints'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;render'= {
            cand -o 'Write the files to this folder, with their paths in the GitOps repository; with --all, to DIR/FOLDER for each'
            cand --output-dir 'Write the files to this folder, with their paths in the GitOps repository; with --all, to DIR/FOLDER for each'
            cand --all 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated'
            cand --release 'Version of the release'
            cand --build 'Build id of the release [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image. May be repeated'
            cand --images 'JSON or YAML map of images, or a folder with one file per image that contains its tag'
            cand --set 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated'
            cand --vars 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --diff 'Show what would change in the GitOps repository, resource by resource'
            cand --explain 'Show where the value of each variable comes from'
            cand --strict 'Treat warnings as errors'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;propose'= {
            cand --release 'Version of the release'
            cand --build 'Build id of the release [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image. May be repeated'
            cand --images 'JSON or YAML map of images, or a folder with one file per image that contains its tag'
            cand --set 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated'
            cand --vars 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --force 'Overwrite commits that people added to the proposal branch'
            cand --overwrite-drift 'Overwrite files that people changed by hand in the GitOps repository'
            cand --allow-older 'Propose a release that is older than what is deployed or proposed'
            cand --take-over 'Replace an application of this name that another source repository deployed'
            cand --release-hold 'Propose a release that was rolled back, and lift the hold on it'
            cand --again 'Propose the release again although people reverted it'
            cand --allow-dirty 'Propose files that are not committed. The release cannot go on to other environments'
            cand --strict 'Treat warnings as errors'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;await'= {
            cand --pull 'Number of the pull request'
            cand --release 'Wait for this release only; exit with 7 if another has replaced it [default: what is proposed]'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --once 'Check once, without waiting. Exit with 75 if there is no final result yet'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;promote'= {
            cand --to 'Stop after this environment'
            cand --only 'Promote to this environment only. The environments it needs must be verified'
            cand --continue 'Continue with the release that is proposed for this environment, or else deployed there'
            cand --config 'Propose to this environment what its changed variables change, with the release that is deployed there'
            cand --release 'Version of the release'
            cand --build 'Build id of the release [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image. May be repeated'
            cand --images 'JSON or YAML map of images, or a folder with one file per image that contains its tag'
            cand --set 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated'
            cand --vars 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --plan 'Print what would be done, without doing it. Without a release, print what the pipeline file says'
            cand --once 'Do what can be done now, without waiting. Exit with 75 if there is more to do'
            cand --force 'Overwrite commits that people added to the proposal branches'
            cand --overwrite-drift 'Overwrite files that people changed by hand in the GitOps repository'
            cand --allow-older 'Promote a release that is older than what is deployed or proposed'
            cand --take-over 'Replace an application of this name that another source repository deployed'
            cand --allow-dirty 'Promote files that are not committed. The release goes no further than its first environment'
            cand --release-hold 'Promote a release that was rolled back, and lift the hold on it'
            cand --again 'Deploy the release again although people closed its pull request or reverted it, and wait again from now on if it failed or timed out'
            cand --strict 'Treat warnings as errors'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;rollback'= {
            cand --to 'Version to go back to. It must have been verified in this environment [default: the last one that was]'
            cand --reason 'Why, for the pull request and the hold [default: the failure that is recorded]'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --plan 'Print what would be done, without doing it'
            cand --once 'Do what can be done now, without waiting. Exit with 75 if there is more to do'
            cand --force 'Overwrite commits that people added to the proposal branch'
            cand --overwrite-drift 'Overwrite files that people changed by hand in the GitOps repository'
            cand --take-over 'Roll back what another source repository deployed under this name'
            cand --again 'Roll back although people closed the pull request of this rollback or reverted it, and wait again from now on if it failed or timed out'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;merge'= {
            cand --pull 'Number of the pull request'
            cand --method 'Merge method [default: `gitops.mergeMethod`]'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --when-ready 'If checks, approvals or a merge queue block the merge, let the forge merge when they are done'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;approve'= {
            cand --release 'Version of the release'
            cand --commit 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]'
            cand --gate 'Name of the gate, if the environment has several `manual` gates'
            cand --reason 'Why, for people who read it later'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;override'= {
            cand --release 'Version of the release'
            cand --commit 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]'
            cand --gate 'Name of the gate: its `name`, or else its key, such as `window`. `freeze` is a gate too'
            cand --reason 'Why, for people who read it later'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;remove'= {
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --application 'Take the application out of every environment that has it'
            cand --force 'Overwrite commits that people added to the proposal branch'
            cand --overwrite-drift 'Delete files that people changed by hand in the GitOps repository'
            cand --take-over 'Remove what another source repository deployed under this name'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;report'= {
            cand --context 'Context of the status, such as kustomization/greeting/cluster-1'
            cand --state 'State to report'
            cand --description 'Description for people'
            cand --url 'Link to details'
            cand --commit 'Deployed commit of the GitOps repository [default: the merged commit]'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;resume'= {
            cand --pull 'Complete the Azure Pipelines task that waits for this pull request of the GitOps repository'
            cand --repository 'GitOps repository of the pull request [default: `gitops.repository` of the pipeline file]'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand event 'Send a `repository_dispatch` event to a GitHub repository'
            cand workflow 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
            cand task 'Complete an Azure Pipelines task that waits for its callback'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;resume;event'= {
            cand --forge 'Forge of the repository [default: detected from the URL]'
            cand --event 'Event type that the workflow listens to'
            cand --payload 'Field of the event''s payload. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;workflow'= {
            cand --forge 'Forge of the repository [default: detected from the URL]'
            cand --workflow 'File name of the workflow'
            cand --ref 'Branch or tag to run the workflow on'
            cand --input 'Input of the workflow. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;task'= {
            cand --project '$(System.TeamProjectId)'
            cand --plan '$(System.PlanId)'
            cand --job '$(System.JobId)'
            cand --task '$(System.TaskInstanceId)'
            cand --hub '$(System.HostType)'
            cand --result 'Result of the task'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;help'= {
            cand event 'Send a `repository_dispatch` event to a GitHub repository'
            cand workflow 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
            cand task 'Complete an Azure Pipelines task that waits for its callback'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;resume;help;event'= {
        }
        &'towline;resume;help;workflow'= {
        }
        &'towline;resume;help;task'= {
        }
        &'towline;resume;help;help'= {
        }
        &'towline;status'= {
            cand --history 'Show the deployments of one environment, newest first'
            cand --all 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --check-access 'Check what the token and git may do in the GitOps repositories, without changing anything. Exit with 1 if the pipeline needs more'
            cand --exit-code 'Exit with 0 only if everything is verified: with 5 or 6 if a release failed or timed out, with 3 if people have to decide, with 75 if something is under way or nothing is deployed'
            cand --watch 'Look again until interrupted. Redraw on a terminal, else print what changed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;verify'= {
            cand --set 'Set a variable, as it was set for the release. May be repeated'
            cand --vars 'Read variables from a file, as for the release. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --statement 'Print an in-toto statement with SLSA provenance of what is deployed, to be signed. Needs ENV'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;validate'= {
            cand --all 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated'
            cand --release 'Version of the release'
            cand --build 'Build id of the release [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image. May be repeated'
            cand --images 'JSON or YAML map of images, or a folder with one file per image that contains its tag'
            cand --set 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated'
            cand --vars 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated'
            cand --report 'Also write what is found to a file: sarif, junit or code-quality. May be repeated'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --strict 'Treat warnings as errors'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;init'= {
            cand --application 'Name of the application [default: the folder''s name]'
            cand --repository 'GitOps repository: a URL, or the path of a bare repository'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;completions'= {
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;schema'= {
            cand --output-of 'Print the schema of what this command prints with `--output json`'
            cand -f 'Path of the pipeline file'
            cand --file 'Path of the pipeline file'
            cand -C 'Run as if started in this folder'
            cand --output 'Format of the result on stdout'
            cand --color 'When to use colors'
            cand --log-format 'Format of progress, warnings and errors on stderr'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Print more about what is being done'
            cand --verbose 'Print more about what is being done'
            cand -q 'Print only results and errors'
            cand --quiet 'Print only results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;help'= {
            cand render 'Render manifests to stdout or into a folder'
            cand propose 'Render, and open or update the pull request against the GitOps repository'
            cand await 'Wait until a proposal is merged and its reporters have reported the rollout'
            cand promote 'Carry a release through its environments: propose, merge, await, check'
            cand rollback 'Bring the last verified release back, with its files as git has them'
            cand merge 'Merge a proposal if its head is still what was proposed'
            cand approve 'Approve a release for an environment with a `manual` gate'
            cand override 'Let one release pass a closed gate'
            cand remove 'Take an application out of an environment, by pull request'
            cand report 'Write a commit status about a deployment'
            cand resume 'Start a pipeline that waits without holding an agent'
            cand status 'Show what is deployed, proposed and verified in each environment, or everything about one'
            cand verify 'Check that what is deployed is what its release renders to'
            cand validate 'Check the pipeline file, and the manifests of every environment'
            cand init 'Write a first pipeline file for the current folder'
            cand completions 'Print a completion script for a shell'
            cand schema 'Print the JSON Schema of the pipeline file, or of what a command prints'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;help;render'= {
        }
        &'towline;help;propose'= {
        }
        &'towline;help;await'= {
        }
        &'towline;help;promote'= {
        }
        &'towline;help;rollback'= {
        }
        &'towline;help;merge'= {
        }
        &'towline;help;approve'= {
        }
        &'towline;help;override'= {
        }
        &'towline;help;remove'= {
        }
        &'towline;help;report'= {
        }
        &'towline;help;resume'= {
            cand event 'Send a `repository_dispatch` event to a GitHub repository'
            cand workflow 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
            cand task 'Complete an Azure Pipelines task that waits for its callback'
        }
        &'towline;help;resume;event'= {
        }
        &'towline;help;resume;workflow'= {
        }
        &'towline;help;resume;task'= {
        }
        &'towline;help;status'= {
        }
        &'towline;help;verify'= {
        }
        &'towline;help;validate'= {
        }
        &'towline;help;init'= {
        }
        &'towline;help;completions'= {
        }
        &'towline;help;schema'= {
        }
        &'towline;help;help'= {
        }
    ]
    $completions[$command]
}
