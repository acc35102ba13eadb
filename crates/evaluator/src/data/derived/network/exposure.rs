//! How far each workload can be reached from, and why.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::network::exposure::{Entry, Exposure, Via, exposure};
use assay_model::network::{Direction, Opening, Ports};

use super::groups::fact;
use super::input::{Input, Network};
use super::openers::{Opener, Services};
use super::workloads::Workloads;
use crate::Error;
use crate::data::derived::{Fact, Rows};
use crate::data::{Adjacency, Data, Edges, index};
use crate::texts::Texts;

/// The exposure of each workload, and one row for each way to it.
pub(in crate::data::derived) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let input = Input::read(data)?;
    let namespaces = input.namespaces();
    let network = Network::new(&input, &namespaces);
    let services = Services::read(data)?;
    let openings = Openings { network: &network, known: RefCell::default() };
    let mut rows = Rows::default();
    let mut reasons = Reasons::default();
    let mut of_workload = Vec::new();
    for (at, workloads) in input.workloads.iter().enumerate() {
        let mut exposures = Vec::with_capacity(workloads.rows);
        let mut internet = Vec::with_capacity(workloads.rows);
        let mut pairs = Vec::new();
        let mut incomplete = Vec::with_capacity(workloads.rows);
        let ids = data.ids(workloads.table)?;
        let named = Named {
            workloads,
            kind: &data.schema.table(workloads.table).type_name,
            names: data.text(workloads.table, "name")?,
        };
        for row in 0..workloads.rows {
            let lacks = services.lacks(data, workloads.table, index(row), workloads.namespace(row));
            incomplete.push(lacks || workloads.unreadable.value(row));
            let Some(class) = network.class_of[at][row] else {
                exposures.push(None);
                internet.push(None);
                continue;
            };
            let ways = named.ways(row, &services);
            let opening = |ports: &Ports| openings.on(class, ports);
            let entries: Vec<Entry> = ways.iter().map(|(_, entry)| entry.clone()).collect();
            let (least, most) = exposure(opening, &entries, lacks);
            exposures.push((least == most).then(|| least.as_str()));
            let is = |exposure| exposure == Exposure::Internet;
            internet.push((is(least) == is(most)).then(|| is(least)));
            for (opener, entry) in &ways {
                pairs.push((index(row), index(reasons.ids.len())));
                reasons.push(ids.value(row), opener, entry.via.is_let_in(&opening(&entry.ports)));
            }
        }
        rows.add_fact(workloads.table, "exposure", words(&exposures));
        rows.add_fact(workloads.table, "exposedToInternet", fact(internet.into_iter()));
        of_workload.push((workloads, pairs, incomplete.into_iter().collect::<BooleanBuffer>()));
    }
    let table = rows.add_table(data.schema, "ExposureReason", reasons.columns())?;
    rows.add_fact(table, "letIn", fact(reasons.let_in.into_iter()));
    for (workloads, pairs, incomplete) in of_workload {
        let to = vec![(table, Adjacency::from_pairs(workloads.rows, pairs))];
        rows.add_edges(workloads.table, "exposureReasons", Edges { to, incomplete });
    }
    Ok(rows)
}

/// Workloads of one type, and what they are called.
struct Named<'w> {
    workloads: &'w Workloads,
    kind: &'w str,
    names: Texts,
}

impl Named<'_> {
    /// The ways to a workload, with what opens each: itself, or something else.
    fn ways(&self, row: usize, services: &Services) -> Vec<(Opener, Entry)> {
        let Self { workloads, kind, names } = self;
        let own = |via| Opener {
            via,
            kind: (*kind).to_owned(),
            namespace: workloads.namespace(row).to_owned(),
            name: names.value(row).to_owned(),
        };
        let way = |opener: Opener, ports| {
            let entry = Entry { via: opener.via, ports };
            (opener, entry)
        };
        let on_host = workloads.ports(row).iter().filter(|port| port.on_host);
        let on_host = on_host.fold(Ports::none(), |all, port| {
            all.union(&Ports::range(port.protocol, port.number, port.number))
        });
        let mut ways = Vec::new();
        if workloads.host_network(row) {
            ways.push(way(own(Via::HostNetwork), Ports::all()));
        } else if !on_host.is_empty() {
            ways.push(way(own(Via::HostPort), on_host));
        }
        let opened = services.of(workloads.table, index(row), workloads.ports(row));
        ways.extend(opened.into_iter().map(|(opener, ports)| way(opener.clone(), ports)));
        ways
    }
}

/// What policies let in, computed once for each class and set of ports.
struct Openings<'n> {
    network: &'n Network<'n>,
    known: RefCell<HashMap<(usize, Ports), Opening>>,
}

impl Openings<'_> {
    fn on(&self, class: usize, ports: &Ports) -> Opening {
        let key = (class, ports.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let opening = self.network.classes.opening_on(class, Direction::Ingress, ports);
        self.known.borrow_mut().insert(key, opening);
        opening
    }
}

/// A fact from words that are none where they depend on what could not be read.
fn words(values: &[Option<&str>]) -> Fact {
    Fact {
        unknown: values.iter().map(Option::is_none).collect(),
        values: Arc::new(values.iter().copied().collect::<StringArray>()),
    }
}

#[derive(Default)]
struct Reasons {
    ids: Vec<String>,
    openers: Vec<Opener>,
    let_in: Vec<Option<bool>>,
}

impl Reasons {
    fn push(&mut self, workload: &str, opener: &Opener, let_in: Option<bool>) {
        let Opener { via, kind, namespace, name } = opener;
        self.ids.push(format!("{workload}#exposure/{}/{kind}/{namespace}/{name}", via.as_str()));
        self.openers.push(opener.clone());
        self.let_in.push(let_in);
    }

    fn columns(&self) -> Vec<(&'static str, ArrayRef)> {
        let texts = |text: fn(&Opener) -> &str| -> ArrayRef {
            Arc::new(self.openers.iter().map(|opener| Some(text(opener))).collect::<StringArray>())
        };
        vec![
            ("id", Arc::new(self.ids.iter().map(Some).collect::<StringArray>())),
            ("via", texts(|opener| opener.via.as_str())),
            ("kind", texts(|opener| &opener.kind)),
            ("namespace", texts(|opener| &opener.namespace)),
            ("name", texts(|opener| &opener.name)),
        ]
    }
}
