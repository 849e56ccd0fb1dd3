//! Who Towline is to GitHub.

use std::sync::Arc;

use anyhow::Result;

use super::app::{App, GIT_USER};
use crate::forge::row::Connection;
use crate::forge::token::variable;
use crate::http::{Authorization, Credentials};

/// The bearer of `TOWLINE_TOKEN`, else a GitHub App, else the bearer of another token.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    if variable(connection.variables, "TOWLINE_TOKEN").is_none()
        && let Some(app) = App::from_variables(connection)?
    {
        return Ok(Arc::new(app));
    }
    let token = connection.token()?;
    let authorization = Authorization::bearer(&token.secret).as_user(GIT_USER);
    Ok(Arc::new(token.into_credentials(authorization)))
}
