//! Relations as adjacency: for each row, the rows it leads to.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use assay_model::schema::TableId;

/// For each row of one table, rows of another.
#[derive(Debug, Clone, Default)]
pub struct Adjacency {
    offsets: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    /// From pairs in any order.
    pub fn from_pairs(rows: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = Vec::with_capacity(rows + 1);
        let mut targets = Vec::with_capacity(pairs.len());
        let mut pairs = pairs.into_iter().peekable();
        for row in 0..rows {
            offsets.push(count(&targets));
            while let Some((_, target)) = pairs.next_if(|(from, _)| *from as usize == row) {
                targets.push(target);
            }
        }
        offsets.push(count(&targets));
        Self { offsets, targets }
    }

    /// From the parent's row of each entry of a list, in whose order they stand. One that is no row has no entries.
    pub fn of_children(rows: usize, parents: &[u32]) -> Self {
        let before = |row: usize| index(parents.partition_point(|parent| (*parent as usize) < row));
        Self { offsets: (0..=rows).map(before).collect(), targets: (0..before(rows)).collect() }
    }

    /// From the one row that each row leads to.
    pub fn to_parents(parents: &[u32]) -> Self {
        Self { offsets: (0..=index(parents.len())).collect(), targets: parents.to_vec() }
    }

    /// The rows of the other table, of which there are so many, that some of these rows lead to.
    pub fn reached(&self, from: &BooleanBuffer, rows: usize) -> BooleanBuffer {
        let mut reached = BooleanBufferBuilder::new(rows);
        reached.append_n(rows, false);
        for to in from.set_indices().flat_map(|row| self.of(row)) {
            reached.set_bit(*to as usize, true);
        }
        reached.finish()
    }

    /// The rows a row leads to.
    pub fn of(&self, row: usize) -> &[u32] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(start), Some(end)) => &self.targets[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        let rows = self.offsets.len().saturating_sub(1);
        (0..rows).flat_map(|row| self.of(row).iter().map(move |target| (index(row), *target)))
    }
}

/// A relation of one table's rows.
#[derive(Debug, Clone)]
pub struct Edges {
    /// Where it leads, by table.
    pub to: Vec<(TableId, Adjacency)>,
    /// Rows that may lead to more than could be read.
    pub incomplete: BooleanBuffer,
}

impl Edges {
    /// A relation that leads to one table.
    pub fn to_table(rows: usize, to: TableId, pairs: Vec<(u32, u32)>, incomplete: BooleanBuffer) -> Self {
        Self { to: vec![(to, Adjacency::from_pairs(rows, pairs))], incomplete }
    }
}

/// A row's number as it is kept. Parquet's own row counts make more than four billion rows unreal here.
pub fn index(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn count(targets: &[u32]) -> u32 {
    index(targets.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(adjacency: &Adjacency, rows: usize) -> Vec<&[u32]> {
        (0..rows).map(|row| adjacency.of(row)).collect()
    }

    #[test]
    fn a_lists_adjacency_is_that_of_its_pairs() {
        for parents in [&[][..], &[0], &[3, 3], &[0, 0, 2, 2, 2, 3], &[1, 4, 4]] {
            let pairs = parents.iter().zip(0..).map(|(row, entry)| (*row, entry)).collect();
            let (listed, paired) = (Adjacency::of_children(4, parents), Adjacency::from_pairs(4, pairs));
            assert_eq!(all(&listed, 4), all(&paired, 4), "{parents:?}");
            let back = Adjacency::to_parents(parents);
            assert_eq!(back.pairs().map(|(_, row)| row).collect::<Vec<_>>(), parents);
        }
    }

    #[test]
    fn what_is_reached_is_what_some_row_leads_to() {
        let adjacency = Adjacency::from_pairs(3, vec![(0, 1), (0, 4), (2, 1), (2, 0)]);
        let from = |rows: [bool; 3]| adjacency.reached(&rows.into_iter().collect(), 5);
        let reached = |rows: [bool; 3]| from(rows).set_indices().collect::<Vec<_>>();
        assert_eq!(reached([true, true, false]), [1, 4]);
        assert_eq!(reached([true; 3]), [0, 1, 4]);
        assert_eq!(reached([false, true, false]), [0usize; 0]);
        assert_eq!(from([false; 3]).len(), 5);
    }
}
