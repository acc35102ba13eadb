//! Who may have traffic with whom on which ports, by groups of pods.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListBuilder, StringArray, StringBuilder};
use arrow::buffer::BooleanBuffer;
use assay_model::network::{Direction, Ports, Protocol};
use assay_model::schema::TableId;

use super::groups::{self, class_id};
use super::input::{Input, Network};
use crate::Error;
use crate::data::derived::Rows;
use crate::data::{Adjacency, Data, Edges, index};

/// The field for each direction.
const FIELDS: [(&str, Direction); 2] = [("allowsFrom", Direction::Ingress), ("allowsTo", Direction::Egress)];

/// One row for each group, direction and set of ports, and where it leads.
pub(in crate::data::derived) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let input = Input::read(data)?;
    let namespaces = input.namespaces();
    let network = Network::new(&input, &namespaces);
    let matrix = Matrix::new(&network);
    let classes = network.classes.classes.len();
    let lacks_pods = input.lacks_workloads(data);
    let mut all = Traffic::default();
    let mut of_group = Vec::new();
    for (field, direction) in FIELDS {
        let mut pairs = Vec::new();
        let mut incomplete = Vec::with_capacity(classes);
        for class in 0..classes {
            let (by_ports, unsure) = matrix.of(class, direction);
            incomplete.push(unsure || lacks_pods);
            for (ports, peers) in by_ports {
                pairs.push((index(class), index(all.rows.len())));
                all.rows.push((format!("{}/{field}/{}", class_id(class), pairs.len()), ports));
                all.peers.extend(peers.into_iter().map(|peer| (index(all.rows.len() - 1), index(peer))));
            }
        }
        let adjacency = Adjacency::from_pairs(classes, pairs);
        of_group.push((field, adjacency, incomplete.into_iter().collect::<BooleanBuffer>()));
    }
    let mut rows = Rows::default();
    let groups = groups::table(data)?;
    let table = all.add(data, &matrix.ports, groups, &mut rows)?;
    for (field, adjacency, incomplete) in of_group {
        rows.add_edges(groups, field, Edges { to: vec![(table, adjacency)], incomplete });
    }
    Ok(rows)
}

/// A set of ports, by its place among the distinct ones.
type PortsId = u32;

/// Which ports are surely open from each class to each, and whether more may be.
struct Matrix {
    classes: usize,
    ports: Vec<Ports>,
    /// By source, then by target.
    cells: Vec<(PortsId, bool)>,
}

impl Matrix {
    fn new(network: &Network<'_>) -> Self {
        let classes = network.classes.classes.len();
        let mut ports = vec![Ports::all()];
        let mut known: HashMap<Ports, PortsId> = HashMap::from([(Ports::all(), 0)]);
        let mut cells = Vec::with_capacity(classes * classes);
        for from in 0..classes {
            for to in 0..classes {
                // Most pairs of most clusters: nothing has to be compared.
                if network.classes.is_free(from, Direction::Egress)
                    && network.classes.is_free(to, Direction::Ingress)
                {
                    cells.push((0, false));
                    continue;
                }
                let reach = network.classes.reach(from, to);
                let unsure = reach.sure != reach.maybe;
                let id = *known.entry(reach.sure).or_insert_with_key(|set| {
                    ports.push(set.clone());
                    index(ports.len() - 1)
                });
                cells.push((id, unsure));
            }
        }
        Self { classes, ports, cells }
    }

    /// The other sides of a class by ports, and whether there may be more.
    fn of(&self, class: usize, direction: Direction) -> (BTreeMap<PortsId, Vec<usize>>, bool) {
        let mut by_ports: BTreeMap<PortsId, Vec<usize>> = BTreeMap::new();
        let mut more = false;
        for peer in 0..self.classes {
            let (from, to) = match direction {
                Direction::Ingress => (peer, class),
                Direction::Egress => (class, peer),
            };
            let (ports, unsure) = self.cells[from * self.classes + to];
            more |= unsure;
            if !self.ports[ports as usize].is_empty() {
                by_ports.entry(ports).or_default().push(peer);
            }
        }
        (by_ports, more)
    }
}

/// The rows of both directions.
#[derive(Default)]
struct Traffic {
    rows: Vec<(String, PortsId)>,
    peers: Vec<(u32, u32)>,
}

impl Traffic {
    fn add(
        self,
        data: &Data<'_>,
        sets: &[Ports],
        groups: TableId,
        rows: &mut Rows,
    ) -> Result<TableId, Error> {
        let mut words = ListBuilder::new(StringBuilder::new());
        for (_, ports) in &self.rows {
            words.append_value(sets[*ports as usize].words().into_iter().map(Some));
        }
        let ids = self.rows.iter().map(|(id, _)| Some(id)).collect::<StringArray>();
        let columns: Vec<(&str, ArrayRef)> = vec![("id", Arc::new(ids)), ("ports", Arc::new(words.finish()))];
        let table = rows.add_table(data.schema, "PodTraffic", columns)?;
        rows.add_known_edges(table, self.rows.len(), "peers", groups, self.peers);
        let mut ranges: Vec<(Protocol, u16, u16)> = sets.iter().flat_map(Ports::ranges).collect();
        ranges.sort_unstable();
        ranges.dedup();
        let to = |ports: &Ports| -> Vec<u32> {
            let found = ports.ranges().filter_map(|range| ranges.binary_search(&range).ok());
            found.map(index).collect()
        };
        let of_set: Vec<Vec<u32>> = sets.iter().map(to).collect();
        let pairs = self.rows.iter().enumerate().flat_map(|(row, (_, ports))| {
            of_set[*ports as usize].iter().map(move |range| (index(row), *range))
        });
        let pairs = pairs.collect();
        let range_table = rows.add_table(data.schema, "PortRange", range_columns(&ranges))?;
        rows.add_known_edges(table, self.rows.len(), "portRanges", range_table, pairs);
        Ok(table)
    }
}

fn range_columns(ranges: &[(Protocol, u16, u16)]) -> Vec<(&'static str, ArrayRef)> {
    let id = |(protocol, first, last): &(Protocol, u16, u16)| format!("{}/{first}-{last}", protocol.name());
    let texts = |text: &dyn Fn(&(Protocol, u16, u16)) -> String| -> ArrayRef {
        Arc::new(ranges.iter().map(|range| Some(text(range))).collect::<StringArray>())
    };
    let numbers = |number: fn(&(Protocol, u16, u16)) -> u16| -> ArrayRef {
        Arc::new(ranges.iter().map(|range| Some(i64::from(number(range)))).collect::<Int64Array>())
    };
    vec![
        ("id", texts(&id)),
        ("protocol", texts(&|range| range.0.name().to_owned())),
        ("first", numbers(|range| range.1)),
        ("last", numbers(|range| range.2)),
    ]
}
