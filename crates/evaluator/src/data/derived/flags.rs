//! The flags on containers' command lines.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StringArray, StringBuilder};
use arrow::buffer::BooleanBuffer;
use assay_model::flags::{Flags, flags};
use assay_model::schema::TableId;

use super::Rows;
use crate::Error;
use crate::data::edges::Edges;
use crate::data::{Data, index};

/// A container whose settings are in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SettingsFile {
    /// The container.
    pub(crate) container: (TableId, usize),
    /// What it is a container of.
    pub(crate) object: (TableId, usize),
    /// The flag that names the file.
    pub(crate) flag: &'static str,
}

impl Data<'_> {
    /// The containers whose settings are in files that their flags name.
    pub(crate) fn settings_files(&self) -> Result<Vec<SettingsFile>, Error> {
        let mut files = Vec::new();
        for table in self.schema.tables_of("Container") {
            let edges = self.edges(table, &["flags".to_owned()])?;
            let lines = CommandLines::of(self, table)?;
            let (object, objects) = (self.schema.asset_table(table), self.asset_rows(table)?);
            for row in edges.incomplete.set_indices() {
                let (container, object) = ((table, row), (object, objects[row] as usize));
                files.extend(lines.flags(row).file.map(|flag| SettingsFile { container, object, flag }));
            }
        }
        Ok(files)
    }
}

/// One row for each flag of each container. Where a file has the settings, there may be more than the command line
/// says.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let (mut ids, mut names) = (StringBuilder::new(), StringBuilder::new());
    let (mut values, mut paths) = (StringBuilder::new(), StringBuilder::new());
    let mut relations = Vec::new();
    let mut row = 0;
    for table in data.schema.tables_of("Container") {
        let containers = data.ids(table)?;
        let lines = CommandLines::of(data, table)?;
        let mut pairs = Vec::new();
        let mut incomplete = Vec::with_capacity(containers.len());
        for container in 0..containers.len() {
            let found = lines.flags(container);
            incomplete.push(found.file.is_some());
            for (number, flag) in found.list.into_iter().enumerate() {
                ids.append_value(format!("{}#flags/{number}", containers.value(container)));
                names.append_value(flag.name);
                values.append_option(flag.value);
                let list = if flag.in_args { "args" } else { "command" };
                paths.append_value(format!("{list}[{}]", flag.index));
                pairs.push((index(container), index(row)));
                row += 1;
            }
        }
        relations.push((table, pairs, BooleanBuffer::from(incomplete)));
    }
    let mut rows = Rows::default();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids.finish())),
        ("name", Arc::new(names.finish())),
        ("value", Arc::new(values.finish())),
        ("path", Arc::new(paths.finish())),
    ];
    let to = rows.add_table(data.schema, "CommandFlag", columns)?;
    for (table, pairs, incomplete) in relations {
        rows.add_edges(table, "flags", Edges::to_table(incomplete.len(), to, pairs, incomplete));
    }
    Ok(rows)
}

/// The command lines of a table's containers.
struct CommandLines {
    names: StringArray,
    command: Words,
    args: Words,
}

impl CommandLines {
    fn of(data: &Data<'_>, table: TableId) -> Result<Self, Error> {
        let words = |name| Words::of(data, table, name);
        Ok(Self { names: data.text(table, "name")?, command: words("command")?, args: words("args")? })
    }

    fn flags(&self, row: usize) -> Flags {
        let name = if self.names.is_null(row) { "" } else { self.names.value(row) };
        flags(name, &self.command.at(row), &self.args.at(row))
    }
}

/// A column of lists of words.
struct Words {
    lists: Option<ListArray>,
    words: StringArray,
}

impl Words {
    fn of(data: &Data<'_>, table: TableId, name: &str) -> Result<Self, Error> {
        let lists = data.column(table, &[name.to_owned()])?.as_any().downcast_ref::<ListArray>().cloned();
        let words = lists.as_ref().and_then(|lists| lists.values().as_any().downcast_ref::<StringArray>());
        let words = words.cloned().unwrap_or_else(|| StringArray::new_null(0));
        Ok(Self { lists, words })
    }

    fn at(&self, row: usize) -> Vec<&str> {
        let Some(lists) = self.lists.as_ref().filter(|lists| !lists.is_null(row)) else { return Vec::new() };
        let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
        let range = at(lists.value_offsets()[row])..at(lists.value_offsets()[row + 1]);
        range.map(|at| self.words.value(at)).collect()
    }
}
