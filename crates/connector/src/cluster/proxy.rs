//! Through which proxy an API server is reached, as kubectl would.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxy of the kubeconfig's cluster, whatever the server is called; else the environment's, unless that leaves the
/// server out. A server on this machine is never behind the environment's: clusters in containers are there.
///
/// # Errors
/// If that proxy is no URL of a kind we know; what it says is not repeated, as it may have a password.
pub(super) fn choose(
    configured: Option<&str>,
    server: &Uri,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, String> {
    let configured = configured.filter(|url| !url.is_empty());
    if let Some(url) = configured {
        return parse(url, "the cluster's proxy-url").map(Some);
    }
    let variable = |name: &str| {
        let value = environment(name).or_else(|| environment(&name.to_lowercase()));
        value.filter(|value| !value.is_empty())
    };
    let name = if server.scheme_str() == Some("http") { "HTTP_PROXY" } else { "HTTPS_PROXY" };
    let Some(url) = variable(name) else { return Ok(None) };
    let left_out = variable("NO_PROXY").is_some_and(|list| is_listed(server, &list));
    if is_local(server) || left_out { Ok(None) } else { parse(&url, &format!("${name}")).map(Some) }
}

fn parse(url: &str, whose: &str) -> Result<Uri, String> {
    // Names are always looked up by the proxy, which is what `socks5h` asks for.
    let url = url.replacen("socks5h://", "socks5://", 1);
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    let parsed = url.parse::<Uri>().ok();
    let known = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https" | "socks5"));
    parsed.filter(|uri| known(uri) && uri.host().is_some()).ok_or_else(|| {
        format!("{whose} is no URL of an http, https or socks5 proxy, such as http://proxy.example:3128")
    })
}

fn is_local(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a list like `$NO_PROXY` has the server: names with all below them, addresses, networks, each perhaps with
/// a port, or `*`.
fn is_listed(server: &Uri, list: &str) -> bool {
    let port = server.port_u16().unwrap_or(443).to_string();
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let entries: Vec<&str> = entries
        .filter_map(|entry| match entry.rsplit_once(':') {
            Some((host, own)) if !host.contains(':') => (own == port).then_some(host),
            _ => Some(entry),
        })
        .map(|entry| if entry.starts_with("*.") { &entry[1..] } else { entry })
        .collect();
    let proxied = Matcher::builder().all("http://any").no(entries.join(",")).build();
    entries.contains(&"*") || proxied.intercept(server).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(configured: Option<&str>, server: &str, environment: &[(&str, &str)]) -> Option<String> {
        let server = server.parse().unwrap();
        let value = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        choose(configured, &server, value).unwrap().map(|uri| uri.to_string())
    }

    #[test]
    fn the_clusters_own_comes_before_the_environments() {
        let environment = [("HTTPS_PROXY", "http://env:1"), ("NO_PROXY", "*")];
        let own = chosen(Some("socks5h://own:2"), "https://127.0.0.1", &environment);
        assert_eq!(own.as_deref(), Some("socks5://own:2/"));
        assert_eq!(
            chosen(Some(""), "https://a.example", &environment[..1]).as_deref(),
            Some("http://env:1/")
        );
        let server = "https://a.example";
        assert_eq!(chosen(None, server, &[("https_proxy", "env:1")]).as_deref(), Some("http://env:1/"));
        assert_eq!(chosen(None, server, &[("HTTP_PROXY", "http://env:1")]), None, "that is for http");
        assert_eq!(chosen(None, server, &[]), None);
    }

    #[test]
    fn servers_are_left_out() {
        let proxied = |server: &str, list: &str| {
            chosen(None, server, &[("HTTPS_PROXY", "http://env:1"), ("NO_PROXY", list)]).is_some()
        };
        for server in ["https://localhost:6443", "https://127.0.0.1", "https://[::1]:6443"] {
            assert!(!proxied(server, "example.com"), "{server}");
        }
        for list in ["example.com", ".example.com", "*.example.com,", "a.example.com:6443", "*", " x , *"] {
            assert!(!proxied("https://a.example.com:6443", list), "{list}");
        }
        for list in ["", ",", "ample.com", "b.example.com", "a.example.com:443", "10.0.0.0/8"] {
            assert!(proxied("https://a.example.com:6443", list), "{list}");
        }
        for list in ["10.0.0.0/8", "10.1.2.3", "*"] {
            assert!(!proxied("https://10.1.2.3", list), "{list}");
        }
        assert!(proxied("https://10.1.2.3", "11.0.0.0/8,::1"));
        assert!(!proxied("https://[fd00::1]:6443", "::1, fd00::/8"));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for url in ["ftp://me:hunter2@proxy", "http://", "me hunter2"] {
            let refused = choose(Some(url), &"https://a".parse().unwrap(), |_| None).unwrap_err();
            assert!(refused.contains("proxy-url") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
