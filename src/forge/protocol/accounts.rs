//! Which account the token belongs to.

use super::api::Api;
use crate::http::Result;

/// A forge's call about accounts.
pub trait Accounts: Api {
    /// The account that the token belongs to, as comments and statuses name their author, if the
    /// token may know.
    fn login(&self) -> Result<Option<String>>;
}
