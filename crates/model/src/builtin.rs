//! What Kubernetes itself creates, recognised by identity and unchanged content.

/// By server version: lines of `id contentHash`, as a fresh API server of that version holds them.
pub const CONTENTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_files.rs"));

/// The ids of the namespaces that Kubernetes creates. Source: the API server's system namespaces controller.
pub const NAMESPACES: [&str; 4] = [
    "core/Namespace//default",
    "core/Namespace//kube-node-lease",
    "core/Namespace//kube-public",
    "core/Namespace//kube-system",
];
