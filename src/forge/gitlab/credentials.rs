//! Who Towline is to GitLab.

use std::sync::Arc;

use anyhow::Result;

use crate::forge::row::Connection;
pub use crate::forge::token::JOB_TOKEN;
use crate::forge::token::{Source, Token};
use crate::http::{Authorization, Credentials, Fixed};

/// The token for the repository.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    Ok(Arc::new(fixed(connection.token()?)))
}

/// The token as GitLab wants it. All but a job's may be sent as bearers: people's, projects',
/// groups', and those of an application, which git's credential helpers have.
fn fixed(token: Token) -> Fixed {
    let user = token.user().to_owned();
    if token.source != Source::Variable(JOB_TOKEN) {
        let bearer = Authorization::bearer(&token.secret);
        return token.into_credentials(bearer.as_user(&user));
    }
    let authorization = Authorization::own("JOB-TOKEN", &token.secret).as_user(&user);
    let mut job = token.into_credentials(authorization);
    job.origin += ", a job token, which can read a little and write nothing";
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_token_goes_in_a_header_of_its_own() {
        let header = |name| {
            let token = Token { secret: "glpat-0f-a-job".into(), source: Source::Variable(name) };
            format!("{:?}", fixed(token).authorization)
        };
        assert!(header("CI_JOB_TOKEN").contains("JOB-TOKEN"));
        assert!(header("GITLAB_TOKEN").contains("\"Authorization\""));
    }
}
