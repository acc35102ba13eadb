//! One row per check and asset, passes included: the evidence of what was examined.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, DictionaryArray, Int32Array, RecordBatch, StringArray,
    UInt32Array, new_null_array,
};
use arrow::compute::{concat_batches, filter, take};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use assay_audit::Outcome;
use assay_audit::finding::AssetRef;
use assay_model::schema::TableId;

use crate::Error;
use crate::compile::Compiled;
use crate::data::Data;
use crate::judge::Verdicts;
use crate::texts::plain_batch;

/// The columns, in order.
const COLUMNS: [(&str, bool); 8] = [
    ("control", false),
    ("check", false),
    ("asset", false),
    ("kind", false),
    ("namespace", true),
    ("name", false),
    ("outcome", false),
    ("contentHash", true),
];

/// The outcome of every check for every asset. Held as bits: rows are made when they are asked for, of texts that they
/// share.
#[derive(Debug, Default)]
pub struct Results {
    checks: Vec<CheckRows>,
    assets: BTreeMap<TableId, AssetColumns>,
}

/// What one check said of the rows of some tables, and of the cluster.
#[derive(Debug)]
struct CheckRows {
    control: String,
    check: String,
    rows: Vec<(TableId, Verdicts)>,
    cluster: Option<(Arc<AssetRef>, Outcome)>,
}

/// Who the rows of a table are: asset, kind, namespace, name, contentHash.
#[derive(Debug)]
struct AssetColumns([ArrayRef; 5]);

impl Results {
    /// Adds what a check said.
    pub(crate) fn add(
        &mut self,
        data: &Data<'_>,
        check: &Compiled<'_>,
        rows: &BTreeMap<TableId, Verdicts>,
        cluster: Option<(Arc<AssetRef>, Outcome)>,
    ) -> Result<(), Error> {
        for table in rows.keys() {
            if !self.assets.contains_key(table) {
                self.assets.insert(*table, AssetColumns::of(data, *table)?);
            }
        }
        let rows = rows.iter().map(|(table, verdicts)| (*table, verdicts.clone())).collect();
        let (control, check) = (check.control.id.to_string(), check.check.slug.to_string());
        self.checks.push(CheckRows { control, check, rows, cluster });
        Ok(())
    }

    /// The table's columns: control, check, asset, kind, namespace, name, outcome, contentHash. Each is of texts, as a
    /// dictionary and keys.
    pub fn schema() -> SchemaRef {
        schema(&DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()))
    }

    /// The rows in portions: by control and check, then by table, each in its table's order.
    pub fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + '_ {
        self.checks.iter().flat_map(|check| {
            let tables = check.rows.iter().map(|(table, verdicts)| {
                let assets = self.assets.get(table);
                assets
                    .map_or_else(|| Ok(RecordBatch::new_empty(Self::schema())), |a| check.batch(a, verdicts))
            });
            let cluster = check.cluster.iter().map(|(asset, outcome)| check.of_cluster(asset, *outcome));
            tables.chain(cluster)
        })
    }

    /// All rows as one batch, in which each row has its own texts.
    pub fn whole(&self) -> Result<RecordBatch, ArrowError> {
        let schema = schema(&DataType::Utf8);
        let batches = self.batches().map(|batch| plain_batch(&batch?, &schema));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        concat_batches(&schema, &batches)
    }
}

fn schema(texts: &DataType) -> SchemaRef {
    let fields = COLUMNS.iter().map(|(name, nullable)| Field::new(*name, texts.clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl CheckRows {
    fn batch(&self, assets: &AssetColumns, verdicts: &Verdicts) -> Result<RecordBatch, ArrowError> {
        let examined = BooleanArray::from(verdicts.examined.clone());
        let [asset, kind, namespace, name, hash] = &assets.0;
        let outcomes = verdicts.examined.set_indices().map(|row| verdicts.outcome(row) as i32);
        self.rows([
            filter(asset, &examined)?,
            filter(kind, &examined)?,
            filter(namespace, &examined)?,
            filter(name, &examined)?,
            shared(Outcome::ALL.map(Outcome::as_str), outcomes)?,
            filter(hash, &examined)?,
        ])
    }

    fn of_cluster(&self, asset: &AssetRef, outcome: Outcome) -> Result<RecordBatch, ArrowError> {
        let one = |text: Option<&str>| keyed(Arc::new(StringArray::from(vec![text])));
        self.rows([
            one(Some(asset.id.as_str()))?,
            one(Some(&asset.kind))?,
            one(asset.namespace.as_deref())?,
            one(Some(&asset.name))?,
            one(Some(outcome.as_str()))?,
            one(None)?,
        ])
    }

    fn rows(&self, rest: [ArrayRef; 6]) -> Result<RecordBatch, ArrowError> {
        let rows = rest[0].len();
        let same = |text: &str| shared([text], std::iter::repeat_n(0, rows));
        let columns = [same(&self.control)?, same(&self.check)?].into_iter().chain(rest);
        RecordBatch::try_new(Results::schema(), columns.collect())
    }
}

/// Texts of a few, by their numbers.
fn shared<const N: usize>(
    texts: [&str; N],
    numbers: impl Iterator<Item = i32>,
) -> Result<ArrayRef, ArrowError> {
    let texts = StringArray::from(texts.to_vec());
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(numbers.collect(), Arc::new(texts))?))
}

/// The same texts as a dictionary and keys: where each row has its own, it has its own key.
fn keyed(column: ArrayRef) -> Result<ArrayRef, ArrowError> {
    if column.as_dictionary_opt::<Int32Type>().is_some() {
        return Ok(column);
    }
    let rows = i32::try_from(column.len()).map_err(|_| ArrowError::DictionaryKeyOverflowError)?;
    let keys = Int32Array::new((0..rows).collect(), column.nulls().cloned());
    Ok(Arc::new(DictionaryArray::try_new(keys, column)?))
}

/// A column's texts; all missing if the table lacks it.
fn texts(data: &Data<'_>, table: TableId, column: &str) -> Result<ArrayRef, Error> {
    let column = data.column_as_read(table, &[column.to_owned()])?;
    let is_missing = column.data_type().is_null();
    Ok(keyed(if is_missing { new_null_array(&DataType::Utf8, column.len()) } else { column })?)
}

/// The digest of the content of each row's object: an entry's content is its object's.
fn hashes(data: &Data<'_>, table: TableId) -> Result<ArrayRef, Error> {
    let asset = data.schema.asset_table(table);
    let hashes = texts(data, asset, "contentHash")?;
    if asset == table {
        return Ok(hashes);
    }
    Ok(take(&hashes, &UInt32Array::from(data.asset_rows(table)?.to_vec()), None)?)
}

impl AssetColumns {
    fn of(data: &Data<'_>, table: TableId) -> Result<Self, Error> {
        let text = |column| texts(data, table, column);
        Ok(Self([text("id")?, text("kind")?, text("namespace")?, text("name")?, hashes(data, table)?]))
    }
}
