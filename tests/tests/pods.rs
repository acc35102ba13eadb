//! What assay makes of pods is what the API server makes of them: whether Pod Security admission refuses them, whether
//! a token is mounted, and which of them a selector selects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]
#![allow(clippy::print_stdout, reason = "the test harness shows the figures where the test fails")]

mod api;
mod live;
mod random_pods;

use std::collections::{BTreeMap, BTreeSet};

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::Control;
use assay_evaluator::data::Data;
use assay_evaluator::query;
use assay_model::id::AssetId;
use assay_model::schema::Schema;
use assay_snapshot::Snapshot;
use assay_tests::apiserver::ApiServer;
use assay_tests::random::Random;
use assay_tests::skip::need;
use jiff::Timestamp;
use serde_json::{Value, json};

use api::{get_all, post_all};
use live::{Bench, settle};

const PODS: usize = 1000;
const FRAMEWORK: &str = "pss-1.37";
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

/// A namespace that enforces a level, with accounts that say yes, no and nothing to tokens.
fn namespace(server: &ApiServer, level: &str) -> String {
    let name = server.namespace(&format!("pods-{level}"));
    let label = format!("pod-security.kubernetes.io/enforce={level}");
    server.kubectl(&["label", "namespace", &name, &label]);
    server.kubectl_stdin(&["create", "--filename=-"], &accounts(&name).to_string());
    name
}

fn accounts(namespace: &str) -> Value {
    let account = |name: &str, mounts: Option<bool>| {
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace},
            "automountServiceAccountToken": mounts,
        })
    };
    let accounts =
        [account("says-yes", Some(true)), account("says-no", Some(false)), account("says-nothing", None)];
    json!({"apiVersion": "v1", "kind": "List", "items": accounts})
}

/// What comes back of trying to create each pod in a namespace.
fn tried(server: &ApiServer, namespace: &str, pods: &[Value]) -> Vec<Result<Value, String>> {
    let path = format!("/api/v1/namespaces/{namespace}/pods?dryRun=All");
    post_all(server, pods.iter().map(|pod| (path.clone(), pod.clone())).collect())
}

fn collect(bench: &Bench, objects: &[Value]) -> Snapshot {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("objects.json");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    std::fs::write(&path, list.to_string()).unwrap();
    let request = ManifestRequest::new(vec![Input::Path(path)]);
    collect_manifests(&request, &bench.schema, &bench.store, &()).unwrap()
}

/// The names of the assets that a query surely yields.
fn asked(schema: &Schema, snapshot: &Snapshot, text: &str) -> BTreeSet<String> {
    let query = query::query(schema, text, Timestamp::UNIX_EPOCH).unwrap();
    let data = Data::open(schema, snapshot);
    let name = |id: &str| AssetId::from_stored(id.to_owned()).parts().3.to_owned();
    let mut names = BTreeSet::new();
    for (table, found) in data.run(&query).unwrap().tables() {
        let ids = data.ids(table).unwrap();
        names.extend(found.result.sure.set_indices().map(|row| name(ids.value(row))));
    }
    names
}

/// The levels that each pod's findings are about, by name.
fn levels_failed(bench: &Bench, snapshot: &Snapshot) -> BTreeMap<String, BTreeSet<String>> {
    let controls: Vec<&Control> =
        bench.library.controls().iter().filter(|it| it.frameworks.contains_key(FRAMEWORK)).collect();
    let audit = bench.judge_by(snapshot, &controls).audit;
    assert!(audit.unknowns.is_empty(), "{:?}", audit.unknowns);
    let rules: BTreeMap<&str, &Vec<String>> =
        audit.controls.iter().map(|it| (it.id.as_str(), &it.frameworks[FRAMEWORK])).collect();
    let mut failed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &audit.findings {
        let levels = rules[&*finding.control].iter().filter_map(|rule| rule.split('/').next());
        failed.entry(finding.asset.name.clone()).or_default().extend(levels.map(str::to_owned));
    }
    failed
}

#[test]
fn are_judged_as_admission_does() {
    let Some(server) = need("are_judged_as_admission_does", ApiServer::shared()) else { return };
    let mut random = Random::seeded("ASSAY_PODS_SEED", 36);
    let pods: Vec<Value> =
        (0..PODS).map(|number| random_pods::pod(&format!("pod-{number}"), &mut random)).collect();
    let answers = LEVELS.map(|level| tried(server, &namespace(server, level), &pods));
    let bench = Bench::new();
    let mut objects = pods.clone();
    objects.extend(accounts("default")["items"].as_array().unwrap().iter().cloned());
    let snapshot = collect(&bench, &objects);
    let failed = levels_failed(&bench, &snapshot);
    let mounting = "{ pods(where: {mountsServiceAccountToken: true}) { ...AssetFragment } }";
    let mounting = asked(&bench.schema, &snapshot, mounting);

    let mut wrong = Vec::new();
    let (mut invalid, mut refused, mut mounted) = (0, [0, 0], 0);
    for (index, pod) in pods.iter().enumerate() {
        let name = pod["metadata"]["name"].as_str().unwrap();
        let made = match &answers[0][index] {
            Ok(made) => made,
            Err(_) => {
                invalid += 1;
                continue;
            }
        };
        for (at, level) in LEVELS[1..].iter().enumerate() {
            let is_refused = match &answers[at + 1][index] {
                Ok(_) => false,
                Err(why) if why.contains("violates PodSecurity") => true,
                Err(why) => panic!("{name}: {why}"),
            };
            refused[at] += usize::from(is_refused);
            let fails = failed.get(name).is_some_and(|levels| levels.contains(*level));
            if fails != is_refused {
                wrong.push(format!(
                    "{level}: {:?}, assay {:?}: {pod}",
                    answers[at + 1][index].as_ref().err(),
                    failed.get(name)
                ));
            }
        }
        let injected = has_token(made);
        mounted += usize::from(injected);
        if injected != mounting.contains(name) {
            wrong.push(format!("the server mounts a token: {injected}: {pod}"));
        }
    }
    println!("{PODS} pods, {invalid} invalid, {refused:?} refused, {mounted} with a token");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(invalid * 10 < PODS && mounted * 5 > PODS && mounted * 5 < PODS * 4);
    assert!(refused.iter().all(|count| count * 5 > PODS && count * 10 < PODS * 9), "{refused:?}");
}

#[test]
fn are_selected_as_the_api_server_selects() {
    const MADE: usize = 150;
    const POLICIES: usize = 100;
    let Some(server) = need("are_selected_as_the_api_server_selects", ApiServer::shared()) else { return };
    let mut random = Random::seeded("ASSAY_SELECTORS_SEED", 36);
    let namespace = namespace(server, "privileged");
    let made: Vec<Value> = (0..MADE)
        .map(|number| {
            let mut pod = random_pods::pod(&format!("pod-{number}"), &mut random);
            pod["spec"] = json!({
                "containers": [{"name": "app", "image": "example.invalid/app:1"}],
                "serviceAccountName": pod["spec"]["serviceAccountName"],
                "automountServiceAccountToken": pod["spec"]["automountServiceAccountToken"],
            });
            pod
        })
        .collect();
    let selectors: Vec<Value> = (0..POLICIES).map(|_| random_pods::selector(&mut random)).collect();
    let pods = made.iter().map(|pod| (format!("/api/v1/namespaces/{namespace}/pods"), pod.clone()));
    let policies = selectors.iter().enumerate().map(|(number, selector)| {
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": format!("policy-{number}")}, "spec": {"podSelector": selector},
        });
        (format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"), policy)
    });
    post_all(server, pods.chain(policies).collect()).into_iter().for_each(|made| drop(made.unwrap()));
    settle(server);
    let bench = Bench::new();
    let snapshot = bench.collect(server, "admin");

    let path = |selector| {
        let selector = percent_encoded(&text_of(selector));
        format!("/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")
    };
    let answers = get_all(server, selectors.iter().map(path).collect());
    let mut selected = 0;
    for (number, (selector, answer)) in selectors.iter().zip(answers).enumerate() {
        let expected = names(&answer.unwrap(), |_| true);
        let policy = format!("{{namespace: \"{namespace}\", name: \"policy-{number}\"}}");
        let query = format!("{{ networkPolicies(where: {policy}) {{ pods {{ ...AssetFragment }} }} }}");
        assert_eq!(asked(&bench.schema, &snapshot, &query), expected, "{selector}");
        selected += expected.len();
    }
    println!("{POLICIES} selectors select {selected} pods");
    assert!(selected > POLICIES && selected < POLICIES * MADE * 3 / 4, "{selected}");

    // And the tokens of pods that are really there.
    let mounting = format!(
        "{{ pods(where: {{namespace: \"{namespace}\", mountsServiceAccountToken: true}}) {{ ...AssetFragment }} }}"
    );
    let live = get_all(server, vec![format!("/api/v1/namespaces/{namespace}/pods")]).remove(0).unwrap();
    let with_token = names(&live, has_token);
    assert_eq!(asked(&bench.schema, &snapshot, &mounting), with_token);
    assert!(with_token.len() > 10 && with_token.len() < MADE - 10);
}

/// Whether admission gave a pod a token.
fn has_token(pod: &Value) -> bool {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|it| it["name"].as_str()).any(|it| it.starts_with("kube-api-access-"))
}

/// The names of those objects of a list.
fn names(list: &Value, which: fn(&Value) -> bool) -> BTreeSet<String> {
    let items = list["items"].as_array().unwrap().iter().filter(|item| which(item));
    items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A selector as the API server takes it in a URL.
fn text_of(selector: &Value) -> String {
    let mut parts = vec!["all=yes".to_owned()];
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        parts.push(format!("{key}={}", value.as_str().unwrap()));
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap();
        let values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        parts.push(match expression["operator"].as_str().unwrap() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    parts.join(",")
}
