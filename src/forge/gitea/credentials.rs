//! Who Towline is to Gitea and Forgejo.

use std::sync::Arc;

use anyhow::Result;

use crate::forge::row::Connection;
use crate::http::{Authorization, Credentials};

/// The token for the repository, as Gitea wants it.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    let token = connection.token()?;
    let authorization = Authorization::scheme("token", &token.secret).as_user(token.user());
    Ok(Arc::new(token.into_credentials(authorization)))
}
