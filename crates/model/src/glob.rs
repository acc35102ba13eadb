//! Patterns of names.

/// Whether the whole text is of the pattern: `*` stands for any characters, `?` for one. Linear in the text
/// for each `*`, whatever the pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The last `*` and where the text it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), star) {
            (Some('*'), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(c), _) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            (_, Some((at, end))) => {
                star = Some((at, end + 1));
                p = at + 1;
                t = end + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether every text is of the pattern.
pub fn matches_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, which takes exponential time.
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| defined(rest, &text[n..])),
            Some((c, rest)) => {
                text.split_first().is_some_and(|(t, more)| (*c == '?' || c == t) && defined(rest, more))
            }
        }
    }

    fn words(letters: &[char], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|word| letters.iter().map(move |c| format!("{word}{c}"))).collect();
            all.extend(last.clone());
        }
        all
    }

    #[test]
    fn every_short_pattern_matches_as_defined() {
        for pattern in words(&['a', 'ü', '*', '?'], 4) {
            for text in words(&['a', 'ü'], 5) {
                let chars = |s: &str| s.chars().collect::<Vec<_>>();
                assert_eq!(
                    matches(&pattern, &text),
                    defined(&chars(&pattern), &chars(&text)),
                    "{pattern} {text}"
                );
            }
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
    }
}
