//! The arguments that describe the release, shared by all commands that render.

use std::path::PathBuf;

/// The release as given on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Release")]
pub struct ReleaseArgs {
    /// Version of the release
    #[arg(long, value_name = "VERSION")]
    pub release: Option<String>,
    /// Build id of the release [default: from the CI system]
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// Source commit [default: from the CI system or git]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Tag, reference or digest of an image. May be repeated
    #[arg(long, value_name = "NAME=TAG|REFERENCE|@DIGEST", value_parser = pair)]
    pub image: Vec<String>,
    /// JSON or YAML map of images, or a folder with one file per image that contains its tag
    #[arg(long, value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    pub images: Vec<PathBuf>,
    /// Set a variable, with the type of the field that it fills. Overrides all other sources. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<String>,
    /// Read variables from a YAML, JSON or .env file. Overrides the pipeline file. May be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub vars: Vec<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
}

impl ReleaseArgs {
    /// Whether they say which release it is.
    pub fn names_release(&self) -> bool {
        let texts = [&self.release, &self.build, &self.commit];
        texts.into_iter().any(Option::is_some) || !self.image.is_empty() || !self.images.is_empty()
    }
}

/// Text of the form `NAME=…`. A missing `=` is a usage error.
fn pair(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("not of the form NAME=…".to_owned()),
    }
}
