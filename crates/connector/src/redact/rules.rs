//! The rules as data. Whoever changes them, or the code that applies them, makes [`VERSION`] one more.

use std::fmt::Write as _;

use assay_model::redacted::COPIES;

/// Changes with the code that applies the tables; they themselves are in the digest anyway.
const VERSION: u32 = 5;

/// What else has to hold of a value that a pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Also {
    /// Nothing: the pattern is certain.
    Nothing,
    /// It is no reference (`$(PASSWORD)`) and no placeholder.
    Literal,
    /// It is literal and has a digit: a word of prose has none.
    Digit,
}

/// Something that is recognised by its look alone. The group `s`, or the whole match, is the secret.
pub(super) struct Pattern {
    pub(super) name: &'static str,
    pub(super) regex: &'static str,
    pub(super) also: Also,
}

const fn pattern(name: &'static str, regex: &'static str, also: Also) -> Pattern {
    Pattern { name, regex, also }
}

/// Values that are credentials wherever they stand. The first that fits names the fact.
pub(super) const PATTERNS: &[Pattern] = &[
    pattern(
        "private key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
        Also::Nothing,
    ),
    // The same in base64, as kubeconfigs and Secrets have it: what it makes of `-----BEGIN `, and of the words after it.
    pattern(
        "private key",
        r"\bLS0tLS1CRUdJTiB(?:QUklW|SU0EgUFJJ|FQyBQ|EU0EgUFJJ|PUEVOU1NI|FTkNSWVBU|QR1AgUFJJ)[A-Za-z0-9+/=]*",
        Also::Nothing,
    ),
    // A signature whose text is elsewhere (`header..signature`) gives nothing; of an encrypted token's five parts the
    // second may be empty.
    pattern(
        "JWT",
        r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,3}|\.(?:\.[A-Za-z0-9_-]+){3})",
        Also::Nothing,
    ),
    pattern("AWS access key id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", Also::Nothing),
    pattern("Alibaba access key id", r"\bLTAI[A-Za-z0-9]{12,26}\b", Also::Digit),
    pattern("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})", Also::Nothing),
    pattern("GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}", Also::Nothing),
    pattern("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", Also::Nothing),
    pattern("Slack webhook", r"\bhooks\.slack\.com/services/(?P<s>[A-Za-z0-9/_-]+)", Also::Nothing),
    pattern(
        "Discord webhook",
        r"\bdiscord(?:app)?\.com/api/webhooks/(?P<s>[0-9]+/[A-Za-z0-9_-]+)",
        Also::Nothing,
    ),
    pattern("Telegram token", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b", Also::Nothing),
    pattern("Google API key", r"\bAIza[A-Za-z0-9_-]{35}\b", Also::Nothing),
    pattern("Google access token", r"\bya29\.[A-Za-z0-9_-]{20,}", Also::Nothing),
    pattern(
        "signed URL",
        r"[?&](?:sig|X-Amz-Signature|X-Goog-Signature)=(?P<s>[A-Za-z0-9%/+=_-]{20,})",
        Also::Nothing,
    ),
    pattern("Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}", Also::Nothing),
    pattern("webhook secret", r"\bwhsec_[A-Za-z0-9+/=]{24,}", Also::Nothing),
    pattern("npm token", r"\bnpm_[A-Za-z0-9]{36}\b", Also::Nothing),
    pattern("PyPI token", r"\bpypi-[A-Za-z0-9_-]{50,}", Also::Nothing),
    pattern("SendGrid key", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b", Also::Nothing),
    pattern("model API key", r"\bsk-(?:[a-z]+-)?[A-Za-z0-9_-]{32,}", Also::Digit),
    pattern("model API key", r"\bhf_[A-Za-z0-9]{30,}\b", Also::Digit),
    pattern("Docker token", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}", Also::Nothing),
    pattern("Databricks token", r"\bdapi[a-f0-9]{32}\b", Also::Nothing),
    pattern("Grafana token", r"\bgl(?:sa|c)_[A-Za-z0-9+/=_]{32,}", Also::Nothing),
    pattern("Linear key", r"\blin_api_[A-Za-z0-9]{40}\b", Also::Nothing),
    pattern("New Relic key", r"\bNRAK-[A-Z0-9]{27}\b", Also::Nothing),
    pattern("Shopify token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b", Also::Nothing),
    pattern("Mailgun key", r"\bkey-[a-f0-9]{32}\b", Also::Nothing),
    pattern("Atlassian token", r"\bATATT3[A-Za-z0-9_=-]{40,}", Also::Nothing),
    pattern("Terraform token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}", Also::Nothing),
    pattern("Vault token", r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}", Also::Nothing),
    pattern("DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{64}\b", Also::Nothing),
    pattern("age key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{40,}", Also::Nothing),
    pattern(
        "URL with password",
        r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:(?P<s>[^\s/"'<>]+)@"#,
        Also::Literal,
    ),
    // Clients of databases and queues take a password that nobody escaped.
    pattern(
        "URL with password",
        r#"(?i)\b(?:mongodb|postgres|postgresql|mysql|mariadb|rediss?|amqps?|mssql|sqlserver|clickhouse|nats|kafka)(?:\+[a-z]+)?://[^\s/:@"'<>]*:(?P<s>[^\s"'<>]+)@"#,
        Also::Literal,
    ),
    pattern("URL with password", r#"\b[A-Za-z0-9_.-]+:(?P<s>[^\s"'<>]+)@(?:tcp|unix)\("#, Also::Literal),
    pattern("registry password", r#"\\*"auth\\*"\s*:\s*\\*"(?P<s>[A-Za-z0-9+/]{12,}=*)"#, Also::Nothing),
    pattern("URL with token", r#"[A-Za-z][A-Za-z0-9+.-]*://(?P<s>[^\s/:@"'<>]{20,})@"#, Also::Literal),
    pattern(
        "URL with token",
        r#"(?i)://[^\s"'<>]*/(?:token|secret|password|api-?key)/(?P<s>[^\s/?\#"'<>]{8,})"#,
        Also::Digit,
    ),
    pattern("bearer token", r#"(?i)\bbearer\s+(?P<s>[A-Za-z0-9._~+/=-]{8,})"#, Also::Digit),
    pattern("basic authentication", r#"(?i)\bbasic\s+(?P<s>[A-Za-z0-9._~+/=-]{8,})"#, Also::Digit),
];

/// A value in quotes of either sort, or a word: the groups `s`, `t` and `u`.
macro_rules! value {
    () => {
        r#"(?:"(?P<s>[^"]+)"|'(?P<t>[^']+)'|(?P<u>[^\s"']+))"#
    };
}

/// Ways to give something a value within a text: the group `k` is the name, `s`, `t` or `u` the value. The name stands
/// before `=` or `:`.
pub(super) const ASSIGNMENTS: &[&str] = &[
    // --password=x, PGPASSWORD='x', ?token=x, db.password=x
    r#"(?P<k>[A-Za-z0-9_.-]+)=(?:"(?P<s>[^"]*)"|'(?P<t>[^']*)'|(?P<u>[^\s"'&;|,)}\]]+))"#,
    // A line of a properties file, of YAML, of JSON; a comment may follow
    r#"(?m)^[\s-]*["']?(?P<k>[A-Za-z0-9_./-]+)["']?\s*[:=]\s*(?:"(?P<s>[^"\n]*)"|'(?P<t>[^'\n]*)'|(?P<u>[^\s"'}\]]*[^\s"',}\]])),?[ \t\r]*(?:[ \t]#.*)?$"#,
    // Lines below a name in YAML. The next names, if they are not further out, go with them.
    r#"(?m)^[ \t-]*["']?(?P<k>[A-Za-z0-9_./-]+)["']?\s*:\s*[|>][-+0-9]*[ \t\r]*\n(?P<u>(?:[ \t]+.*(?:\n|\z))+)"#,
    // JSON in a line, also within a string
    r#"\\*"(?P<k>[A-Za-z0-9_./-]+)\\*"\s*:\s*\\*"(?P<s>[^"\\]+)"#,
    // YAML in a line: {password: x, port: 1}
    r#"[{,]\s*["']?(?P<k>[A-Za-z0-9_./-]+)["']?\s*:\s+(?:'(?P<t>[^'\n]*)'|(?P<u>[^\s"'\\,}\]]+))"#,
    // A header of a request, as an argument: -H "X-Api-Key: x"
    r#""(?P<k>[A-Za-z][A-Za-z0-9_-]*):\s*(?:(?i:bearer|basic)\s)?(?P<s>[^"\n]+)"|'(?P<l>[A-Za-z][A-Za-z0-9_-]*):\s*(?:(?i:bearer|basic)\s)?(?P<t>[^'\n]+)'"#,
];

/// The same, where the name stands elsewhere; each with a word that such a text has.
pub(super) const PAIRS: &[(&str, &str)] = &[
    // {"name": "DB_PASSWORD", "value": "x"}, or the same in lines of YAML
    (
        "value",
        r#"\b(?:name|key)\\*["']?\s*:\s*\\*["']?(?P<k>[A-Za-z0-9_./-]+)\\*["']?\s*,?\s*\\*["']?value\\*["']?\s*:\s*(?:\\*"(?P<s>[^"\\\n]+)|'(?P<t>[^'\n]+)'|(?P<u>[^\s"'\\,}\]]+))"#,
    ),
    (
        "value",
        r#"\bvalue\\*["']?\s*:\s*(?:\\*"(?P<s>[^"\\\n]+)\\*"|'(?P<t>[^'\n]+)'|(?P<u>[^\s"'\\,}\]]+))\s*,?\s*\\*["']?(?:name|key)\\*["']?\s*:\s*\\*["']?(?P<k>[A-Za-z0-9_./-]+)"#,
    ),
    // Of nginx
    (
        "_header",
        r#"_header\s+["']?(?P<k>[A-Za-z0-9_-]+)["']?\s+(?:"(?P<s>[^"]+)"|'(?P<t>[^']+)'|(?P<u>[^\s"';]+))"#,
    ),
];

/// Options of programs whose value is a password though their name doesn't say so, within a command line.
pub(super) const OPTIONS: &[(&str, &str)] = &[
    ("password option", concat!(r"\b(?:mysql[a-z]*|mariadb[a-z-]*)\b[^;|&\n]*?\s-p", value!())),
    ("password option", concat!(r"\bredis-cli\b[^;|&\n]*?\s-a\s*", value!())),
    ("password option", concat!(r"\b(?:sshpass|mongo[a-z]*)\b[^;|&\n]*?\s-p\s*", value!())),
    ("password option", concat!(r"\bldap[a-z]+\b[^;|&\n]*?\s-w\s*", value!())),
    (
        "password option",
        concat!(
            r"\b(?:docker|podman|nerdctl|buildah|skopeo|crane|helm|az|oc)\b[^;|&\n]*?\slogin\b[^;|&\n]*?\s-p\s*",
            value!()
        ),
    ),
    ("password option", concat!(r"\becho\s+(?:-n\s+)?", value!(), r"\s*\|[^|\n]*--password-stdin")),
    (
        "password option",
        concat!(r"\bmc\s+(?:alias\s+set|config\s+host\s+add)\s+\S+\s+\S+\s+\S+\s+", value!()),
    ),
    (
        "user with password",
        r#"\bcurl\b[^;|&\n]*?\s(?:-u|--user|--proxy-user|-U)[\s=]*(?:"[^\s:"']+:(?P<s>[^"]+)"|'[^\s:"']+:(?P<t>[^']+)'|[^\s:"']+:(?P<u>[^\s"']+))"#,
    ),
    (
        "password option",
        r#"\s--?(?P<k>[A-Za-z0-9_.-]+)\s+(?:"(?P<s>[^"]+)"|'(?P<t>[^']+)'|(?P<u>[^\s"'-][^\s"']*))"#,
    ),
];

/// Words at the end of a name that make any literal value a credential.
pub(super) const STRONG: &[(&str, &str)] = &[
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("passcode", "password"),
    ("requirepass", "password"),
    ("masterauth", "password"),
    ("token", "token"),
    ("apikey", "API key"),
    ("clientsecret", "secret"),
    ("secretaccesskey", "secret key"),
    ("secretkeybase", "secret key"),
    ("dbpass", "password"),
];

/// The same, as whole words only.
pub(super) const STRONG_WORDS: &[(&str, &str)] =
    &[("pass", "password"), ("pwd", "password"), ("pw", "password")];

/// Words at the end of a name that make a value a credential unless it is like the name of something: what they hold
/// is as often a reference.
pub(super) const WEAK: &[(&str, &str)] = &[
    ("secret", "secret"),
    ("credential", "credential"),
    ("credentials", "credential"),
    ("accesskey", "access key"),
    ("secretkey", "secret key"),
    ("privatekey", "private key"),
    ("signingkey", "secret key"),
    ("encryptionkey", "secret key"),
    ("masterkey", "secret key"),
    ("accountkey", "secret key"),
    ("sharedkey", "secret key"),
    ("authkey", "secret key"),
    ("appkey", "API key"),
    ("fernetkey", "secret key"),
    ("licensekey", "license key"),
    ("erlangcookie", "secret"),
    ("authorization", "authorization"),
];

/// All rules as one text, to be digested.
pub(super) fn as_text() -> String {
    let mut text = format!("{VERSION}\n");
    for Pattern { name, regex, also } in PATTERNS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "pattern {name} {also:?} {regex}");
    }
    for regex in ASSIGNMENTS {
        let _ = writeln!(text, "assignment {regex}");
    }
    for (words, list) in
        [("pair", PAIRS), ("option", OPTIONS), ("strong", STRONG), ("word", STRONG_WORDS), ("weak", WEAK)]
    {
        list.iter().for_each(|(one, other)| _ = writeln!(text, "{words} {one} {other}"));
    }
    for name in COPIES {
        let _ = writeln!(text, "copy {name}");
    }
    text
}
