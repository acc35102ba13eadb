//! What collecting a cluster cannot be faster than: the same pages, over one connection, thrown away.
//!
//! `cargo run --release -p assay-connector --example plain_fetch -- KUBECONFIG`

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use http::Request;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde::Deserialize;
use serde_json::Value;

/// Resources that a collection leaves out.
const LEFT_OUT: [&str; 2] = ["events", "leases"];
const PAGE: u32 = 500;

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
struct Page {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default, rename = "resourceVersion")]
    revision: String,
    #[serde(default, rename = "continue")]
    next: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("name a kubeconfig")?;
    let config = Kubeconfig::read_from(path)?;
    let client =
        Client::try_from(Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?)?;
    let revision =
        serde_json::from_slice::<Page>(&get(&client, "/api/v1/namespaces?limit=1").await?)?.metadata;
    let (mut pages, mut bytes) = (0_u64, 0_usize);
    for resource in resources(&client).await? {
        let first = format!("limit={PAGE}&resourceVersion={}&resourceVersionMatch=Exact", revision.revision);
        let mut query = first;
        loop {
            let Ok(body) = get(&client, &format!("{resource}?{query}")).await else { break };
            pages += 1;
            bytes += body.len();
            let Ok(page) = serde_json::from_slice::<Page>(&body) else { break };
            if page.metadata.next.is_empty() {
                break;
            }
            query = format!("limit={PAGE}&continue={}", page.metadata.next);
        }
    }
    println!("{pages} pages, {bytes} bytes");
    Ok(())
}

async fn get(client: &Client, path: &str) -> Result<Vec<u8>, Failure> {
    let request = Request::get(path).header("accept", "application/json").body(Body::empty())?;
    let response = client.send(request).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    Ok(response.into_body().collect_bytes().await?.into())
}

/// The paths of all resources that can be listed, in the version that each group prefers.
async fn resources(client: &Client) -> Result<Vec<String>, Failure> {
    let groups: Value = serde_json::from_slice(&get(client, "/apis").await?)?;
    let preferred = groups["groups"].as_array().into_iter().flatten();
    let preferred = preferred.filter_map(|group| group["preferredVersion"]["groupVersion"].as_str());
    let mut paths = Vec::new();
    for base in ["/api/v1".to_owned()].into_iter().chain(preferred.map(|version| format!("/apis/{version}")))
    {
        let list: Value = serde_json::from_slice(&get(client, &base).await?)?;
        for resource in list["resources"].as_array().into_iter().flatten() {
            let name = resource["name"].as_str().unwrap_or_default();
            let verbs = resource["verbs"].as_array().into_iter().flatten();
            if verbs.into_iter().any(|verb| verb == "list")
                && !name.contains('/')
                && !LEFT_OUT.contains(&name)
            {
                paths.push(format!("{base}/{name}"));
            }
        }
    }
    Ok(paths)
}
