# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_towline_global_optspecs
    string join \n f/file= C= output= color= no-progress v/verbose q/quiet log-format= h/help V/version
end

function __fish_towline_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_towline_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_towline_using_subcommand
    set -l cmd (__fish_towline_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c towline -n "__fish_towline_needs_command" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_needs_command" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_needs_command" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_needs_command" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_needs_command" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_needs_command" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_needs_command" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_needs_command" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_needs_command" -s V -l version -d 'Print version'
complete -c towline -n "__fish_towline_needs_command" -f -a "render" -d 'Render manifests to stdout or into a folder'
complete -c towline -n "__fish_towline_needs_command" -f -a "propose" -d 'Render, and open or update the pull request against the GitOps repository'
complete -c towline -n "__fish_towline_needs_command" -f -a "await" -d 'Wait until a proposal is merged and its reporters have reported the rollout'
complete -c towline -n "__fish_towline_needs_command" -f -a "promote" -d 'Carry a release through its environments: propose, merge, await, check'
complete -c towline -n "__fish_towline_needs_command" -f -a "rollback" -d 'Bring the last verified release back, with its files as git has them'
complete -c towline -n "__fish_towline_needs_command" -f -a "merge" -d 'Merge a proposal if its head is still what was proposed'
complete -c towline -n "__fish_towline_needs_command" -f -a "approve" -d 'Approve a release for an environment with a `manual` gate'
complete -c towline -n "__fish_towline_needs_command" -f -a "override" -d 'Let one release pass a closed gate'
complete -c towline -n "__fish_towline_needs_command" -f -a "remove" -d 'Take an application out of an environment, by pull request'
complete -c towline -n "__fish_towline_needs_command" -f -a "report" -d 'Write a commit status about a deployment'
complete -c towline -n "__fish_towline_needs_command" -f -a "resume" -d 'Start a pipeline that waits without holding an agent'
complete -c towline -n "__fish_towline_needs_command" -f -a "status" -d 'Show what is deployed, proposed and verified in each environment, or everything about one'
complete -c towline -n "__fish_towline_needs_command" -f -a "verify" -d 'Check that what is deployed is what its release renders to'
complete -c towline -n "__fish_towline_needs_command" -f -a "validate" -d 'Check the pipeline file, and the manifests of every environment'
complete -c towline -n "__fish_towline_needs_command" -f -a "init" -d 'Write a first pipeline file for the current folder'
complete -c towline -n "__fish_towline_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c towline -n "__fish_towline_needs_command" -f -a "schema" -d 'Print the JSON Schema of the pipeline file, or of what a command prints'
complete -c towline -n "__fish_towline_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c towline -n "__fish_towline_using_subcommand render" -s o -l output-dir -d 'Write the files to this folder, with their paths in the GitOps repository; with --all, to DIR/FOLDER for each' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand render" -l all -d 'Run in every folder that matches and has a pipeline file, such as \'apps/*\', in one process. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l build -d 'Build id of the release [default: from the CI system]' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l commit -d 'Source commit [default: from the CI system or git]' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l image -d 'Tag, reference or digest of an image. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l images -d 'JSON or YAML map of images, or a folder with one file per image that contains its tag' -r -F
complete -c towline -n "__fish_towline_using_subcommand render" -l set -d 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand render" -l vars -d 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated' -r -F
complete -c towline -n "__fish_towline_using_subcommand render" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand render" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand render" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand render" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand render" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand render" -l diff -d 'Show what would change in the GitOps repository, resource by resource'
complete -c towline -n "__fish_towline_using_subcommand render" -l explain -d 'Show where the value of each variable comes from'
complete -c towline -n "__fish_towline_using_subcommand render" -l strict -d 'Treat warnings as errors'
complete -c towline -n "__fish_towline_using_subcommand render" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand render" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand render" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand propose" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand propose" -l build -d 'Build id of the release [default: from the CI system]' -r
complete -c towline -n "__fish_towline_using_subcommand propose" -l commit -d 'Source commit [default: from the CI system or git]' -r
complete -c towline -n "__fish_towline_using_subcommand propose" -l image -d 'Tag, reference or digest of an image. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand propose" -l images -d 'JSON or YAML map of images, or a folder with one file per image that contains its tag' -r -F
complete -c towline -n "__fish_towline_using_subcommand propose" -l set -d 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand propose" -l vars -d 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated' -r -F
complete -c towline -n "__fish_towline_using_subcommand propose" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand propose" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand propose" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand propose" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand propose" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand propose" -l force -d 'Overwrite commits that people added to the proposal branch'
complete -c towline -n "__fish_towline_using_subcommand propose" -l overwrite-drift -d 'Overwrite files that people changed by hand in the GitOps repository'
complete -c towline -n "__fish_towline_using_subcommand propose" -l allow-older -d 'Propose a release that is older than what is deployed or proposed'
complete -c towline -n "__fish_towline_using_subcommand propose" -l take-over -d 'Replace an application of this name that another source repository deployed'
complete -c towline -n "__fish_towline_using_subcommand propose" -l release-hold -d 'Propose a release that was rolled back, and lift the hold on it'
complete -c towline -n "__fish_towline_using_subcommand propose" -l again -d 'Propose the release again although people reverted it'
complete -c towline -n "__fish_towline_using_subcommand propose" -l allow-dirty -d 'Propose files that are not committed. The release cannot go on to other environments'
complete -c towline -n "__fish_towline_using_subcommand propose" -l strict -d 'Treat warnings as errors'
complete -c towline -n "__fish_towline_using_subcommand propose" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand propose" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand propose" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand propose" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand await" -l pull -d 'Number of the pull request' -r
complete -c towline -n "__fish_towline_using_subcommand await" -l release -d 'Wait for this release only; exit with 7 if another has replaced it [default: what is proposed]' -r
complete -c towline -n "__fish_towline_using_subcommand await" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand await" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand await" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand await" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand await" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand await" -l once -d 'Check once, without waiting. Exit with 75 if there is no final result yet'
complete -c towline -n "__fish_towline_using_subcommand await" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand await" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand await" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand await" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand promote" -l to -d 'Stop after this environment' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l only -d 'Promote to this environment only. The environments it needs must be verified' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l continue -d 'Continue with the release that is proposed for this environment, or else deployed there' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l config -d 'Propose to this environment what its changed variables change, with the release that is deployed there' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l build -d 'Build id of the release [default: from the CI system]' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l commit -d 'Source commit [default: from the CI system or git]' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l image -d 'Tag, reference or digest of an image. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l images -d 'JSON or YAML map of images, or a folder with one file per image that contains its tag' -r -F
complete -c towline -n "__fish_towline_using_subcommand promote" -l set -d 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand promote" -l vars -d 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated' -r -F
complete -c towline -n "__fish_towline_using_subcommand promote" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand promote" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand promote" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand promote" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand promote" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand promote" -l plan -d 'Print what would be done, without doing it. Without a release, print what the pipeline file says'
complete -c towline -n "__fish_towline_using_subcommand promote" -l once -d 'Do what can be done now, without waiting. Exit with 75 if there is more to do'
complete -c towline -n "__fish_towline_using_subcommand promote" -l force -d 'Overwrite commits that people added to the proposal branches'
complete -c towline -n "__fish_towline_using_subcommand promote" -l overwrite-drift -d 'Overwrite files that people changed by hand in the GitOps repository'
complete -c towline -n "__fish_towline_using_subcommand promote" -l allow-older -d 'Promote a release that is older than what is deployed or proposed'
complete -c towline -n "__fish_towline_using_subcommand promote" -l take-over -d 'Replace an application of this name that another source repository deployed'
complete -c towline -n "__fish_towline_using_subcommand promote" -l allow-dirty -d 'Promote files that are not committed. The release goes no further than its first environment'
complete -c towline -n "__fish_towline_using_subcommand promote" -l release-hold -d 'Promote a release that was rolled back, and lift the hold on it'
complete -c towline -n "__fish_towline_using_subcommand promote" -l again -d 'Deploy the release again although people closed its pull request or reverted it, and wait again from now on if it failed or timed out'
complete -c towline -n "__fish_towline_using_subcommand promote" -l strict -d 'Treat warnings as errors'
complete -c towline -n "__fish_towline_using_subcommand promote" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand promote" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand promote" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l to -d 'Version to go back to. It must have been verified in this environment [default: the last one that was]' -r
complete -c towline -n "__fish_towline_using_subcommand rollback" -l reason -d 'Why, for the pull request and the hold [default: the failure that is recorded]' -r
complete -c towline -n "__fish_towline_using_subcommand rollback" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand rollback" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand rollback" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand rollback" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand rollback" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand rollback" -l plan -d 'Print what would be done, without doing it'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l once -d 'Do what can be done now, without waiting. Exit with 75 if there is more to do'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l force -d 'Overwrite commits that people added to the proposal branch'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l overwrite-drift -d 'Overwrite files that people changed by hand in the GitOps repository'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l take-over -d 'Roll back what another source repository deployed under this name'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l again -d 'Roll back although people closed the pull request of this rollback or reverted it, and wait again from now on if it failed or timed out'
complete -c towline -n "__fish_towline_using_subcommand rollback" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand rollback" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand rollback" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand merge" -l pull -d 'Number of the pull request' -r
complete -c towline -n "__fish_towline_using_subcommand merge" -l method -d 'Merge method [default: `gitops.mergeMethod`]' -r -f -a "merge\t'Create a merge commit'
squash\t'Create one new commit'
ff\t'Move the base branch to the proposed commit'"
complete -c towline -n "__fish_towline_using_subcommand merge" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand merge" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand merge" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand merge" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand merge" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand merge" -l when-ready -d 'If checks, approvals or a merge queue block the merge, let the forge merge when they are done'
complete -c towline -n "__fish_towline_using_subcommand merge" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand merge" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand merge" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand approve" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand approve" -l commit -d 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]' -r
complete -c towline -n "__fish_towline_using_subcommand approve" -l gate -d 'Name of the gate, if the environment has several `manual` gates' -r
complete -c towline -n "__fish_towline_using_subcommand approve" -l reason -d 'Why, for people who read it later' -r
complete -c towline -n "__fish_towline_using_subcommand approve" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand approve" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand approve" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand approve" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand approve" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand approve" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand approve" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand approve" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand override" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand override" -l commit -d 'Source commit of the release, as a whole id [default: as proposed, or else what is checked out]' -r
complete -c towline -n "__fish_towline_using_subcommand override" -l gate -d 'Name of the gate: its `name`, or else its key, such as `window`. `freeze` is a gate too' -r
complete -c towline -n "__fish_towline_using_subcommand override" -l reason -d 'Why, for people who read it later' -r
complete -c towline -n "__fish_towline_using_subcommand override" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand override" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand override" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand override" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand override" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand override" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand override" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand override" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand override" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand remove" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand remove" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand remove" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand remove" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand remove" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand remove" -l application -d 'Take the application out of every environment that has it'
complete -c towline -n "__fish_towline_using_subcommand remove" -l force -d 'Overwrite commits that people added to the proposal branch'
complete -c towline -n "__fish_towline_using_subcommand remove" -l overwrite-drift -d 'Delete files that people changed by hand in the GitOps repository'
complete -c towline -n "__fish_towline_using_subcommand remove" -l take-over -d 'Remove what another source repository deployed under this name'
complete -c towline -n "__fish_towline_using_subcommand remove" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand remove" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand remove" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand report" -l context -d 'Context of the status, such as kustomization/greeting/cluster-1' -r
complete -c towline -n "__fish_towline_using_subcommand report" -l state -d 'State to report' -r -f -a "pending\t''
success\t''
failure\t''
error\t''"
complete -c towline -n "__fish_towline_using_subcommand report" -l description -d 'Description for people' -r
complete -c towline -n "__fish_towline_using_subcommand report" -l url -d 'Link to details' -r
complete -c towline -n "__fish_towline_using_subcommand report" -l commit -d 'Deployed commit of the GitOps repository [default: the merged commit]' -r
complete -c towline -n "__fish_towline_using_subcommand report" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand report" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand report" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand report" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand report" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand report" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand report" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand report" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l pull -d 'Complete the Azure Pipelines task that waits for this pull request of the GitOps repository' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l repository -d 'GitOps repository of the pull request [default: `gitops.repository` of the pipeline file]' -r -f
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -f -a "event" -d 'Send a `repository_dispatch` event to a GitHub repository'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -f -a "workflow" -d 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -f -a "task" -d 'Complete an Azure Pipelines task that waits for its callback'
complete -c towline -n "__fish_towline_using_subcommand resume; and not __fish_seen_subcommand_from event workflow task help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l forge -d 'Forge of the repository [default: detected from the URL]' -r -f -a "github\t''
gitea\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l event -d 'Event type that the workflow listens to' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l payload -d 'Field of the event\'s payload. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from event" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l forge -d 'Forge of the repository [default: detected from the URL]' -r -f -a "github\t''
gitea\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l workflow -d 'File name of the workflow' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l ref -d 'Branch or tag to run the workflow on' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l input -d 'Input of the workflow. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from workflow" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l project -d '$(System.TeamProjectId)' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l plan -d '$(System.PlanId)' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l job -d '$(System.JobId)' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l task -d '$(System.TaskInstanceId)' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l hub -d '$(System.HostType)' -r
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l result -d 'Result of the task' -r -f -a "succeeded\t''
failed\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from task" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from help" -f -a "event" -d 'Send a `repository_dispatch` event to a GitHub repository'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from help" -f -a "workflow" -d 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from help" -f -a "task" -d 'Complete an Azure Pipelines task that waits for its callback'
complete -c towline -n "__fish_towline_using_subcommand resume; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c towline -n "__fish_towline_using_subcommand status" -l history -d 'Show the deployments of one environment, newest first' -r
complete -c towline -n "__fish_towline_using_subcommand status" -l all -d 'Run in every folder that matches and has a pipeline file, such as \'apps/*\', in one process. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand status" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand status" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand status" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand status" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand status" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand status" -l check-access -d 'Check what the token and git may do in the GitOps repositories, without changing anything. Exit with 1 if the pipeline needs more'
complete -c towline -n "__fish_towline_using_subcommand status" -l exit-code -d 'Exit with 0 only if everything is verified: with 5 or 6 if a release failed or timed out, with 3 if people have to decide, with 75 if something is under way or nothing is deployed'
complete -c towline -n "__fish_towline_using_subcommand status" -l watch -d 'Look again until interrupted. Redraw on a terminal, else print what changed'
complete -c towline -n "__fish_towline_using_subcommand status" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand status" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand status" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand status" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand verify" -l set -d 'Set a variable, as it was set for the release. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand verify" -l vars -d 'Read variables from a file, as for the release. May be repeated' -r -F
complete -c towline -n "__fish_towline_using_subcommand verify" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand verify" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand verify" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand verify" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand verify" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand verify" -l statement -d 'Print an in-toto statement with SLSA provenance of what is deployed, to be signed. Needs ENV'
complete -c towline -n "__fish_towline_using_subcommand verify" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand verify" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand verify" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand validate" -l all -d 'Run in every folder that matches and has a pipeline file, such as \'apps/*\', in one process. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l release -d 'Version of the release' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l build -d 'Build id of the release [default: from the CI system]' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l commit -d 'Source commit [default: from the CI system or git]' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l image -d 'Tag, reference or digest of an image. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l images -d 'JSON or YAML map of images, or a folder with one file per image that contains its tag' -r -F
complete -c towline -n "__fish_towline_using_subcommand validate" -l set -d 'Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -l vars -d 'Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated' -r -F
complete -c towline -n "__fish_towline_using_subcommand validate" -l report -d 'Also write what is found to a file: sarif, junit or code-quality. May be repeated' -r
complete -c towline -n "__fish_towline_using_subcommand validate" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand validate" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand validate" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand validate" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand validate" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand validate" -l strict -d 'Treat warnings as errors'
complete -c towline -n "__fish_towline_using_subcommand validate" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand validate" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand validate" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand init" -l application -d 'Name of the application [default: the folder\'s name]' -r
complete -c towline -n "__fish_towline_using_subcommand init" -l repository -d 'GitOps repository: a URL, or the path of a bare repository' -r
complete -c towline -n "__fish_towline_using_subcommand init" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand init" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand init" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand init" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand init" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand init" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand init" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand init" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c towline -n "__fish_towline_using_subcommand completions" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand completions" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand completions" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand completions" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand completions" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand completions" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand completions" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand completions" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand completions" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand schema" -l output-of -d 'Print the schema of what this command prints with `--output json`' -r -f -a "render\t''
propose\t''
await\t''
promote\t''
rollback\t''
merge\t''
approve\t''
override\t''
remove\t''
report\t''
resume\t''
status\t''
verify\t''
validate\t''
init\t''
completions\t''
schema\t''"
complete -c towline -n "__fish_towline_using_subcommand schema" -s f -l file -d 'Path of the pipeline file' -r -F
complete -c towline -n "__fish_towline_using_subcommand schema" -s C -d 'Run as if started in this folder' -r -f -a "(__fish_complete_directories)"
complete -c towline -n "__fish_towline_using_subcommand schema" -l output -d 'Format of the result on stdout' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand schema" -l color -d 'When to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c towline -n "__fish_towline_using_subcommand schema" -l log-format -d 'Format of progress, warnings and errors on stderr' -r -f -a "text\t''
json\t''"
complete -c towline -n "__fish_towline_using_subcommand schema" -l no-progress -d 'Print plain lines instead of a live display'
complete -c towline -n "__fish_towline_using_subcommand schema" -s v -l verbose -d 'Print more about what is being done'
complete -c towline -n "__fish_towline_using_subcommand schema" -s q -l quiet -d 'Print only results and errors'
complete -c towline -n "__fish_towline_using_subcommand schema" -s h -l help -d 'Print help'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "render" -d 'Render manifests to stdout or into a folder'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "propose" -d 'Render, and open or update the pull request against the GitOps repository'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "await" -d 'Wait until a proposal is merged and its reporters have reported the rollout'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "promote" -d 'Carry a release through its environments: propose, merge, await, check'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "rollback" -d 'Bring the last verified release back, with its files as git has them'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "merge" -d 'Merge a proposal if its head is still what was proposed'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "approve" -d 'Approve a release for an environment with a `manual` gate'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "override" -d 'Let one release pass a closed gate'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "remove" -d 'Take an application out of an environment, by pull request'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "report" -d 'Write a commit status about a deployment'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "resume" -d 'Start a pipeline that waits without holding an agent'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "status" -d 'Show what is deployed, proposed and verified in each environment, or everything about one'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "verify" -d 'Check that what is deployed is what its release renders to'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "validate" -d 'Check the pipeline file, and the manifests of every environment'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "init" -d 'Write a first pipeline file for the current folder'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "schema" -d 'Print the JSON Schema of the pipeline file, or of what a command prints'
complete -c towline -n "__fish_towline_using_subcommand help; and not __fish_seen_subcommand_from render propose await promote rollback merge approve override remove report resume status verify validate init completions schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c towline -n "__fish_towline_using_subcommand help; and __fish_seen_subcommand_from resume" -f -a "event" -d 'Send a `repository_dispatch` event to a GitHub repository'
complete -c towline -n "__fish_towline_using_subcommand help; and __fish_seen_subcommand_from resume" -f -a "workflow" -d 'Start a workflow with a `workflow_dispatch` trigger on GitHub, Gitea or Forgejo'
complete -c towline -n "__fish_towline_using_subcommand help; and __fish_seen_subcommand_from resume" -f -a "task" -d 'Complete an Azure Pipelines task that waits for its callback'
