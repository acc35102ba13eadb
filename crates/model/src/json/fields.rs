//! The fields of an object.

use std::borrow::Cow;
use std::mem;

use super::Json;

/// Up to how many fields looking at each is faster than halving.
const FEW: usize = 16;

/// The fields of a JSON object, sorted by their names, each there once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields<'j>(Vec<(Cow<'j, str>, Json<'j>)>);

impl<'j> Fields<'j> {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&Json<'j>> {
        self.find(key).map(|index| &self.0[index].1)
    }

    /// The value of a field, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json<'j>> {
        self.find(key).map(|index| &mut self.0[index].1)
    }

    /// Whether there is a field of this name.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets a field.
    pub fn insert(&mut self, key: impl Into<Cow<'j, str>>, value: impl Into<Json<'j>>) {
        let (key, value) = (key.into(), value.into());
        match self.place(&key) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    /// Takes a field out.
    pub fn remove(&mut self, key: &str) -> Option<Json<'j>> {
        self.find(key).map(|index| self.0.remove(index).1)
    }

    /// Keeps the fields of which this holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json<'j>) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// The fields, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json<'j>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// The fields, in the order of their names, their values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Json<'j>)> {
        self.0.iter_mut().map(|(key, value)| (&**key, value))
    }

    /// The values, in the order of their names, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Json<'j>> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Where a field is.
    fn find(&self, key: &str) -> Option<usize> {
        if self.0.len() > FEW {
            return self.place(key).ok();
        }
        self.0.iter().position(|(own, _)| own == key)
    }

    /// Where a field is, or belongs.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| (**own).cmp(key))
    }
}

impl<'j> FromIterator<(Cow<'j, str>, Json<'j>)> for Fields<'j> {
    fn from_iter<I: IntoIterator<Item = (Cow<'j, str>, Json<'j>)>>(fields: I) -> Self {
        let mut fields: Vec<_> = fields.into_iter().collect();
        let is_sorted = fields.is_sorted_by(|(one, _), (next, _)| one < next);
        if !is_sorted {
            // The order of equal names stays, and the last of them is to count.
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            fields.dedup_by(|(later, value), (earlier, kept)| {
                later == earlier && {
                    mem::swap(value, kept);
                    true
                }
            });
        }
        Self(fields)
    }
}

impl<'j> IntoIterator for Fields<'j> {
    type Item = (Cow<'j, str>, Json<'j>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_sorted_whatever_is_done_to_them() {
        for count in [3, 40] {
            let mut fields = Fields::new();
            for number in (0..count).rev() {
                fields.insert(format!("{number:02}"), number.to_string());
            }
            fields.insert("01", "new");
            assert!(fields.iter().map(|(key, _)| key).is_sorted());
            assert_eq!(fields.get("01").and_then(Json::as_str), Some("new"));
            assert_eq!(
                fields.remove("02").and_then(|value| value.as_str().map(str::to_owned)),
                Some("2".into())
            );
            assert!(fields.get("02").is_none() && fields.remove("02").is_none() && !fields.contains_key("x"));
            fields.retain(|key, _| key == "00");
            assert_eq!(fields.iter().len(), 1);
        }
    }
}
