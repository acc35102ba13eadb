//! What opens Services to the outside of the cluster, and which workloads that leads to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::BooleanArray;
use assay_model::network::exposure::{self, Via, is_internal};
use assay_model::network::{PortNumber, Ports, Protocol};
use assay_model::schema::TableId;

use super::input::table_of;
use super::policies::{child, column, list, texts};
use super::workloads::Port;
use crate::Error;
use crate::data::Data;
use crate::data::derived::Fact;

/// An object that opens workloads to the outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opener {
    pub(super) via: Via,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// All Services with what opens them.
pub(super) struct Services {
    /// What opens each service.
    pub(super) openers: Vec<BTreeSet<Opener>>,
    ports: Vec<Vec<(Protocol, PortNumber)>>,
    /// The services that select a workload, by its table and row.
    of_workload: HashMap<(TableId, u32), Vec<usize>>,
    unread: Unread,
    /// What leads to services of its own namespace.
    pub(super) routes: Unread,
    /// What leads to services of any namespace.
    pub(super) far_routes: Unread,
    /// Services that something leads to which may be open to the outside.
    pub(super) unsure: BTreeSet<usize>,
}

impl Services {
    pub(super) fn read(data: &Data<'_>) -> Result<Self, Error> {
        let table = table_of(data, "Service")?;
        let mut services = Self {
            openers: own_openers(data, table)?,
            ports: ports(data, table)?,
            of_workload: HashMap::new(),
            unread: Unread::default(),
            routes: Unread::default(),
            far_routes: Unread::default(),
            unsure: BTreeSet::new(),
        };
        services.unread.note(data, table)?;
        services.add_workloads(data, table)?;
        services.add_ingresses(data, table)?;
        services.add_gateway_routes(data, table)?;
        services.add_routes(data, table)?;
        Ok(services)
    }

    /// What opens a workload, with the ports of its pods that it leads to.
    pub(super) fn of(&self, table: TableId, row: u32, own: &[Port]) -> Vec<(&Opener, Ports)> {
        let mut found: BTreeMap<&Opener, Ports> = BTreeMap::new();
        for service in self.of_workload.get(&(table, row)).into_iter().flatten() {
            let ports = self.targets(*service, own);
            for opener in &self.openers[*service] {
                let all = found.entry(opener).or_default();
                *all = all.union(&ports);
            }
        }
        found.into_iter().collect()
    }

    /// Whether something may open a workload that could not be read. What leads to services opens only workloads that
    /// a service selects.
    pub(super) fn lacks(&self, data: &Data<'_>, table: TableId, row: u32, namespace: &str) -> bool {
        let of_routes = |services: &Vec<usize>| {
            self.routes.lacks(data, Some(namespace))
                || self.far_routes.lacks(data, None)
                || services.iter().any(|service| self.unsure.contains(service))
        };
        self.unread.lacks(data, Some(namespace)) || self.of_workload.get(&(table, row)).is_some_and(of_routes)
    }

    /// The ports of a pod that a service leads to.
    fn targets(&self, service: usize, own: &[Port]) -> Ports {
        let port = |protocol: Protocol, number: u16| Ports::range(protocol, number, number);
        self.ports[service].iter().fold(Ports::none(), |all, (protocol, target)| match target {
            PortNumber::Number(number) => all.union(&port(*protocol, *number)),
            PortNumber::Name(name) => {
                let named =
                    own.iter().filter(|own| own.name.as_ref() == Some(name) && own.protocol == *protocol);
                named.fold(all, |all, own| all.union(&port(*protocol, own.number)))
            }
        })
    }

    fn add_workloads(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        let types = data.text(services, "type")?;
        for (table, adjacency) in &data.edges(services, &["workloads".to_owned()])?.to {
            // The selector of one that is a name for something outside selects nothing.
            let selecting =
                adjacency.pairs().filter(|(service, _)| types.get(*service as usize) != Some("ExternalName"));
            for (service, workload) in selecting {
                self.of_workload.entry((*table, workload)).or_default().push(service as usize);
            }
        }
        Ok(())
    }
}

/// What a service itself opens.
fn own_openers(data: &Data<'_>, table: TableId) -> Result<Vec<BTreeSet<Opener>>, Error> {
    let (types, names) = (data.text(table, "type")?, data.text(table, "name")?);
    let namespaces = data.namespaces(table)?;
    let annotations = data.labels(table, &["annotations".to_owned()])?;
    let external = column(data, table, "externalIPs")?;
    let cluster_ips = data.text(table, "clusterIP")?;
    let ranges = column(data, table, "loadBalancerSourceRanges")?;
    let openers = |row: usize| {
        let ranges = list(&ranges, row);
        let ranges: Vec<&str> = ranges.iter().map(String::as_str).collect();
        let internal = || is_internal(|key| annotations.get(row, key), &ranges);
        let by_type = match types.get(row) {
            Some("LoadBalancer") if !internal() => Some(Via::LoadBalancer),
            Some("NodePort") => Some(Via::NodePort),
            _ => None,
        };
        // Nodes take no traffic for a service without an address of its own.
        let headless = cluster_ips.get(row) == Some("None");
        let by_address = (!headless && !list(&external, row).is_empty()).then_some(Via::ExternalIps);
        let opener = |via| Opener {
            via,
            kind: "Service".to_owned(),
            namespace: namespaces.of(row).unwrap_or_default().to_owned(),
            name: names.value(row).to_owned(),
        };
        by_type.into_iter().chain(by_address).map(opener).collect()
    };
    Ok((0..names.rows()).map(openers).collect())
}

/// Whether each service's load balancer would let in most of the internet.
pub(in crate::data) fn lets_world_in(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let annotations = data.labels(table, &["annotations".to_owned()])?;
    let ranges = column(data, table, "loadBalancerSourceRanges")?;
    let lets_in = |row: usize| {
        let ranges = list(&ranges, row);
        let ranges: Vec<&str> = ranges.iter().map(String::as_str).collect();
        exposure::lets_world_in(|key| annotations.get(row, key), &ranges)
    };
    let facts: BooleanArray = (0..data.rows(table)?).map(|row| Some(lets_in(row))).collect();
    Ok(Fact::known(Arc::new(facts)))
}

/// The ports of pods that each service leads to, as it names them.
fn ports(data: &Data<'_>, table: TableId) -> Result<Vec<Vec<(Protocol, PortNumber)>>, Error> {
    let mut found = vec![Vec::new(); data.rows(table)?];
    let Some((ports, of_service)) = child(data, table, "ports")? else { return Ok(found) };
    let (protocols, targets) = (data.text(ports, "protocol")?, texts(data, ports, "targetPort")?);
    let numbers = column(data, ports, "port")?;
    for (service, port) in of_service.pairs() {
        let port = port as usize;
        let own = super::policies::int(&numbers, port).and_then(|number| u16::try_from(number).ok());
        // Without a target the service's own port is meant; so says "0", the API's word for "not said".
        let target = targets.get(port).filter(|target| !matches!(*target, "" | "0"));
        let target = target.map_or(own.map(PortNumber::Number), PortNumber::parse);
        if let (Some(protocol), Some(target)) = (Protocol::named(protocols.get(port)), target) {
            found[service as usize].push((protocol, target));
        }
    }
    Ok(found)
}

/// Tables of what opens workloads, and where some of it could not be read.
#[derive(Default)]
pub(super) struct Unread {
    tables: Vec<TableId>,
    namespaces: BTreeSet<String>,
}

impl Unread {
    pub(super) fn note(&mut self, data: &Data<'_>, table: TableId) -> Result<(), Error> {
        let namespaces = data.namespaces(table)?;
        let unreadable = data.unreadable(table)?;
        let found = unreadable.set_indices().map(|row| namespaces.of(row).unwrap_or_default().to_owned());
        self.namespaces.extend(found);
        self.tables.push(table);
        Ok(())
    }

    /// Whether there may be more in a namespace; `None` is any.
    fn lacks(&self, data: &Data<'_>, namespace: Option<&str>) -> bool {
        let unreadable = match namespace {
            Some(namespace) => self.namespaces.contains(namespace),
            None => !self.namespaces.is_empty(),
        };
        unreadable || self.tables.iter().any(|table| data.gaps.lacks(*table, &[], namespace))
    }
}
