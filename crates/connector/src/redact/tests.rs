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
    let object = |document: Document<'_>| serde_json::to_value(document.object).unwrap();
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
    for (file, at_least) in [("secrets.yaml", 45), ("secrets-wrong-types.yaml", 13)] {
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
        ("JWT", format!("eyJ{}.{}.", letters(20), letters(20))),
        ("JWT", format!("eyJ{0}.{0}.{0}.{0}.{0}", letters(20))),
        ("JWT", format!("eyJ{0}..{0}.{0}.{0}", letters(20))),
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
fn values_under_a_mistyped_name_are_values_all_the_same() {
    for kind in ["Secret", "ConfigMap"] {
        for name in ["stringdata", "Data", "spec"] {
            let kept = redacted(json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "s"},
                "type": "Opaque", "immutable": true, name: {"a": "hunter", "b": ["hunter"]}}));
            assert!(!kept.to_string().contains("hunter"), "{kept}");
            assert_eq!((&kept["type"], &kept["immutable"]), (&json!("Opaque"), &json!(true)));
        }
    }
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringdata": {"a": "hunter"}});
    let kept =
        redacted(json!({"apiVersion": "example.com/v1", "kind": "Sync", "spec": {"resources": [secret]}}));
    assert!(!kept.to_string().contains("hunter"), "{kept}");
    let reference = json!({"apiVersion": "v1", "kind": "Secret", "name": "s", "key": "a"});
    let sync = json!({"apiVersion": "example.com/v1", "kind": "Sync", "spec": {"from": reference}});
    assert_eq!(redacted(sync)["spec"]["from"], reference);
    let other = json!({"apiVersion": "example.com/v1", "kind": "Secret", "spec": {"a": "b"}});
    assert_eq!(redacted(other)["spec"], json!({"a": "b"}));
}

#[test]
fn data_of_what_is_a_secret_by_its_kind_is_dropped_in_any_form() {
    for data in [json!("hunter"), json!(["hunter"]), json!([{"password": "hunter"}]), json!({"a": "hunter"})]
    {
        for name in ["data", "stringData"] {
            let kept = redacted(json!({"apiVersion": "example.com/v1", "kind": "DbSecret", name: data,
                "spec": {"template": {name: data}}}));
            assert!(!kept.to_string().contains("hunter"), "{kept}");
        }
    }
    // Where values come from is no value.
    let references = json!([{"secretKey": "a", "remoteRef": {"key": "shop/db"}}]);
    let spec = json!({"data": references});
    let object = json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "spec": spec});
    assert_eq!(redacted(object)["spec"]["data"], references);
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
            {"name": "MISTYPED", "vaule": ["x1"], "value": null},
            {"name": "D_PASSWORD=x1", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            {"name": "E", "valueFrom": "x1"},
            {"name": "G", "valueFrom": null, "other": null},
            {"name": "H", "valueFrom": {"fieldRef": null, "secretKeyRef": {"name": "a", "key": "b", "optional": null}}},
            {"name": "F", "valueFrom": {"value": "x1", "secretKeyRef": {"key": "a", "value": "x1"}}},
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
            {"name": "MISTYPED", "vaule": "[redacted: environment]"},
            {
                "name": "D_PASSWORD=[redacted: password]",
                "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}},
            },
            {"name": "E", "valueFrom": "[redacted: environment]"},
            {"name": "G", "valueFrom": null, "other": null},
            {"name": "H", "valueFrom": {"fieldRef": null, "secretKeyRef": {"name": "a", "key": "b", "optional": null}}},
            {
                "name": "F",
                "valueFrom": {
                    "value": "[redacted: environment]",
                    "secretKeyRef": {"key": "a", "value": "[redacted: environment]"},
                },
            },
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

/// Scripts, settings and requests stand in fields and annotations of any object.
#[test]
fn texts_lose_only_the_secret() {
    let secret = "q7Rm2Zk9/q7R";
    for (text, expected) in [
        ("sh -c 'curl -H \"X-Api-Key: §\" http://x'", "sh -c 'curl -H \"X-Api-Key: «API key»\" http://x'"),
        ("curl -H 'X-Vault-Token: §' http://x", "curl -H 'X-Vault-Token: «token»' http://x"),
        ("app --password '§ §' -v", "app --password '«password»' -v"),
        ("az login --service-principal -p § -t x", "az login --service-principal -p «password option» -t x"),
        ("mc alias set m https://x me §", "mc alias set m https://x me «password option»"),
        (
            "echo § | docker login -u me --password-stdin",
            "echo «password option» | docker login -u me --password-stdin",
        ),
        ("set -e\nmysql -p§ -h db\n", "set -e\nmysql -p«password option» -h db\n"),
        ("curl -u \"me:§ §\" http://x", "curl -u \"me:«user with password»\" http://x"),
        ("proxy_set_header X-Api-Key §;", "proxy_set_header X-Api-Key «API key»;"),
        ("more_set_headers \"X-Token: §\";", "more_set_headers \"X-Token: «token»\";"),
        ("a:\n  rootPassword: §  # change me\n  b: 1", "a:\n  rootPassword: «password»  # change me\n  b: 1"),
        ("password: §,with,comma", "password: «password»"),
        ("{password: §, port: 1}", "{password: «password», port: 1}"),
        ("{adminPassword: '§', a: b}", "{adminPassword: '«password»', a: b}"),
        ("password: |\n  §\n", "password: |\n«password»"),
        (
            "- name: DB_PASSWORD\n  value: §\n- name: A\n  value: b",
            "- name: DB_PASSWORD\n  value: «password»\n- name: A\n  value: b",
        ),
        ("- value: \"§\"\n  name: DB_PASSWORD", "- value: \"«password»\"\n  name: DB_PASSWORD"),
        (
            "[{\"name\":\"DB_PASSWORD\",\"value\":\"§\"}]",
            "[{\"name\":\"DB_PASSWORD\",\"value\":\"«password»\"}]",
        ),
        ("{\"a\":1,\"appKey\":\"§\"}", "{\"a\":1,\"appKey\":\"«API key»\"}"),
        ("mongodb://u:§@h/db", "mongodb://u:«URL with password»@h/db"),
        ("https://u:p@q7R@h/x", "https://u:«URL with password»@h/x"),
        ("root:§@tcp(db:3306)/app", "root:«URL with password»@tcp(db:3306)/app"),
        (
            "{\"auths\":{\"r.example\":{\"auth\":\"§\"}}}",
            "{\"auths\":{\"r.example\":{\"auth\":\"«registry password»\"}}}",
        ),
        // None of these is one.
        (
            "proxy_set_header Authorization $http_authorization;",
            "proxy_set_header Authorization $http_authorization;",
        ),
        ("curl -H \"X-Api-Key: $API_KEY\" http://x", "curl -H \"X-Api-Key: $API_KEY\" http://x"),
        ("docker login -p $PASSWORD", "docker login -p $PASSWORD"),
        ("- name: DB_PASSWORD\n  valueFrom: x", "- name: DB_PASSWORD\n  valueFrom: x"),
        ("http://h:8080/a?b=c@d", "http://h:8080/a?b=c@d"),
        ("{\"a\": [1, 2], \"port\": \"b\"}", "{\"a\": [1, 2], \"port\": \"b\"}"),
        ("token: see the wiki", "token: see the wiki"),
    ] {
        let text = text.replace('§', secret);
        let object = json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"annotations": {"x.example/note": text}},
            "spec": {"note": text}});
        let kept = redacted(object);
        let expected = expected.replace('«', "[redacted: ").replace('»', "]");
        assert_eq!(kept["spec"]["note"], expected);
        assert_eq!(kept["metadata"]["annotations"]["x.example/note"], expected);
    }
}

#[test]
fn values_that_begin_as_references_are_none() {
    for (name, value) in [
        ("awsSecretAccessKey", "/Q7Rm2Zk9q7Rm2Zk9q7Rm2Zk9q7Rm2Zk9q7Rm2Zk"),
        ("awsSecretAccessKey", "/Q7Rm2/Zk9q7+Rm2Zk9q7Rm2"),
        ("password", "$ecret123"),
        ("password", "<hunter2>"),
    ] {
        let kept = redacted(json!({"kind": "X", "spec": {name: value}}));
        assert_ne!(kept["spec"][name], value);
    }
    for (name, value) in [
        ("password", "/etc/db/Password1"),
        ("password", "$PASSWORD_2"),
        ("password", "$password"),
        ("password", "<your-password>"),
        ("token", "<REPLACE_ME>"),
    ] {
        let kept = redacted(json!({"kind": "X", "spec": {name: value}}));
        assert_eq!(kept["spec"][name], value);
    }
}

#[test]
fn variables_go_whatever_their_list_is_called() {
    let list =
        json!([{"name": "A", "value": "abc"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s"}}}]);
    for key in ["env", "envVars", "extraEnv", "additional_env_vars"] {
        let kept = redacted(json!({"kind": "X", "spec": {key: list}}));
        assert_eq!(kept["spec"][key][0], json!({"name": "A", "assayFacts": {"literal": true}}), "{key}");
        assert_eq!(kept["spec"][key][1], list[1]);
    }
    let environments = json!({"kind": "X", "spec": {"environments": [{"name": "prod", "url": "abc"}]}});
    assert_eq!(redacted(environments.clone()), environments);
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
    let copy = "[redacted: copy of an object]";
    let names = ["a.example/json", "b.example/list", "c.example/yaml", "d.example/gzip", "e.example/base64"];
    let mut left: Value = names.iter().map(|name| ((*name).to_owned(), json!(copy))).collect();
    left["f.example/kept"] = json!("{\"x\": 1}");
    assert_eq!(kept["metadata"]["annotations"], left);
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
    let patterns = rules::PATTERNS.iter().map(|pattern| pattern.regex);
    let others = rules::PAIRS.iter().chain(rules::OPTIONS).map(|(_, regex)| *regex);
    for regex in patterns.chain(others) {
        assert!(regex::Regex::new(regex).is_ok(), "{regex}");
    }
}

#[test]
fn no_pattern_fits_a_text_that_is_too_short_to_be_looked_at() {
    for pattern in rules::PATTERNS {
        let hir = regex_syntax::parse(pattern.regex).unwrap();
        assert!(hir.properties().minimum_len().unwrap() >= text::SHORTEST, "{}", pattern.name);
    }
}
