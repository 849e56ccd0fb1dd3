//! The one place that knows secrets, and the one filter that keeps them out of what is written.
//!
//! Whoever reads a secret tells this module at once: [`remember`]. Whatever leaves the process passes
//! [`redact`] (text for people), [`redact_json`] (for programs) or is refused ([`credential_in`],
//! [`Finder`]: committed files). Children get no token: [`is_token`].
//!
//! A secret is found by decoding the text, not by a list of the forms that it may take: see `decode`.
//! The store belongs to the whole process, because a secret that was read anywhere must not leave
//! anywhere; a store that is passed along would be forgotten somewhere. It imports nothing of ours.

mod decode;
mod escapes;
mod finder;
mod store;
mod url;

pub use finder::Finder;
pub use store::{
    Found, Kind, Names, credential_in, is_credential, is_token, open_word, redact, redact_json, remember,
    remember_in_urls,
};
pub use url::has_password;

/// Stands in the place of a secret value.
pub const HIDDEN: &str = "(secret)";
