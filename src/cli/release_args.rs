//! The arguments that say what the release is, on every command that renders.

use std::path::PathBuf;

/// What was typed about the release.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Release")]
pub struct ReleaseArgs {
    /// Version of the release
    #[arg(long, value_name = "VERSION")]
    pub release: Option<String>,
    /// Build that made it [default: from the CI system]
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// Source commit [default: from the CI system or git]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Tag, reference or digest of an image; may be repeated
    #[arg(long, value_name = "NAME=TAG|REFERENCE|@DIGEST", value_parser = pair)]
    pub image: Vec<String>,
    /// Images as a JSON or YAML map, or a folder with one file per image that holds its tag
    #[arg(long, value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    pub images: Vec<PathBuf>,
    /// A variable; its value is read as YAML. Wins over everything; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<String>,
    /// Variables from a YAML, JSON or .env file. Wins over the pipeline file; may be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub vars: Vec<PathBuf>,
}

/// Text of the form `NAME=…`, so that a forgotten `=` is a usage error.
fn pair(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("not of the form NAME=…".to_owned()),
    }
}
