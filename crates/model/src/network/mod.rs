//! What NetworkPolicies make of pods: which are isolated, who reaches whom on which ports, and what is open to other
//! namespaces, to the cluster and to the world. Pure functions of policies, pods and namespaces.
//!
//! Source: the [NetworkPolicy] page of the Kubernetes documentation and the API reference of `networking.k8s.io/v1`.
//! What they leave open is decided here:
//!
//! - Pods on the node's network are not isolated, and pod and namespace selectors do not find them: most network
//!   plugins see only the node's address.
//! - An `ipBlock` selects a pod by the addresses that are known of it. A pod without one, as in manifests, is selected
//!   by none: blocks are meant for addresses outside the cluster.
//! - A peer that names nothing selects nothing; the API server refuses it.
//! - A named port is one that the destination pod declares; elsewhere it is no port.
//! - Traffic of a pod with itself, and between a pod and its node, is always allowed, and is not part of any answer.
//!
//! Pods that no policy tells apart form one [`Class`], so that answers are kept per class: 10,000 pods are a few
//! hundred of them, and pairs of pods are never listed.
//!
//! [NetworkPolicy]: https://kubernetes.io/docs/concepts/services-networking/network-policies/

mod address;
mod classes;
pub mod exposure;
mod matcher;
mod opening;
mod pod;
mod policy;
mod ports;
mod reach;

#[cfg(test)]
mod tests;

pub use address::Block;
pub use classes::{Class, ClassId, Classes};
pub use opening::{Open, Opening};
pub use pod::{Doubt, NamedPort, Namespaces, Pod};
pub use policy::{Direction, Peer, Policy, PolicyPort, PortNumber, Rule};
pub use ports::{Ports, Protocol};
pub use reach::Reach;

/// Kinds whose policies also decide about pods' traffic, as (group, kind).
pub const OTHER_POLICIES: &[(&str, &str)] = &[
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("crd.antrea.io", "NetworkPolicy"),
    ("crd.antrea.io", "ClusterNetworkPolicy"),
    ("networking.antrea.tanzu.vmware.com", "NetworkPolicy"),
];
