//! What a token may do, tried with requests that are refused whoever asks: the permission is looked
//! at first, with 403, and then that there is nothing to do.

use anyhow::Result;

use super::api::Api;
use crate::forge::{Ability, Forge, Permission};
use crate::http::{self, Fault, Kind, Response};

/// A forge's calls about its token.
pub trait Access: Api {
    /// See [`crate::forge::Forge::permissions`].
    fn read_permissions(&self) -> Result<Vec<Permission>>;

    /// See [`crate::forge::Forge::kept_out_of`].
    fn read_kept_out_of(&self, base: &str) -> Result<Option<String>> {
        let _ = base;
        Ok(None)
    }
}

/// What the token may do. A forge that does not let it in at all says that of reading, and is asked
/// no more.
pub fn ask_permissions(forge: &dyn Forge) -> Result<Vec<Permission>> {
    let error = match forge.permissions() {
        Ok(permissions) => return Ok(permissions),
        Err(error) => error,
    };
    let is_refusal = |fault: &&Fault| matches!(fault.kind, Kind::SignIn | Kind::Forbidden | Kind::NotFound);
    match error.chain().find_map(|cause| cause.downcast_ref::<Fault>()).filter(is_refusal) {
        Some(fault) => Ok(Ability::ALL
            .map(|ability| match ability {
                Ability::Read => refused(ability, fault),
                _ => permission(ability, None, "not checked, because it may not read"),
            })
            .into()),
        None => Err(error),
    }
}

/// The name in what is tried.
pub const NAME: &str = "towline/access";

pub const WRITES: [Ability; 4] =
    [Ability::Push, Ability::PullRequests, Ability::Merge, Ability::WriteStatuses];

/// The repository, or that the token may do nothing there because it does not see it.
pub fn look(answer: http::Result<Response>) -> Result<Result<Response, Vec<Permission>>> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        // It is not to be seen, or it was moved.
        Err(fault) if matches!(fault.kind, Kind::NotFound | Kind::Forbidden | Kind::Refused) => {
            Ok(Err(Ability::ALL.map(|ability| refused(ability, &fault)).into()))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What the answer to a request tells that can do no harm. `harmless` is how it is refused to those
/// who may ask.
pub fn tried(
    ability: Ability,
    answer: http::Result<Response>,
    harmless: u16,
    how: &str,
) -> Result<Permission> {
    match answer {
        Ok(_) => Ok(permission(ability, Some(true), how)),
        Err(fault) if fault.status == Some(harmless) => Ok(permission(ability, Some(true), how)),
        Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::NotFound) => Ok(refused(ability, &fault)),
        Err(fault) if fault.kind == Kind::Refused => Ok(permission(ability, None, fault.said())),
        Err(fault) => Err(fault.into()),
    }
}

/// The same for all writes.
pub fn writes(granted: bool, detail: &str) -> Vec<Permission> {
    WRITES.map(|ability| permission(ability, Some(granted), detail)).into()
}

pub fn permission(ability: Ability, granted: Option<bool>, detail: &str) -> Permission {
    Permission { ability, granted, detail: detail.to_owned() }
}

/// In the order of the abilities.
pub fn sorted(mut permissions: Vec<Permission>) -> Vec<Permission> {
    permissions.sort_by_key(|permission| permission.ability);
    permissions
}

fn refused(ability: Ability, fault: &Fault) -> Permission {
    let detail = [Some(fault.said()), fault.hint()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    permission(ability, Some(false), &detail)
}
