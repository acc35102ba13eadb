//! Workloads as the pods they make.

use std::net::IpAddr;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use assay_model::network::{NamedPort, Pod, Protocol};
use assay_model::schema::TableId;

use super::policies::{child, column, int, texts};
use crate::Error;
use crate::data::Data;
use crate::data::columns::spot;
use crate::data::lookup::{Labels, Namespaces};
use crate::texts::Texts;

/// The workloads of one table.
pub(super) struct Workloads {
    pub(super) table: TableId,
    pub(super) rows: usize,
    pub(super) unreadable: BooleanBuffer,
    namespaces: Namespaces,
    labels: Labels,
    host_network: ArrayRef,
    addresses: Texts,
    ports: Vec<Vec<Port>>,
}

/// A port that a container declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: Option<String>,
    pub(super) protocol: Protocol,
    pub(super) number: u16,
    /// Whether the node has a port for it that others than the node itself can reach.
    pub(super) on_host: bool,
}

impl Workloads {
    pub(super) fn namespace(&self, row: usize) -> &str {
        self.namespaces.of(row).unwrap_or_default()
    }

    pub(super) fn label(&self, row: usize, key: &str) -> Option<&str> {
        self.labels.get(row, key)
    }

    pub(super) fn host_network(&self, row: usize) -> bool {
        let values = self.host_network.as_boolean_opt();
        values.is_some_and(|values| !values.is_null(row) && values.value(row))
    }

    pub(super) fn ports(&self, row: usize) -> &[Port] {
        &self.ports[row]
    }

    pub(super) fn pod(&self, row: usize) -> Pod<'_> {
        let named = self.ports[row].iter().filter_map(|port| {
            let name = port.name.as_deref()?;
            Some(NamedPort { name, protocol: port.protocol, number: port.number })
        });
        Pod {
            namespace: self.namespace(row),
            labels: self.labels.of(row).collect(),
            host_network: self.host_network(row),
            ports: named.collect(),
            addresses: self.addresses.get(row).and_then(|ip| ip.parse().ok()).into_iter().collect(),
            ..Pod::default()
        }
    }
}

/// Reads the workloads of a table.
pub(super) fn read(data: &Data<'_>, table: TableId) -> Result<Workloads, Error> {
    let own = |field: &str| -> Vec<String> {
        let path = ["podTemplate".to_owned(), field.to_owned()];
        spot(data.schema, table, &path).map(|spot| spot.column).unwrap_or_default()
    };
    Ok(Workloads {
        table,
        rows: data.rows(table)?,
        unreadable: data.unreadable(table)?,
        namespaces: data.namespaces(table)?,
        labels: data.labels(table, &own("labels"))?,
        host_network: data.column(table, &own("hostNetwork"))?,
        addresses: texts(data, table, "podIP")?,
        ports: ports(data, table)?,
    })
}

fn ports(data: &Data<'_>, table: TableId) -> Result<Vec<Vec<Port>>, Error> {
    let mut of_workload = vec![Vec::new(); data.rows(table)?];
    let Some((containers, of_row)) = child(data, table, "podTemplate.containers")? else {
        return Ok(of_workload);
    };
    let of_container = container_ports(data, containers)?;
    for (row, container) in of_row.pairs() {
        of_workload[row as usize].extend(of_container[container as usize].iter().cloned());
    }
    Ok(of_workload)
}

/// The ports of each container that runs beside the others: init containers are done before, but for sidecars.
fn container_ports(data: &Data<'_>, containers: TableId) -> Result<Vec<Vec<Port>>, Error> {
    let mut found = vec![Vec::new(); data.rows(containers)?];
    let Some((ports, of_container)) = child(data, containers, "ports")? else { return Ok(found) };
    let (types, restarts) = (data.text(containers, "type")?, data.text(containers, "restartPolicy")?);
    let (names, protocols) = (data.text(ports, "name")?, data.text(ports, "protocol")?);
    let (numbers, hosts) = (column(data, ports, "containerPort")?, column(data, ports, "hostPort")?);
    let host_addresses = data.text(ports, "hostIP")?;
    for (container, port) in of_container.pairs() {
        let (container, port) = (container as usize, port as usize);
        let ends = types.get(container) == Some("init") && restarts.get(container) != Some("Always");
        let number = int(&numbers, port).and_then(|number| u16::try_from(number).ok());
        let protocol = Protocol::named(protocols.get(port));
        if let (false, Some(number), Some(protocol)) = (ends, number, protocol) {
            let name = names.get(port).filter(|name| !name.is_empty()).map(str::to_owned);
            let is_loopback = host_addresses.get(port).is_some_and(is_loopback);
            let on_host = int(&hosts, port).is_some_and(|port| port > 0) && !is_loopback;
            found[container].push(Port { name, protocol, number, on_host });
        }
    }
    Ok(found)
}

fn is_loopback(address: &str) -> bool {
    address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
