//! Files of variables that are not what they look like: encrypted with SOPS or git-crypt, or a pointer
//! of Git LFS. Taken at their word, they would put ciphertext into a manifest.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{self, End, Limits, Output};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{self, Kind};

/// A key server may be slow.
const TIME: Duration = Duration::from_secs(60);
const LARGEST: usize = 64 << 20;
/// What both Towline and a key server of the cloud may want.
const CLOUD: [&str; 1] = ["AZURE_CLIENT_SECRET"];

/// Refuses what only git can make readable.
pub fn refuse_unreadable(bytes: &[u8], path: &Path) -> Result<(), Diagnostic> {
    let refused =
        |message: &str, hint: &str| Err(Diagnostic::refused(message).at(Place::file(path)).hint(hint));
    if bytes.starts_with(b"\0GITCRYPT\0") {
        return refused("the file is encrypted with git-crypt", "run `git-crypt unlock` first");
    }
    if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
        return refused("the file is a pointer of Git LFS, not the file itself", "run `git lfs pull` first");
    }
    Ok(())
}

/// Refuses a file that is not what it looks like, where nothing decrypts it.
pub fn refuse_encrypted(bytes: &[u8], path: &Path) -> Result<()> {
    refuse_unreadable(bytes, path)?;
    match is_sops(&String::from_utf8_lossy(bytes)) {
        true => Err(Diagnostic::refused("the file is encrypted with SOPS")
            .at(Place::file(path))
            .hint("name it in `variables`, where it is decrypted, and write `variables: true` in `values`")
            .into()),
        false => Ok(()),
    }
}

/// Whether a text has the metadata that SOPS writes. A file that cannot be read has none.
pub fn is_sops(text: &str) -> bool {
    if !text.contains("sops") {
        return false;
    }
    let has_mac =
        |entries: &[(yaml::Node, yaml::Node)]| entries.iter().any(|(key, _)| key.scalar_text() == "mac");
    let document =
        yaml::parse_named(text, Path::new("")).ok().and_then(|documents| documents.into_iter().next());
    let in_yaml = document.is_some_and(|document| match document.kind {
        Kind::Mapping(entries) => entries.iter().any(|(key, value)| {
            key.scalar_text() == "sops" && matches!(&value.kind, Kind::Mapping(sops) if has_mac(sops))
        }),
        _ => false,
    });
    in_yaml || text.lines().any(|line| line.starts_with("sops_mac="))
}

/// What `sops` makes of the bytes of a file, with the keys that the process environment leads it to. `kind` is what
/// it calls the format. It does not open the file again: another one may be there by now.
pub fn decrypt(bytes: &[u8], kind: &str, path: &Path, environment: &[(String, String)]) -> Result<String> {
    let variable = |name: &str| environment.iter().rev().find(|(known, _)| known == name);
    let program = variable("TOWLINE_SOPS").map_or("sops", |(_, program)| program.as_str());
    let failed = |message: String| Diagnostic::refused(message).at(Place::file(path));
    let mut command = Command::new(program);
    command.args(["-d", "--input-type", kind, "--output-type", kind, "/dev/stdin"]).env_clear();
    command.envs(process::without_tokens(environment, &CLOUD));
    let limits = Limits { time: TIME, output: Output::AtMost(LARGEST) };
    let ended = process::run_with_input(command, bytes, limits).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            failed(format!("the file is encrypted with SOPS, and there is no `{program}`"))
                .hint("install sops, or set TOWLINE_SOPS to its path")
        }
        _ => failed(format!("`{program}` cannot be started: {error}")),
    })?;
    let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    match ended.how {
        End::Exited(status) if status.success() => Ok(yaml::text(ended.stdout, path)?),
        End::TimedOut => Err(failed(format!("`{program} -d` ran longer than {TIME:?}")).into()),
        _ => {
            let hint = "check that `sops -d` can decrypt the file here";
            Err(failed(format!("`{program} -d` failed: {said}")).hint(hint).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sops_is_known_by_its_metadata() {
        assert!(is_sops("a: ENC[x]\nsops:\n  mac: ENC[y]\n  version: 3.9.0\n"));
        assert!(is_sops("{\"a\": \"ENC\", \"sops\": {\"mac\": \"x\"}}"));
        assert!(is_sops("A=ENC[x]\nsops_mac=ENC[y]\n"));
        for text in ["sops: true\n", "tool: sops\n", "sops: {version: 1}\n", "# sops_mac=1\nA=1\n"] {
            assert!(!is_sops(text), "{text}");
        }
    }

    #[test]
    fn what_only_git_can_read_is_refused() {
        let refused = |bytes: &[u8]| refuse_unreadable(bytes, Path::new("a.env")).unwrap_err().to_string();
        assert_eq!(refused(b"\0GITCRYPT\0abc"), "a.env: the file is encrypted with git-crypt");
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
        assert_eq!(refused(pointer), "a.env: the file is a pointer of Git LFS, not the file itself");
    }
}
