//! The audit itself, as the JSON that `reports/schema` describes.

use std::io;

use assay_audit::{Audit, lines};
use serde::Serialize;

use crate::{Format, Report, ReportError};

/// Where the schema is published: its version is [`assay_audit::audit::SCHEMA_VERSION`].
pub(crate) const SCHEMA: &str =
    "https://raw.githubusercontent.com/assay-audit/assay/main/reports/schema/audit-v1.json";

pub(crate) const FORMAT: &dyn Format = &Json;

struct Json;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(flatten)]
    audit: &'a Audit,
}

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file_name(&self) -> &'static str {
        "audit.json"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn io::Write) -> Result<(), ReportError> {
        Ok(lines::write(&Document { schema: SCHEMA, audit: report.audit }, out)?)
    }
}

#[cfg(test)]
mod tests {
    use assay_audit::compare::Comparison;
    use schemars::JsonSchema;
    use schemars::generate::SchemaSettings;
    use serde_json::json;

    use super::*;

    /// The published schemas say what the types say; `UPDATE=1` writes them anew.
    #[test]
    fn schemas_are_current() {
        is_current::<Audit>("audit-v1.json", "Audit of a Kubernetes snapshot");
        is_current::<Comparison>("comparison-v1.json", "Two audits of a Kubernetes cluster compared");
    }

    fn is_current<T: JsonSchema>(name: &str, title: &str) {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let mut schema = settings.into_generator().into_root_schema_for::<T>();
        schema.insert("$id".into(), json!(SCHEMA.replace("audit-v1.json", name)));
        schema.insert("title".into(), json!(title));
        let properties = schema.get_mut("properties").and_then(|p| p.as_object_mut()).unwrap();
        properties.insert("$schema".into(), json!({"type": "string", "format": "uri"}));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/schema").join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        assert!(std::fs::read_to_string(file).unwrap_or_default() == text, "{name}: run again with UPDATE=1");
    }
}
