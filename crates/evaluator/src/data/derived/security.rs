//! What containers' security settings come to, with those of their pods.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder,
    StructArray, UInt32Array, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{concat, is_not_null, take};
use arrow::datatypes::{DataType, Field};
use assay_model::schema::TableId;
use assay_model::security::{
    APP_ARMOR_ANNOTATION, allows_escalation, app_armor, capability, may_run_as_root,
};

use super::Rows;
use crate::Error;
use crate::data::{Data, columns, index};
use crate::texts::plain;

/// Fields that a container has from its pod where it doesn't say itself.
const FROM_POD: [&str; 7] = [
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxOptions",
    "windowsOptions",
];
/// Fields that only containers have.
const OWN: [&str; 3] = ["privileged", "readOnlyRootFilesystem", "procMount"];

type Columns = Vec<(&'static str, ArrayRef)>;

/// One row for each container.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let tables = data.schema.tables_of("Container");
    let parts = tables.iter().map(|table| part(data, *table)).collect::<Result<Vec<_>, _>>()?;
    let mut all: Columns = Vec::new();
    for (at, (name, _)) in parts.first().into_iter().flatten().enumerate() {
        let values: Vec<&dyn Array> = parts.iter().map(|part| part[at].1.as_ref()).collect();
        all.push((*name, concat(&values)?));
    }
    let mut rows = Rows::default();
    let to = rows.add_table(data.schema, "EffectiveSecurityContext", all)?;
    let mut first = 0;
    for table in tables {
        let count = data.rows(table)?;
        let pairs = (0..count).map(|row| (index(row), index(first + row))).collect();
        rows.add_known_edges(table, count, "effectiveSecurityContext", to, pairs);
        first += count;
    }
    Ok(rows)
}

/// The rows of one table of containers.
fn part(data: &Data<'_>, table: TableId) -> Result<Columns, Error> {
    let settings = Settings::of(data, table)?;
    let mut columns: Columns = vec![("id", Arc::new(data.ids(table)?))];
    for name in OWN {
        columns.push((name, settings.own(name)?));
    }
    for name in FROM_POD {
        columns.push((name, settings.or_pods(name)?));
    }
    for (name, said) in [("addedCapabilities", "add"), ("droppedCapabilities", "drop")] {
        columns.push((name, capabilities(&settings.inner(&["capabilities", said])?)));
    }
    let said = settings.inner(&["allowPrivilegeEscalation"])?;
    let combined = combined(&columns, &said);
    columns.iter_mut().for_each(|(_, values)| *values = or_false(values));
    columns.extend(combined);
    Ok(columns)
}

/// The security settings of one table's containers and of their pods.
struct Settings<'d, 's> {
    data: &'d Data<'s>,
    table: TableId,
    pods: Option<TableId>,
    pod_of: UInt32Array,
}

impl<'d, 's> Settings<'d, 's> {
    fn of(data: &'d Data<'s>, table: TableId) -> Result<Self, Error> {
        let pod_of = UInt32Array::from(data.parents(table)?.to_vec());
        Ok(Self { data, table, pods: data.schema.table(table).parent, pod_of })
    }

    /// A field of the container's own settings; of what type it is, the derived table says.
    fn own(&self, name: &str) -> Result<ArrayRef, Error> {
        let wanted = self.wanted(name)?;
        Ok(typed(self.inner(&[name])?, wanted.data_type()))
    }

    /// A field of the container's, else of the pod's.
    fn or_pods(&self, name: &str) -> Result<ArrayRef, Error> {
        let wanted = self.wanted(name)?;
        let overlaid = self.overlay(&[name], wanted.data_type(), name == "windowsOptions")?;
        if name == "appArmorProfile" { self.or_annotated(overlaid, wanted.data_type()) } else { Ok(overlaid) }
    }

    fn overlay(&self, path: &[&str], wanted: &DataType, by_field: bool) -> Result<ArrayRef, Error> {
        if let (true, DataType::Struct(fields)) = (by_field, wanted) {
            let inner = |field: &Arc<Field>| {
                let path: Vec<&str> = path.iter().copied().chain([field.name().as_str()]).collect();
                self.overlay(&path, field.data_type(), false)
            };
            let inner = fields.iter().map(inner).collect::<Result<Vec<_>, _>>()?;
            let said = |row: usize| inner.iter().any(|values| !values.is_null(row));
            let said = NullBuffer::from_iter((0..self.pod_of.len()).map(said));
            return Ok(Arc::new(StructArray::try_new(fields.clone(), inner, Some(said))?));
        }
        let own = typed(self.inner(path)?, wanted);
        Ok(zip(&is_not_null(&own)?, &own, &self.pods(path, wanted)?)?)
    }

    fn pods(&self, path: &[&str], wanted: &DataType) -> Result<ArrayRef, Error> {
        let Some(pods) = self.pods else { return Ok(new_null_array(wanted, self.pod_of.len())) };
        let values = self.at(pods, &["podTemplate", "securityContext"], path)?;
        Ok(take(&typed(values, wanted), &self.pod_of, None)?)
    }

    fn inner(&self, path: &[&str]) -> Result<ArrayRef, Error> {
        self.at(self.table, &["securityContext"], path)
    }

    fn at(&self, table: TableId, within: &[&str], path: &[&str]) -> Result<ArrayRef, Error> {
        let path: Vec<String> = within.iter().chain(path).map(|name| (*name).to_owned()).collect();
        let column =
            columns::spot(self.data.schema, table, &path).map(|spot| spot.column).unwrap_or_default();
        Ok(plain(self.data.column_once(table, &column)?)?)
    }

    fn wanted(&self, name: &str) -> Result<Field, Error> {
        let schema = self.data.schema;
        let table = schema.tables_of("EffectiveSecurityContext").first().copied();
        let arrow = table.map(|table| schema.table(table).arrow_schema());
        let field = arrow.and_then(|arrow| arrow.field_with_name(name).ok().cloned());
        field.ok_or_else(|| Error::Derivation(format!("EffectiveSecurityContext has no field `{name}`")))
    }

    /// The profile that an annotation of old names comes after the container's own and before the pod's.
    fn or_annotated(&self, fields: ArrayRef, wanted: &DataType) -> Result<ArrayRef, Error> {
        let (Some(pods), DataType::Struct(parts)) = (self.pods, wanted) else { return Ok(fields) };
        let path = ["podTemplate".to_owned(), "annotations".to_owned()];
        let path = columns::spot(self.data.schema, pods, &path).map(|spot| spot.column).unwrap_or_default();
        let annotations = self.data.labels(pods, &path)?;
        if !annotations.any_key(|key| key.starts_with(APP_ARMOR_ANNOTATION)) {
            return Ok(fields);
        }
        let names = self.data.text(self.table, "name")?;
        let profile = |row: usize| {
            let key = format!("{APP_ARMOR_ANNOTATION}{}", names.value(row));
            annotations.get(self.pod_of.value(row) as usize, &key).and_then(app_armor)
        };
        let profiles: Vec<_> = (0..names.rows()).map(profile).collect();
        let of_part = |part: &Arc<Field>| -> ArrayRef {
            match part.name().as_str() {
                "type" => {
                    Arc::new(profiles.iter().map(|it| it.map(|(kind, _)| kind)).collect::<StringArray>())
                }
                "localhostProfile" => {
                    Arc::new(profiles.iter().map(|it| it.and_then(|(_, name)| name)).collect::<StringArray>())
                }
                _ => new_null_array(part.data_type(), profiles.len()),
            }
        };
        let annotated = StructArray::try_new(parts.clone(), parts.iter().map(of_part).collect(), None)?;
        let own = is_not_null(&typed(self.inner(&["appArmorProfile"])?, wanted))?;
        let by_annotation: BooleanArray =
            (0..names.rows()).map(|row| Some(profiles[row].is_some() && !own.value(row))).collect();
        Ok(zip(&by_annotation, &annotated, &fields)?)
    }
}

/// A column that an old snapshot lacks has only missing values.
fn typed(values: ArrayRef, wanted: &DataType) -> ArrayRef {
    if values.data_type() == wanted { values } else { new_null_array(wanted, values.len()) }
}

/// Settings that follow from several: what they come to where nothing is said is part of the rule.
fn combined(columns: &Columns, said: &ArrayRef) -> Columns {
    let column = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|(_, values)| values);
    let flag = |values: Option<&ArrayRef>, row: usize| {
        let values = values.and_then(|values| values.as_any().downcast_ref::<BooleanArray>());
        values.filter(|values| !values.is_null(row)).map(|values| values.value(row))
    };
    let user = |row: usize| {
        let users = column("runAsUser").and_then(|values| values.as_any().downcast_ref::<Int64Array>());
        users.filter(|users| !users.is_null(row)).map(|users| users.value(row))
    };
    let escalates = |row: usize| {
        let added = list_at(column("addedCapabilities"), row);
        let privileged = flag(column("privileged"), row) == Some(true);
        Some(allows_escalation(flag(Some(said), row), privileged, added.iter().flatten()))
    };
    let rooted =
        |row: usize| Some(may_run_as_root(user(row), flag(column("runAsNonRoot"), row) == Some(true)));
    let rows = 0..said.len();
    vec![
        ("allowPrivilegeEscalation", Arc::new(rows.clone().map(escalates).collect::<BooleanArray>())),
        ("mayRunAsRoot", Arc::new(rows.map(rooted).collect::<BooleanArray>())),
    ]
}

fn or_false(values: &ArrayRef) -> ArrayRef {
    match values.as_any().downcast_ref::<BooleanArray>() {
        Some(values) => {
            Arc::new(values.iter().map(|value| Some(value == Some(true))).collect::<BooleanArray>())
        }
        None => values.clone(),
    }
}

fn capabilities(said: &ArrayRef) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..said.len() {
        let names = list_at(Some(said), row);
        names.iter().flatten().for_each(|name| lists.values().append_value(capability(name)));
        lists.append(!names.is_empty());
    }
    Arc::new(lists.finish())
}

fn list_at(lists: Option<&ArrayRef>, row: usize) -> StringArray {
    let lists = lists.and_then(|lists| lists.as_any().downcast_ref::<ListArray>());
    let list = lists.filter(|lists| !lists.is_null(row)).map(|lists| columns::strings(&lists.value(row)));
    list.unwrap_or_else(|| StringArray::new_null(0))
}
