//! What leads from the outside of the cluster to Services: Ingresses, and routes of the Gateway API and OpenShift.

use std::collections::BTreeSet;

use assay_model::network::exposure::{Via, is_internal_gateway, is_internal_ingress};
use assay_model::schema::TableId;

use super::input::table_of;
use super::openers::{Opener, Services};
use super::policies::{child, texts};
use crate::Error;
use crate::data::Data;
use crate::texts::Texts;

impl Services {
    /// Ingresses, but for those that are asked to be internal.
    pub(super) fn add_ingresses(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        let table = table_of(data, "Ingress")?;
        self.routes.note(data, table)?;
        let by_name = data.by_name(services)?;
        let names = data.text(table, "name")?;
        let namespaces = data.namespaces(table)?;
        let annotations = data.labels(table, &["annotations".to_owned()])?;
        let classes = data.text(table, "ingressClassName")?;
        let internal = |row| is_internal_ingress(|key| annotations.get(row, key), classes.get(row));
        for (ingress, service) in backends(data, table)?.into_iter().filter(|(row, _)| !internal(*row)) {
            let namespace = namespaces.of(ingress).unwrap_or_default();
            let Some(service) = by_name.get(namespace, &service) else { continue };
            let (namespace, name) = (namespace.to_owned(), names.value(ingress).to_owned());
            let opener = Opener { via: Via::Ingress, kind: "Ingress".to_owned(), namespace, name };
            self.openers[service as usize].insert(opener);
        }
        Ok(())
    }

    /// Routes of the Gateway API that belong to a gateway that is not internal; one may also belong to a service, in a
    /// mesh.
    pub(super) fn add_gateway_routes(&mut self, data: &Data<'_>, services: TableId) -> Result<(), Error> {
        for table in data.schema.tables_of("GatewayRoute") {
            self.far_routes.note(data, table)?;
        }
        let Attached { sure, maybe } = attached(data)?;
        for backends in data.schema.tables_of("RouteBackend") {
            let routes = data.schema.asset_table(backends);
            let of_backend = data.asset_rows(backends)?;
            let is_of =
                |set: &BTreeSet<_>, backend: u32| set.contains(&(routes, of_backend[backend as usize]));
            let of_gateway = |backend| is_of(&sure, backend);
            self.add_referring(data, backends, services, Via::GatewayRoute, of_gateway)?;
            self.note_unsure(data, backends, services, |backend| is_of(&maybe, backend))?;
        }
        Ok(())
    }

    /// What leads to the services of those rows may come from outside.
    fn note_unsure(
        &mut self,
        data: &Data<'_>,
        table: TableId,
        services: TableId,
        counts: impl Fn(u32) -> bool,
    ) -> Result<(), Error> {
        let edges = data.edges(table, &["service".to_owned()])?;
        let to_services = edges.to.iter().filter(|(to, _)| *to == services);
        let pairs = to_services.flat_map(|(_, adjacency)| adjacency.pairs());
        self.unsure.extend(pairs.filter(|(row, _)| counts(*row)).map(|(_, service)| service as usize));
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

/// Routes, by table and row.
#[derive(Default)]
struct Attached {
    /// Those of a gateway that may have a public address.
    sure: BTreeSet<(TableId, u32)>,
    /// Those of a gateway that could not be read.
    maybe: BTreeSet<(TableId, u32)>,
}

/// The routes that name a gateway that is not internal.
fn attached(data: &Data<'_>) -> Result<Attached, Error> {
    let mut attached = Attached::default();
    for parents in data.schema.tables_of("RouteParent") {
        let routes = data.schema.asset_table(parents);
        let kinds = data.text(parents, "kind")?;
        let of_parent = data.asset_rows(parents)?;
        let gateways = data.edges(parents, &["gateway".to_owned()])?;
        let mut internal = vec![Some(false); kinds.rows()];
        for row in gateways.incomplete.set_indices() {
            internal[row] = None;
        }
        for (table, adjacency) in &gateways.to {
            let classes = data.text(*table, "gatewayClassName")?;
            let unreadable = data.unreadable(*table)?;
            for (row, gateway) in adjacency.pairs() {
                let gateway = gateway as usize;
                let class = || classes.get(gateway).unwrap_or_default();
                internal[row as usize] = (!unreadable.value(gateway)).then(|| is_internal_gateway(class()));
            }
        }
        // The listeners of a set are a gateway's, too.
        let of_gateway = |kind| matches!(kind, None | Some("" | "Gateway" | "ListenerSet" | "XListenerSet"));
        for row in (0..kinds.rows()).filter(|row| of_gateway(kinds.get(*row))) {
            let route = (routes, of_parent[row]);
            match internal[row] {
                Some(true) => false,
                Some(false) => attached.sure.insert(route),
                None => attached.maybe.insert(route),
            };
        }
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
