//! Random pods: hardened ones, each spoilt in a few ways.

use assay_tests::random::Random;
use serde_json::{Value, json};

/// One way to spoil a pod.
type Spoil = fn(&mut Value, &mut Random);

const IMAGE: &str = "example.invalid/app:1";
const ACCOUNTS: [&str; 4] = ["", "says-yes", "says-no", "says-nothing"];

/// A pod that Kubernetes takes, whatever it thinks of its security.
pub(crate) fn pod(name: &str, random: &mut Random) -> Value {
    let mut pod = if random.once_in(12) { windows() } else { hardened() };
    pod["metadata"] = json!({"name": name, "labels": labels(random)});
    if random.once_in(2) {
        pod["spec"]["initContainers"] = json!([container("init", &pod["spec"]["containers"][0])]);
    }
    if random.once_in(3) {
        let other = container("other", &pod["spec"]["containers"][0]);
        pod["spec"]["containers"].as_array_mut().unwrap().push(other);
    }
    if pod["spec"]["os"].is_null() {
        for _ in 0..random.below(4) {
            random.pick(SPOILS)(&mut pod, random);
        }
    } else if random.once_in(2) {
        host_process(&mut pod, random);
    }
    account(&mut pod, random);
    pod
}

/// Labels that selectors may ask for.
pub(crate) fn labels(random: &mut Random) -> Value {
    let mut labels = json!({"all": "yes"});
    for key in ["app", "tier", "zone"] {
        if !random.once_in(3) {
            labels[key] = json!(random.pick(&["a", "b", "c", ""]));
        }
    }
    labels
}

/// A label selector of either form.
pub(crate) fn selector(random: &mut Random) -> Value {
    let mut selector = json!({});
    if random.once_in(2) {
        selector["matchLabels"] = json!({random.pick(&["app", "tier"]): random.pick(&["a", "b", ""])});
    }
    let expressions: Vec<Value> = (0..random.below(3))
        .map(|_| {
            let key = random.pick(&["app", "tier", "zone", "none"]);
            match random.pick(&["In", "NotIn", "Exists", "DoesNotExist"]) {
                operator @ ("In" | "NotIn") => {
                    json!({"key": key, "operator": operator, "values": random.some(&["a", "b", "c", ""], 1, 3)})
                }
                operator => json!({"key": key, "operator": operator}),
            }
        })
        .collect();
    if !expressions.is_empty() {
        selector["matchExpressions"] = json!(expressions);
    }
    selector
}

fn hardened() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "spec": {
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "app", "image": IMAGE,
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    })
}

fn windows() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "spec": {
            "os": {"name": "windows"},
            "securityContext": {"runAsNonRoot": true},
            "containers": [{"name": "app", "image": IMAGE}],
        },
    })
}

fn host_process(pod: &mut Value, _: &mut Random) {
    pod["spec"]["hostNetwork"] = json!(true);
    pod["spec"]["securityContext"]["windowsOptions"] =
        json!({"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"});
}

fn container(name: &str, like: &Value) -> Value {
    let mut container = like.clone();
    container["name"] = json!(name);
    container
}

fn account(pod: &mut Value, random: &mut Random) {
    let account = random.pick(&ACCOUNTS);
    if !account.is_empty() {
        pod["spec"]["serviceAccountName"] = json!(account);
    }
    match random.below(3) {
        0 => pod["spec"]["automountServiceAccountToken"] = json!(true),
        1 => pod["spec"]["automountServiceAccountToken"] = json!(false),
        _ => {}
    }
}

/// One of the containers, of whatever type.
fn some<'p>(pod: &'p mut Value, random: &mut Random) -> &'p mut Value {
    let list = if pod["spec"]["initContainers"].is_array() && random.once_in(3) {
        "initContainers"
    } else {
        "containers"
    };
    let containers = pod["spec"][list].as_array_mut().unwrap();
    let at = random.below(containers.len());
    &mut containers[at]
}

/// The security settings of the pod or of one of its containers.
fn settings<'p>(pod: &'p mut Value, random: &mut Random) -> &'p mut Value {
    if random.once_in(2) {
        &mut pod["spec"]["securityContext"]
    } else {
        &mut some(pod, random)["securityContext"]
    }
}

fn add_volume(pod: &mut Value, name: &str, source: Value) {
    if pod["spec"]["volumes"].is_null() {
        pod["spec"]["volumes"] = json!([]);
    }
    let volumes = pod["spec"]["volumes"].as_array_mut().unwrap();
    if volumes.iter().all(|volume| volume["name"] != name) {
        let mut volume = source;
        volume["name"] = json!(name);
        volumes.push(volume);
    }
}

const SPOILS: &[Spoil] = &[
    |pod, random| {
        let field = random.pick(&["hostNetwork", "hostPID", "hostIPC"]);
        pod["spec"][field] = json!(random.once_in(2));
    },
    |pod, random| {
        let container = some(pod, random);
        container["securityContext"]["privileged"] = json!(true);
        container["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    },
    |pod, random| {
        some(pod, random)["securityContext"]["allowPrivilegeEscalation"] =
            random.pick(&[json!(true), json!(null)])
    },
    |pod, random| {
        let added = random.some(&["NET_BIND_SERVICE", "CHOWN", "SYS_TIME", "NET_RAW", "KILL"], 0, 2);
        some(pod, random)["securityContext"]["capabilities"]["add"] = json!(added);
    },
    |pod, random| {
        let dropped =
            random.pick(&[json!(["ALL"]), json!(["NET_RAW"]), json!(["all"]), json!([]), json!(null)]);
        some(pod, random)["securityContext"]["capabilities"]["drop"] = dropped;
    },
    |pod, random| {
        settings(pod, random)["runAsNonRoot"] = random.pick(&[json!(true), json!(false), json!(null)])
    },
    |pod, random| settings(pod, random)["runAsUser"] = random.pick(&[json!(0), json!(1000), json!(null)]),
    |pod, random| {
        let profile = random.pick(&[
            json!({"type": "Unconfined"}),
            json!({"type": "RuntimeDefault"}),
            json!({"type": "Localhost", "localhostProfile": "app.json"}),
            json!(null),
        ]);
        settings(pod, random)["seccompProfile"] = profile;
    },
    |pod, random| {
        let profile = random.pick(&[
            json!({"type": "Unconfined"}),
            json!({"type": "RuntimeDefault"}),
            json!({"type": "Localhost", "localhostProfile": "app"}),
        ]);
        settings(pod, random)["appArmorProfile"] = profile;
    },
    |pod, random| {
        let options = random.pick(&[
            json!({"type": "container_t"}),
            json!({"type": "container_init_t"}),
            json!({"type": "container_engine_t"}),
            json!({"type": "spc_t"}),
            json!({"user": "system_u"}),
            json!({"role": "system_r"}),
            json!({"level": "s0:c1,c2"}),
        ]);
        settings(pod, random)["seLinuxOptions"] = options;
    },
    |pod, random| {
        let (name, value) = random.pick(&[
            ("kernel.shm_rmid_forced", "1"),
            ("net.ipv4.ip_local_port_range", "1024 65535"),
            ("net.ipv4.tcp_keepalive_time", "600"),
            ("net.core.somaxconn", "1024"),
            ("kernel.msgmax", "65536"),
        ]);
        pod["spec"]["securityContext"]["sysctls"] = json!([{"name": name, "value": value}]);
    },
    |pod, random| {
        some(pod, random)["ports"] = random.pick(&[
            json!([{"containerPort": 80}]),
            json!([{"containerPort": 80, "hostPort": 80}]),
            json!([{"containerPort": 80, "hostPort": 0}]),
        ]);
    },
    |pod, random| {
        let host = random.pick(&[
            json!("127.0.0.1"),
            json!("example.com"),
            json!(""),
            json!(null),
            json!("localhost"),
        ]);
        let probe = random.pick(&[
            json!({"httpGet": {"port": 80, "host": host}}),
            json!({"tcpSocket": {"port": 80, "host": host}}),
        ]);
        pod["spec"]["containers"][0]["livenessProbe"] = probe;
    },
    |pod, random| {
        let host = random.pick(&[json!("10.0.0.1"), json!(null)]);
        let hook = random.pick(&["postStart", "preStop"]);
        pod["spec"]["containers"][0]["lifecycle"][hook] = json!({"httpGet": {"port": 80, "host": host}});
    },
    |pod, random| {
        let (name, source) = random.pick(&[
            ("empty", json!({"emptyDir": {}})),
            ("config", json!({"configMap": {"name": "x"}})),
            ("secret", json!({"secret": {"secretName": "x"}})),
            ("claim", json!({"persistentVolumeClaim": {"claimName": "x"}})),
            ("projected", json!({"projected": {"sources": [{"configMap": {"name": "x"}}]}})),
            ("token", json!({"projected": {"sources": [{"serviceAccountToken": {"path": "t", "audience": "vault"}}]}})),
            ("csi", json!({"csi": {"driver": "x.example"}})),
            ("path", json!({"hostPath": {"path": "/var/log"}})),
            ("nfs", json!({"nfs": {"server": "x", "path": "/"}})),
            ("iscsi", json!({"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:a.b", "lun": 0}})),
            ("image", json!({"image": {"reference": "example.invalid/data:1"}})),
            (
                "own",
                json!({"ephemeral": {"volumeClaimTemplate": {"spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                }}}}),
            ),
        ]);
        add_volume(pod, name, source);
    },
    |pod, random| {
        pod["spec"]["hostUsers"] = json!(false);
        let mount = random.pick(&["Unmasked", "Default"]);
        some(pod, random)["securityContext"]["procMount"] = json!(mount);
    },
    |pod, random| {
        let name = pod["spec"]["containers"][0]["name"].as_str().unwrap().to_owned();
        let profile = random.pick(&["unconfined", "runtime/default", "localhost/app"]);
        let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
        pod["metadata"]["annotations"] = json!({key: profile});
    },
];
