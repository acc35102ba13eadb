//! How values and selections are laid out: on one line if they fit, else an entry a line.

/// The longest line.
const WIDTH: usize = 100;
/// The longest selection that stays on the line of its field.
const INLINE: usize = 60;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// A scalar, a variable, or anything else that stays as it is.
    Word(String),
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
}

impl Written {
    pub(super) fn object(key: impl Into<String>, value: Self) -> Self {
        Self::Object(vec![(key.into(), value)])
    }

    /// The value on one line.
    pub(super) fn flat(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Word(word) => word.clone(),
            Self::List(values) => format!("[{}]", joined(values.iter().map(Self::flat).collect())),
            Self::Object(entries) => {
                let each = entries.iter().map(|(key, value)| format!("{key}: {}", value.flat()));
                format!("{{{}}}", joined(each.collect()))
            }
        }
    }

    /// The value behind `column` bytes of its line, in lines that are indented by `depth`.
    pub(super) fn laid_out(&self, column: usize, depth: usize) -> String {
        let flat = self.flat();
        if column + flat.len() <= WIDTH {
            return flat;
        }
        let inner = "  ".repeat(depth + 1);
        let outer = "  ".repeat(depth);
        match self {
            Self::Object(entries) if !entries.is_empty() => {
                let line = |(key, value): &(String, Self)| {
                    let start = inner.len() + key.len() + 2;
                    format!("{inner}{key}: {}\n", value.laid_out(start, depth + 1))
                };
                format!("{{\n{}{outer}}}", entries.iter().map(line).collect::<String>())
            }
            Self::List(values) if !values.is_empty() => {
                let line = |value: &Self| format!("{inner}{}\n", value.laid_out(inner.len(), depth + 1));
                format!("[\n{}{outer}]", values.iter().map(line).collect::<String>())
            }
            _ => flat,
        }
    }
}

/// A selected field, or a spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The field with its alias and arguments, or the spread.
    pub(super) head: String,
    pub(super) arguments: Vec<(String, Written)>,
    pub(super) below: Vec<Line>,
}

impl Line {
    fn is_word(&self) -> bool {
        self.arguments.is_empty() && self.below.is_empty() && !self.head.starts_with("...")
    }

    fn laid_out(&self, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let mut text = format!("{indent}{}", self.head);
        for (index, (name, value)) in self.arguments.iter().enumerate() {
            text += if index == 0 { "(" } else { ", " };
            text += &format!("{name}: ");
            let column = text.len() - text.rfind('\n').map_or(0, |newline| newline + 1);
            // The parenthesis and the brace that follow belong to the line.
            text += &value.laid_out(column + 3, depth);
        }
        if !self.arguments.is_empty() {
            text += ")";
        }
        if self.below.is_empty() {
            return text + "\n";
        }
        let words: Vec<&str> = self.below.iter().map(|line| line.head.as_str()).collect();
        let inline = format!(" {{ {} }}\n", words.join(" "));
        if self.below.iter().all(Self::is_word) && inline.len() <= INLINE {
            return text + &inline;
        }
        text + &format!(" {{\n{}{indent}}}\n", lines(&self.below, depth + 1))
    }
}

/// Selections, a line each.
pub(super) fn lines(selections: &[Line], depth: usize) -> String {
    selections.iter().map(|line| line.laid_out(depth)).collect()
}
