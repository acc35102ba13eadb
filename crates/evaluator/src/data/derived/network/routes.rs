//! What leads from the outside of the cluster to Services: Ingresses, and routes of the Gateway API and OpenShift.

use std::collections::BTreeSet;

use assay_model::network::exposure::Via;
use assay_model::schema::TableId;

use super::input::table_of;
use super::openers::{Opener, Services};
use super::policies::{child, texts};
use crate::Error;
use crate::data::Data;
use crate::texts::Texts;

impl Services {
    /// Ingresses.
    pub(super) fn add_ingresses(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        let table = table_of(data, "Ingress")?;
        self.routes.note(data, table)?;
        let by_name = data.by_name(services)?;
        let names = data.text(table, "name")?;
        let namespaces = data.namespaces(table)?;
        for (ingress, service) in backends(data, table)? {
            let namespace = namespaces.of(ingress).unwrap_or_default();
            let Some(service) = by_name.get(namespace, &service) else { continue };
            let (namespace, name) = (namespace.to_owned(), names.value(ingress).to_owned());
            let opener = Opener { via: Via::Ingress, kind: "Ingress".to_owned(), namespace, name };
            self.openers[service as usize].insert(opener);
        }
        Ok(())
    }

    /// Routes of the Gateway API that belong to a gateway; one may also belong to a service, in a mesh.
    pub(super) fn add_gateway_routes(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        for table in data.schema.tables_of("GatewayRoute") {
            self.far_routes.note(data, table)?;
        }
        let attached = attached(data)?;
        for backends in data.schema.tables_of("RouteBackend") {
            let routes = data.schema.asset_table(backends);
            let of_backend = data.asset_rows(backends)?;
            let of_gateway = |backend: u32| attached.contains(&(routes, of_backend[backend as usize]));
            self.add_referring(data, backends, services, Via::GatewayRoute, of_gateway)?;
        }
        Ok(())
    }

    /// OpenShift's routes.
    pub(super) fn add_routes(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        for table in data.schema.tables_of("Route") {
            self.routes.note(data, table)?;
            self.add_referring(data, table, services, Via::Route, |_| true)?;
        }
        Ok(())
    }

    /// The assets of those rows whose `service` is one of ours.
    fn add_referring(
        &mut self,
        data: &Data<'_>,
        table: TableId,
        services: TableId,
        via: Via,
        counts: impl Fn(u32) -> bool,
    ) -> Result<(), Error> {
        let asset = data.schema.asset_table(table);
        let (names, namespaces) = (data.text(asset, "name")?, data.namespaces(asset)?);
        let of_row = data.asset_rows(table)?;
        let edges = data.edges(table, &["service".to_owned()])?;
        let to_services = edges.to.iter().filter(|(to, _)| *to == services);
        for (row, service) in to_services.flat_map(|(_, adjacency)| adjacency.pairs()) {
            if counts(row) {
                let at = of_row[row as usize] as usize;
                self.openers[service as usize].insert(Opener {
                    via,
                    kind: data.schema.table(asset).type_name.clone(),
                    namespace: namespaces.of(at).unwrap_or_default().to_owned(),
                    name: names.value(at).to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// The routes, by table and row, that name a gateway.
fn attached(data: &Data<'_>) -> Result<BTreeSet<(TableId, u32)>, Error> {
    let mut attached = BTreeSet::new();
    for parents in data.schema.tables_of("RouteParent") {
        let routes = data.schema.asset_table(parents);
        let kinds = data.text(parents, "kind")?;
        let of_parent = data.asset_rows(parents)?;
        // The listeners of a set are a gateway's, too.
        let of_gateway = |kind| matches!(kind, None | Some("" | "Gateway" | "ListenerSet" | "XListenerSet"));
        let gateways = (0..kinds.rows()).filter(|row| of_gateway(kinds.get(*row)));
        attached.extend(gateways.map(|row| (routes, of_parent[row])));
    }
    Ok(attached)
}

/// Each Ingress with the name of each service it leads to.
fn backends(data: &Data<'_>, table: TableId) -> Result<Vec<(usize, String)>, Error> {
    let named = |names: &Texts, at: usize| names.get(at).map(str::to_owned);
    let defaults = texts(data, table, "defaultBackend.serviceName")?;
    let mut found: Vec<(usize, String)> =
        (0..defaults.rows()).filter_map(|row| Some((row, named(&defaults, row)?))).collect();
    let Some((rules, of_ingress)) = child(data, table, "rules")? else { return Ok(found) };
    let Some((paths, of_rule)) = child(data, rules, "paths")? else { return Ok(found) };
    let services = texts(data, paths, "backend.serviceName")?;
    for (ingress, rule) in of_ingress.pairs() {
        let paths = of_rule.of(rule as usize).iter().map(|path| *path as usize);
        found.extend(paths.filter_map(|path| Some((ingress as usize, named(&services, path)?))));
    }
    Ok(found)
}
