use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::*;
use crate::manifest::{self, Document, Input};

fn redacted(object: Value) -> Value {
    static REDACTOR: OnceLock<Redactor> = OnceLock::new();
    let redactor = REDACTOR.get_or_init(|| Redactor::new().unwrap());
    serde_json::to_value(redactor.redact(object.into()).into_json()).unwrap()
}

/// Letters and digits that are no one's credential, and that no scanner of this repository takes for one.
fn letters(length: usize) -> String {
    "q7Rm2Zk9".chars().cycle().take(length).collect()
}

fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name)
}

fn objects(file: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    let object = |document: Document| document.object;
    let _ = manifest::read(&[Input::Path(testdata(file))], &object, &mut |object| {
        objects.push(object);
        Ok::<(), ()>(())
    });
    objects
}

/// The bytes that the list of planted secrets gives for a file.
fn planted(file: &str) -> Vec<String> {
    let list = std::fs::read_to_string(testdata("hostile/README.md")).unwrap();
    let row = format!("| `{file}` | ");
    let rows = list.lines().filter_map(|line| line.strip_prefix(&row));
    rows.filter_map(|row| row.split(" | ").next())
        .flat_map(|cell| {
            cell.split('`').filter(|bytes| bytes.len() > 1).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn no_planted_secret_is_kept() {
    for (file, at_least) in [("secrets.yaml", 45), ("secrets-wrong-types.yaml", 8)] {
        let kept: Vec<String> = objects(&format!("hostile/{file}"))
            .into_iter()
            .map(|object| redacted(object).to_string())
            .collect();
        let planted = planted(file);
        assert!(planted.len() >= at_least, "{file}: {} planted", planted.len());
        for bytes in planted {
            let found: Vec<_> = kept.iter().filter(|object| object.contains(&bytes)).collect();
            assert!(found.is_empty(), "{bytes} is kept in {found:?}");
        }
    }
}

#[test]
fn ordinary_manifests_lose_nothing_else() {
    let kept = objects("shop").into_iter().map(|object| redacted(object).to_string()).collect::<String>();
    let lost: Vec<_> = kept.match_indices("[redacted").map(|(at, _)| &kept[at - 11..at + 20]).collect();
    // Two arguments, and a field of a custom resource; the rest are in Secrets and variables.
    let expected = [
        "--password=[redacted: password]",
        "password\":\"[redacted: password]",
        "uirepass\",\"[redacted: password]",
    ];
    assert_eq!(lost, expected);
    assert!(!kept.contains("FAKE-SHOP"));
}

#[test]
fn values_tell_by_their_look() {
    let key = |begin: &str| format!("-----{begin} PRIVATE KEY-----");
    let jwt = format!("eyJ{}.eyJ{}.{}", letters(20), letters(20), letters(20));
    let cases = [
        ("private key", format!("{}\n{}\n{}", key("BEGIN RSA"), letters(64), key("END RSA"))),
        ("private key", format!("{}\\n{}\\n", key("BEGIN"), letters(64))),
        ("private key", format!("{}{}", key("BEGIN OPENSSH"), letters(10))),
        ("JWT", jwt.clone()),
        ("AWS access key id", format!("AKIA{}", letters(16).to_uppercase())),
        ("GitHub token", format!("ghp_{}", letters(36))),
        ("GitHub token", format!("github_pat_{}", letters(30))),
        ("GitLab token", format!("glpat-{}", letters(20))),
        ("Slack token", format!("xoxb-{}", letters(24))),
        ("Slack webhook", format!("https://hooks.slack.com/services/T0/B0/{}", letters(24))),
        ("Google API key", format!("AIza{}", letters(35))),
        ("Stripe key", format!("sk_live_{}", letters(24))),
        ("npm token", format!("npm_{}", letters(36))),
        ("SendGrid key", format!("SG.{}.{}", letters(22), letters(43))),
        ("model API key", format!("sk-proj-{}", letters(40))),
        ("Vault token", format!("hvs.{}", letters(24))),
        ("age key", format!("AGE-SECRET-KEY-1{}", letters(58).to_uppercase())),
        ("URL with password", format!("postgres://app:{}@db.example:5432/app", letters(8))),
        ("URL with password", format!("redis://:{}@cache.example", letters(8))),
        ("URL with token", format!("https://{}@git.example/x.git", letters(24))),
        ("URL with token", format!("https://hook.example/token/{}", letters(12))),
        ("bearer token", format!("Authorization: Bearer {}", letters(20))),
        ("basic authentication", format!("Authorization: Basic {}=", letters(20))),
        ("password", format!("login failed: password={}", letters(8))),
        ("token", format!("https://x.example/?a=b&access_token={}&c=d", letters(8))),
        ("password", format!("a=b\nspring.datasource.password = {}\nc=d", letters(8))),
        ("API key", format!("{{\"apiKey\": \"{}\", \"a\": \"b\"}}", letters(8))),
        ("password", format!("server:\n  adminPassword: {}\n  port: 1\n", letters(8))),
        ("secret key", format!("AWS_SECRET_ACCESS_KEY={}", letters(40))),
    ];
    for (pattern, value) in cases {
        let kept = redacted(json!({"apiVersion": "x/v1", "kind": "X", "spec": {"field": value}}));
        let field = kept["spec"]["field"].as_str().unwrap();
        assert!(field.contains(&format!("[redacted: {pattern}]")), "{value} became {field}, not {pattern}");
        assert!(!field.contains(&letters(8)) && !field.contains(&letters(8).to_uppercase()), "{field}");
    }
}

#[test]
fn names_tell_of_their_values() {
    let value = letters(9);
    for name in [
        "password",
        "adminPassword",
        "db_passwd",
        "sshPassphrase",
        "token",
        "botToken",
        "apiKey",
        "api_key",
        "x-api-key",
        "clientSecret",
        "client_secret",
        "secretAccessKey",
        "accessKey",
        "privateKey",
        "signing-key",
        "authorization",
        "smtpPass",
        "DB_PWD",
        "encryptionKey",
        "credentials2",
        "secret",
        "PASSWORD_1",
    ] {
        let kept = redacted(json!({"apiVersion": "x/v1", "kind": "X", "spec": {"a": [{name: value}]}}));
        let found = kept["spec"]["a"][0][name].as_str().unwrap();
        assert!(found.starts_with("[redacted: "), "{name}: {found}");
        let kept = redacted(json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"annotations": {
            format!("example.com/{name}"): value}}}));
        let text = kept.to_string();
        assert!(text.contains("[redacted: "), "annotation {name}: {text}");
        let kept = redacted(json!({"spec": {"headers": [{"name": name, "value": value}]}}));
        assert!(!kept.to_string().contains(&value), "header {name}");
    }
}

#[test]
fn what_only_looks_alike_stays() {
    let object: Value = serde_json::from_str(include_str!("lookalikes.json")).unwrap();
    let mut expected = object.clone();
    expected["spec"]["env"][1].as_object_mut().unwrap().remove("value");
    assert_eq!(redacted(object), expected);
}

#[test]
fn secrets_and_config_maps_keep_keys_and_sizes() {
    let secret = redacted(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque",
        "data": {"b": "aGVs\nbG8=", "a": null, "c": "aA=="}, "stringData": {"c": "four"},
    }));
    assert_eq!(
        secret["assayFacts"],
        json!({"entries": [{"size": 0, "key": "a"}, {"size": 5, "key": "b"}, {"size": 4, "key": "c"}]})
    );
    assert!(secret.get("data").is_none() && secret.get("stringData").is_none());
    let map = redacted(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
        "data": {"app.properties": "db.password=hunter2", "colour": "blue"}, "binaryData": {"bin": "aGk="},
    }));
    assert_eq!(
        map["assayFacts"]["entries"],
        json!([
            {"size": 19, "looksLikeCredential": "password", "key": "app.properties"},
            {"size": 2, "key": "bin"},
            {"size": 4, "key": "colour"},
        ])
    );
    assert!(!map.to_string().contains("hunter2") && !map.to_string().contains("blue"));
}

#[test]
fn broken_data_stays_unreadable_and_untold() {
    for (data, facts) in [
        (json!("text"), json!("unreadable")),
        (json!({"a": 5}), json!([{"size": "unreadable", "key": "a"}])),
        (json!({"a": "not base64!"}), json!([{"size": "unreadable", "key": "a"}])),
    ] {
        let secret = redacted(json!({"apiVersion": "v1", "kind": "Secret", "data": data}));
        assert_eq!(secret["assayFacts"]["entries"], facts);
    }
}

#[test]
fn environment_keeps_names_and_facts_wherever_it_stands() {
    let kept = redacted(json!({
        "apiVersion": "x/v1", "kind": "Thing",
        "spec": {"template": {"spec": {"initContainers": [{"env": [
            {"name": "A", "value": "plain"},
            {"name": "B_TOKEN", "value": "x1"},
            {"name": "C", "value": 5, "assayFacts": {"literal": false}},
            {"name": "D", "assayFacts": {"literal": true}},
            {"name": "APP_SECRET", "value": "s3cr3t"},
            {"name": "TLS_SECRET", "value": "web-tls"},
        ]}]}}},
    }));
    let env = &kept["spec"]["template"]["spec"]["initContainers"][0]["env"];
    assert_eq!(
        *env,
        json!([
            {"name": "A", "assayFacts": {"literal": true}},
            {"name": "B_TOKEN", "assayFacts": {"literal": true, "looksLikeCredential": "token"}},
            {"name": "C", "assayFacts": {"literal": true}},
            {"name": "D"},
            {"name": "APP_SECRET", "assayFacts": {"literal": true, "looksLikeCredential": "secret"}},
            {"name": "TLS_SECRET", "assayFacts": {"literal": true}},
        ])
    );
}

#[test]
fn command_lines_lose_only_the_secret() {
    let line = |command: Value, args: Value| {
        let kept = redacted(json!({"containers": [{"command": command, "args": args}]}));
        let container = &kept["containers"][0];
        let words =
            |key: &str| container[key].as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned());
        words("command").chain(words("args")).collect::<Vec<_>>().join(" ")
    };
    for (command, args, expected) in [
        (json!(["app"]), json!(["--db-password=abc", "-v"]), "app --db-password=[redacted: password] -v"),
        (json!(["app"]), json!(["--password", "abc", "x"]), "app --password [redacted: password] x"),
        (json!(["app", "--token"]), json!(["--verbose"]), "app --token --verbose"),
        (
            json!(["sh", "-c"]),
            json!(["PW='a b' app --token abc"]),
            "sh -c PW='[redacted: password]' app --token [redacted: token]",
        ),
        (json!(["mysql", "-pabc"]), json!(["-P3306"]), "mysql -p[redacted: password option] -P3306"),
        (
            json!(["/bin/redis-cli"]),
            json!(["-a", "abc", "ping"]),
            "/bin/redis-cli -a [redacted: password option] ping",
        ),
        (
            json!(["curl"]),
            json!(["-u", "me:abc", "http://x"]),
            "curl -u me:[redacted: user with password] http://x",
        ),
        (json!(["server"]), json!(["-p8080", "-u", "1000:1000"]), "server -p8080 -u 1000:1000"),
    ] {
        assert_eq!(line(command, args), expected);
    }
}

#[test]
fn copies_of_objects_are_dropped() {
    let packed = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        r#"{"apiVersion":"v1","kind":"Pod"}"#,
    );
    let kept = redacted(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "a.example/json": "{\"spec\": {\"x\": 1}}",
        "b.example/list": "[{\"kind\": \"Pod\"}]",
        "c.example/yaml": "apiVersion: v1\nkind: Pod\n",
        "d.example/gzip": "H4sIAAAAAAAA",
        "e.example/base64": packed,
        "f.example/kept": "{\"x\": 1}",
    }}}));
    assert_eq!(kept["metadata"]["annotations"], json!({"f.example/kept": "{\"x\": 1}"}));
}

#[test]
fn manifests_within_manifests_are_redacted_too() {
    let secret = letters(12);
    for object in [
        json!({"kind": "Template", "objects": [{"apiVersion": "v1", "kind": "Secret", "stringData": {"a": secret}}]}),
        json!({"kind": "SealedSecret", "spec": {"template": {"data": {"a": secret}}}}),
        json!({"kind": "ManifestWork", "spec": {"manifests": [{"kind": "ConfigMap", "data": {"a": secret}}]}}),
        json!({"kind": "Release", "spec": {"values": format!("x: 1\nadminPassword: {secret}\n")}}),
    ] {
        assert!(!redacted(object.clone()).to_string().contains(&secret), "{object}");
    }
    let reference = json!({"kind": "Source", "ref": {"kind": "Secret", "name": "x"}});
    assert_eq!(redacted(reference.clone()), reference);
}

#[test]
fn managed_fields_keep_who_and_when() {
    let kept = redacted(json!({"metadata": {"managedFields": [
        {"manager": "kubectl", "operation": "Apply", "time": "2024-05-06T07:08:09Z", "apiVersion": "v1",
         "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}}, "subresource": "status"}]}}));
    assert_eq!(
        kept["metadata"]["managedFields"][0],
        json!({"manager": "kubectl", "operation": "Apply", "time": "2024-05-06T07:08:09Z", "apiVersion": "v1", "subresource": "status"})
    );
}

/// They are compiled when they first fit; none may turn out not to be one then.
#[test]
fn each_pattern_compiles_alone() {
    for pattern in rules::PATTERNS {
        assert!(regex::Regex::new(pattern.regex).is_ok(), "{}", pattern.name);
    }
}

#[test]
fn no_pattern_fits_a_text_that_is_too_short_to_be_looked_at() {
    for pattern in rules::PATTERNS {
        let hir = regex_syntax::parse(pattern.regex).unwrap();
        assert!(hir.properties().minimum_len().unwrap() >= text::SHORTEST, "{}", pattern.name);
    }
}
