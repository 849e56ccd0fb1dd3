//! `render --explain`: every variable, where its value was written, and what it overrode.

use super::Style;
use super::table::aligned;
use crate::variables::{Leaf, Variables};

/// A table with one line a variable.
pub fn table(variables: &Variables, style: Style) -> String {
    let rows = variables.leaves.iter().map(|leaf| {
        let overrode = leaf.overrode.iter().map(|(value, origin)| {
            let value = if leaf.secret { SECRET.to_owned() } else { value.shown() };
            format!("{value} ({})", origin)
        });
        let overrode: Vec<String> = overrode.collect();
        [leaf.name.clone(), shown(leaf), leaf.origin.to_string(), overrode.join(", ")]
    });
    let header = ["NAME", "VALUE", "FROM", "OVERRODE"].map(str::to_owned);
    let table = aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    match table.split_once('\n') {
        Some((header, rows)) => format!("{}\n{rows}", style.dim(header)),
        None => table,
    }
}

const SECRET: &str = "(secret)";

fn shown(leaf: &Leaf) -> String {
    if leaf.secret { SECRET.to_owned() } else { leaf.value.shown() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::output::VariableOutput;
    use crate::variables::Origin;
    use crate::vocabulary::Place;

    fn variables() -> Variables {
        let leaf = |name: &str, value: Value, origin, overrode, secret| Leaf {
            name: name.to_owned(),
            value: value.into(),
            origin,
            overrode,
            secret,
        };
        let common = Origin::Place(Place::new("common.yaml", 2, 3));
        let leaves = vec![
            leaf(
                "db.host",
                json!("db"),
                Origin::CommandLine,
                vec![(json!("x").into(), common.clone())],
                false,
            ),
            leaf(
                "token",
                json!("hunter2"),
                Origin::Process("APP_TOKEN".into()),
                vec![(json!("old").into(), common)],
                true,
            ),
        ];
        Variables { leaves, ..Variables::default() }
    }

    #[test]
    fn the_table_tells_where_values_come_from_but_no_secret() {
        insta::assert_snapshot!(table(&variables(), Style::plain()), @r#"
        NAME     VALUE     FROM        OVERRODE
        db.host  "db"      --set       "x" (common.yaml:2:3)
        token    (secret)  $APP_TOKEN  (secret) (common.yaml:2:3)
        "#);
    }

    #[test]
    fn the_list_has_no_secret_either() {
        let list: Vec<_> = variables().leaves.iter().map(VariableOutput::from).collect();
        insta::assert_snapshot!(json!(list), @r#"[{"name":"db.host","value":"db","origin":{"commandLine":true},"overrode":[{"value":"x","origin":{"file":"common.yaml","line":2,"column":3}}]},{"name":"token","secret":true,"origin":{"process":"APP_TOKEN"},"overrode":[{"origin":{"file":"common.yaml","line":2,"column":3}}]}]"#);
    }
}
