//! What a patch says when it cannot be applied.

/// Why a patch cannot be applied, and the path of what is wrong inside the patch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchError {
    pub path: Vec<String>,
    pub message: String,
    pub hint: Option<String>,
}

impl PatchError {
    pub fn new(path: impl IntoIterator<Item = String>) -> Self {
        Self { path: path.into_iter().collect(), ..Self::default() }
    }

    pub fn message(mut self, message: String) -> Self {
        self.message = message;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
