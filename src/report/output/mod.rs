//! What `--output json` prints: a type for each command, and the envelope around all of them.
//!
//! These types are the one source of that JSON, of its JSON Schema (`towline schema --output-of
//! COMMAND`) and, through the schema, of docs/json.md. Their comments become the descriptions
//! there, so they speak to people who read the JSON. Each type is made from the plain result of a
//! step, which knows nothing of JSON.
//!
//! Names are in camel case, commits are full ids, times are RFC 3339 in UTC. A field without a
//! value is `null`; a field that is sometimes left out says when it is there.
//!
//! - one file a command: its type is named in [`Output`] and in [`COMMANDS`]
//! - [`folders`]: all that a command prints with `--all`
//! - [`pull_request`], [`problem`], [`release`], [`rollout`]: what several share

mod r#await;
mod completions;
mod decision;
mod folders;
mod init;
mod merge;
mod problem;
mod promote;
mod propose;
mod pull_request;
mod release;
mod remove;
mod render;
mod report;
mod resume;
mod rollback;
mod rollout;
mod schema;
mod status;
mod validate;
mod verify;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

pub use self::r#await::AwaitOutput;
pub use self::completions::CompletionsOutput;
pub use self::decision::DecisionOutput;
pub use self::folders::{FolderOutput, FoldersOutput};
pub use self::init::InitOutput;
pub use self::merge::MergeOutput;
pub use self::problem::{LogLine, PlaceOutput, ProblemOutput};
pub use self::promote::{PlanOutput, PlannedEnvironment, PromoteOutput, PromotionOutput};
pub use self::propose::ProposeOutput;
pub use self::remove::{RemovalOutput, RemoveOutput};
pub use self::render::{
    ChangedEnvironment, EnvironmentOutput, ExplainedEnvironment, RenderOutput, RenderedEnvironment,
    VariableOutput,
};
pub use self::report::ReportOutput;
pub use self::resume::{ResumeOutput, Resumed};
pub use self::rollback::RollbackOutput;
pub use self::schema::SchemaOutput;
pub use self::status::{
    AccessOutput, DetailOutput, EnvironmentStatusOutput, HistoryEntryOutput, HistoryOutput, OverviewOutput,
    StatusOutput,
};
pub use self::validate::{
    FindingOutput, InvalidEnvironment, ValidEnvironment, ValidateOutput, ValidatedEnvironment,
};
pub use self::verify::VerifyOutput;
use crate::vocabulary::Outcome;

/// The fields that a command prints beside those of the envelope.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Output {
    Approve(DecisionOutput),
    Await(AwaitOutput),
    Completions(CompletionsOutput),
    Folders(FoldersOutput<Output>),
    Init(InitOutput),
    Merge(MergeOutput),
    Override(DecisionOutput),
    Promote(PromoteOutput),
    Propose(ProposeOutput),
    Remove(RemoveOutput),
    Render(RenderOutput),
    Report(ReportOutput),
    Resume(ResumeOutput),
    Rollback(Box<RollbackOutput>),
    Schema(SchemaOutput),
    Status(StatusOutput),
    Validate(ValidateOutput),
    Verify(VerifyOutput),
}

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The commands as typed, and the types of their fields.
pub const COMMANDS: [(&str, SchemaOf); 17] = [
    ("render", SchemaGenerator::subschema_for::<RenderOutput>),
    ("propose", SchemaGenerator::subschema_for::<ProposeOutput>),
    ("await", SchemaGenerator::subschema_for::<AwaitOutput>),
    ("promote", SchemaGenerator::subschema_for::<PromoteOutput>),
    ("rollback", SchemaGenerator::subschema_for::<RollbackOutput>),
    ("merge", SchemaGenerator::subschema_for::<MergeOutput>),
    ("approve", SchemaGenerator::subschema_for::<DecisionOutput>),
    ("override", SchemaGenerator::subschema_for::<DecisionOutput>),
    ("remove", SchemaGenerator::subschema_for::<RemoveOutput>),
    ("report", SchemaGenerator::subschema_for::<ReportOutput>),
    ("resume", SchemaGenerator::subschema_for::<ResumeOutput>),
    ("status", SchemaGenerator::subschema_for::<StatusOutput>),
    ("verify", SchemaGenerator::subschema_for::<VerifyOutput>),
    ("validate", SchemaGenerator::subschema_for::<ValidateOutput>),
    ("init", SchemaGenerator::subschema_for::<InitOutput>),
    ("completions", SchemaGenerator::subschema_for::<CompletionsOutput>),
    ("schema", SchemaGenerator::subschema_for::<SchemaOutput>),
];

/// The commands that have `--all`, and the types of their fields with it.
const FOR_FOLDERS: [(&str, SchemaOf); 3] = [
    ("render", SchemaGenerator::subschema_for::<FoldersOutput<RenderOutput>>),
    ("validate", SchemaGenerator::subschema_for::<FoldersOutput<ValidateOutput>>),
    ("status", SchemaGenerator::subschema_for::<FoldersOutput<StatusOutput>>),
];

/// The one object that a command prints.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'a> {
    /// The command as typed; `null` when none was recognized
    pub command: Option<&'a str>,
    /// How the command ended
    pub outcome: Outcome,
    /// Why the outcome is a failure; left out for `done`, `unchanged` and `unfinished`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ProblemOutput>,
    /// What stderr was warned of, each once; left out when there is nothing
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ProblemOutput>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub output: Option<&'a Output>,
}

/// Whether a field of any command's output, or of a line of the log, has this name. Only a name that a secret
/// has too is asked for, so this is rare.
pub fn is_field(name: &str) -> bool {
    static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let mut names = BTreeSet::from(LogLine::OTHER_FIELDS.map(str::to_owned));
        let schemas = COMMANDS.iter().filter_map(|(command, _)| json_schema(command));
        schemas.for_each(|schema| add_names(&schema, &mut names));
        names
    });
    NAMES.contains(name)
}

fn add_names(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            let properties = fields.get("properties").and_then(Value::as_object);
            names.extend(properties.into_iter().flat_map(|properties| properties.keys().cloned()));
            fields.values().for_each(|value| add_names(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| add_names(item, names)),
        _ => {}
    }
}

/// The JSON Schema of what a command prints; `None` when there is no such command.
pub fn json_schema(command: &str) -> Option<Value> {
    let (_, fields) = COMMANDS.iter().find(|(name, _)| *name == command)?;
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut fields = vec![json!(fields(&mut generator))];
    let for_folders = FOR_FOLDERS.iter().find(|(name, _)| *name == command);
    fields.extend(for_folders.map(|(_, fields)| json!(fields(&mut generator))));
    fields.push(only_the_envelope());
    let mut schema = generator.into_root_schema_for::<Envelope>();
    schema.insert("title".to_owned(), format!("towline {command} --output json").into());
    schema.insert("anyOf".to_owned(), Value::Array(fields));
    Some(schema.into())
}

/// What is printed when a command fails before it has anything else to say.
fn only_the_envelope() -> Value {
    json!({
        "description": "The command failed before it had anything else to say",
        "properties": {"command": true, "outcome": true, "error": true, "warnings": true},
        "required": ["error"],
        "additionalProperties": false,
    })
}
