//! Strategic merge against the real thing: `kubectl patch --local --type=strategic`.
//!
//! Patches are generated (always the same ones), applied by kubectl and by Towline, and the
//! results compared. One call of kubectl patches a whole file of resources, so that the number of
//! calls stays small.

use std::path::Path;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use towline::render::overlays::{self, Snippet};
use towline::vocabulary::Place;
use towline::yaml;

/// How many patches are tried for each group of kinds.
const PATCHES: usize = 12;

#[test]
fn patches_give_what_kubectl_gives() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut compared = 0;
    for (resources, patches) in groups() {
        for _ in 0..PATCHES {
            let patch = patches.new_tree(&mut runner).unwrap().current();
            // What kubectl refuses (an order for a list that ends empty) is not compared.
            let Ok(expected) = kubectl_patch(folder.path(), &resources, &patch) else { continue };
            for (resource, expected) in resources.iter().zip(expected) {
                let (ours, expected) = (towline_patch(resource, &patch), without_leftovers(&expected));
                assert!(ours == expected, "patch: {patch:#}\n{}", difference(&expected, &ours));
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "kubectl refused too many patches: {compared} results are left");
}

/// Where kubectl looks only at the first of several keys, Kustomize tells elements apart.
#[test]
fn lists_with_several_keys_are_merged_as_kustomize_does() {
    let folder = tempfile::tempdir().unwrap();
    let port = |port: u16, protocol: &str| json!({"port": port, "protocol": protocol});
    let service =
        resource("v1", "Service", json!({"ports": [port(53, "TCP"), port(53, "UDP"), port(80, "TCP")]}));
    let ports = [
        json!([{"port": 53, "protocol": "UDP", "nodePort": 30053}]),
        json!([{"port": 80, "protocol": "TCP", "name": "web"}, port(80, "UDP")]),
        json!([{"port": 53, "protocol": "TCP", "$patch": "delete"}]),
    ];
    let ports = ports.map(|ports| (service.clone(), json!({"spec": {"ports": ports}})));
    let container = json!({"name": "dns", "image": "dns", "ports": [
        {"containerPort": 53, "protocol": "TCP", "name": "tcp"},
        {"containerPort": 53, "protocol": "UDP", "name": "udp"},
    ]});
    let spread =
        |rule: &str, skew: u8| json!({"topologyKey": "zone", "whenUnsatisfiable": rule, "maxSkew": skew});
    let spreads = [spread("DoNotSchedule", 1), spread("ScheduleAnyway", 2)];
    let pod =
        json!({"template": {"spec": {"containers": [container], "topologySpreadConstraints": spreads}}});
    let deployment = resource("apps/v1", "Deployment", pod);
    let udp = json!([{"name": "dns", "ports": [{"containerPort": 53, "protocol": "UDP", "hostPort": 53}]}]);
    let specs = [
        json!({"containers": udp}),
        json!({"topologySpreadConstraints": [spread("ScheduleAnyway", 5)]}),
        json!({"topologySpreadConstraints": [{"topologyKey": "node", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}]}),
    ];
    let specs = specs.map(|spec| (deployment.clone(), json!({"spec": {"template": {"spec": spec}}})));
    for (resource, patch) in ports.into_iter().chain(specs) {
        let [mut ours, mut expected] =
            [towline_patch(&resource, &patch), kustomized(folder.path(), &resource, &patch)];
        ours.sort_all_objects();
        expected.sort_all_objects();
        sort_lists(&mut ours);
        sort_lists(&mut expected);
        assert!(ours == expected, "patch: {patch:#}\n{}", difference(&expected, &ours));
    }
}

/// Kustomize appends what a patch adds, and kubectl sorts it to what the patch names beside it.
fn sort_lists(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(sort_lists);
            list.sort_by_key(Value::to_string);
        }
        Value::Object(map) => map.values_mut().for_each(sort_lists),
        _ => {}
    }
}

fn kustomized(folder: &Path, resource: &Value, patch: &Value) -> Value {
    let patch = with_identity(resource, patch);
    let kustomization = json!({"resources": ["resource.yaml"], "patches": [{"path": "patch.yaml"}]});
    for (file, content) in
        [("resource.yaml", resource), ("patch.yaml", &patch), ("kustomization.yaml", &kustomization)]
    {
        std::fs::write(folder.join(file), content.to_string()).unwrap();
    }
    let output = Command::new("kubectl")
        .arg("kustomize")
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .expect("this test compares with kubectl, which must be on the PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    yaml::parse(&text, Path::new("kustomized.yaml")).unwrap()[0].to_value()
}

fn difference(kubectl: &Value, towline: &Value) -> String {
    let [mut kubectl, mut towline] = [kubectl.clone(), towline.clone()];
    kubectl.sort_all_objects();
    towline.sort_all_objects();
    let (kubectl, towline) = (format!("{kubectl:#}\n"), format!("{towline:#}\n"));
    let diff = similar::TextDiff::from_lines(&kubectl, &towline);
    diff.unified_diff().header("kubectl", "towline").to_string()
}

/// In what a patch adds, `kubectl --local` leaves directives, nulls, and elements that are only there to
/// be deleted.
fn without_leftovers(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let data = map.iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            Value::Object(data.map(|(key, value)| (key.clone(), without_leftovers(value))).collect())
        }
        Value::Array(list) => {
            list.iter().filter(|it| it["$patch"] != "delete").map(without_leftovers).collect()
        }
        scalar => scalar.clone(),
    }
}

/// The patch as a partial resource.
fn with_identity(resource: &Value, patch: &Value) -> Value {
    let mut snippet = json!({
        "apiVersion": resource["apiVersion"],
        "kind": resource["kind"],
        "metadata": {"name": resource["metadata"]["name"]},
    });
    for (key, value) in patch.as_object().unwrap() {
        match (&mut snippet[key], value) {
            (Value::Object(old), Value::Object(new)) => old.extend(new.clone()),
            (old, new) => *old = new.clone(),
        }
    }
    snippet
}

fn towline_patch(resource: &Value, patch: &Value) -> Value {
    let snippet = with_identity(resource, patch);
    let snippet = Snippet::parse(snippet, Place::file("patch.yaml"), None).unwrap();
    let mut resources = vec![resource.clone()];
    overlays::apply(&mut resources, |resource| resource, &[snippet]).unwrap();
    resources.remove(0)
}

/// Every resource, patched, as kubectl reads and prints it.
fn kubectl_patch(folder: &Path, resources: &[Value], patch: &Value) -> Result<Vec<Value>, String> {
    let documents: Vec<String> = resources.iter().map(Value::to_string).collect();
    std::fs::write(folder.join("resources.yaml"), documents.join("\n")).unwrap();
    std::fs::write(folder.join("patch.json"), patch.to_string()).unwrap();
    let output = Command::new("kubectl")
        .args(["patch", "--local", "--type=strategic", "-o", "json", "-f", "resources.yaml"])
        .args(["--patch-file", "patch.json"])
        .env("KUBECONFIG", "/dev/null")
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .expect("this test compares with kubectl, which must be on the PATH");
    let text = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect())
}

/// Resources that take the same patches, and those patches.
fn groups() -> Vec<(Vec<Value>, BoxedStrategy<Value>)> {
    let workloads = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
    let workloads = workloads.map(|kind| resource("apps/v1", kind, json!({"template": pod()}))).to_vec();
    let cron_job = json!({"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": pod()}}});
    let plain = ["ConfigMap", "Secret"]
        .map(|kind| with(resource("v1", kind, json!({})), "data", json!({"a": "YQ==", "b": "Yg=="})));
    vec![
        (workloads, pod_patch().prop_map(|pod| json!({"spec": {"template": pod}})).boxed()),
        (
            vec![resource("batch/v1", "CronJob", cron_job)],
            pod_patch().prop_map(|pod| json!({"spec": {"jobTemplate": {"spec": {"template": pod}}}})).boxed(),
        ),
        (
            vec![with(resource("v1", "Pod", pod()["spec"].clone()), "metadata", metadata())],
            pod_patch().boxed(),
        ),
        (
            vec![resource("v1", "Service", service())],
            merge_list("ports", "port", [80, 443, 9090].map(Value::from), port_field())
                .prop_map(spec)
                .boxed(),
        ),
        (plain.to_vec(), map_patch(&["a", "b", "c"]).prop_map(|data| json!({"data": data})).boxed()),
        (vec![service_account()], service_account_patch().boxed()),
        (every_other_kind(), metadata_patch().prop_map(|metadata| json!({"metadata": metadata})).boxed()),
    ]
}

fn resource(api_version: &str, kind: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata(), "spec": spec})
}

fn with(mut resource: Value, key: &str, value: Value) -> Value {
    resource[key] = value;
    if resource["spec"] == json!({}) {
        resource.as_object_mut().unwrap().shift_remove("spec");
    }
    resource
}

fn metadata() -> Value {
    json!({
        "name": "web",
        "labels": {"app": "web", "tier": "front"},
        "annotations": {"a": "1", "b": "2"},
        "finalizers": ["acme.dev/one", "acme.dev/two", "acme.dev/three"],
        "ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1"},
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "y", "uid": "2"},
        ],
    })
}

fn pod() -> Value {
    let container = |name: &str| {
        json!({
            "name": name,
            "image": format!("ghcr.io/acme/{name}:1"),
            "args": ["--one", "--two"],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "C", "value": "3"}],
            "envFrom": [{"configMapRef": {"name": "x"}}],
            "ports": [{"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}],
            "volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b", "readOnly": true}],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
        })
    };
    json!({
        "metadata": {"labels": {"app": "web"}, "annotations": {"a": "1"}, "finalizers": ["acme.dev/one", "acme.dev/two"]},
        "spec": {
            "containers": [container("a"), container("b"), container("c")],
            "initContainers": [container("i"), container("j")],
            "imagePullSecrets": [{"name": "x"}, {"name": "y"}],
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["x", "y"]}, {"ip": "10.0.0.2", "hostnames": ["z"]}],
            "tolerations": [{"key": "x", "operator": "Exists"}],
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
            "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "x"}}],
            "nodeSelector": {"disk": "ssd"},
        },
    })
}

fn pod_patch() -> impl Strategy<Value = Value> {
    let containers =
        || merge_list("containers", "name", ["a", "b", "c", "d", "e"].map(Value::from), container_field());
    let init = merge_list("initContainers", "name", ["i", "j", "k"].map(Value::from), container_field());
    let lists = prop_oneof![
        containers(),
        merge_list("imagePullSecrets", "name", ["x", "y", "z"].map(Value::from), Just(json!({})).boxed()),
        merge_list(
            "hostAliases",
            "ip",
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(Value::from),
            Just(json!({"hostnames": ["n"]})).boxed()
        ),
        merge_list(
            "topologySpreadConstraints",
            "topologyKey",
            ["zone", "node"].map(Value::from),
            Just(json!({"maxSkew": 2})).boxed()
        ),
        merge_list("volumes", "name", ["v", "w", "u"].map(Value::from), volume_field()),
        Just(json!({"tolerations": [{"key": "y", "operator": "Exists"}]})),
        map_patch(&["disk", "zone"]).prop_map(|map| json!({"nodeSelector": map})),
        Just(json!({"nodeSelector": null, "hostNetwork": true})),
    ];
    (vec(lists, 0..3), containers(), init, metadata_patch()).prop_map(
        |(lists, containers, init, metadata)| {
            let mut spec = Map::new();
            for list in lists.into_iter().chain([containers, init]) {
                let Value::Object(fields) = list else { unreachable!() };
                // A list and its order belong together: the first of several wins.
                if !fields.keys().any(|key| spec.contains_key(key)) {
                    spec.extend(fields);
                }
            }
            json!({"metadata": metadata, "spec": spec})
        },
    )
}

fn container_field() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(json!({"image": "other:2"})),
        Just(json!({"image": "other:2", "args": ["--three"], "envFrom": []})),
        Just(json!({"command": ["x"], "resources": {"limits": {"cpu": null, "memory": "2Gi"}}})),
        Just(json!({"resources": {"$patch": "replace", "requests": {"cpu": "2"}}})),
        Just(json!({"$retainKeys": ["name", "image", "env"], "image": "kept:1"})),
        merge_list("env", "name", ["A", "B", "C", "D", "E"].map(Value::from), env_field()),
        merge_list("ports", "containerPort", [80, 443, 9090].map(Value::from), port_field()),
        merge_list(
            "volumeMounts",
            "mountPath",
            ["/a", "/b", "/c"].map(Value::from),
            Just(json!({"name": "w"})).boxed()
        ),
        merge_list(
            "volumeDevices",
            "devicePath",
            ["/d", "/e"].map(Value::from),
            Just(json!({"name": "w"})).boxed()
        ),
    ]
    .boxed()
}

fn env_field() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(json!({"value": "9"})),
        Just(json!({"value": null, "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})),
        Just(json!({"$retainKeys": ["name", "value"], "value": "9"})),
    ]
    .boxed()
}

fn port_field() -> BoxedStrategy<Value> {
    // Without `protocol`, by which kubectl does not tell ports apart.
    prop_oneof![Just(json!({"name": "other"})), Just(json!({"name": null}))].boxed()
}

fn volume_field() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(json!({"$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}})),
        Just(json!({"emptyDir": {"medium": "Memory"}})),
        Just(json!({"configMap": null, "emptyDir": {}})),
    ]
    .boxed()
}

/// A patch for the list `field`: some elements, each with what `more` gives or deleted, sometimes
/// in an order of their own, sometimes replacing the list.
fn merge_list<const N: usize>(
    field: &'static str,
    key: &'static str,
    names: [Value; N],
    more: BoxedStrategy<Value>,
) -> BoxedStrategy<Value> {
    let elements = vec((more, 0..5_u8), N);
    let names = subsequence(names.to_vec(), 0..=N).prop_shuffle();
    (names, elements, 0..10_u8)
        .prop_map(move |(names, elements, mode)| {
            let mut list = Vec::new();
            let mut order = Vec::new();
            for (name, (more, fate)) in names.iter().zip(elements) {
                let mut element = more.as_object().cloned().unwrap_or_default();
                if fate == 0 {
                    element = Map::from_iter([("$patch".to_owned(), json!("delete"))]);
                } else {
                    order.push(json!({key: name}));
                }
                element.insert(key.to_owned(), name.clone());
                list.push(Value::Object(element));
            }
            let mut patch = json!({});
            if mode == 0 {
                list.insert(0, json!({"$patch": "replace"}));
            } else if mode < 4 && order.len() == list.len() {
                // Not with deletions: then kubectl orders what is added by an array that it has
                // already overwritten.
                patch[format!("$setElementOrder/{field}")] = Value::Array(order);
            }
            patch[field] = Value::Array(list);
            patch
        })
        .boxed()
}

fn map_patch(keys: &'static [&'static str]) -> BoxedStrategy<Value> {
    let value = prop_oneof![Just(json!("bmV3")), Just(Value::Null)];
    let map = (subsequence(keys, 0..=keys.len()), vec(value, keys.len()))
        .prop_map(|(keys, values)| keys.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>());
    let directive = select(vec![None, None, None, Some("replace"), Some("delete")]);
    (map, directive)
        .prop_map(|(mut map, directive)| {
            if let Some(directive) = directive {
                map.insert("$patch".to_owned(), json!(directive));
            }
            Value::Object(map)
        })
        .boxed()
}

fn metadata_patch() -> impl Strategy<Value = Value> {
    let finalizers = ["acme.dev/one", "acme.dev/two", "acme.dev/three", "acme.dev/four"];
    let names = subsequence(finalizers.to_vec(), 0..=3).prop_shuffle();
    let owners = merge_list(
        "ownerReferences",
        "uid",
        ["1", "2", "3"].map(Value::from),
        Just(json!({"name": "n", "kind": "Pod", "apiVersion": "v1"})).boxed(),
    );
    (map_patch(&["a", "b", "c"]), names, 0..4_u8, owners).prop_map(|(annotations, names, mode, owners)| {
        let mut metadata = json!({"annotations": annotations});
        match mode {
            0 => metadata["$deleteFromPrimitiveList/finalizers"] = json!(names),
            1 => metadata["$setElementOrder/finalizers"] = json!(names),
            2 => metadata["finalizers"] = json!(names),
            _ => {
                let Value::Object(owners) = owners else { unreachable!() };
                metadata.as_object_mut().unwrap().extend(owners);
            }
        }
        metadata
    })
}

fn service() -> Value {
    json!({"selector": {"app": "web"}, "ports": [
        {"name": "http", "port": 80, "targetPort": 8080},
        {"name": "https", "port": 443, "targetPort": "https"},
    ]})
}

fn service_account() -> Value {
    let account =
        with(resource("v1", "ServiceAccount", json!({})), "secrets", json!([{"name": "x"}, {"name": "y"}]));
    with(account, "imagePullSecrets", json!([{"name": "x"}]))
}

fn service_account_patch() -> impl Strategy<Value = Value> {
    prop_oneof![
        merge_list(
            "secrets",
            "name",
            ["x", "y", "z"].map(Value::from),
            Just(json!({"namespace": "n"})).boxed()
        ),
        // No merge key here, unlike in a pod: the list is replaced.
        Just(json!({"imagePullSecrets": [{"name": "z"}]})),
    ]
}

fn spec(spec: Value) -> Value {
    json!({"spec": spec})
}

/// Kinds whose lists are all replaced; they share what every kind has.
fn every_other_kind() -> Vec<Value> {
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    vec![
        resource("networking.k8s.io/v1", "Ingress", json!({"rules": [{"host": "a"}]})),
        resource(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}),
        ),
        resource("v1", "PersistentVolumeClaim", json!({"accessModes": ["ReadWriteOnce"]})),
        resource(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({"podSelector": {}, "policyTypes": ["Ingress"]}),
        ),
        with(resource("rbac.authorization.k8s.io/v1", "Role", json!({})), "rules", rules),
        resource("policy/v1", "PodDisruptionBudget", json!({"selector": {"matchLabels": {"app": "web"}}})),
        resource("v1", "Namespace", json!({})),
    ]
}
