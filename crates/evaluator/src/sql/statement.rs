//! A statement that is being written: its parts, each a named `WITH` query.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::datatypes::DataType;
use assay_model::canonical::hex;
use assay_model::schema::{Schema, Source, TableId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::dialect::Dialect;
use super::needs::{Filtered, Needs, age_file, fact_file, statement_file, table_file};
use super::{Lowered, Sources};
use crate::data::spot;
use crate::query::{FieldPath, Filter, Moment, Test};

/// The version that derived files are kept by: another one derives its own.
pub(super) const ENGINE: &str = concat!("assay-", env!("CARGO_PKG_VERSION"));

/// The part with the snapshots that the statement can answer for: all that it reads was derived of them.
const SNAPSHOTS: &str = "snapshots";

/// The part with all others, of which it knows nothing.
const NOT_DERIVED: &str = "not_derived";

/// A statement.
pub(super) struct Statement<'s> {
    pub(super) schema: &'s Schema,
    pub(super) dialect: Dialect,
    pub(super) sources: &'s Sources<'s>,
    parts: Vec<(String, String)>,
    names: HashMap<String, usize>,
    /// Parts by what they say: equal ones are written once.
    known: HashMap<String, String>,
    /// The files that are read, within a snapshot.
    files: BTreeSet<String>,
    pub(super) needs: Needs,
}

/// Columns that a condition on rows reads.
#[derive(Default)]
pub(super) struct Columns {
    /// By the name they get.
    wanted: BTreeMap<String, Wanted>,
    /// Joins with counts of related rows, by the name of the part.
    pub(super) joins: Vec<String>,
}

#[derive(Clone)]
enum Wanted {
    Value(FieldPath, DataType),
    Present(FieldPath),
    Unreadable,
    Fact {
        name: String,
        fact: Filtered,
        unknown: bool,
        data_type: DataType,
    },
    /// The instant that lies so long before or after the snapshot's own.
    Age(String),
}

impl<'s> Statement<'s> {
    pub(super) fn new(schema: &'s Schema, dialect: Dialect, sources: &'s Sources<'s>) -> Self {
        Self {
            schema,
            dialect,
            sources,
            parts: Vec::new(),
            names: [SNAPSHOTS, NOT_DERIVED].map(|name| (name.to_owned(), 1)).into(),
            known: HashMap::new(),
            files: BTreeSet::new(),
            needs: Needs::default(),
        }
    }

    /// Adds a part, and gives its name: the hint, with a number where that is taken.
    pub(super) fn part(&mut self, hint: &str, body: String) -> String {
        if let Some(known) = self.known.get(&body) {
            return known.clone();
        }
        let number = self.names.entry(hint.to_lowercase()).or_default();
        *number += 1;
        let name = if *number == 1 { hint.to_owned() } else { format!("{hint}_{number}") };
        let quoted = self.dialect.name(&name);
        self.parts.push((quoted.clone(), body.clone()));
        self.known.insert(body, quoted.clone());
        quoted
    }

    pub(super) fn finish(mut self, title: &str, command: &str, select: &str) -> Lowered {
        let own = self.snapshot_parts();
        let parts: Vec<String> = own
            .iter()
            .chain(&self.parts)
            .map(|(name, body)| format!("{name} AS (\n  {}\n)", body.replace('\n', "\n  ")))
            .collect();
        let title = title.replace(['\n', '\r'], " ");
        let text = format!(
            "-- {title}
-- A snapshot that {command} has not seen is unknown, until it is run again: what this reads is derived then.
-- A truth value is NULL where what decides it was not collected, never where a value is missing.
WITH
{}
{select};
",
            parts.join(",\n")
        );
        Lowered { text, needs: self.needs }
    }

    /// The snapshots of which all that the other parts read is there, and those of which it isn't. An engine takes
    /// a file that is missing for one without rows, which would say of a snapshot that was collected later, or is of
    /// another version, that it has no relations, no facts and no gaps.
    fn snapshot_parts(&mut self) -> [(String, String); 2] {
        let files: Vec<&str> = self.files.iter().map(String::as_str).collect();
        let digest = hex(&Sha256::digest(files.join("\n")))[..16].to_owned();
        let derived = self.derived(&statement_file(&digest));
        self.needs.statements.insert(digest);
        let all = self.dialect.files(&format!("{}/collection.parquet", self.sources.folder));
        let (snapshots, asset) = (self.snapshots(), self.dialect.cluster_id("t.cluster"));
        let others = format!(
            "SELECT DISTINCT t.cluster, t.snapshot,
  {asset} AS asset
FROM {all} t
LEFT JOIN {snapshots} s ON s.cluster = t.cluster AND s.snapshot = t.snapshot
WHERE s.asset IS NULL"
        );
        [
            (snapshots, format!("SELECT t.cluster, t.snapshot, t.asset FROM {derived} t")),
            (self.not_derived(), others),
        ]
    }

    /// The part with the snapshots that can be answered for, each with its cluster as an asset.
    pub(super) fn snapshots(&self) -> String {
        self.dialect.name(SNAPSHOTS)
    }

    /// The part with the other snapshots, each with its cluster as an asset.
    pub(super) fn not_derived(&self) -> String {
        self.dialect.name(NOT_DERIVED)
    }

    /// The rows of a table in all snapshots.
    pub(super) fn source(&mut self, table: TableId) -> String {
        let is_derived = self.schema.table(table).derived.is_some();
        if !is_derived && (self.sources.is_stored)(table) {
            let file = format!("{}.parquet", self.schema.table(table).name);
            let path = format!("{}/{file}", self.sources.folder);
            self.files.insert(file);
            return self.dialect.files(&path);
        }
        self.needs.tables.insert(table);
        self.derived(&table_file(self.schema, table))
    }

    /// The rows of a derived file in all snapshots.
    pub(super) fn derived(&mut self, file: &str) -> String {
        let file = format!("derived/{ENGINE}/{file}.parquet");
        let path = format!("{}/{file}", self.sources.folder);
        self.files.insert(file);
        self.dialect.files(&path)
    }

    /// A part with the rows of tables and the columns that a condition wants, and its name.
    pub(super) fn rows(&mut self, hint: &str, tables: &[TableId], columns: &Columns) -> String {
        let selects: Vec<String> = tables.iter().map(|table| self.select(*table, columns)).collect();
        let body = if selects.is_empty() { self.no_rows(columns) } else { selects.join("\nUNION ALL\n") };
        self.part(hint, body)
    }

    fn no_rows(&self, columns: &Columns) -> String {
        let mut all = vec!["NULL AS cluster, NULL AS snapshot, NULL AS id".to_owned()];
        all.extend(columns.wanted.keys().map(|name| format!("NULL AS {}", self.dialect.name(name))));
        format!("SELECT {} WHERE false", all.join(", "))
    }

    fn select(&mut self, table: TableId, columns: &Columns) -> String {
        let mut selected = vec!["t.cluster, t.snapshot, t.id".to_owned()];
        let (mut joins, mut ages) = (Vec::new(), Vec::new());
        for (name, wanted) in &columns.wanted {
            let expression = match wanted {
                Wanted::Value(path, data_type) => match self.column_of(table, path) {
                    Some((column, _)) => self.dialect.column("t", &column),
                    None => format!("CAST(NULL AS {})", self.dialect.data_type(data_type)),
                },
                Wanted::Present(path) => self.presence(table, path),
                Wanted::Unreadable => {
                    let has = !self.schema.table(table).is_list() && self.has_column(table, "unreadable");
                    if has {
                        "t.unreadable".to_owned()
                    } else {
                        format!("CAST(NULL AS {})", self.dialect.data_type(&DataType::Utf8))
                    }
                }
                Wanted::Fact { name, fact, unknown, data_type } => {
                    self.fact_column(table, name, fact, *unknown, data_type, &mut joins)
                }
                Wanted::Age(duration) => {
                    let file = self.derived(&age_file(duration));
                    ages.push(format!(
                        "\nLEFT JOIN {file} a{0}\n  ON a{0}.cluster = t.cluster AND a{0}.snapshot = t.snapshot",
                        ages.len()
                    ));
                    self.needs.ages.insert(duration.clone());
                    format!("a{}.instant", ages.len() - 1)
                }
            };
            selected.push(format!("{expression} AS {}", self.dialect.name(name)));
        }
        let source = self.source(table);
        let joined = joins.iter().enumerate().map(|(number, file)| {
            let f = format!("f{number}");
            format!(
                "\nLEFT JOIN {file} {f}\n  ON {f}.cluster = t.cluster AND {f}.snapshot = t.snapshot AND {f}.id = t.id"
            )
        });
        let joined: String = joined.chain(ages).collect();
        format!("SELECT {}\nFROM {source} t{joined}", selected.join(",\n  "))
    }

    fn fact_column(
        &mut self,
        table: TableId,
        name: &str,
        fact: &Filtered,
        unknown: bool,
        data_type: &DataType,
        joins: &mut Vec<String>,
    ) -> String {
        if let Filtered::Field(path) = fact
            && !matches!(spot(self.schema, table, path).map(|s| &s.field.source), Some(Source::Derived(_)))
        {
            return format!("CAST(NULL AS {})", self.dialect.data_type(data_type));
        }
        self.needs.facts.insert((table, name.to_owned()), fact.clone());
        let source = self.derived(&fact_file(self.schema, table, name));
        let column = if unknown { "unknown" } else { "value" };
        let known = joins.iter().position(|join| *join == source);
        let number = known.unwrap_or_else(|| {
            joins.push(source);
            joins.len() - 1
        });
        format!("f{number}.{column}")
    }

    /// A field's column in a table, and its type; none where it is missing on all its rows.
    pub(super) fn column_of(&self, table: TableId, path: &[String]) -> Option<(Vec<String>, DataType)> {
        let spot = spot(self.schema, table, path)?;
        let arrow = self.schema.table(table).arrow_schema();
        let (first, rest) = spot.column.split_first()?;
        let mut data_type = arrow.field_with_name(first).ok()?.data_type().clone();
        for name in rest {
            let DataType::Struct(fields) = &data_type else { return None };
            data_type = fields.iter().find(|field| field.name() == name)?.data_type().clone();
        }
        Some((spot.column, data_type))
    }

    fn has_column(&self, table: TableId, name: &str) -> bool {
        self.schema.table(table).arrow_schema().field_with_name(name).is_ok()
    }

    fn presence(&self, table: TableId, path: &[String]) -> String {
        match spot(self.schema, table, path) {
            Some(spot) if matches!(spot.field.source, Source::Struct { path: None, .. }) => "true".to_owned(),
            Some(_) => match self.column_of(table, path) {
                Some((column, _)) => format!("{} IS NOT NULL", self.dialect.column("t", &column)),
                None => "false".to_owned(),
            },
            None => "false".to_owned(),
        }
    }
}

/// The name of the column with the instant that an age leads to.
pub(super) fn age_column(duration: &str) -> String {
    format!("time {duration}")
}

/// A condition with its ages counted from an instant.
pub(super) fn dated(filter: &Filter, from: Timestamp) -> Filter {
    filter.with_moments(&mut |moment| {
        let moved = moment.age.as_ref().and_then(|age| Moment::after(age, from));
        moved.unwrap_or_else(|| moment.clone())
    })
}

/// A condition whose ages are counted from what they were resolved with, whatever the snapshot.
pub(super) fn fixed(filter: &Filter) -> Filter {
    filter.with_moments(&mut |moment| moment.micros.into())
}

impl Columns {
    /// A value of the rows, as it is called in the part; none if it is missing in all tables.
    pub(super) fn value(
        &mut self,
        statement: &Statement<'_>,
        tables: &[TableId],
        path: &[String],
    ) -> Option<(String, DataType)> {
        let data_type = tables.iter().find_map(|table| statement.column_of(*table, path))?.1;
        let name = path.join(".");
        self.wanted.insert(name.clone(), Wanted::Value(path.to_vec(), data_type.clone()));
        Some((format!("r.{}", statement.dialect.name(&name)), data_type))
    }

    /// Whether an object within the rows is there.
    pub(super) fn present(&mut self, statement: &Statement<'_>, path: &[String]) -> String {
        let name = format!("{} is set", path.join("."));
        self.wanted.insert(name.clone(), Wanted::Present(path.to_vec()));
        format!("r.{}", statement.dialect.name(&name))
    }

    /// Why the rows' object could not be read.
    pub(super) fn unreadable(&mut self, statement: &Statement<'_>) -> String {
        self.wanted.insert("unreadable".to_owned(), Wanted::Unreadable);
        format!("r.{}", statement.dialect.name("unreadable"))
    }

    /// A test whose ages are counted from each snapshot's own time, unless the statement has one time for all.
    pub(super) fn dated(&mut self, statement: &Statement<'_>, test: &Test) -> Test {
        test.with_moments(&mut |moment| match &moment.age {
            Some(age) if statement.sources.as_of.is_none() => {
                self.wanted.insert(age_column(age), Wanted::Age(age.clone()));
                moment.clone()
            }
            _ => moment.micros.into(),
        })
    }

    /// The value of a derived fact alone.
    pub(super) fn fact_value(&mut self, statement: &Statement<'_>, name: &str, fact: Filtered) -> String {
        self.fact_column(statement, (name, name), fact, false, DataType::Boolean)
    }

    /// A derived fact of the rows, and whether it is unknown.
    pub(super) fn fact(
        &mut self,
        statement: &Statement<'_>,
        name: &str,
        fact: Filtered,
        data_type: DataType,
    ) -> [String; 2] {
        let value = self.fact_column(statement, (name, name), fact.clone(), false, data_type);
        let unknown = format!("{name} is unknown");
        [value, self.fact_column(statement, (&unknown, name), fact, true, DataType::Boolean)]
    }

    /// A column of a derived fact: its value, or whether that is unknown.
    fn fact_column(
        &mut self,
        statement: &Statement<'_>,
        (column, name): (&str, &str),
        fact: Filtered,
        unknown: bool,
        data_type: DataType,
    ) -> String {
        let wanted = Wanted::Fact { name: name.to_owned(), fact, unknown, data_type };
        self.wanted.insert(column.to_owned(), wanted);
        format!("r.{}", statement.dialect.name(column))
    }

    /// The name of a condition that SQL has no words for: the same for the same condition.
    pub(super) fn condition_name(filter: &Filter) -> String {
        // An age is another instant for each snapshot, but the same condition.
        let digest = Sha256::digest(format!("{:?}", dated(filter, Timestamp::UNIX_EPOCH)));
        format!("condition-{}", &hex(&digest)[..12])
    }
}
