//! The objects of a resource on their way into a snapshot, in the order of their keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{list::Broken, listed::Listed};
use crate::{
    error::CollectError,
    ingest::{Packed, Rejected, Rows, Taken, UNPACKED},
};

/// What rows are sorted by: the key, then the id.
type Key = (String, String);

/// Takes objects.
pub(super) struct Sink<'i, 's> {
    rows: Rows<'i, 's>,
    /// Objects that do not come sorted are held until all have come.
    held: Option<BTreeMap<Key, Held>>,
}

/// An object that is held.
struct Held {
    /// The number of its list.
    list: usize,
    packed: Packed,
    group: String,
    name: String,
    unreadable: Option<String>,
}

impl<'i, 's> Sink<'i, 's> {
    /// Objects go into these rows; `sort` if they do not come sorted.
    pub(super) fn new(rows: Rows<'i, 's>, sort: bool) -> Self {
        Self { rows, held: sort.then(BTreeMap::new) }
    }

    /// Takes objects of a page of a list with this number; says how many had not come before.
    pub(super) fn take(
        &mut self,
        number: usize,
        listed: &mut Listed,
        mut objects: Vec<Taken<'_>>,
    ) -> Result<usize, Broken> {
        let Some(held) = &mut self.held else {
            objects.sort_by(|one, other| one.kept.object().place().cmp(&other.kept.object().place()));
            self.write(listed, &objects)?;
            return Ok(objects.len());
        };
        let before = held.len();
        for Taken { kept, unreadable } in objects {
            let object = kept.object();
            match held.entry((object.key.clone(), object.id.as_str().to_owned())) {
                Entry::Vacant(entry) => {
                    let (group, name) = (object.group.clone(), object.name.clone());
                    entry.insert(Held { list: number, packed: kept.into(), group, name, unreadable });
                }
                Entry::Occupied(entry) => {
                    listed.note(format!("{} was listed twice; the first counts", entry.key().1));
                }
            }
        }
        Ok(held.len() - before)
    }

    /// Writes what is held, and completes the tables.
    pub(super) fn finish(mut self, lists: &mut [Listed]) -> Result<(), Broken> {
        let held: Vec<Held> = self.held.take().unwrap_or_default().into_values().collect();
        for same in held.chunk_by(|one, next| one.list == next.list).flat_map(|same| same.chunks(UNPACKED)) {
            let objects = same.iter().map(Held::unpack).collect::<Result<Vec<_>, _>>()?;
            let list = same.first().and_then(|held| lists.get_mut(held.list));
            if let Some(listed) = list {
                self.write(listed, &objects)?;
            }
        }
        self.rows.finish()?;
        Ok(())
    }

    fn write(&mut self, listed: &mut Listed, objects: &[Taken<'_>]) -> Result<(), Broken> {
        let wrong = self.rows.push(objects).map_err(|rejected| match rejected {
            Rejected::OutOfOrder => Broken::Unsorted,
            Rejected::Failed(error) => error.into(),
        })?;
        for (taken, wrong) in objects.iter().zip(wrong) {
            if let Some(reason) = taken.unreadable.clone().or_else(|| wrong.map(|wrong| wrong.to_string())) {
                listed.outcome.unreadable += 1;
                listed.note(format!("{} is unreadable: {reason}", taken.kept.object().id.as_str()));
            }
        }
        listed.outcome.read.count += objects.len() as u64;
        Ok(())
    }
}

impl Held {
    fn unpack(&self) -> Result<Taken<'_>, CollectError> {
        let kept = self.packed.unpack_as_is();
        let mut kept = kept
            .ok_or_else(|| CollectError::Internal("an object that was held did not read back".to_owned()))?;
        kept.identify(&self.group, &self.name);
        Ok(Taken { kept, unreadable: self.unreadable.clone() })
    }
}
