//! What assay makes of roles and bindings is what the API server answers (SubjectAccessReview).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]
#![allow(clippy::print_stdout, reason = "the test harness shows the figures where the test fails")]

mod api;
mod bindings;
mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arrow::array::{Array, ListArray, StringArray};
use assay_evaluator::data::Data;
use assay_model::rbac::{Action, Identity, Policy, Rule, default_role};
use assay_model::schema::{Schema, TableId};
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::random::Random;
use assay_tests::skip::need;
use serde_json::{Value, json};

use api::post_all;
use bindings::{ACCOUNTS, API_GROUPS, GROUPS, NAMES, NAMESPACES, Objects, RESOURCES, USERS, VERBS};
use live::{Bench, settle};

const REVIEWS: usize = 5000;

const PATHS: [&str; 9] =
    ["/healthz", "/healthz/etcd", "/metrics", "/api", "/api/v1", "/apis/apps/v1", "/version", "/logs/", "/"];

/// A question to both sides.
#[derive(Debug, Clone)]
struct Question {
    who: Identity,
    verb: String,
    group: String,
    resource: String,
    namespace: String,
    name: String,
    path: Option<String>,
}

impl Question {
    fn ask(random: &mut Random, policy: &Policy) -> Self {
        let mut question = Self::anything(random);
        // Half of them are about what is given to someone, or near it: else nearly all answers were no.
        if random.once_in(2) {
            let grant = &policy.grants()[random.below(policy.grants().len())];
            if let (false, false) = (grant.subjects.is_empty(), grant.rules.is_empty()) {
                let rule = &grant.rules[random.below(grant.rules.len())];
                question.who = random.pick(&grant.subjects).as_identity();
                if question.who.name().is_none() {
                    let groups: Vec<&str> = question.who.groups().iter().map(String::as_str).collect();
                    question.who = Identity::exactly("zoe", &groups);
                }
                question.namespace = grant.namespace.clone().unwrap_or(question.namespace);
                question.near(rule, random);
            }
        }
        question
    }

    fn anything(random: &mut Random) -> Self {
        let who = match random.below(20) {
            0 => Identity::user("root", &["system:masters"]),
            1 => Identity::anonymous(),
            2..=8 => Identity::user(random.pick(&USERS), &random.some(&GROUPS[..2], 0, 2)),
            _ => Identity::service_account(random.pick(&NAMESPACES), random.pick(&ACCOUNTS)),
        };
        let text = |text: &str| text.to_owned();
        Self {
            who,
            verb: text(random.pick(&VERBS)),
            group: text(random.pick(&API_GROUPS)),
            resource: text(random.pick(&RESOURCES)),
            namespace: if random.once_in(4) { String::new() } else { text(random.pick(&NAMESPACES)) },
            name: if random.once_in(2) { String::new() } else { text(random.pick(&NAMES)) },
            path: random.once_in(6).then(|| text(random.pick(&PATHS))),
        }
    }

    /// Takes over most of what a rule allows.
    fn near(&mut self, rule: &Rule, random: &mut Random) {
        let take = |from: &[String], random: &mut Random, into: &mut String| {
            if let (false, false) = (from.is_empty(), random.once_in(8)) {
                let taken = random.pick(from);
                if taken != "*" {
                    into.clone_from(&taken);
                }
            }
        };
        take(&rule.verbs, random, &mut self.verb);
        take(&rule.api_groups, random, &mut self.group);
        take(&rule.resources, random, &mut self.resource);
        take(&rule.resource_names, random, &mut self.name);
        self.resource = self.resource.replace("*/", "widgets/");
        self.path = rule.non_resource_urls.first().map(|url| url.replace('*', "x"));
    }

    fn action(&self) -> Action<'_> {
        match &self.path {
            Some(path) => Action::url(&self.verb, path),
            None => Action::resource(&self.verb, &self.group, &self.resource, &self.namespace, &self.name),
        }
    }

    fn review(&self) -> (String, Value) {
        let (resource, subresource) = self.resource.split_once('/').unwrap_or((&self.resource, ""));
        let mut spec = json!({"user": self.who.name(), "groups": self.who.groups()});
        match &self.path {
            Some(path) => spec["nonResourceAttributes"] = json!({"path": path, "verb": self.verb}),
            None => {
                spec["resourceAttributes"] = json!({
                    "verb": self.verb, "group": self.group, "resource": resource, "subresource": subresource,
                    "namespace": self.namespace, "name": self.name,
                });
            }
        }
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec,
        });
        ("/apis/authorization.k8s.io/v1/subjectaccessreviews".to_owned(), review)
    }
}

fn answers(server: &ApiServer, questions: &[Question]) -> Vec<bool> {
    let reviews = questions.iter().map(Question::review).collect();
    let answers = post_all(server, reviews);
    answers.into_iter().map(|answer| answer.unwrap()["status"]["allowed"].as_bool().unwrap()).collect()
}

fn prepare(server: &ApiServer, random: Random) {
    for namespace in NAMESPACES {
        server.kubectl(&["create", "namespace", namespace]);
        for account in &ACCOUNTS[1..3] {
            server.kubectl(&["create", "serviceaccount", account, "--namespace", namespace]);
        }
    }
    let defaults = server.kubectl(&["get", "clusterroles", "--output=jsonpath={.items[*].metadata.name}"]);
    let defaults: Vec<String> = defaults.split(' ').map(str::to_owned).collect();
    assert!(defaults.len() >= 60, "{} default roles", defaults.len());
    default_roles_are_the_servers(server);
    let objects = Objects::make(random, defaults).list;
    let (bindings, roles): (Vec<_>, Vec<_>) =
        objects.into_iter().partition(|(path, _)| path.ends_with("bindings"));
    for part in [roles, bindings] {
        post_all(server, part).into_iter().for_each(|made| drop(made.unwrap()));
    }
    settle(server);
    // The authorizer learns of bindings a moment later: it has when it knows the last one.
    server.kubectl(&["create", "clusterrolebinding", "access-last", "--clusterrole=view", "--user=last"]);
    let last = Question {
        who: Identity::user("last", &[]),
        verb: "list".to_owned(),
        group: String::new(),
        resource: "pods".to_owned(),
        namespace: String::new(),
        name: String::new(),
        path: None,
    };
    wait_until("the authorizer knows all bindings", Duration::from_secs(60), || {
        answers(server, std::slice::from_ref(&last)) == [true]
    });
}

/// What manifests are judged by, where they name roles that Kubernetes creates.
fn default_roles_are_the_servers(server: &ApiServer) {
    let defaults = "--selector=kubernetes.io/bootstrapping=rbac-defaults";
    let roles = server.kubectl(&["get", "clusterroles", defaults, "--output=json"]);
    let roles: Value = serde_json::from_str(&roles).unwrap();
    let texts = |rule: &Value, field: &str| -> Vec<String> {
        rule[field].as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    for role in roles["items"].as_array().unwrap() {
        let rules = role["rules"].as_array().into_iter().flatten().map(|rule| Rule {
            verbs: texts(rule, "verbs"),
            api_groups: texts(rule, "apiGroups"),
            resources: texts(rule, "resources"),
            resource_names: texts(rule, "resourceNames"),
            non_resource_urls: texts(rule, "nonResourceURLs"),
        });
        let name = role["metadata"]["name"].as_str().unwrap();
        let ours = default_role(name).unwrap_or_else(|| panic!("{name} is not known"));
        let sorted = |rules: &mut dyn Iterator<Item = Rule>| -> BTreeSet<String> {
            rules.map(|rule| format!("{rule:?}")).collect()
        };
        assert_eq!(sorted(&mut ours.iter().cloned()), sorted(&mut rules.into_iter()), "{name}");
    }
}

#[test]
fn is_what_the_api_server_answers() {
    let Some(server) = need("is_what_the_api_server_answers", ApiServer::shared()) else { return };
    let mut random = Random::seeded("ASSAY_ACCESS_SEED", 36);
    prepare(server, random.clone());
    let bench = Bench::new();
    let snapshot = bench.collect(server, "admin");
    let data = Data::open(&bench.schema, &snapshot);
    let policy = data.access_policy().unwrap();
    let rows = Rows::of(&bench.schema, &data);
    let questions: Vec<Question> = (0..REVIEWS).map(|_| Question::ask(&mut random, &policy)).collect();
    let answers = answers(server, &questions);

    let mut wrong = Vec::new();
    let mut by_rows = 0;
    for (question, answer) in questions.iter().zip(&answers) {
        let decided = policy.can(&question.who, &question.action());
        if decided != *answer {
            wrong.push(format!("{question:?}: the server says {answer}, assay {decided}"));
        }
        if let Some(decided) = rows.can(question) {
            by_rows += 1;
            if decided != *answer {
                wrong.push(format!("{question:?}: the server says {answer}, assay's rows {decided}"));
            }
        }
    }
    let allowed = answers.iter().filter(|answer| **answer).count();
    println!("{REVIEWS} reviews, {allowed} allowed, {by_rows} decided by derived rows too");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(allowed * 10 > REVIEWS && allowed * 10 < REVIEWS * 9, "{allowed} allowed say little");
    assert!(by_rows * 4 > REVIEWS, "{by_rows} decided by rows say little");
}

/// Service accounts' grants as checks see them.
struct Rows {
    grants: BTreeMap<String, Vec<(Option<String>, Rule)>>,
}

impl Rows {
    fn of(schema: &Schema, data: &Data<'_>) -> Self {
        let accounts = schema.tables_of("ServiceAccount")[0];
        let edges = data.edges(accounts, &["grants".to_owned()]).unwrap();
        assert_eq!(edges.incomplete.count_set_bits(), 0);
        let ids = data.ids(accounts).unwrap();
        let mut grants: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let (table, adjacency) = &edges.to[0];
        for row in 0..ids.len() {
            let of_row = adjacency.of(row).iter().map(|grant| grant_at(data, *table, *grant as usize));
            grants.insert(ids.value(row).to_owned(), of_row.collect());
        }
        Self { grants }
    }

    /// Whether a service account that there is may do something; none for anyone else.
    fn can(&self, question: &Question) -> Option<bool> {
        let account = question.who.name()?.strip_prefix("system:serviceaccount:")?;
        let (namespace, name) = account.split_once(':')?;
        let grants = self.grants.get(&format!("core/ServiceAccount/{namespace}/{name}"))?;
        let action = question.action();
        let holds =
            |scope: &Option<String>| scope.as_deref().is_none_or(|scope| action.namespace() == Some(scope));
        Some(grants.iter().any(|(scope, rule)| holds(scope) && rule.allows(&action)))
    }
}

fn grant_at(data: &Data<'_>, table: TableId, row: usize) -> (Option<String>, Rule) {
    let list = |name: &str| -> Vec<String> {
        let column = data.column(table, &[name.to_owned()]).unwrap();
        let lists = column.as_any().downcast_ref::<ListArray>().unwrap();
        if lists.is_null(row) {
            return Vec::new();
        }
        let values = lists.value(row);
        let values = values.as_any().downcast_ref::<StringArray>().unwrap();
        values.iter().flatten().map(str::to_owned).collect()
    };
    let namespaces = data.text(table, "namespace").unwrap();
    let rule = Rule {
        verbs: list("verbs"),
        api_groups: list("apiGroups"),
        resources: list("resources"),
        resource_names: list("resourceNames"),
        non_resource_urls: list("nonResourceURLs"),
    };
    ((!namespaces.is_null(row)).then(|| namespaces.value(row).to_owned()), rule)
}
