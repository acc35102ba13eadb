//! What SQL engines spell differently.

use std::fmt::Write as _;

use arrow::datatypes::DataType;

/// A SQL engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB 1.3 or newer.
    DuckDb,
    /// Spark 3.4 or newer.
    Spark,
}

impl Dialect {
    /// A name.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::DuckDb => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// A column of a relation, by its names within structs.
    pub(super) fn column(self, of: &str, path: &[String]) -> String {
        let path: Vec<String> = path.iter().map(|name| self.name(name)).collect();
        format!("{of}.{}", path.join("."))
    }

    /// A text, in one line: what stands within something else is moved to the right.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::DuckDb if text.contains('\n') => {
                format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n"))
            }
            Self::DuckDb => format!("'{}'", text.replace('\'', "''")),
            Self::Spark => {
                let mut escaped = String::from("'");
                for c in text.chars() {
                    match c {
                        '\\' | '\'' => escaped.extend(['\\', c]),
                        '\n' => escaped.push_str("\\n"),
                        '\r' => escaped.push_str("\\r"),
                        c if c.is_control() => {
                            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
                        }
                        c => escaped.push(c),
                    }
                }
                escaped + "'"
            }
        }
    }

    /// The id of a cluster as an asset, by its name.
    pub(super) fn cluster_id(self, name: &str) -> String {
        let encoded = [("%", "%25"), ("/", "%2F"), ("#", "%23")]
            .iter()
            .fold(name.to_owned(), |name, (from, to)| format!("replace({name}, '{from}', '{to}')"));
        format!("concat('assay/Cluster//', {encoded})")
    }

    /// Microseconds since 1970 as an instant.
    pub(super) fn instant(self, micros: i64) -> String {
        let text = jiff::Timestamp::from_microsecond(micros).map(|time| time.to_string()).unwrap_or_default();
        match self {
            Self::DuckDb => format!("TIMESTAMPTZ '{text}'"),
            Self::Spark => format!("TIMESTAMP '{text}'"),
        }
    }

    /// The name of a type.
    pub(super) fn data_type(self, data_type: &DataType) -> String {
        match (self, data_type) {
            (_, DataType::Boolean) => "BOOLEAN".to_owned(),
            (_, DataType::Int64) => "BIGINT".to_owned(),
            (_, DataType::Float64) => "DOUBLE".to_owned(),
            (Self::DuckDb, DataType::Timestamp(..)) => "TIMESTAMPTZ".to_owned(),
            (Self::Spark, DataType::Timestamp(..)) => "TIMESTAMP".to_owned(),
            (Self::DuckDb, DataType::List(item)) => format!("{}[]", self.data_type(item.data_type())),
            (Self::Spark, DataType::List(item)) => format!("ARRAY<{}>", self.data_type(item.data_type())),
            (Self::DuckDb, DataType::Map(..)) => "MAP(VARCHAR, VARCHAR)".to_owned(),
            (Self::Spark, DataType::Map(..)) => "MAP<STRING, STRING>".to_owned(),
            (Self::DuckDb, _) => "VARCHAR".to_owned(),
            (Self::Spark, _) => "STRING".to_owned(),
        }
    }

    /// All rows of a file in each snapshot, with the cluster and the snapshot that its folder names.
    pub(super) fn files(self, path: &str) -> String {
        match self {
            Self::DuckDb => {
                let path = self.text(path);
                format!(
                    "read_parquet({path}, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)"
                )
            }
            Self::Spark => {
                let part = |name: &str| {
                    let pattern = self.text(&format!("/{name}=([^/]+)/"));
                    format!("url_decode(regexp_extract(_metadata.file_path, {pattern}, 1)) AS {name}")
                };
                // What a path holds is encoded once more in the file's name.
                let cluster = part("cluster")
                    .replace("url_decode(", "url_decode(url_decode(")
                    .replace(", 1))", ", 1)))");
                format!("(SELECT *, {cluster}, {} FROM parquet.{})", part("snapshot"), self.name(path))
            }
        }
    }

    /// Whether a text matches a pattern that is anchored at both ends.
    pub(super) fn matches(self, value: &str, pattern: &str) -> String {
        let pattern = self.text(pattern);
        match self {
            Self::DuckDb => format!("regexp_matches({value}, {pattern})"),
            Self::Spark => format!("{value} RLIKE {pattern}"),
        }
    }

    /// A call of one of the functions on texts that have two names.
    pub(super) fn call(self, function: Function, value: &str, operand: &str) -> String {
        let name = match (self, function) {
            (_, Function::Contains) => "contains",
            (Self::DuckDb, Function::StartsWith) => "starts_with",
            (Self::Spark, Function::StartsWith) => "startswith",
            (Self::DuckDb, Function::EndsWith) => "ends_with",
            (Self::Spark, Function::EndsWith) => "endswith",
            (Self::DuckDb, Function::ListContains) => "list_contains",
            (Self::Spark, Function::ListContains) => "array_contains",
            (Self::DuckDb, Function::Overlap) => "list_has_any",
            (Self::Spark, Function::Overlap) => "arrays_overlap",
        };
        format!("{name}({value}, {operand})")
    }

    /// How many elements a list has.
    pub(super) fn length(self, list: &str) -> String {
        match self {
            Self::DuckDb => format!("len({list})"),
            Self::Spark => format!("array_size({list})"),
        }
    }

    /// A list.
    pub(super) fn list(self, elements: &[String]) -> String {
        match self {
            Self::DuckDb => format!("[{}]", elements.join(", ")),
            Self::Spark => format!("array({})", elements.join(", ")),
        }
    }

    /// Whether some element of a list is none of these.
    pub(super) fn any_other(self, list: &str, elements: &[String]) -> String {
        let elements = elements.join(", ");
        match self {
            Self::DuckDb => format!("len(list_filter({list}, lambda x: x NOT IN ({elements}))) > 0"),
            Self::Spark => format!("exists({list}, x -> x NOT IN ({elements}))"),
        }
    }

    /// A column that has a row for each entry of a map: a struct of key and value.
    pub(super) fn entries(self, map: &str) -> String {
        match self {
            Self::DuckDb => format!("unnest(map_entries({map}))"),
            Self::Spark => format!("explode(map_entries({map}))"),
        }
    }
}

/// Functions that have a value and an operand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    ListContains,
    Overlap,
}
