//! Judges of assay's output that are not assay: DuckDB, a JSON Schema validator, the SARIF validator of GitHub's
//! rules, an HTML validator and a browser. `tests/tools` pins them, `tests/run` installs them under `target/tools`.
//!
//! A function returns [`Skip`] where its tool is not installed, and panics where the tool itself fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Map, Value, json};

use crate::skip::Skip;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above its member").to_owned()
}

/// The rows that a statement gives, each from column to value.
pub type Rows = Vec<Map<String, Value>>;

/// Runs SQL statements in order on one connection to a new DuckDB database in memory, which can read files
/// (`from 'path/*.parquet'`) but not the network. Each gives its rows or DuckDB's message. Dates, decimals, timestamps (UTC) and UUIDs are text, bytes are hexadecimal.
///
/// Many statements in one call are much faster than many calls: starting takes 0.2 s.
pub fn duckdb(statements: &[&str]) -> Result<Vec<Result<Rows, String>>, Skip> {
    duckdb_in(Path::new("."), statements)
}

/// The same in a folder, from which relative paths in the statements lead.
pub fn duckdb_in(folder: &Path, statements: &[&str]) -> Result<Vec<Result<Rows, String>>, Skip> {
    let mut command = Command::new(python("python")?);
    command.arg(tools("sql.py")).current_dir(folder);
    let output = run(&mut command, &serde_json::to_string(statements).unwrap());
    let results: Vec<Value> =
        serde_json::from_str(&succeeded("duckdb", &output)).expect("sql.py prints JSON");
    Ok(results.into_iter().map(rows).collect())
}

/// Runs SQL statements in order in one local Spark session, as [`duckdb`] does on DuckDB. Starting takes a minute.
/// Only `tests/run --long` installs Spark, which needs Java 17 or newer.
pub fn spark(statements: &[&str]) -> Result<Vec<Result<Rows, String>>, Skip> {
    on_path("java").ok_or_else(|| Skip("needs Java 17 or newer (java) on PATH".to_owned()))?;
    let mut command = Command::new(installed(root().join("target/tools/spark/bin/python"))?);
    command.arg(tools("spark.py"));
    let output = run(&mut command, &serde_json::to_string(statements).unwrap());
    let results: Vec<Value> =
        serde_json::from_str(&succeeded("spark", &output)).expect("spark.py prints JSON");
    Ok(results.into_iter().map(rows).collect())
}

fn rows(result: Value) -> Result<Rows, String> {
    match result {
        Value::Object(mut result) => match result.remove("rows") {
            Some(rows) => Ok(serde_json::from_value(rows).expect("sql.py prints rows as objects")),
            None => Err(result["error"].as_str().unwrap_or_default().to_owned()),
        },
        other => panic!("sql.py printed {other}"),
    }
}

/// Validates a JSON or YAML file against a JSON Schema, both given by path. Returns what is wrong, one text per
/// error: empty is valid. Schemas that the schema refers to must be local: nothing is fetched that is `https`.
pub fn check_jsonschema(schema: &Path, file: &Path) -> Result<Vec<String>, Skip> {
    let mut command = Command::new(python("check-jsonschema")?);
    command.args(["--no-cache", "--output-format", "json", "--schemafile"]).arg(schema).arg(file);
    let output = run(&mut command, "");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("check-jsonschema failed: {}", text(&output)));
    let of = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let errors =
        of("errors").into_iter().chain(of("parse_errors")).map(|e| e.to_string()).collect::<Vec<_>>();
    assert_eq!(output.status.success(), errors.is_empty(), "check-jsonschema failed: {}", text(&output));
    Ok(errors)
}

/// Validates a SARIF file by the format's own rules and those of GitHub code scanning. Returns the lines that say
/// `error` or `warning`, for example `error GH1017: runs[0].results[0]: …`; notes are left out.
///
/// The validator says nothing about a file whose values it cannot read, such as an unknown `level`. That is told
/// from a valid file by a second file, which is this one with a run added that it must complain about.
pub fn sarif_multitool_validate(file: &Path) -> Result<Vec<String>, Skip> {
    // The command that npm installs runs this one through a shell, which takes the semicolon below for its own.
    let tool = format!("sarif-multitool-{}", if cfg!(target_os = "macos") { "darwin" } else { "linux" });
    let tool = node(&format!("node_modules/@microsoft/{tool}/Sarif.Multitool"))?;
    let content = fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    let mut canary: Value = match serde_json::from_str(&content) {
        Ok(log) => log,
        Err(e) => return Ok(vec![format!("error: not JSON: {e}")]),
    };
    let Some(runs) = canary["runs"].as_array_mut() else {
        return Ok(vec!["error: there is no list 'runs'".to_owned()]);
    };
    runs.push(json!({"tool": {"driver": {"name": "canary"}}, "results": []}));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (subject, second) = (folder.path().join("subject.sarif"), folder.path().join("canary.sarif"));
    fs::write(&subject, &content).unwrap();
    fs::write(&second, canary.to_string()).unwrap();
    let mut command = Command::new(tool);
    command.arg("validate").args([&subject, &second]).args([
        "--rule-kind",
        "Sarif;Ghas",
        "--log",
        "ForceOverwrite",
    ]);
    command.args(["--level", "Error;Warning", "--output"]).arg(folder.path().join("report.sarif"));
    // The program needs a library for languages otherwise, which a small machine lacks.
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    let printed = succeeded("sarif-multitool", &run(&mut command, ""));
    let of = |name: &str| {
        let lines = printed.lines().filter_map(move |line| line.split_once(name)?.1.split_once("): "));
        lines.map(|(_, problem)| problem.to_owned()).collect::<Vec<_>>()
    };
    let mut problems = of("subject.sarif(");
    if of("canary.sarif(").is_empty() {
        problems.push("error: the validator cannot read this file, and doesn't say why".to_owned());
    }
    Ok(problems)
}

/// Validates an HTML file by the HTML standard and the accessibility rules that `tests/tools/htmlvalidate.json`
/// names. Returns what is wrong as `line:column: rule: message`.
pub fn html_validate(file: &Path) -> Result<Vec<String>, Skip> {
    let mut command = Command::new("node");
    command.arg(node("node_modules/html-validate/bin/html-validate.mjs")?);
    command.arg("--config").arg(tools("htmlvalidate.json")).args(["--formatter", "json"]).arg(file);
    let output = run(&mut command, "");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("html-validate failed: {}", text(&output)));
    let files = report.as_array().expect("html-validate prints a list of files");
    let messages = files.iter().flat_map(|f| f["messages"].as_array().cloned().unwrap_or_default());
    let line = |m: Value| {
        format!("{}:{}: {}: {}", m["line"], m["column"], m["ruleId"].as_str().unwrap_or(""), m["message"])
    };
    Ok(messages.map(line).collect())
}

/// What a browser did with a page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Warnings and errors of the console, and exceptions that no script caught.
    pub errors: Vec<String>,
    /// Addresses requested besides the page itself: style sheets, images, scripts, fonts.
    pub requests: Vec<String>,
    /// The document as HTML after scripts ran.
    pub dom: String,
    /// The value of the option `evaluate`, or null.
    pub value: Value,
}

/// Validates queries against a GraphQL schema. Returns the messages about each: none is valid.
pub fn graphql(schema: &str, queries: &[String]) -> Result<Vec<Vec<String>>, Skip> {
    let modules = node("node_modules/graphql/package.json")?;
    let modules = modules.ancestors().nth(3).expect("the file is three folders down");
    let mut command = Command::new("node");
    command.arg(tools("queries.mjs")).arg(modules);
    let input = json!({ "schema": schema, "queries": queries }).to_string();
    let printed = succeeded("graphql", &run(&mut command, &input));
    Ok(serde_json::from_str(&printed).expect("queries.mjs prints JSON"))
}

/// Opens a page (`file:///…`) in headless Chromium and tells what happened once it loaded and its requests ended.
pub fn chromium(url: &str) -> Result<Page, Skip> {
    chromium_with(json!({ "url": url }))
}

/// As [`chromium`], with the options that `tests/tools/page.mjs` lists; `url` is required.
pub fn chromium_with(options: Value) -> Result<Page, Skip> {
    let modules = node("node_modules/playwright-core/package.json")?;
    let modules = modules.ancestors().nth(3).expect("the file is three folders down");
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let browser = names.iter().find_map(|name| on_path(name));
    let browser =
        browser.ok_or_else(|| Skip(format!("needs Chromium, as one of {} on PATH", names.join(", "))))?;
    let mut command = Command::new("node");
    command.arg(tools("page.mjs")).arg(modules).arg(browser);
    let page = succeeded("chromium", &run(&mut command, &options.to_string()));
    let mut page: Value = serde_json::from_str(&page).expect("page.mjs prints JSON");
    let list = |v: &Value| serde_json::from_value(v.clone()).expect("page.mjs prints lists of text");
    Ok(Page {
        errors: list(&page["errors"]),
        requests: list(&page["requests"]),
        dom: page["dom"].as_str().expect("page.mjs prints the document").to_owned(),
        value: page["value"].take(),
    })
}

fn tools(name: &str) -> PathBuf {
    root().join("tests/tools").join(name)
}

fn python(program: &str) -> Result<PathBuf, Skip> {
    installed(root().join("target/tools/venv/bin").join(program))
}

fn node(file: &str) -> Result<PathBuf, Skip> {
    on_path("node").ok_or_else(|| Skip("needs Node.js 20 or newer (node) on PATH".to_owned()))?;
    installed(root().join("target/tools/node").join(file))
}

fn installed(path: PathBuf) -> Result<PathBuf, Skip> {
    if path.exists() {
        return Ok(path);
    }
    let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
    Err(Skip(format!("needs {name}, which tests/run installs")))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn run(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_owned();
    // A program may print before it has read all, or end without reading.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap_or_else(|e| panic!("cannot wait for {command:?}: {e}"));
    writer.join().expect("writing does not panic");
    output
}

fn succeeded(tool: &str, output: &Output) -> String {
    assert!(output.status.success(), "{tool} failed ({}): {}", output.status, text(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout))
}
