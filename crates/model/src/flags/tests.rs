use super::*;

/// `name=value` of each flag, `name` where it has none.
fn read(command: &[&str], args: &[&str]) -> Vec<String> {
    told(flags("main", command, args).list)
}

fn told(flags: Vec<Flag<'_>>) -> Vec<String> {
    flags
        .into_iter()
        .map(|flag| flag.value.map_or(flag.name.to_string(), |value| format!("{}={value}", flag.name)))
        .collect()
}

#[test]
fn values_follow_an_equals_sign_or_the_flag() {
    let command =
        ["kube-apiserver", "--anonymous-auth=false", "--v", "2", "--profiling", "--tls-cipher-suites=A,B"];
    assert_eq!(read(&command, &[]), ["anonymous-auth=false", "v=2", "profiling", "tls-cipher-suites=A,B"]);
    assert_eq!(read(&["etcd"], &["-name", "a", "--empty=", "--x=a=b"]), ["name=a", "empty=", "x=a=b"]);
}

#[test]
fn flags_given_again_are_there_again() {
    let found = flags("main", &["kubelet", "--feature-gates=A=true"], &["--feature-gates", "B=false"]).list;
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].in_args, found[0].index), (false, 1));
    assert_eq!((found[1].in_args, found[1].index), (true, 0));
}

#[test]
fn what_is_no_flag_is_left_out() {
    assert_eq!(read(&["run", "-", "--", "--after"], &[]), Vec::<String>::new());
    assert_eq!(read(&["run", "--number", "-5", "-5"], &[]), ["number"]);
    assert_eq!(read(&[], &["serve", "--port=80"]), ["port=80"]);
}

#[test]
fn a_script_is_split_as_the_shell_does() {
    let script = "set -e; exec kube-apiserver --a=\"b c\" --d 'e f' \\\n --g=h\\ i 2>&1 | tee --append log";
    for command in [
        vec!["/bin/sh", "-c"],
        vec!["/bin/bash", "-ec"],
        vec!["busybox", "sh", "-c"],
        vec!["sh", "-ce"],
        vec!["sh", "-cex"],
        vec!["sh", "-c", "-e"],
        vec!["sh", "-c", "--"],
        vec!["bash", "-euo", "pipefail", "-c"],
        vec!["bash", "-ceo", "pipefail"],
        vec!["bash", "--rcfile", "a", "-x", "+e", "-c"],
    ] {
        assert_eq!(read(&command, &[script]), ["e", "a=b c", "d=e f", "g=h i", "append=log"], "{command:?}");
    }
    assert_eq!(read(&["sh", "script.sh", "--flag=x"], &[]), ["flag=x"]);
    assert_eq!(read(&["sh", "script.sh", "-cluster", "x"], &[]), ["cluster=x"]);
    assert_eq!(read(&["sh", "--", "script.sh", "-c", "a --b"], &[]), ["c=a --b"]);
    assert_eq!(read(&["busybox", "nc", "-c", "a --b"], &[]), ["c=a --b"]);
    assert_eq!(read(&["sh", "-c"], &[]), ["c"]);
}

#[test]
fn components_of_kubernetes_take_either_separator() {
    let server = ["--token_auth_file=/a_b", "--client_ca-file", "c_d"];
    let found = ["token-auth-file=/a_b", "client-ca-file=c_d"];
    assert_eq!(read(&["/usr/local/bin/kube-apiserver"], &server), found);
    assert_eq!(read(&["hyperkube", "kube-apiserver"], &server), found);
    assert_eq!(read(&["tini", "--g_h", "--", "kube-apiserver"], &server)[..2], ["g_h", found[0]]);
    assert_eq!(read(&["env", "--a_b", "kubelet"], &["--c_d"]), ["a_b=kubelet", "c-d"]);
    assert_eq!(read(&["sh", "-c", "exec kube-proxy --a_b | tee --c_d"], &[]), ["a-b", "c_d"]);
    // The image's own program runs.
    let found = flags("kube-scheduler", &[], &["--bind_address=::1"]).list;
    assert_eq!(found[0].name, "bind-address");
    // It would not take them.
    assert_eq!(read(&["etcd", "--cert_file=a"], &[]), ["cert_file=a"]);
    assert_eq!(flags("etcd", &[], &["--cert_file=a"]).list[0].name, "cert_file");
}

#[test]
fn comments_of_a_script_are_left_out() {
    let script = "# It doesn't end --here\na --b=1 # c --d\ne --f=x#y ${#g} '#h' --i";
    assert_eq!(read(&["sh", "-c"], &[script]), ["b=1", "f=x#y", "i"]);
}

#[test]
fn a_wrapper_runs_what_follows_two_dashes() {
    let command = ["tini", "-g", "--", "kube-apiserver", "--anonymous-auth=false", "--v", "2"];
    assert_eq!(read(&command, &[]), ["g", "anonymous-auth=false", "v=2"]);
    let found = flags("main", &["dumb-init", "--"], &["env", "A=b", "kubelet", "--a"]).list;
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].name, found[0].in_args, found[0].index), ("a", true, 3));
    assert_eq!(read(&["tini", "--", "dumb-init", "--", "etcd", "--a"], &["--", "--b"]), ["a"]);
    let script = ["tini", "--", "/bin/sh", "-c", "exec etcd --a=b", "--c", "--", "d", "--e"];
    assert_eq!(read(&script, &[]), ["a=b"]);
    assert_eq!(read(&["tini", "--"], &[]), Vec::<String>::new());
    assert_eq!(read(&["tini", "--", "--", "etcd", "--a"], &[]), Vec::<String>::new());
}

#[test]
fn openshift_wraps_its_servers_in_a_script() {
    let script = "LOCK=/var/log/.lock\n# It doesn't matter who has it.\nexec {FD}>${LOCK} && flock -w 30 \"${FD}\" || {\n  \
        exit 1\n}\nexec watch-termination --termination-touch-file=/var/log/.terminating -- hyperkube kube-apiserver \
        --openshift-config=/etc/config.yaml --advertise-address=${HOST_IP} -v=2";
    // The file may say another address; what the wrappers were told stays.
    let flags = ["w=30", "termination-touch-file=/var/log/.terminating", "openshift-config=/etc/config.yaml"];
    let found = super::flags("main", &["/bin/bash", "-ec"], &[script]);
    assert_eq!(found.file, Some("openshift-config"));
    assert_eq!(told(found.list), flags);
}

#[test]
fn a_file_takes_the_place_of_other_flags() {
    for (container, args, list, file) in [
        ("kube-proxy", "--config=/c --v=2 --hostname_override=a", "config=/c hostname-override=a", "config"),
        ("main", "/usr/local/bin/kube-proxy --bind-address=:: --config /c", "config=/c", "config"),
        ("kube-apiserver", "--openshift-config=/c --profiling", "openshift-config=/c", "openshift-config"),
        (
            "main",
            "hyperkube kube-controller-manager --openshift_config /c --v=2",
            "openshift-config=/c",
            "openshift-config",
        ),
        // An empty name is none, and one that does not follow is no name.
        ("kube-proxy", "--config= --v=2", "config= v=2", ""),
        ("kube-proxy", "--v=2 --config", "v=2 config", ""),
        ("kube-apiserver", "--openshift-config --v=2", "openshift-config v=2", ""),
        // One of several is enough.
        ("kube-proxy", "--config=/c --config= --v=2", "config=/c config=", "config"),
        // Of a scheduler it decides some settings alone, and other programs mean other things by it.
        ("kube-scheduler", "--config=/c --v=2", "config=/c v=2", ""),
        ("kube-apiserver", "--config=/c --v=2", "config=/c v=2", ""),
        ("web", "serve --config=/c --v=2", "config=/c v=2", ""),
        ("web", "serve --openshift-config=/c --v=2", "openshift-config=/c v=2", ""),
        ("web", "copy --to /opt/kube-proxy --config=/c", "to=/opt/kube-proxy config=/c", ""),
        // What runs beside it has flags of its own.
        ("main", "tini --a -- kube-proxy --config=/c --v=2", "a config=/c", "config"),
    ] {
        let found = flags(container, &[], &args.split(' ').collect::<Vec<_>>());
        assert_eq!(
            (told(found.list).join(" ").as_str(), found.file.unwrap_or_default()),
            (list, file),
            "{args}"
        );
    }
    let script = "wait --for=a; exec kube-proxy --config=/c --v=2 | tee --append";
    assert_eq!(read(&["sh", "-c"], &[script]), ["for=a", "config=/c", "append"]);
}

#[test]
fn many_wrappers_are_read_at_once() {
    let words = ["sh", "--"].repeat(100_000);
    assert_eq!(read(&words, &["etcd", "--a"]), ["a"]);
}
