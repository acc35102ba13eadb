//! What years of edits leave in a text, put right: commas before closing brackets, and lost braces.

/// JSON without the commas that stand before a closing bracket.
pub(super) fn without_trailing_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if !in_string && matches!(c, ']' | '}') {
            let end = kept.trim_end().len();
            if kept[..end].ends_with(',') {
                kept.truncate(end - 1);
            }
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
        kept.push(c);
    }
    kept
}

/// A query whose last or first brace was lost, and what was put right.
pub(super) fn balanced(query: &str) -> (String, Option<&'static str>) {
    let (mut in_string, mut escaped, mut depth, mut least) = (false, false, 0_i32, 0_i32);
    let mut in_comment = false;
    for c in query.chars() {
        in_comment = !in_string && (in_comment || c == '#') && c != '\n';
        if in_comment {
            continue;
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            '{' if !in_string => depth += 1,
            '}' if !in_string => depth -= 1,
            _ => {}
        }
        least = least.min(depth);
        escaped = in_string && c == '\\' && !escaped;
    }
    match (depth, least) {
        (1, 0) => (format!("{query}\n}}"), Some("the query's last brace was missing")),
        (-1, -1) => (format!("{{\n{query}"), Some("the query's first brace was missing")),
        _ => (query.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_braces_are_put_right() {
        assert_eq!(without_trailing_commas("{\"a\": [1, 2, ],\n}"), "{\"a\": [1, 2]}");
        assert_eq!(without_trailing_commas("{\"a\": \",]\\\",}\"}"), "{\"a\": \",]\\\",}\"}");
        assert_eq!(balanced("{ pods { name }").0, "{ pods { name }\n}");
        assert_eq!(balanced("pods { name } }").0, "{\npods { name } }");
        assert_eq!(balanced("{ pods(where: {name: \"}\"}) { name } }").1, None);
        assert_eq!(balanced("{ # without }, or a \"\n pods(where: {name: \"#\"}) { name } }").1, None);
    }
}
