//! Values that are computed once, by whichever check asks first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by key. Checks run side by side: one computes a value while the others that want it wait.
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, Arc<Mutex<Option<V>>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The value of a key, if it was asked for before.
    pub(crate) fn known(&self, key: &K) -> Option<V> {
        let slot = lock(&self.0).get(key)?.clone();
        lock(&slot).clone()
    }

    /// The value of a key. What fails is computed again when next asked for.
    pub(crate) fn get<E>(&self, key: K, compute: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        let slot = lock(&self.0).entry(key).or_default().clone();
        filled(&slot, compute)
    }

    /// The same of a key that is large: it is copied when it is asked for first.
    pub(crate) fn get_of<E>(&self, key: &K, compute: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: Clone,
    {
        let known = lock(&self.0).get(key).cloned();
        let slot = known.unwrap_or_else(|| lock(&self.0).entry(key.clone()).or_default().clone());
        filled(&slot, compute)
    }
}

fn filled<V: Clone, E>(slot: &Mutex<Option<V>>, compute: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
    let mut slot = lock(slot);
    if let Some(known) = &*slot {
        return Ok(known.clone());
    }
    let value = compute()?;
    *slot = Some(value.clone());
    Ok(value)
}

/// A slot is written whole or not at all, so a panic elsewhere leaves nothing wrong in it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
