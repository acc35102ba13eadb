//! How far a workload can be reached from.

use super::{Opening, Ports};
use crate::network::address::{Block, Cover, is_private};

/// How far a workload can be reached from, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// Policies let nobody in.
    Nobody,
    /// Only pods of its own namespace.
    Namespace,
    /// Pods of other namespaces, or addresses that nothing opens it to.
    Cluster,
    /// Something opens it to the outside of the cluster, and policies let that in.
    Internet,
}

impl Exposure {
    /// The word for it in checks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "none",
            Self::Namespace => "namespace",
            Self::Cluster => "cluster",
            Self::Internet => "internet",
        }
    }
}

/// What opens a workload to the outside of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// It is on the node's network.
    HostNetwork,
    /// A port of the node is one of its own.
    HostPort,
    /// A Service of type LoadBalancer.
    LoadBalancer,
    /// A Service of type NodePort.
    NodePort,
    /// A Service with external addresses.
    ExternalIps,
    /// An Ingress.
    Ingress,
    /// A route of the Gateway API.
    GatewayRoute,
    /// A Route of OpenShift.
    Route,
}

impl Via {
    /// The word for it in checks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HostNetwork => "hostNetwork",
            Self::HostPort => "hostPort",
            Self::LoadBalancer => "LoadBalancer",
            Self::NodePort => "NodePort",
            Self::ExternalIps => "externalIPs",
            Self::Ingress => "Ingress",
            Self::GatewayRoute => "Gateway",
            Self::Route => "Route",
        }
    }

    /// Whether policies let in what comes this way; `None` if that depends on what could not be read.
    ///
    /// What comes through a proxy comes from its pod or node, and where that is nobody knows here: any pod or address
    /// that is let in may be it. What comes from outside without one comes from an address.
    pub fn is_let_in(self, opening: &Opening) -> Option<bool> {
        match self {
            Self::HostNetwork => Some(true),
            Self::HostPort | Self::LoadBalancer | Self::NodePort | Self::ExternalIps => {
                opening.is(|open| open.addresses)
            }
            Self::Ingress | Self::GatewayRoute | Self::Route => opening.is(|open| !open.is_nothing()),
        }
    }
}

/// One way from the outside of the cluster to a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What opens it.
    pub via: Via,
    /// The ports of the pod that it leads to.
    pub ports: Ports,
}

/// How far a workload can be reached from: at least, and at most. `opening` says what policies let in on some ports;
/// `unread` that there may be more entries than could be read.
pub fn exposure(
    opening: impl Fn(&Ports) -> Opening,
    entries: &[Entry],
    unread: bool,
) -> (Exposure, Exposure) {
    let let_in = entries.iter().map(|entry| entry.via.is_let_in(&opening(&entry.ports)));
    let (mut sure, mut maybe) = (false, false);
    for is in let_in {
        sure |= is == Some(true);
        maybe |= is != Some(false);
    }
    let all = opening(&Ports::all());
    maybe |= unread && !all.maybe.is_nothing();
    let inside = |open: &super::Open| {
        if open.other_namespaces || open.addresses {
            Exposure::Cluster
        } else if open.own_namespace {
            Exposure::Namespace
        } else {
            Exposure::Nobody
        }
    };
    let level = |outside: bool, open| if outside { Exposure::Internet } else { inside(open) };
    (level(sure, &all.sure), level(maybe, &all.maybe))
}

/// Annotations by which platforms are asked for a load balancer without a public address.
const INTERNAL: &[(&str, &str)] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "0.0.0.0/0"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("networking.gke.io/load-balancer-type", "internal"),
    ("cloud.google.com/load-balancer-type", "internal"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ("service.beta.kubernetes.io/do-loadbalancer-network", "internal"),
];

/// The annotation that names ranges where the Service's field, which came later, names none.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Whether a load balancer is asked to have no public address, or to serve private ones alone.
pub fn is_internal<'a>(annotation: impl Fn(&str) -> Option<&'a str>, source_ranges: &[&'a str]) -> bool {
    let asked = is_asked(INTERNAL, &annotation);
    let ranges = ranges(annotation, source_ranges);
    asked || !ranges.is_empty() && ranges.iter().all(|range| is_private(range))
}

/// Annotations by which controllers of Ingresses are asked for a proxy without a public address.
const INTERNAL_INGRESS: &[(&str, &str)] = &[
    ("alb.ingress.kubernetes.io/scheme", "internal"),
    ("appgw.ingress.kubernetes.io/use-private-ip", "true"),
];

/// Classes of Ingresses whose proxies have no public address, of GKE and of IBM.
const INTERNAL_INGRESS_CLASSES: &[&str] = &["gce-internal", "private-iks-k8s-nginx"];

/// Classes of Gateways whose proxies have no public address, of GKE.
const INTERNAL_GATEWAY_CLASSES: &[&str] =
    &["gke-l7-rilb", "gke-l7-rilb-mc", "gke-l7-cross-regional-internal-managed-mc"];

/// The annotation that names an Ingress's class; it wins over the field, which came later.
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

/// Whether an Ingress is asked to be served on no public address. What its class or its controller is set up for
/// elsewhere is not known here.
pub fn is_internal_ingress<'a>(annotation: impl Fn(&str) -> Option<&'a str>, class: Option<&str>) -> bool {
    let class = annotation(INGRESS_CLASS).or(class);
    is_asked(INTERNAL_INGRESS, &annotation)
        || class.is_some_and(|class| INTERNAL_INGRESS_CLASSES.contains(&class))
}

/// Whether Gateways of a class have no public address.
pub fn is_internal_gateway(class: &str) -> bool {
    INTERNAL_GATEWAY_CLASSES.contains(&class)
}

/// Whether one of the annotations has the value beside it.
fn is_asked<'a>(known: &[(&str, &str)], annotation: &impl Fn(&str) -> Option<&'a str>) -> bool {
    known.iter().any(|(key, value)| annotation(key).is_some_and(|given| given.eq_ignore_ascii_case(value)))
}

/// Whether the ranges that a load balancer lets in are most of the internet, as they are where there are none.
pub fn lets_world_in<'a>(annotation: impl Fn(&str) -> Option<&'a str>, source_ranges: &[&'a str]) -> bool {
    let ranges = ranges(annotation, source_ranges);
    let blocks: Vec<Block> = ranges.iter().filter_map(|range| Block::parse(range, [])).collect();
    ranges.is_empty() || Cover::of(blocks.iter()).world
}

/// The ranges that a load balancer lets in, by the field or else by the annotation; Kubernetes takes spaces around.
fn ranges<'a>(annotation: impl Fn(&str) -> Option<&'a str>, source_ranges: &[&'a str]) -> Vec<&'a str> {
    if !source_ranges.is_empty() {
        return source_ranges.iter().map(|range| range.trim()).collect();
    }
    let listed = annotation(SOURCE_RANGES).map(str::trim).filter(|listed| !listed.is_empty());
    listed.into_iter().flat_map(|listed| listed.split(',')).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Open;

    fn opening(sure: Open, maybe: Open) -> Opening {
        Opening { isolated: Some(true), sure, maybe }
    }

    fn of(open: Open, entries: &[Via], unread: bool) -> String {
        let entries: Vec<Entry> =
            entries.iter().map(|via| Entry { via: *via, ports: Ports::all() }).collect();
        let (least, most) = exposure(|_| opening(open, open), &entries, unread);
        if least == most {
            least.as_str().to_owned()
        } else {
            format!("{}..{}", least.as_str(), most.as_str())
        }
    }

    #[test]
    fn policies_narrow_what_opens_a_workload() {
        let nothing = Open::default();
        let own = Open { own_namespace: true, ..nothing };
        let others = Open { other_namespaces: true, ..own };
        let addresses = Open { addresses: true, ..nothing };
        for (open, entries, expected) in [
            (nothing, &[][..], "none"),
            (own, &[], "namespace"),
            (others, &[], "cluster"),
            (addresses, &[], "cluster"),
            (addresses, &[Via::LoadBalancer], "internet"),
            (others, &[Via::LoadBalancer, Via::NodePort, Via::ExternalIps, Via::HostPort], "cluster"),
            (nothing, &[Via::LoadBalancer, Via::Ingress], "none"),
            (own, &[Via::Ingress], "internet"),
            (others, &[Via::GatewayRoute], "internet"),
            (nothing, &[Via::HostNetwork], "internet"),
        ] {
            assert_eq!(of(open, entries, false), expected, "{open:?} {entries:?}");
        }
    }

    #[test]
    fn what_could_not_be_read_matters_only_where_it_could_change_the_answer() {
        let nothing = Open::default();
        let own = Open { own_namespace: true, ..nothing };
        assert_eq!(of(nothing, &[], true), "none");
        assert_eq!(of(own, &[], true), "namespace..internet");
        assert_eq!(of(own, &[Via::Route], true), "internet");
    }

    #[test]
    fn an_internal_load_balancer_is_asked_for_by_annotation_or_private_ranges() {
        let scheme = |key: &str| (key == "networking.gke.io/load-balancer-type").then_some("Internal");
        assert!(is_internal(scheme, &[]));
        assert!(is_internal(|_| None, &["10.0.0.0/8", "fd00::/8"]));
        assert!(!is_internal(|_| None, &["10.0.0.0/8", "198.51.100.0/24"]));
        assert!(!is_internal(|_| None, &["10.0.0.0/7"]));
        assert!(is_internal(|_| None, &[" 10.0.0.0/8 "]));
        assert!(!is_internal(|_| None, &[]));
    }

    #[test]
    fn an_internal_ingress_is_asked_for_by_annotation_or_class() {
        let annotated =
            |key: &'static str, value: &'static str| move |asked: &str| (asked == key).then_some(value);
        for (key, value) in [
            ("alb.ingress.kubernetes.io/scheme", "internal"),
            ("appgw.ingress.kubernetes.io/use-private-ip", "true"),
            ("kubernetes.io/ingress.class", "gce-internal"),
        ] {
            assert!(is_internal_ingress(annotated(key, value), None), "{key}");
        }
        assert!(is_internal_ingress(|_| None, Some("private-iks-k8s-nginx")));
        for (key, value) in [
            ("alb.ingress.kubernetes.io/scheme", "internet-facing"),
            ("appgw.ingress.kubernetes.io/use-private-ip", "false"),
            ("kubernetes.io/ingress.class", "gce"),
            ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ] {
            assert!(!is_internal_ingress(annotated(key, value), None), "{key}");
        }
        assert!(!is_internal_ingress(|_| None, Some("alb")), "what a class is set up for is not known");
        assert!(!is_internal_ingress(|_| None, None));
        let class = annotated("kubernetes.io/ingress.class", "nginx");
        assert!(!is_internal_ingress(class, Some("gce-internal")), "the annotation wins");
        assert!(is_internal_gateway("gke-l7-rilb") && !is_internal_gateway("gke-l7-gxlb"));
    }

    #[test]
    fn ranges_may_stand_in_an_annotation() {
        let ranges = |ranges: &'static str| move |key: &str| (key == SOURCE_RANGES).then_some(ranges);
        assert!(is_internal(ranges("10.0.0.0/8"), &[]));
        assert!(is_internal(ranges(" 10.0.0.0/8, fd00::/8 "), &[]));
        assert!(!is_internal(ranges("10.0.0.0/8,198.51.100.0/24"), &[]));
        assert!(!is_internal(ranges(""), &[]));
        // The field wins.
        assert!(!is_internal(ranges("10.0.0.0/8"), &["198.51.100.0/24"]));
        assert!(is_internal(ranges("0.0.0.0/0"), &["10.0.0.0/8"]));
    }

    #[test]
    fn ranges_let_the_world_in_where_they_are_half_of_it() {
        let annotated = |ranges: &'static str| move |key: &str| (key == SOURCE_RANGES).then_some(ranges);
        for open in [
            &[][..],
            &["0.0.0.0/0"],
            &["198.51.100.0/24", " 0.0.0.0/0 "],
            // Bits after the prefix don't count.
            &["10.0.0.0/0"],
            &["0.0.0.0/1"],
            &["64.0.0.0/2", "128.0.0.0/2"],
            &["::/0"],
        ] {
            assert!(lets_world_in(|_| None, open), "{open:?}");
        }
        for narrow in [&["198.51.100.0/24"][..], &["10.0.0.0/8", "2001:db8::/32"], &["0.0.0.0/2"]] {
            assert!(!lets_world_in(|_| None, narrow), "{narrow:?}");
        }
        assert!(!lets_world_in(annotated("198.51.100.0/24, 203.0.113.0/24"), &[]));
        assert!(lets_world_in(annotated("198.51.100.0/24,10.0.0.0/0"), &[]));
        assert!(lets_world_in(annotated(" "), &[]));
        assert!(lets_world_in(annotated("198.51.100.0/24"), &["0.0.0.0/0"]), "the field wins");
        assert!(!lets_world_in(annotated("0.0.0.0/0"), &["198.51.100.0/24"]), "the field wins");
    }
}
