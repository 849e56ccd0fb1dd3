//! Where in a document a value stands.

use std::fmt;

/// A step into a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Key(String),
    Item(usize),
}

/// The steps from the top of a document to a value: `spec.ports[0].port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentPath(pub Vec<Step>);

impl DocumentPath {
    /// A path of keys: `metadata.name`.
    pub fn of_keys(keys: &str) -> Self {
        Self(keys.split('.').map(|key| Step::Key(key.to_owned())).collect())
    }

    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    pub fn item(mut self, index: usize) -> Self {
        self.0.push(Step::Item(index));
        self
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(index) => write!(f, "[{index}]")?,
                // A label or an annotation.
                Step::Key(key) if key.is_empty() || key.contains(['.', '/', ' ', '[', '`']) => {
                    write!(f, "[{:?}]", key)?;
                }
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_dots_are_in_brackets() {
        let path = DocumentPath::of_keys("metadata.labels").key("app.kubernetes.io/name");
        assert_eq!(path.to_string(), r#"metadata.labels["app.kubernetes.io/name"]"#);
        let path = DocumentPath::of_keys("spec.ports").item(0).key("port");
        assert_eq!(path.to_string(), "spec.ports[0].port");
    }
}
