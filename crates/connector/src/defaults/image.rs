//! When an image is pulled.

use assay_model::{
    image::Reference,
    json::{Fields, Json},
};

/// `Always` for the tag `latest`, said or meant; else `IfNotPresent`, also where the reference can't be read.
pub(super) fn pull_policy<'j>(container: &Fields<'j>) -> Option<Json<'j>> {
    let image = container.get("image").and_then(Json::as_str).unwrap_or_default();
    let tag = Reference::parse(image).ok().and_then(|reference| reference.tag);
    Some(if tag.as_deref() == Some("latest") { "Always".into() } else { "IfNotPresent".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_policy_follows_the_tag() {
        for (image, expected) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("localhost:5000/nginx", "Always"),
            ("nginx@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "IfNotPresent"),
            ("", "IfNotPresent"),
            ("NGINX", "IfNotPresent"),
        ] {
            let container = Json::from(json!({"image": image}));
            assert_eq!(pull_policy(container.as_object().unwrap()), Some(expected.into()), "{image}");
        }
    }
}
