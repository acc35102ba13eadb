//! The flags on containers' command lines.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ListArray, StringArray, StringBuilder, StringDictionaryBuilder, new_empty_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Int32Type};
use assay_model::cores::side_by_side;
use assay_model::flags::{Flags, flags};
use assay_model::schema::TableId;

use super::Rows;
use crate::Error;
use crate::data::edges::Edges;
use crate::data::{Data, index};
use crate::texts::Texts;

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

/// Containers whose command lines a core reads at a time.
const PORTION: usize = 1_024;

/// One row for each flag of each container. Where a file has the settings, there may be more than the command line
/// says.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let (mut portions, mut relations) = (Vec::new(), Vec::new());
    let mut first = 0;
    for table in data.schema.tables_of("Container") {
        let containers = data.rows(table)?;
        let (ids, lines) = (data.ids(table)?, CommandLines::of(data, table)?);
        let starts: Vec<usize> = (0..containers).step_by(PORTION).collect();
        let read = side_by_side(&starts, 1, |start| {
            Portion::read(&ids, &lines, *start..containers.min(start + PORTION))
        });
        let (mut pairs, mut incomplete) = (Vec::new(), Vec::with_capacity(containers));
        for mut portion in read {
            pairs.extend(portion.containers.drain(..).map(|container| {
                first += 1;
                (container, first - 1)
            }));
            incomplete.append(&mut portion.incomplete);
            portions.push(portion);
        }
        relations.push((table, pairs, BooleanBuffer::from(incomplete)));
    }
    let mut rows = Rows::default();
    let column = |of: fn(&Portion) -> &ArrayRef| -> Result<ArrayRef, Error> {
        let arrays: Vec<&dyn Array> = portions.iter().map(|portion| &**of(portion)).collect();
        Ok(if arrays.is_empty() { new_empty_array(&DataType::Utf8) } else { concat(&arrays)? })
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", column(|portion| &portion.ids)?),
        ("name", column(|portion| &portion.names)?),
        ("value", column(|portion| &portion.values)?),
        ("path", column(|portion| &portion.paths)?),
    ];
    let to = rows.add_table(data.schema, "CommandFlag", columns)?;
    for (table, pairs, incomplete) in relations {
        rows.add_edges(table, "flags", Edges::to_table(incomplete.len(), to, pairs, incomplete));
    }
    Ok(rows)
}

/// A column of texts that repeat.
type Shared = StringDictionaryBuilder<Int32Type>;

/// The flags of some containers of a table.
struct Portion {
    ids: ArrayRef,
    names: ArrayRef,
    values: ArrayRef,
    paths: ArrayRef,
    /// The container of each flag.
    containers: Vec<u32>,
    /// Of each container, whether there may be more.
    incomplete: Vec<bool>,
}

impl Portion {
    fn read(of: &StringArray, lines: &CommandLines, rows: Range<usize>) -> Self {
        let mut ids = StringBuilder::new();
        // Few flags are like no other.
        let [mut names, mut values, mut paths] = [(); 3].map(|()| Shared::new());
        let (mut containers, mut incomplete) = (Vec::new(), Vec::with_capacity(rows.len()));
        for container in rows {
            let found = lines.flags(container);
            incomplete.push(found.file.is_some());
            for (number, flag) in found.list.into_iter().enumerate() {
                // What is written becomes a value with the next one that is appended.
                let _ = write!(ids, "{}#flags/{number}", of.value(container));
                ids.append_value("");
                names.append_value(flag.name);
                values.append_option(flag.value);
                let list = if flag.in_args { "args" } else { "command" };
                paths.append_value(format!("{list}[{}]", flag.index));
                containers.push(index(container));
            }
        }
        let ids = Arc::new(ids.finish());
        let [names, values, paths] =
            [names, values, paths].map(|mut texts| Arc::new(texts.finish()) as ArrayRef);
        Self { ids, names, values, paths, containers, incomplete }
    }
}

/// The command lines of a table's containers.
struct CommandLines {
    names: Texts,
    command: Words,
    args: Words,
}

impl CommandLines {
    fn of(data: &Data<'_>, table: TableId) -> Result<Self, Error> {
        let words = |name| Words::of(data, table, name);
        Ok(Self { names: data.text(table, "name")?, command: words("command")?, args: words("args")? })
    }

    fn flags(&self, row: usize) -> Flags<'_> {
        flags(self.names.value(row), &self.command.at(row), &self.args.at(row))
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
