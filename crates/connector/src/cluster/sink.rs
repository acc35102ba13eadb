//! The objects of a resource on their way into a snapshot, in the order of their keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::list::{Broken, Listed};
use crate::{
    error::CollectError,
    ingest::{Kept, Rows},
};

/// An object that was listed.
pub(super) struct Taken {
    pub(super) kept: Kept,
    /// Why no more of it can be read than what it is called, if that is so.
    pub(super) unreadable: Option<String>,
}

/// What rows are sorted by: the key, then the id.
type Key = (String, String);

/// Takes objects.
pub(super) struct Sink<'i, 's> {
    rows: Rows<'i, 's>,
    last: Option<Key>,
    /// Objects that do not come sorted are held until all have come, each with the number of its list.
    held: Option<BTreeMap<Key, (usize, Taken)>>,
}

impl<'i, 's> Sink<'i, 's> {
    /// Objects go into these rows; `sort` if they do not come sorted.
    pub(super) fn new(rows: Rows<'i, 's>, sort: bool) -> Self {
        Self { rows, last: None, held: sort.then(BTreeMap::new) }
    }

    /// Takes the objects of a page of a list with this number; says how many had not come before.
    pub(super) fn page(
        &mut self,
        number: usize,
        listed: &mut Listed,
        mut objects: Vec<Taken>,
    ) -> Result<usize, Broken> {
        let Some(held) = &mut self.held else {
            let all = objects.len();
            objects.sort_by_cached_key(|taken| key(&taken.kept));
            objects.into_iter().try_for_each(|taken| self.write(listed, taken))?;
            return Ok(all);
        };
        let before = held.len();
        for taken in objects {
            match held.entry(key(&taken.kept)) {
                Entry::Vacant(entry) => _ = entry.insert((number, taken)),
                Entry::Occupied(entry) => {
                    listed.note(format!("{} was listed twice; the first counts", entry.key().1));
                }
            }
        }
        Ok(held.len() - before)
    }

    /// Writes what is held, and completes the tables.
    pub(super) fn finish(mut self, lists: &mut [Listed]) -> Result<(), Broken> {
        for (number, taken) in self.held.take().unwrap_or_default().into_values() {
            if let Some(listed) = lists.get_mut(number) {
                self.write(listed, taken)?;
            }
        }
        self.rows.finish()?;
        Ok(())
    }

    fn write(&mut self, listed: &mut Listed, Taken { kept, unreadable }: Taken) -> Result<(), Broken> {
        let here = key(&kept);
        if self.last.as_ref().is_some_and(|last| *last >= here) {
            return Err(Broken::Unsorted);
        }
        let reason = match unreadable {
            Some(reason) => {
                self.rows.push_unreadable(&kept, &reason).map_err(CollectError::from)?;
                Some(reason)
            }
            None => self.rows.push(&kept).map_err(CollectError::from)?.map(|wrong| wrong.to_string()),
        };
        if let Some(reason) = reason {
            listed.outcome.unreadable += 1;
            listed.note(format!("{} is unreadable: {reason}", kept.object().id.as_str()));
        }
        listed.outcome.read.count += 1;
        self.last = Some(here);
        Ok(())
    }
}

fn key(kept: &Kept) -> Key {
    (kept.object().key.clone(), kept.object().id.as_str().to_owned())
}
