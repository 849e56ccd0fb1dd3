//! People and teams of the fake Azure DevOps.

use serde_json::json;

use super::list;
use crate::fakes::{Reply, Request};

/// The token's.
pub const SELF: &str = "33333333-aaaa-4aaa-8aaa-000000000001";

/// Id, name as it is shown, address.
const KNOWN: [(&str, &str, &str); 6] = [
    ("11111111-aaaa-4aaa-8aaa-000000000001", "Ann Archer", "ann@acme.example"),
    ("11111111-aaaa-4aaa-8aaa-000000000002", "Bob Baker", "bob@acme.example"),
    ("11111111-aaaa-4aaa-8aaa-000000000003", "Sam Smith", "sam@acme.example"),
    ("11111111-aaaa-4aaa-8aaa-000000000004", "Sam Jones", "sam@other.example"),
    ("22222222-aaaa-4aaa-8aaa-000000000001", "[shop]\\platform-team", ""),
    (SELF, "shop Build Service (acme)", "Build\\5c0f"),
];

pub fn display_name(id: &str) -> &'static str {
    KNOWN.iter().find(|known| known.0 == id).unwrap().1
}

pub fn address(id: &str) -> &'static str {
    KNOWN.iter().find(|known| known.0 == id).unwrap().2
}

pub fn is_known(id: &str) -> bool {
    KNOWN.iter().any(|known| known.0 == id)
}

pub fn id(name: &str) -> &'static str {
    KNOWN.iter().find(|known| known.1 == name).unwrap().0
}

/// By the whole name, the whole address or the alias, which is what stands before the `@`.
pub fn search(request: &Request) -> Reply {
    let wanted = request.query("filterValue").unwrap_or_default();
    let fits = |(_, name, address): &&(&str, &str, &str)| {
        let alias = address.split('@').next().unwrap_or_default();
        !wanted.is_empty() && [*name, *address, alias].contains(&wanted)
    };
    let identity = |(id, name, _): &(&str, &str, &str)| json!({"id": id, "providerDisplayName": name, "isActive": true, "isContainer": name.starts_with('[')});
    list(KNOWN.iter().filter(fits).map(identity).collect())
}
