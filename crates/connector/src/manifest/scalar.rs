//! What a YAML scalar means to kubectl: YAML 1.1 as go-yaml v2 reads it, turned into JSON.

use std::borrow::Cow;

use base64::Engine as _;

use super::{number, tree::Content};

/// The tags that change what a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// None: how the scalar is written decides.
    None,
    /// `!!bool`, `!!int`, `!!float`, `!!null`: refuses what is not of that type.
    Bool,
    Int,
    Float,
    Null,
    /// `!!binary`: base64 of the text.
    Binary,
    /// `!!merge`, on `<<`.
    Merge,
    /// Any other, `!!str` among them.
    Text,
}

impl Tag {
    /// The tag of that full name.
    pub(super) fn named(handle: &str, suffix: &str) -> Self {
        let full = [handle, suffix].concat();
        match full.strip_prefix("tag:yaml.org,2002:") {
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some("binary") => Self::Binary,
            Some("merge") => Self::Merge,
            _ => Self::Text,
        }
    }
}

/// Whether a key merges the mappings that are its value.
pub(super) fn is_merge(text: &str, plain: bool, tag: Tag) -> bool {
    text == "<<" && (tag == Tag::Merge || plain && tag == Tag::None)
}

/// What a scalar holds. `plain` says that it is not quoted and not a block.
pub(super) fn resolve(text: Cow<'_, str>, plain: bool, tag: Tag) -> Result<Content<'_>, &'static str> {
    match tag {
        Tag::Text | Tag::Merge => Ok(Content::Text(text)),
        Tag::None if !plain => Ok(Content::Text(text)),
        Tag::None => Ok(untagged(&text).unwrap_or(Content::Text(text))),
        Tag::Binary => binary(&text),
        Tag::Bool | Tag::Int | Tag::Float | Tag::Null => typed(&text, tag),
    }
}

/// The key that a scalar is in JSON, or why it can't be one.
pub(super) fn as_key<'c>(content: &'c Content<'_>) -> Result<Cow<'c, str>, &'static str> {
    match content {
        Content::Text(text) => Ok(Cow::Borrowed(text)),
        Content::Bool(true) => Ok(Cow::Borrowed("true")),
        Content::Bool(false) => Ok(Cow::Borrowed("false")),
        Content::Int(int) => Ok(Cow::Owned(int.to_string())),
        Content::Float(float) => Ok(Cow::Owned(number::as_key(*float))),
        // Go's converter knows keys of type int and float64, not uint64.
        Content::Uint(_) => Err("this key is a number beyond 64 bits: quote it"),
        Content::Null => Err("this key is null: quote it, or remove the entry"),
        Content::List | Content::Map | Content::Alias(_) => Err(COMPLEX_KEY),
    }
}

/// What is wrong with a key that is a list or a mapping.
pub(super) const COMPLEX_KEY: &str = "a list or a mapping can't be a key: quote the key if it is text";

fn untagged(text: &str) -> Option<Content<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Content::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Content::Bool(false)
        }
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        ".nan" | ".NaN" | ".NAN" => Content::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Content::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Content::Float(f64::NEG_INFINITY),
        _ => return number::parse(text),
    })
}

fn typed(text: &str, tag: Tag) -> Result<Content<'static>, &'static str> {
    match (tag, untagged(text)) {
        (Tag::Bool, Some(value @ Content::Bool(_)))
        | (Tag::Int, Some(value @ (Content::Int(_) | Content::Uint(_))))
        | (Tag::Float, Some(value @ Content::Float(_)))
        | (Tag::Null, Some(value @ Content::Null)) => Ok(value),
        (Tag::Float, Some(Content::Int(int))) => Ok(Content::Float(int as f64)),
        _ => Err("this value is not of the type that its tag says"),
    }
}

fn binary(text: &str) -> Result<Content<'static>, &'static str> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|_| "this value is tagged !!binary but is not base64")?;
    Ok(Content::Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
}
