//! The reporters that an environment declares.

use anyhow::Result;

use crate::config::Environment;
use crate::gitops::Destination;
use crate::reporters::Reporter;
use crate::vocabulary::{Diagnostic, OWN_CONTEXTS};

/// The reporters that an environment declares. Declaring none at all is an error: a rollout of
/// which nobody says anything would otherwise be a success.
pub fn expected(environment: &Environment) -> Result<&[Reporter]> {
    environment.rollout.reporters.as_deref().ok_or_else(|| {
        let message = format!("environment `{}` does not declare who reports its rollout", environment.name);
        let hint = "write `await: {reporters: [{flux: {kustomization: my-app}}]}` or what else your operator is, \
                    or `await: {reporters: none}` to continue as soon as it is merged";
        Diagnostic::new(message).at(environment.place.clone()).hint(hint).into()
    })
}

/// Refuses reporters whose contexts name no resource where another application is deployed from the
/// same branch: its report would count for this one.
pub fn refuse_shared(destination: &Destination) -> Result<()> {
    let Some(nameless) = expected(destination.environment)?.iter().find(|it| !it.names_resource()) else {
        return Ok(());
    };
    let Some(neighbour) = destination.neighbour()? else { return Ok(()) };
    let environment = &destination.environment;
    let message = format!(
        "`{}` names no application, and `{neighbour}` is deployed from the branch {} too: its reports would count for \
         `{}`",
        nameless.contexts.shown(),
        destination.base_branch(),
        destination.application
    );
    let hint = "give each application a branch of its own, use a reporter that names it (`flux`, `argocd`), or accept \
                that with `gitopsConnector: {operator: …, shared: true}`";
    let place = environment.rollout.place.clone().unwrap_or_else(|| environment.place.clone());
    Err(Diagnostic::refused(message).at(place).hint(hint).into())
}

/// Whether a status is Towline's own.
pub fn is_own(context: &str) -> bool {
    context.starts_with(OWN_CONTEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing;

    #[test]
    fn undeclared_reporters_are_an_error_that_says_what_to_write() {
        let mut environment = testing::environment(&[]);
        environment.rollout.reporters = None;
        let error = expected(&environment).unwrap_err();
        let diagnostic = error.downcast_ref::<Diagnostic>().unwrap();
        insta::assert_snapshot!(diagnostic, @"towline.yaml:6:12: environment `dev` does not declare who reports its rollout");
        assert!(diagnostic.hint.as_ref().unwrap().contains("reporters: none"));
    }
}
