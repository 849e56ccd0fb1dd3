
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'towline' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'towline'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'towline' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Render manifests: to stdout, or into a folder')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Render, and open or update the pull request against the GitOps repository')
            [CompletionResult]::new('await', 'await', [CompletionResultType]::ParameterValue, 'Wait until a proposal is merged and its reporters have said how the rollout went')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Carry a release through its environments: propose, merge, await, check')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Merge a proposal, if its head is what was proposed')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a commit status about a deployment')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Wake a pipeline that waits without holding an agent')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is deployed, proposed and verified in each environment')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check the pipeline file, and that every environment renders')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline file from what is in its folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of the pipeline file, or of what a command prints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;render' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the files as they would stand in the GitOps repository')
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Write the files as they would stand in the GitOps repository')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build that made it [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image; may be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable; its value is read as YAML. Wins over everything; may be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Show what would change in the GitOps repository, resource by resource')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show where the value of each variable comes from')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;propose' {
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build that made it [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image; may be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable; its value is read as YAML. Wins over everything; may be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite what people committed to the proposal''s branch')
            [CompletionResult]::new('--allow-older', '--allow-older', [CompletionResultType]::ParameterName, 'Propose a release that is older than what is deployed or proposed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;await' {
            [CompletionResult]::new('--pull', '--pull', [CompletionResultType]::ParameterName, 'The number of the pull request')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'This release only: exit with 7 when another one is in its place. Without it, whatever is proposed')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Look once; exit with 75 when there is nothing final to say yet')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;promote' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Stop behind this environment')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Promote to this environment alone; what it needs must be verified')
            [CompletionResult]::new('--continue', '--continue', [CompletionResultType]::ParameterName, 'Go on with the release that is proposed for this environment, else deployed there')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build that made it [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image; may be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable; its value is read as YAML. Wins over everything; may be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be done, and do nothing')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Do all that can be done now; exit with 75 when that is not all')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite what people committed to the proposals'' branches')
            [CompletionResult]::new('--allow-older', '--allow-older', [CompletionResultType]::ParameterName, 'Promote a release that is older than what is deployed or proposed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;merge' {
            [CompletionResult]::new('--pull', '--pull', [CompletionResultType]::ParameterName, 'The number of the pull request')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'How it is merged; as `gitops.mergeMethod` says when absent')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--when-ready', '--when-ready', [CompletionResultType]::ParameterName, 'Where checks, approvals or a merge queue are in the way, let the forge merge it when they are done')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;report' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'What is reporting, such as kustomization/greeting/cluster-1')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'What it reports')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'More about it, for people')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Where to read more')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'The commit in the GitOps repository that was deployed')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;resume' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a repository on GitHub')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete a task of Azure Pipelines that waits for its callback')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;resume;event' {
            [CompletionResult]::new('--forge', '--forge', [CompletionResultType]::ParameterName, 'Its forge [default: found from the URL]')
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'What the workflow listens to')
            [CompletionResult]::new('--payload', '--payload', [CompletionResultType]::ParameterName, 'A field of the event''s payload; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;resume;workflow' {
            [CompletionResult]::new('--forge', '--forge', [CompletionResultType]::ParameterName, 'Its forge [default: found from the URL]')
            [CompletionResult]::new('--workflow', '--workflow', [CompletionResultType]::ParameterName, 'The name of the workflow''s file')
            [CompletionResult]::new('--ref', '--ref', [CompletionResultType]::ParameterName, 'The branch or tag to run it on')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'An input of the workflow; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;resume;task' {
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, '$(System.TeamProjectId)')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, '$(System.PlanId)')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, '$(System.JobId)')
            [CompletionResult]::new('--task', '--task', [CompletionResultType]::ParameterName, '$(System.TaskInstanceId)')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, '$(System.HostType)')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'How the task ends')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;resume;help' {
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a repository on GitHub')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete a task of Azure Pipelines that waits for its callback')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;resume;help;event' {
            break
        }
        'towline;resume;help;workflow' {
            break
        }
        'towline;resume;help;task' {
            break
        }
        'towline;resume;help;help' {
            break
        }
        'towline;status' {
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Show what was deployed in one environment, the newest first')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--check-access', '--check-access', [CompletionResultType]::ParameterName, 'Show what the token and git may do in the GitOps repositories, changing nothing; exit with 1 when the pipeline needs more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;validate' {
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build that made it [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image; may be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'Images as a JSON or YAML map, or a folder with one file per image that holds its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable; its value is read as YAML. Wins over everything; may be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;init' {
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'The name of the application; the folder''s, when absent')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'The GitOps repository: a URL, or the path of a bare repository')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;completions' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;schema' {
            [CompletionResult]::new('--output-of', '--output-of', [CompletionResultType]::ParameterName, 'Print the schema of what this command prints with `--output json`')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to this folder first')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the result is printed')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How progress, warnings and errors are printed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;help' {
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Render manifests: to stdout, or into a folder')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Render, and open or update the pull request against the GitOps repository')
            [CompletionResult]::new('await', 'await', [CompletionResultType]::ParameterValue, 'Wait until a proposal is merged and its reporters have said how the rollout went')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Carry a release through its environments: propose, merge, await, check')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Merge a proposal, if its head is what was proposed')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a commit status about a deployment')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Wake a pipeline that waits without holding an agent')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is deployed, proposed and verified in each environment')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check the pipeline file, and that every environment renders')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline file from what is in its folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of the pipeline file, or of what a command prints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;help;render' {
            break
        }
        'towline;help;propose' {
            break
        }
        'towline;help;await' {
            break
        }
        'towline;help;promote' {
            break
        }
        'towline;help;merge' {
            break
        }
        'towline;help;report' {
            break
        }
        'towline;help;resume' {
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a repository on GitHub')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow that has `workflow_dispatch`, on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete a task of Azure Pipelines that waits for its callback')
            break
        }
        'towline;help;resume;event' {
            break
        }
        'towline;help;resume;workflow' {
            break
        }
        'towline;help;resume;task' {
            break
        }
        'towline;help;status' {
            break
        }
        'towline;help;validate' {
            break
        }
        'towline;help;init' {
            break
        }
        'towline;help;completions' {
            break
        }
        'towline;help;schema' {
            break
        }
        'towline;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
