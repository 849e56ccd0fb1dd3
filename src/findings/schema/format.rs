//! Texts and numbers of which not every one will do: names, labels, quantities, ports.
//!
//! The rules are those of Kubernetes' `apimachinery/pkg/util/validation`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// A value that its field does not take.
pub struct Wrong {
    /// The key, where the field is a map.
    pub key: Option<String>,
    /// What it is; left out where it may be secret.
    pub value: Option<String>,
    pub why: &'static str,
}

/// Says why a text is none; `None` if it is one.
type Check = fn(&str) -> Option<&'static str>;

/// What is checked of a field.
enum Format {
    /// Its text, or that of each element of its list.
    Text(Check),
    /// The keys of its map.
    Keys(Check),
    /// The keys and the values of its map.
    Entries(Check, Check),
    /// The values of its map.
    Values(Check),
    Port,
    NotNegative,
}

/// The fields of some types, and of all types: `*`.
const FORMATS: &[(&str, &str, Format)] = &[
    ("meta.v1.ObjectMeta", "labels", Format::Entries(label_key, label_value)),
    ("meta.v1.ObjectMeta", "annotations", Format::Keys(label_key)),
    ("meta.v1.ObjectMeta", "namespace", Format::Text(dns_label)),
    ("meta.v1.LabelSelector", "matchLabels", Format::Entries(label_key, label_value)),
    ("meta.v1.LabelSelectorRequirement", "key", Format::Text(label_key)),
    ("core.v1.ServiceSpec", "selector", Format::Entries(label_key, label_value)),
    ("core.v1.ReplicationControllerSpec", "selector", Format::Entries(label_key, label_value)),
    ("core.v1.PodSpec", "nodeSelector", Format::Entries(label_key, label_value)),
    ("core.v1.PodSpec", "serviceAccountName", Format::Text(dns_subdomain)),
    ("core.v1.PodSpec", "terminationGracePeriodSeconds", Format::NotNegative),
    ("core.v1.PodSpec", "hostname", Format::Text(dns_label)),
    ("core.v1.PodSpec", "subdomain", Format::Text(dns_label)),
    ("core.v1.Container", "name", Format::Text(dns_label)),
    ("core.v1.EphemeralContainer", "name", Format::Text(dns_label)),
    ("core.v1.ContainerPort", "name", Format::Text(port_name)),
    ("core.v1.ContainerPort", "containerPort", Format::Port),
    ("core.v1.ContainerPort", "hostPort", Format::Port),
    ("core.v1.EnvVar", "name", Format::Text(variable)),
    ("core.v1.Volume", "name", Format::Text(dns_label)),
    ("core.v1.VolumeMount", "mountPath", Format::Text(mount_path)),
    ("core.v1.ServicePort", "name", Format::Text(dns_label)),
    ("core.v1.ServicePort", "port", Format::Port),
    ("core.v1.ServicePort", "targetPort", Format::Port),
    ("core.v1.HTTPGetAction", "port", Format::Port),
    ("core.v1.TCPSocketAction", "port", Format::Port),
    ("core.v1.ResourceRequirements", "limits", Format::Values(quantity)),
    ("core.v1.ResourceRequirements", "requests", Format::Values(quantity)),
    ("core.v1.VolumeResourceRequirements", "limits", Format::Values(quantity)),
    ("core.v1.VolumeResourceRequirements", "requests", Format::Values(quantity)),
    ("core.v1.ResourceQuotaSpec", "hard", Format::Values(quantity)),
    ("core.v1.PersistentVolumeSpec", "capacity", Format::Values(quantity)),
    ("core.v1.LimitRangeItem", "default", Format::Values(quantity)),
    ("core.v1.LimitRangeItem", "defaultRequest", Format::Values(quantity)),
    ("core.v1.LimitRangeItem", "max", Format::Values(quantity)),
    ("core.v1.LimitRangeItem", "min", Format::Values(quantity)),
    ("core.v1.EmptyDirVolumeSource", "sizeLimit", Format::Text(quantity)),
    ("core.v1.ConfigMap", "data", Format::Keys(config_key)),
    ("core.v1.ConfigMap", "binaryData", Format::Entries(config_key, encoded)),
    ("core.v1.Secret", "data", Format::Entries(config_key, encoded)),
    ("core.v1.Secret", "stringData", Format::Keys(config_key)),
    ("apps.v1.DeploymentSpec", "replicas", Format::NotNegative),
    ("apps.v1.ReplicaSetSpec", "replicas", Format::NotNegative),
    ("apps.v1.StatefulSetSpec", "replicas", Format::NotNegative),
    ("batch.v1.JobSpec", "backoffLimit", Format::NotNegative),
    ("batch.v1.JobSpec", "completions", Format::NotNegative),
    ("batch.v1.JobSpec", "parallelism", Format::NotNegative),
    ("batch.v1.CronJobSpec", "schedule", Format::Text(schedule)),
    ("networking.v1.IngressRule", "host", Format::Text(host)),
    ("networking.v1.ServiceBackendPort", "number", Format::Port),
];

/// What is wrong with the value of a field, which has the field's type.
pub fn check(value: &Value, of_type: &str, field: &str) -> Vec<Wrong> {
    let Some((.., format)) = FORMATS.iter().find(|(of, name, _)| *of == of_type && *name == field) else {
        return Vec::new();
    };
    let is_secret = of_type == "core.v1.Secret";
    let wrong = |key: Option<&str>, value: String, why: Option<&'static str>| {
        let value = Some(value).filter(|value| !is_secret || key == Some(value));
        why.map(|why| Wrong { key: key.map(str::to_owned), value, why })
    };
    match (format, value) {
        (Format::Text(check), value) => wrong(None, shown(value), check(&shown(value))).into_iter().collect(),
        (Format::Keys(check), Value::Object(map)) => {
            map.keys().filter_map(|key| wrong(Some(key), key.clone(), check(key))).collect()
        }
        (Format::Values(check), Value::Object(map)) => {
            map.iter().filter_map(|(key, it)| wrong(Some(key), shown(it), check(&shown(it)))).collect()
        }
        (Format::Entries(check_key, check), Value::Object(map)) => {
            let entry = |(key, value): (&String, &Value)| {
                let own = wrong(Some(key), key.clone(), check_key(key));
                own.or_else(|| wrong(Some(key), shown(value), check(&shown(value))))
            };
            map.iter().filter_map(entry).collect()
        }
        (Format::Port, value) => wrong(None, shown(value), port(value)).into_iter().collect(),
        (Format::NotNegative, value) => {
            let why = value.as_i64().filter(|number| *number < 0).map(|_| "it must not be negative");
            wrong(None, shown(value), why).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether a text has only such bytes, and begins and ends with a letter or a digit.
fn is_made_of(text: &str, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.into_iter().all(|end| end.is_some_and(|byte| is_alphanumeric(*byte)))
        && bytes.iter().all(|byte| inner(*byte))
}

fn is_lower(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

pub fn dns_label(text: &str) -> Option<&'static str> {
    let is_one =
        text.len() <= 63 && is_lower(text) && is_made_of(text, |it| is_alphanumeric(it) || it == b'-');
    (!is_one && !text.is_empty())
        .then_some("it may have at most 63 lower-case letters, digits and `-`, and begins and ends with a letter or digit")
}

fn is_subdomain(text: &str) -> bool {
    let is_part = |part: &str| is_lower(part) && is_made_of(part, |it| is_alphanumeric(it) || it == b'-');
    text.len() <= 253 && text.split('.').all(is_part)
}

pub fn dns_subdomain(text: &str) -> Option<&'static str> {
    (!is_subdomain(text) && !text.is_empty()).then_some(
        "it may have lower-case letters, digits, `-` and `.`, and begins and ends with a letter or digit",
    )
}

pub fn service_name(text: &str) -> Option<&'static str> {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    dns_label(text).or_else(|| (!begins).then_some("the name of a Service begins with a letter"))
}

fn host(text: &str) -> Option<&'static str> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    (!is_subdomain(name) && !name.is_empty())
        .then_some("it is not the name of a host; a wildcard is `*.` and a name")
}

fn label_key(text: &str) -> Option<&'static str> {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let is_name = name.len() <= 63 && is_qualified(name);
    (!is_name || prefix.is_some_and(|prefix| !is_subdomain(prefix))).then_some(
        "a key is a name of at most 63 letters, digits, `-`, `_` and `.`, behind an optional domain and `/`",
    )
}

fn is_qualified(text: &str) -> bool {
    is_made_of(text, |it| is_alphanumeric(it) || b"-_.".contains(&it))
}

fn label_value(text: &str) -> Option<&'static str> {
    let is_one = text.is_empty() || text.len() <= 63 && is_qualified(text);
    (!is_one).then_some(
        "a label may have at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
    )
}

fn port_name(text: &str) -> Option<&'static str> {
    let is_one = text.len() <= 15
        && is_lower(text)
        && is_made_of(text, |it| is_alphanumeric(it) || it == b'-')
        && text.bytes().any(|it| it.is_ascii_alphabetic())
        && !text.contains("--");
    (!is_one && !text.is_empty())
        .then_some("the name of a port may have at most 15 lower-case letters, digits and single `-`, with a letter among them")
}

fn port(value: &Value) -> Option<&'static str> {
    match value {
        Value::Number(number) => {
            let is_one = number.as_i64().is_some_and(|port| (1..=65535).contains(&port));
            (!is_one).then_some("a port is a number from 1 to 65535")
        }
        Value::String(name) if name.bytes().all(|it| it.is_ascii_digit()) => {
            Some("a port in quotes is a name, and names have a letter; remove the quotes")
        }
        Value::String(name) => port_name(name),
        _ => None,
    }
}

fn variable(text: &str) -> Option<&'static str> {
    let is_one = !text.is_empty() && text.bytes().all(|it| (b' '..=b'~').contains(&it) && it != b'=');
    (!is_one).then_some("the name of an environment variable has printable characters, without `=`")
}

fn config_key(text: &str) -> Option<&'static str> {
    let is_one = !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|it| is_alphanumeric(it) || b"-_.".contains(&it))
        && text != "."
        && !text.starts_with("..");
    (!is_one).then_some("a key may have at most 253 letters, digits, `-`, `_` and `.`")
}

/// Line breaks may be in it, as `base64` writes them.
fn encoded(text: &str) -> Option<&'static str> {
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    BASE64_STANDARD
        .decode(text)
        .is_err()
        .then_some("it is not Base64; text that is not encoded goes into `stringData`")
}

fn mount_path(text: &str) -> Option<&'static str> {
    (text.is_empty() || text.contains(':')).then_some("a path must not be empty, or have a `:` in it")
}

fn quantity(text: &str) -> Option<&'static str> {
    const SUFFIXES: [&str; 15] =
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi"];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_number = number.bytes().any(|it| it.is_ascii_digit()) && number.matches('.').count() <= 1;
    let exponent = suffix.strip_prefix(['e', 'E']).map(|it| it.strip_prefix(['+', '-']).unwrap_or(it));
    let is_exponent = exponent.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    let is_one = is_number && (SUFFIXES.contains(&suffix) || suffix == "Ei" || is_exponent);
    (!is_one).then_some("a quantity is a number with an optional unit: `500m`, `2`, `1Gi`")
}

fn schedule(text: &str) -> Option<&'static str> {
    const NAMED: [&str; 7] =
        ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    let text = text
        .strip_prefix("TZ=")
        .or_else(|| text.strip_prefix("CRON_TZ="))
        .map_or(text, |rest| rest.split_once(' ').map_or("", |(_, schedule)| schedule));
    let is_field = |field: &str| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "*/,-?".contains(c);
        field.chars().all(is_allowed)
    };
    let fields: Vec<&str> = text.split_whitespace().collect();
    let is_one = NAMED.contains(&text)
        || text.starts_with("@every ")
        || fields.len() == 5 && fields.iter().all(|it| is_field(it));
    (!is_one).then_some("a schedule has five fields (`*/15 * * * *`), or is a name such as `@daily`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_takes_is_taken() {
        for quantity_text in ["1", "0.5", "500m", "1Gi", "1e3", "1E", "12Ei", ".5", "5.", "-1", "100k"] {
            assert_eq!(quantity(quantity_text), None, "{quantity_text}");
        }
        for text in ["", "1GB", "1 Gi", "Gi", "1.2.3", "one", "1e", "0x10"] {
            assert!(quantity(text).is_some(), "{text}");
        }
        for text in ["app", "app.kubernetes.io/name", "A_b.c-d"] {
            assert_eq!(label_key(text), None, "{text}");
        }
        for text in ["", "/a", "a/", "a b", "-a", "a/b/c", "UP/a"] {
            assert!(label_key(text).is_some(), "{text}");
        }
        for text in ["*/5 * * * *", "@daily", "0 0 1 JAN ?", "TZ=UTC 0 3 * * 1-5", "@every 1h"] {
            assert_eq!(schedule(text), None, "{text}");
        }
        for text in ["", "* * * *", "* * * * * *", "every day at noon !"] {
            assert!(schedule(text).is_some(), "{text}");
        }
        assert_eq!(host("*.acme.dev"), None);
        assert!(host("*acme.dev").is_some());
        assert_eq!(port_name("http-2"), None);
        assert!(port_name("a-name-that-is-too-long").is_some());
    }
}
