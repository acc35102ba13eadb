//! Whether a pod is what the template of the workload that controls it says.

use serde_json::{Map, Value};

use super::world::World;

/// What each pod may have otherwise.
const OTHERWISE: [&str; 11] = [
    "labels",
    "nodeName",
    "nodeSelector",
    "nodeAffinity",
    "tolerations",
    "priority",
    "priorityClassName",
    "hostname",
    "subdomain",
    "imagePullSecrets",
    "deprecatedServiceAccount",
];

impl World<'_> {
    pub(super) fn differs(&self, pod: usize, owner: usize) -> bool {
        self.is_unreadable(pod) || self.is_unreadable(owner) || self.template(pod) != self.template(owner)
    }

    /// The template of a workload, a pod's own spec for a pod, without what each pod may have otherwise.
    fn template(&self, row: usize) -> Value {
        let is_pod = self.rows[row].type_name == "Pod";
        let (values, prefix) = match is_pod {
            true => (&self.rows[row].values, ""),
            false => (&self.rows[row].values["podTemplate"], "podTemplate."),
        };
        let fields = &self.schema.get("PodTemplate").expect("the model's").fields;
        let names = fields.iter().map(|field| field.name.as_str()).filter(|name| !OTHERWISE.contains(name));
        let names: Vec<&str> = names.collect();
        let own = names.iter().map(|name| ((*name).to_owned(), values[*name].clone()));
        let mut template: Map<String, Value> = own.collect();
        let settings = |key: &String| {
            key.starts_with("container.apparmor.security.beta.kubernetes.io/")
                || key.starts_with("seccomp.security.alpha.kubernetes.io/")
        };
        if let Some(annotations) = template["annotations"].as_object_mut() {
            annotations.retain(|key, _| settings(key));
        }
        if template["serviceAccountName"] == "default" {
            template["serviceAccountName"] = Value::Null;
        }
        if template["enableServiceLinks"] == true {
            template["enableServiceLinks"] = Value::Null;
        }
        let is_of_template = |field: &str| {
            let first = field.strip_prefix(prefix).and_then(|field| field.split('.').next());
            first.is_some_and(|first| names.contains(&first))
        };
        let entries = self.list_entries(row, &is_of_template, &Value::Object(template.clone()));
        template.insert("entries".to_owned(), entries);
        said(&Value::Object(template))
    }

    /// The entries of a row's lists, in some order of their own.
    fn list_entries(&self, of: usize, is_meant: &dyn Fn(&str) -> bool, template: &Value) -> Value {
        let mut entries = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            if row.parent != Some(of)
                || !is_meant(&row.field)
                || is_added(&row.type_name, &row.values, template)
            {
                continue;
            }
            let mut values = row.values.as_object().expect("a row").clone();
            for computed in ["id", "parentId", "index", "resources"] {
                values.remove(computed);
            }
            if row.type_name == "ContainerPort" && template["hostNetwork"] == true {
                values.remove("hostPort");
            }
            values.insert("entries".to_owned(), self.list_entries(number, &|_| true, template));
            let field = row.field.rsplit('.').next().unwrap_or_default();
            entries.push(serde_json::json!([field, said(&Value::Object(values))]));
        }
        entries.sort_by_key(Value::to_string);
        if entries.is_empty() { Value::Null } else { Value::Array(entries) }
    }
}

/// Whether an entry is one that each pod gets.
fn is_added(type_name: &str, entry: &Value, template: &Value) -> bool {
    match type_name {
        "Volume" if entry["type"] == "projected" => {
            let is_named = entry["name"].as_str().is_some_and(|name| name.starts_with("kube-api-access-"));
            is_named && template["automountServiceAccountToken"] != false
        }
        "Volume" => entry["type"] == "persistentVolumeClaim",
        "VolumeMount" => entry["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount",
        "EnvVar" => !entry["valueFrom"]["fieldRef"]["fieldPath"].is_null(),
        _ => false,
    }
}

/// A setting without what says nothing: what is missing, or an object or a list that holds nothing.
fn said(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), said(value)));
            let fields: Map<_, _> = fields.filter(|(_, value)| !value.is_null()).collect();
            if fields.is_empty() { Value::Null } else { Value::Object(fields) }
        }
        Value::Array(values) if values.is_empty() => Value::Null,
        value => value.clone(),
    }
}
