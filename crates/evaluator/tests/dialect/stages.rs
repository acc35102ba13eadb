//! Queries, stage by stage: the first file that differs names the stage that broke.

use crate::additions::CLUSTER;
use crate::fixture::Fixture;

const QUERIES: [(&str, &str); 6] = [
    ("seed", "{\n  namespaces(where: {networkPolicies: null}) {\n    ...AssetFragment\n  }\n}\n"),
    (
        "both-styles",
        "pods(where: {name_NOT_IN: [\"x\"], AND: {OR: [{hostNetwork: {neq: true}}, {hostPID_NOT: true}]}}) { \
         containers(where: {image_CONTAINS: \":\", image: {endsWith: \":1\"}}) { ...AssetFragment image } },",
    ),
    (
        "fields",
        "{ containers(where: {resources: {limits: {memory: {lt: {field: \"requests.memory\"}}}}}) \
         { ...AssetFragment } }",
    ),
    (
        "alias",
        "query ($name: String = \"half\") { pods { podTemplate { containersTemplates(where: {name: $name, \
         securityContext: {capabilitiesAdd_INCLUDES: \"CHOWN\"}}) { ...Own } } } } \
         fragment Own on Container { ...AssetFragment }",
    ),
    (
        "reference",
        "{ roleBindings(where: {NOT: {NOT: {role: {dangling: true}}}}) { ...AssetFragment roleRef { name } } }",
    ),
    (
        "object",
        "{ assets(where: {kind: \"Certificate\", object: {path: \"spec.secretName\", eq: null}}) \
         { ...AssetFragment secret: object(path: \"spec.secretName\") } }",
    ),
];

#[test]
fn each_stage_makes_what_it_made() {
    let fixture = Fixture::of(CLUSTER);
    for (name, text) in QUERIES {
        for (stage, made) in fixture.stages(text) {
            insta::assert_snapshot!(format!("{name}-{stage}"), made);
        }
    }
}
