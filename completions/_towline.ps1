
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
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Render manifests to stdout or into a folder')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Render, and open or update the pull request against the GitOps repository')
            [CompletionResult]::new('await', 'await', [CompletionResultType]::ParameterValue, 'Wait until a proposal is merged and its reporters have reported the rollout')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Carry a release through its environments: propose, merge, await, check')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Bring the last verified release back, with its files as git has them')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Merge a proposal if its head is still what was proposed')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a release for an environment with a `manual` gate')
            [CompletionResult]::new('override', 'override', [CompletionResultType]::ParameterValue, 'Let one release pass a closed gate')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take an application out of an environment, by pull request')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a commit status about a deployment')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Start a pipeline that waits without holding an agent')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is deployed, proposed and verified in each environment, or everything about one')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that what is deployed is what its release renders to')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check the pipeline file, and the manifests of every environment')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline file for the current folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of the pipeline file, or of what a command prints')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;render' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the files to this folder, with their paths in the GitOps repository; with --all, to DIR/FOLDER for each')
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Write the files to this folder, with their paths in the GitOps repository; with --all, to DIR/FOLDER for each')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build id of the release [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image. May be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'JSON or YAML map of images, or a folder with one file per image that contains its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Show what would change in the GitOps repository, resource by resource')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show where the value of each variable comes from')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;propose' {
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build id of the release [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image. May be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'JSON or YAML map of images, or a folder with one file per image that contains its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite commits that people added to the proposal branch')
            [CompletionResult]::new('--overwrite-drift', '--overwrite-drift', [CompletionResultType]::ParameterName, 'Overwrite files that people changed by hand in the GitOps repository')
            [CompletionResult]::new('--allow-older', '--allow-older', [CompletionResultType]::ParameterName, 'Propose a release that is older than what is deployed or proposed')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Replace an application of this name that another source repository deployed')
            [CompletionResult]::new('--release-hold', '--release-hold', [CompletionResultType]::ParameterName, 'Propose a release that was rolled back, and lift the hold on it')
            [CompletionResult]::new('--again', '--again', [CompletionResultType]::ParameterName, 'Propose the release again although people reverted it')
            [CompletionResult]::new('--allow-dirty', '--allow-dirty', [CompletionResultType]::ParameterName, 'Propose files that are not committed. The release cannot go on to other environments')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;await' {
            [CompletionResult]::new('--pull', '--pull', [CompletionResultType]::ParameterName, 'Number of the pull request')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Wait for this release only; exit with 7 if another has replaced it [default: what is proposed]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Check once, without waiting. Exit with 75 if there is no final result yet')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;promote' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Stop after this environment')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Promote to this environment only. The environments it needs must be verified')
            [CompletionResult]::new('--continue', '--continue', [CompletionResultType]::ParameterName, 'Continue with the release that is proposed for this environment, or else deployed there')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Propose to this environment what its changed variables change, with the release that is deployed there')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build id of the release [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image. May be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'JSON or YAML map of images, or a folder with one file per image that contains its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be done, without doing it. Without a release, print what the pipeline file says')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Do what can be done now, without waiting. Exit with 75 if there is more to do')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite commits that people added to the proposal branches')
            [CompletionResult]::new('--overwrite-drift', '--overwrite-drift', [CompletionResultType]::ParameterName, 'Overwrite files that people changed by hand in the GitOps repository')
            [CompletionResult]::new('--allow-older', '--allow-older', [CompletionResultType]::ParameterName, 'Promote a release that is older than what is deployed or proposed')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Replace an application of this name that another source repository deployed')
            [CompletionResult]::new('--allow-dirty', '--allow-dirty', [CompletionResultType]::ParameterName, 'Promote files that are not committed. The release goes no further than its first environment')
            [CompletionResult]::new('--release-hold', '--release-hold', [CompletionResultType]::ParameterName, 'Promote a release that was rolled back, and lift the hold on it')
            [CompletionResult]::new('--again', '--again', [CompletionResultType]::ParameterName, 'Deploy the release again although people closed its pull request or reverted it, and wait again from now on if it failed or timed out')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;rollback' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Version to go back to. It must have been verified in this environment [default: the last one that was]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the pull request and the hold [default: the failure that is recorded]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be done, without doing it')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Do what can be done now, without waiting. Exit with 75 if there is more to do')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite commits that people added to the proposal branch')
            [CompletionResult]::new('--overwrite-drift', '--overwrite-drift', [CompletionResultType]::ParameterName, 'Overwrite files that people changed by hand in the GitOps repository')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Roll back what another source repository deployed under this name')
            [CompletionResult]::new('--again', '--again', [CompletionResultType]::ParameterName, 'Roll back although people closed the pull request of this rollback or reverted it, and wait again from now on if it failed or timed out')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;merge' {
            [CompletionResult]::new('--pull', '--pull', [CompletionResultType]::ParameterName, 'Number of the pull request')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Merge method [default: `gitops.mergeMethod`]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--when-ready', '--when-ready', [CompletionResultType]::ParameterName, 'If checks, approvals or a merge queue block the merge, let the forge merge when they are done')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;approve' {
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]')
            [CompletionResult]::new('--gate', '--gate', [CompletionResultType]::ParameterName, 'Name of the gate, if the environment has several `manual` gates')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for people who read it later')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;override' {
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]')
            [CompletionResult]::new('--gate', '--gate', [CompletionResultType]::ParameterName, 'Name of the gate: its `name`, or else its key, such as `window`. `freeze` is a gate too')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for people who read it later')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;remove' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Take the application out of every environment that has it')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite commits that people added to the proposal branch')
            [CompletionResult]::new('--overwrite-drift', '--overwrite-drift', [CompletionResultType]::ParameterName, 'Delete files that people changed by hand in the GitOps repository')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Remove what another source repository deployed under this name')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;report' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the status, such as kustomization/greeting/cluster-1')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'State to report')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'Description for people')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Link to details')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Deployed commit of the GitOps repository [default: the merged commit]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;resume' {
            [CompletionResult]::new('--pull', '--pull', [CompletionResultType]::ParameterName, 'Complete the Azure Pipelines task that waits for this pull request of the GitOps repository')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'GitOps repository of the pull request [default: `gitops.repository` of the pipeline file]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a GitHub repository')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete an Azure Pipelines task that waits for its callback')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'towline;resume;event' {
            [CompletionResult]::new('--forge', '--forge', [CompletionResultType]::ParameterName, 'Forge of the repository [default: detected from the URL]')
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'Event type that the workflow listens to')
            [CompletionResult]::new('--payload', '--payload', [CompletionResultType]::ParameterName, 'Field of the event''s payload. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;resume;workflow' {
            [CompletionResult]::new('--forge', '--forge', [CompletionResultType]::ParameterName, 'Forge of the repository [default: detected from the URL]')
            [CompletionResult]::new('--workflow', '--workflow', [CompletionResultType]::ParameterName, 'File name of the workflow')
            [CompletionResult]::new('--ref', '--ref', [CompletionResultType]::ParameterName, 'Branch or tag to run the workflow on')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Input of the workflow. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
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
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'Result of the task')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;resume;help' {
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a GitHub repository')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete an Azure Pipelines task that waits for its callback')
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
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'Show the deployments of one environment, newest first')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--check-access', '--check-access', [CompletionResultType]::ParameterName, 'Check what the token and git may do in the GitOps repositories, without changing anything. Exit with 1 if the pipeline needs more')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 0 only if everything is verified: with 5 or 6 if a release failed or timed out, with 3 if people have to decide, with 75 if something is under way or nothing is deployed')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Look again until interrupted. Redraw on a terminal, else print what changed')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;verify' {
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a variable, as it was set for the release. May be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Read variables from a file, as for the release. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--statement', '--statement', [CompletionResultType]::ParameterName, 'Print an in-toto statement with SLSA provenance of what is deployed, to be signed. Needs ENV')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;validate' {
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Run in every folder that matches and has a pipeline file, such as ''apps/*'', in one process. May be repeated')
            [CompletionResult]::new('--release', '--release', [CompletionResultType]::ParameterName, 'Version of the release')
            [CompletionResult]::new('--build', '--build', [CompletionResultType]::ParameterName, 'Build id of the release [default: from the CI system]')
            [CompletionResult]::new('--commit', '--commit', [CompletionResultType]::ParameterName, 'Source commit [default: from the CI system or git]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Tag, reference or digest of an image. May be repeated')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'JSON or YAML map of images, or a folder with one file per image that contains its tag')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated')
            [CompletionResult]::new('--vars', '--vars', [CompletionResultType]::ParameterName, 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write what is found to a file: sarif, junit or code-quality. May be repeated')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;init' {
            [CompletionResult]::new('--application', '--application', [CompletionResultType]::ParameterName, 'Name of the application [default: the folder''s name]')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'GitOps repository: a URL, or the path of a bare repository')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'towline;completions' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;schema' {
            [CompletionResult]::new('--output-of', '--output-of', [CompletionResultType]::ParameterName, 'Print the schema of what this command prints with `--output json`')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Path of the pipeline file')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Run as if started in this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the result on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Format of progress, warnings and errors on stderr')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Print plain lines instead of a live display')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more about what is being done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only results and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'towline;help' {
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Render manifests to stdout or into a folder')
            [CompletionResult]::new('propose', 'propose', [CompletionResultType]::ParameterValue, 'Render, and open or update the pull request against the GitOps repository')
            [CompletionResult]::new('await', 'await', [CompletionResultType]::ParameterValue, 'Wait until a proposal is merged and its reporters have reported the rollout')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Carry a release through its environments: propose, merge, await, check')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Bring the last verified release back, with its files as git has them')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Merge a proposal if its head is still what was proposed')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a release for an environment with a `manual` gate')
            [CompletionResult]::new('override', 'override', [CompletionResultType]::ParameterValue, 'Let one release pass a closed gate')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take an application out of an environment, by pull request')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write a commit status about a deployment')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Start a pipeline that waits without holding an agent')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is deployed, proposed and verified in each environment, or everything about one')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that what is deployed is what its release renders to')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Check the pipeline file, and the manifests of every environment')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first pipeline file for the current folder')
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
        'towline;help;rollback' {
            break
        }
        'towline;help;merge' {
            break
        }
        'towline;help;approve' {
            break
        }
        'towline;help;override' {
            break
        }
        'towline;help;remove' {
            break
        }
        'towline;help;report' {
            break
        }
        'towline;help;resume' {
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Send a `repository_dispatch` event to a GitHub repository')
            [CompletionResult]::new('workflow', 'workflow', [CompletionResultType]::ParameterValue, 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo')
            [CompletionResult]::new('task', 'task', [CompletionResultType]::ParameterValue, 'Complete an Azure Pipelines task that waits for its callback')
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
        'towline;help;verify' {
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
