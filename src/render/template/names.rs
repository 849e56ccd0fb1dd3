//! The names that a template can use: the application, the release, and every variable.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::sentinel::{Sentinel, Taken};
use crate::config::Target;
use crate::render::request::RenderRequest;
use crate::variables::{ALL, Data, Entries, Scalar, Variables};
use crate::vocabulary::nearest;

/// The names of one target.
#[derive(Debug)]
pub struct Names {
    /// All but the images.
    pub values: Entries,
    pub images: Vec<ImageName>,
    /// The variables alone.
    pub variables: Entries,
}

/// `images.web`
#[derive(Debug)]
pub struct ImageName {
    pub name: String,
    pub reference: String,
    /// `repository`, and `tag` and `digest` where the release has them.
    pub parts: Entries,
}

impl Names {
    pub fn new(request: &RenderRequest, target: &Target, variables: &Variables) -> Self {
        let (pipeline, release) = (request.pipeline, request.release);
        let mut values = variables.values.clone();
        values.insert("application".into(), Data::text(&pipeline.application));
        values.insert("environment".into(), Data::text(&request.environment.name));
        values.insert("target".into(), Data::text(&*target.name));
        // Variables had these names before targets could be nested.
        values.entry("targetPath".into()).or_insert_with(|| Data::text(target.nested()));
        values.entry("targetName".into()).or_insert_with(|| Data::text(target.short_name()));
        let known = [
            ("version", Some(&release.version)),
            ("build", release.build.as_ref()),
            ("commit", release.commit.as_ref()),
        ];
        values.insert("release".into(), Data::Map(present(known)));
        // What is not known is undefined, so that `default` applies.
        if let Some(team) = &pipeline.team {
            values.insert("team".into(), Data::text(team));
        }
        let images = release.images.iter().map(|image| ImageName {
            name: image.name.clone(),
            reference: image.reference(),
            parts: present([
                ("repository", Some(&image.repository)),
                ("tag", image.tag.as_ref()),
                ("digest", image.digest.as_ref()),
            ]),
        });
        Self { values, images: images.collect(), variables: variables.values.clone() }
    }

    /// All names as JSON, for engines that take their variables as such. An image is a map with its
    /// `reference` and its parts.
    pub fn to_json(&self) -> Map<String, Value> {
        let images = self.images.iter().map(|image| {
            let mut parts = Map::from_iter([("reference".to_owned(), json!(image.reference))]);
            parts.extend(image.parts.iter().map(|(part, text)| (part.clone(), text.to_value())));
            (image.name.clone(), Value::Object(parts))
        });
        let mut names: Map<_, _> =
            self.values.iter().map(|(name, data)| (name.clone(), data.to_value())).collect();
        names.insert("images".into(), Value::Object(images.collect()));
        names
    }

    /// Names that are variables alone.
    pub fn of_values(values: Map<String, Value>) -> Self {
        let values: Entries = values.into_iter().map(|(name, value)| (name, value.into())).collect();
        Self { variables: values.clone(), values, images: Vec::new() }
    }

    /// The first of `candidates` that no value contains.
    pub fn sentinel(&self, candidates: &[Sentinel]) -> Result<Sentinel> {
        let taken = Taken::by(self.texts());
        let free = candidates.iter().find(|sentinel| !taken.has(**sentinel)).copied();
        free.context(
            "templates and variables use so many private-use characters that none is left to mark values",
        )
    }

    /// The names, and every text in their values.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for (name, data) in &self.values {
            texts.push(name.as_str());
            texts.extend(data.keys_and_texts());
        }
        texts.extend(self.images.iter().map(|image| image.reference.as_str()));
        texts
    }

    /// A value by its dotted name. A name that has dots itself comes first.
    pub fn lookup(&self, name: &str) -> Option<Data> {
        match name.strip_prefix("images.") {
            Some(image) => self.image(image),
            None => find(&self.values, name).cloned(),
        }
    }

    fn image(&self, name: &str) -> Option<Data> {
        let find = |name: &str| self.images.iter().find(|candidate| candidate.name == name);
        match (find(name), name.rsplit_once('.')) {
            (Some(image), _) => Some(Data::text(&image.reference)),
            (None, Some((image, part))) => find(image)?.parts.get(part).cloned(),
            (None, None) => None,
        }
    }

    /// The value of a placeholder: besides variables, the images as scripts call them. `IMAGE_NAME` and
    /// `IMAGE_TAG` are of the only image, `WEB_IMAGE_TAG` is of the image `web`.
    pub fn placeholder(&self, name: &str) -> Option<Data> {
        self.lookup(name).or_else(|| {
            let only = self.images.len() == 1;
            self.images.iter().find_map(|image| {
                let own = format!("{}_", environment_name(&image.name));
                match name.strip_prefix(&own).or(only.then_some(name))? {
                    "IMAGE" => Some(Data::text(&image.reference)),
                    "IMAGE_NAME" | "IMAGE_REPOSITORY" => image.parts.get("repository").cloned(),
                    "IMAGE_TAG" => image.parts.get("tag").cloned(),
                    "IMAGE_DIGEST" => image.parts.get("digest").cloned(),
                    _ => None,
                }
            })
        })
    }

    /// The name that is nearest to an undefined one, as an expression.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let known = self.known(&|prefix, key| self.expression(prefix, key));
        let named = || known.iter().find(|(dotted, _)| dotted.starts_with(&format!("{name}-")));
        let near = nearest(name, known.iter().map(|(dotted, _)| dotted.as_str()));
        let near = near.and_then(|near| known.iter().find(|(dotted, _)| dotted == near)).or_else(named);
        near.map(|(_, expression)| expression.clone())
    }

    /// As [`Names::nearest`], for a name that only brackets can write: `images['my-web']`.
    pub fn nearest_with_dashes(&self, name: &str) -> Option<String> {
        self.nearest(name).filter(|nearest| nearest.contains('['))
    }

    /// Whether what a name begins with has a value: `db` of `db.host` and `db[0]`.
    pub fn has_root_of(&self, name: &str) -> bool {
        let root = name.split(['.', '[']).next().unwrap_or_default();
        root == "images" || self.values.contains_key(root)
    }

    /// The name that is nearest to an undefined one, as a placeholder has it.
    pub fn nearest_placeholder(&self, name: &str) -> Option<String> {
        let known = self.known(&|prefix, key| dotted(prefix, key));
        nearest(name, known.iter().map(|(dotted, _)| dotted.as_str())).map(str::to_owned)
    }

    /// Every name, dotted, and how it is written. `write` gets what stands before a key as written.
    fn known(&self, write: &dyn Fn(&str, &str) -> String) -> Vec<(String, String)> {
        let mut known = Vec::new();
        collect(&self.values, ("", ""), write, &mut known);
        for image in &self.images {
            let names = (dotted("images", &image.name), write("images", &image.name));
            known.push(names.clone());
            collect(&image.parts, (&names.0, &names.1), write, &mut known);
        }
        known
    }

    /// A name below another as an expression: `db.host`, `images['my-web']`.
    fn expression(&self, prefix: &str, key: &str) -> String {
        match (prefix, key) {
            ("", key) if key.split('.').all(is_identifier) && self.is_reachable(key) => key.to_owned(),
            ("", key) => format!("{ALL}['{key}']"),
            (prefix, key) if is_identifier(key) => format!("{prefix}.{key}"),
            (prefix, key) => format!("{prefix}['{key}']"),
        }
    }

    /// Whether nothing stands in the way of a name with dots.
    pub fn is_reachable(&self, name: &str) -> bool {
        let prefixes = name.match_indices('.').map(|(at, _)| &name[..at]);
        prefixes.into_iter().all(|prefix| self.values.get(prefix).is_none_or(|data| data.as_map().is_some()))
    }

    /// Whether some scalar is not what an expression makes of it: `1.10` and `no` are written
    /// otherwise than printed, and the text `false` counts as true.
    pub fn are_unusual(&self) -> bool {
        let unusual = |scalar: &&Scalar| match scalar {
            Scalar::Untyped(text) => is_no(text),
            scalar => scalar.is_spelled(),
        };
        self.variables.values().any(|data| data.scalars().iter().any(unusual))
    }

    /// Variables with scalars that are written otherwise than printed.
    pub fn spelled(&self) -> Vec<(String, Scalar)> {
        let of = |(name, data): (&String, &Data)| {
            let scalars = data.scalars().into_iter().filter(|scalar| scalar.is_spelled());
            scalars.map(|scalar| (name.clone(), scalar.clone())).collect::<Vec<_>>()
        };
        self.variables.iter().flat_map(of).collect()
    }
}

/// Whether a text means false to people, and to the filter `bool`.
pub fn is_no(text: &str) -> bool {
    ["false", "no", "off", "n", "f", "0", "null"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn present<const N: usize>(entries: [(&str, Option<&String>); N]) -> Entries {
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Data::text(value?)))).collect()
}

fn find<'a>(entries: &'a Entries, name: &str) -> Option<&'a Data> {
    entries.get(name).or_else(|| {
        name.rmatch_indices('.')
            .find_map(|(at, _)| find(entries.get(&name[..at])?.as_map()?, &name[at + 1..]))
    })
}

/// The entries and all that is below them.
fn collect(
    entries: &Entries,
    (plain, written): (&str, &str),
    write: &dyn Fn(&str, &str) -> String,
    into: &mut Vec<(String, String)>,
) {
    for (key, data) in entries {
        let (plain, written) = (dotted(plain, key), write(written, key));
        if let Data::Map(entries) = data {
            collect(entries, (&plain, &written), write, into);
        }
        into.push((plain, written));
    }
}

fn dotted(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn is_identifier(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part)
}

/// `my-web` as `MY_WEB`.
fn environment_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let values =
            json!({"App.Name": "a", "App": {"Name": "b", "Port": 1}, "my-name": "c", "db": {"x.y": 1}});
        let image = |name: &str| ImageName {
            name: name.to_owned(),
            reference: format!("acme/{name}:1"),
            parts: present([("repository", Some(&format!("acme/{name}"))), ("tag", Some(&"1".to_owned()))]),
        };
        let images = vec![image("my-web"), image("a.b")];
        Names { images, ..Names::of_values(values.as_object().unwrap().clone()) }
    }

    #[test]
    fn a_name_with_dots_comes_before_nested_ones() {
        let names = names();
        let found = |name: &str| names.lookup(name).map(|data| data.to_value());
        assert_eq!(found("App.Name"), Some(json!("a")));
        assert_eq!(found("App.Port"), Some(json!(1)));
        assert_eq!(found("db.x.y"), Some(json!(1)));
        assert_eq!(found("images.my-web"), Some(json!("acme/my-web:1")));
        assert_eq!(found("images.my-web.tag"), Some(json!("1")));
        assert_eq!(found("images.a.b.tag"), Some(json!("1")));
        assert_eq!(found("App.None"), None);
    }

    #[test]
    fn hints_can_be_followed() {
        let names = names();
        assert_eq!(names.nearest("my").unwrap(), "vars['my-name']");
        assert_eq!(names.nearest("my-nam").unwrap(), "vars['my-name']");
        assert_eq!(names.nearest("images.my_web").unwrap(), "images['my-web']");
        assert_eq!(names.nearest("App.Por").unwrap(), "App.Port");
        assert_eq!(names.nearest_placeholder("images.my_web").unwrap(), "images.my-web");
    }

    #[test]
    fn images_have_the_names_that_scripts_give_them() {
        let mut names = names();
        let found = |names: &Names, name: &str| names.placeholder(name).map(|data| data.to_value());
        assert_eq!(found(&names, "MY_WEB_IMAGE_TAG"), Some(json!("1")));
        assert_eq!(found(&names, "A_B_IMAGE"), Some(json!("acme/a.b:1")));
        assert_eq!(found(&names, "IMAGE_TAG"), None);
        names.images.truncate(1);
        assert_eq!(found(&names, "IMAGE_TAG"), Some(json!("1")));
        assert_eq!(found(&names, "IMAGE_NAME"), Some(json!("acme/my-web")));
        assert_eq!(found(&names, "IMAGE_DIGEST"), None);
    }
}
