//! The text of a first pipeline file: what was found, and comments that say what to change.

use std::fmt::Write;

use anyhow::Result;

use super::Found;
use crate::yaml;

/// The environments when there is no sign of any.
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

pub fn text(application: &str, repository: &str, found: &Found) -> Result<String> {
    let mut text = format!("version: 1\napplication: {}\n", scalar(application)?);
    images(&mut text, found)?;
    templates(&mut text, found)?;
    variables(&mut text, found)?;
    write!(
        text,
        "\n# Where the manifests go: the URL of a repository, or a path to a bare one on this machine.\n\
         gitops:\n  repository: {}\n",
        scalar(repository)?
    )?;
    environments(&mut text, found)?;
    Ok(text)
}

fn images(text: &mut String, found: &Found) -> Result<()> {
    if found.images.is_empty() {
        *text += "\n# Images of a release, and their repositories.\n# images:\n#   web: ghcr.io/acme/web\n";
        return Ok(());
    }
    *text += "\n# Images of a release. Remove those that your CI does not build.\nimages:\n";
    for (name, repository) in &found.images {
        writeln!(text, "  {}: {}", scalar(name)?, scalar(repository)?)?;
    }
    Ok(())
}

fn templates(text: &mut String, found: &Found) -> Result<()> {
    if found.templates.is_empty() {
        *text +=
            "\n# No manifests found. Name the folder that contains them.\ntemplates:\n  - path: deploy\n";
        return Ok(());
    }
    *text += "\n# Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files\n# that the engine jinja renders.\ntemplates:\n";
    for template in &found.templates {
        writeln!(text, "  - path: {}\n    engine: {}", scalar(&template.path)?, template.engine_name())?;
    }
    Ok(())
}

fn variables(text: &mut String, found: &Found) -> Result<()> {
    if found.common.is_empty() {
        *text += "\n# Values for every environment.\n# variables:\n#   - values: {replicas: 1}\n";
        return Ok(());
    }
    *text += "\n# Values for every environment. Later sources win.\nvariables:\n";
    for path in &found.common {
        writeln!(text, "  - file: {}", scalar(path)?)?;
    }
    Ok(())
}

fn environments(text: &mut String, found: &Found) -> Result<()> {
    *text += "\n# In the order of a release. The first is merged at once; people merge the others.\n\
              # `reporters: none` goes on as soon as it is merged. To wait for the rollout, say who\n\
              # reports it: `reporters: [{flux: {kustomization: NAME}}]`, or `[{argocd: {application: NAME}}]`.\n\
              environments:\n";
    let names: Vec<&str> = match found.environments.is_empty() {
        true => ENVIRONMENTS.to_vec(),
        false => found.environments.iter().map(String::as_str).collect(),
    };
    for (index, name) in names.into_iter().enumerate() {
        writeln!(text, "  - name: {}", scalar(name)?)?;
        if let Some(path) = found.variables.get(name) {
            writeln!(text, "    variables:\n      - file: {}", scalar(path)?)?;
        }
        if index == 0 {
            *text += "    merge: auto\n";
        }
        *text += "    await: {reporters: none}\n";
    }
    Ok(())
}

/// Quoted where it has to be.
fn scalar(text: &str) -> Result<String> {
    Ok(yaml::write(&text.into())?.trim_end().to_owned())
}
