
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
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand render 'Render manifests: to stdout, or into a folder'
            cand propose 'Render, and open or update the pull request against the GitOps repository'
            cand await 'Wait until a proposal is merged and its reporters have said how the rollout went'
            cand promote 'Carry a release through its environments: propose, merge, await, check'
            cand merge 'Merge a proposal, if its head is what was proposed'
            cand report 'Write a commit status about a deployment'
            cand resume 'Wake a pipeline that waits without holding an agent'
            cand status 'Show what is deployed, proposed and verified in each environment'
            cand validate 'Check the pipeline file, and that every environment renders'
            cand init 'Write a first pipeline file from what is in its folder'
            cand completions 'Print a completion script for a shell'
            cand schema 'Print the JSON Schema of the pipeline file, or of what a command prints'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;render'= {
            cand -o 'Write the files as they would stand in the GitOps repository'
            cand --output-dir 'Write the files as they would stand in the GitOps repository'
            cand --release 'Version of the release'
            cand --build 'Build that made it [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image; may be repeated'
            cand --images 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag'
            cand --set 'A variable; its value is read as YAML. Wins over everything; may be repeated'
            cand --vars 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --diff 'Show what would change in the GitOps repository, resource by resource'
            cand --explain 'Show where the value of each variable comes from'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;propose'= {
            cand --release 'Version of the release'
            cand --build 'Build that made it [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image; may be repeated'
            cand --images 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag'
            cand --set 'A variable; its value is read as YAML. Wins over everything; may be repeated'
            cand --vars 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --force 'Overwrite what people committed to the proposal''s branch'
            cand --allow-older 'Propose a release that is older than what is deployed or proposed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;await'= {
            cand --pull 'The number of the pull request'
            cand --release 'This release only: exit with 7 when another one is in its place. Without it, whatever is proposed'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --once 'Look once; exit with 75 when there is nothing final to say yet'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;promote'= {
            cand --to 'Stop behind this environment'
            cand --only 'Promote to this environment alone; what it needs must be verified'
            cand --continue 'Go on with the release that is proposed for this environment, else deployed there'
            cand --release 'Version of the release'
            cand --build 'Build that made it [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image; may be repeated'
            cand --images 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag'
            cand --set 'A variable; its value is read as YAML. Wins over everything; may be repeated'
            cand --vars 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --plan 'Print what would be done, and do nothing'
            cand --once 'Do all that can be done now; exit with 75 when that is not all'
            cand --force 'Overwrite what people committed to the proposals'' branches'
            cand --allow-older 'Promote a release that is older than what is deployed or proposed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;merge'= {
            cand --pull 'The number of the pull request'
            cand --method 'How it is merged; as `gitops.mergeMethod` says when absent'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --when-ready 'Where checks, approvals or a merge queue are in the way, let the forge merge it when they are done'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;report'= {
            cand --context 'What is reporting, such as kustomization/greeting/cluster-1'
            cand --state 'What it reports'
            cand --description 'More about it, for people'
            cand --url 'Where to read more'
            cand --commit 'The commit in the GitOps repository that was deployed'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;resume'= {
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand event 'Send a `repository_dispatch` event to a repository on GitHub'
            cand workflow 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo'
            cand task 'Complete a task of Azure Pipelines that waits for its callback'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'towline;resume;event'= {
            cand --forge 'Its forge [default: found from the URL]'
            cand --event 'What the workflow listens to'
            cand --payload 'A field of the event''s payload; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;workflow'= {
            cand --forge 'Its forge [default: found from the URL]'
            cand --workflow 'The name of the workflow''s file'
            cand --ref 'The branch or tag to run it on'
            cand --input 'An input of the workflow; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;task'= {
            cand --project '$(System.TeamProjectId)'
            cand --plan '$(System.PlanId)'
            cand --job '$(System.JobId)'
            cand --task '$(System.TaskInstanceId)'
            cand --hub '$(System.HostType)'
            cand --result 'How the task ends'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;resume;help'= {
            cand event 'Send a `repository_dispatch` event to a repository on GitHub'
            cand workflow 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo'
            cand task 'Complete a task of Azure Pipelines that waits for its callback'
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
            cand --history 'Show what was deployed in one environment, the newest first'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --check-access 'Show what the token and git may do in the GitOps repositories, changing nothing; exit with 1 when the pipeline needs more'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;validate'= {
            cand --release 'Version of the release'
            cand --build 'Build that made it [default: from the CI system]'
            cand --commit 'Source commit [default: from the CI system or git]'
            cand --image 'Tag, reference or digest of an image; may be repeated'
            cand --images 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag'
            cand --set 'A variable; its value is read as YAML. Wins over everything; may be repeated'
            cand --vars 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;init'= {
            cand --application 'The name of the application; the folder''s, when absent'
            cand --repository 'The GitOps repository: a URL, or the path of a bare repository'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'towline;completions'= {
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;schema'= {
            cand --output-of 'Print the schema of what this command prints with `--output json`'
            cand -f 'The pipeline file'
            cand --file 'The pipeline file'
            cand -C 'Change to this folder first'
            cand --output 'How the result is printed'
            cand --color 'Whether to use colours'
            cand --log-format 'How progress, warnings and errors are printed'
            cand --no-progress 'Print plain lines instead of a live display'
            cand -v 'Say more about what is being done'
            cand --verbose 'Say more about what is being done'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'towline;help'= {
            cand render 'Render manifests: to stdout, or into a folder'
            cand propose 'Render, and open or update the pull request against the GitOps repository'
            cand await 'Wait until a proposal is merged and its reporters have said how the rollout went'
            cand promote 'Carry a release through its environments: propose, merge, await, check'
            cand merge 'Merge a proposal, if its head is what was proposed'
            cand report 'Write a commit status about a deployment'
            cand resume 'Wake a pipeline that waits without holding an agent'
            cand status 'Show what is deployed, proposed and verified in each environment'
            cand validate 'Check the pipeline file, and that every environment renders'
            cand init 'Write a first pipeline file from what is in its folder'
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
        &'towline;help;merge'= {
        }
        &'towline;help;report'= {
        }
        &'towline;help;resume'= {
            cand event 'Send a `repository_dispatch` event to a repository on GitHub'
            cand workflow 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo'
            cand task 'Complete a task of Azure Pipelines that waits for its callback'
        }
        &'towline;help;resume;event'= {
        }
        &'towline;help;resume;workflow'= {
        }
        &'towline;help;resume;task'= {
        }
        &'towline;help;status'= {
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
