//! Who Towline is to GitHub.

use std::sync::Arc;

use anyhow::Result;

use super::app::{App, GIT_USER};
use crate::forge::remote::Purpose;
use crate::forge::row::Connection;
use crate::forge::token::{own_variable, variable};
use crate::http::{Authorization, Credentials};

/// The bearer of the token in Towline's own variable, else a GitHub App, else the bearer of another
/// token. An App is one of the GitOps repository's server.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    let purpose = connection.remote.purpose;
    let may_be_app = purpose != Purpose::Source { beside_gitops: false };
    if may_be_app
        && variable(connection.variables, own_variable(purpose)).is_none()
        && let Some(app) = App::from_variables(connection)?
    {
        return Ok(Arc::new(app));
    }
    let token = connection.token()?;
    let authorization = Authorization::bearer(&token.secret).as_user(GIT_USER);
    Ok(Arc::new(token.into_credentials(authorization)))
}
