//! The text of a first pipeline file: what was found, and comments that say what to change.

use std::fmt::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::candidate::{CHANGE_ME, Step};
use super::plan::{LeftOut, Plan};
use crate::yaml;

/// The widest line of a comment.
const WIDTH: usize = 100;

pub fn text(plan: &Plan) -> Result<String> {
    let mut text = format!("version: 1\napplication: {}\n", scalar(&plan.application)?);
    images(&mut text, plan)?;
    templates(&mut text, plan)?;
    variables(&mut text, plan)?;
    write!(
        text,
        "\n# Where the manifests go: the URL of a repository, or a path to a bare one on this machine.\n\
         gitops:\n  repository: {}\n",
        scalar(&plan.repository)?
    )?;
    environments(&mut text, plan)?;
    Ok(text)
}

fn images(text: &mut String, plan: &Plan) -> Result<()> {
    if plan.images.is_empty() {
        *text += "\n# Images of a release, and their repositories.\n# images:\n#   web: ghcr.io/acme/web\n";
        return Ok(());
    }
    *text += "\n# Images of a release. Remove those that your CI does not build.\nimages:\n";
    for image in &plan.images {
        let (name, repository) = (scalar(&image.name)?, scalar(&image.repository)?);
        match image.is_everywhere {
            true => writeln!(text, "  {name}: {repository}")?,
            false => writeln!(text, "  {name}: {{repository: {repository}, unused: true}}")?,
        }
    }
    Ok(())
}

fn templates(text: &mut String, plan: &Plan) -> Result<()> {
    if plan.candidates.is_empty() {
        *text +=
            "\n# No manifests found. Name the folder that contains them.\ntemplates:\n  - path: deploy\n";
    } else {
        *text += "\n# Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files\n# that the engine jinja renders.\ntemplates:\n";
    }
    let environments = plan.environments();
    plan.failure.iter().for_each(|failure| comment(text, failure));
    for step in plan.steps() {
        *text += &indented("  ", &step_text(step, &environments)?);
    }
    for left_out in plan.left_out.iter().filter(|it| !it.steps.is_empty()) {
        comment(text, left_out);
        for step in &left_out.steps {
            *text += &indented("  # ", &step_text(step, &environments)?);
        }
    }
    Ok(())
}

fn comment(text: &mut String, left_out: &LeftOut) {
    let hint = left_out.hint.iter().map(|hint| format!(". Hint: {hint}"));
    let all = format!("{}: {}{}", left_out.what, left_out.why, hint.collect::<String>());
    let mut line = String::new();
    for word in all.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() > WIDTH {
            *text += &format!("  # {line}\n");
            line.clear();
        }
        line += if line.is_empty() { "" } else { " " };
        line += word;
    }
    *text += &format!("  # {line}\n");
}

/// The step as an item of a list.
fn step_text(step: &Step, environments: &[String]) -> Result<String> {
    let mut map = Map::new();
    map.insert("path".to_owned(), step.path.as_str().into());
    if !step.only.is_empty() && step.only != environments {
        map.insert("only".to_owned(), json!(step.only));
    }
    map.insert("engine".to_owned(), step.engine_name().into());
    if !step.ignore.is_empty() {
        map.insert("ignore".to_owned(), json!(step.ignore));
    }
    map.extend(step.keys.clone());
    yaml::write(&json!([Value::Object(map)]))
}

fn indented(before: &str, lines: &str) -> String {
    lines.lines().map(|line| format!("{before}{line}\n")).collect()
}

fn variables(text: &mut String, plan: &Plan) -> Result<()> {
    let (common, values) = (&plan.configuration.common, plan.values());
    if common.is_empty() && values.is_empty() {
        *text += "\n# Values for every environment.\n# variables:\n#   - values: {replicas: 1}\n";
        return Ok(());
    }
    *text += "\n# Values for every environment. Later sources win.\nvariables:\n";
    if !values.is_empty() {
        let is_in_images = plan.images.iter().any(|image| image.repository.contains(CHANGE_ME));
        let place = if is_in_images { ", here and in `images`" } else { "" };
        writeln!(
            text,
            "  # Names that the templates use and nothing defines. Replace `{CHANGE_ME}`{place}."
        )?;
        *text += &indented("  ", &yaml::write(&json!([{"values": values}]))?);
    }
    for path in common {
        writeln!(text, "  - file: {}", scalar(path)?)?;
    }
    Ok(())
}

fn environments(text: &mut String, plan: &Plan) -> Result<()> {
    *text += "\n# In the order of a release. The first is merged at once; people merge the others.\n\
              # `reporters: none` goes on as soon as it is merged. To wait for the rollout, say who\n\
              # reports it: `reporters: [{flux: {kustomization: NAME}}]`, or `[{argocd: {application: NAME}}]`.\n\
              environments:\n";
    for (index, name) in plan.environments().iter().enumerate() {
        writeln!(text, "  - name: {}", scalar(name)?)?;
        if let Some(path) = plan.configuration.environments.get(name) {
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
