//! Flags on a container's command line.
//!
//! Kubernetes' own components read them with Go's `pflag`: `--name=value`, `--name value`, and a flag given again
//! counts again or replaces the earlier one.

/// A flag as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The name, without dashes.
    pub name: String,
    /// The value; none where none follows.
    pub value: Option<String>,
    /// Whether it stands in `args`, and not in `command`.
    pub in_args: bool,
    /// Which entry of the list it stands in, from 0.
    pub index: usize,
}

/// A word of the command line, and where it stands.
struct Word {
    text: String,
    in_args: bool,
    index: usize,
}

/// The flags of a command line, in the order given. A script given to a shell is split as the shell would.
pub fn flags(command: &[&str], args: &[&str]) -> Vec<Flag> {
    commands(command, args).iter().flat_map(|words| flags_of(words)).collect()
}

fn flags_of(words: &[Word]) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        if word.text == "--" {
            break;
        }
        let Some(name) = flag_name(&word.text) else { continue };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, rest.next_if(|next| !next.text.starts_with('-')).map(|next| next.text.clone())),
        };
        flags.push(Flag { name: name.to_owned(), value, in_args: word.in_args, index: word.index });
    }
    flags
}

fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
}

/// The words of each command: one, but for a shell's script.
fn commands(command: &[&str], args: &[&str]) -> Vec<Vec<Word>> {
    let entry = |in_args: bool| {
        move |(index, text): (usize, &&str)| Word { text: (*text).to_owned(), in_args, index }
    };
    let all = command.iter().enumerate().map(entry(false)).chain(args.iter().enumerate().map(entry(true)));
    let all: Vec<Word> = all.collect();
    let Some(script) = script_at(&all) else { return vec![all] };
    let (in_args, index) = (all[script].in_args, all[script].index);
    let words = |words: Vec<String>| words.into_iter().map(|text| Word { text, in_args, index }).collect();
    split(&all[script].text).into_iter().map(words).collect()
}

/// Where the script of `sh -c` stands; options of the shell may be written together, as in `-ec`.
fn script_at(words: &[Word]) -> Option<usize> {
    let name = words.first()?.text.rsplit('/').next()?;
    if !matches!(name, "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" | "busybox") {
        return None;
    }
    let is_command = |word: &Word| {
        word.text.len() > 1
            && word.text.starts_with('-')
            && !word.text.starts_with("--")
            && word.text.ends_with('c')
    };
    let option = words.iter().position(is_command)?;
    (option + 1 < words.len()).then_some(option + 1)
}

/// The words of each command of a shell's script, without its quotes. What the shell would put in place of variables stays as it is.
fn split(script: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), c) if c != '\'' => word.get_or_insert_default().push(c),
            (Some(open), c) if c == open => quote = None,
            (_, '\\') => match chars.next() {
                // A line that goes on.
                Some('\n') | None => {}
                Some(next) => {
                    let plain = quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`');
                    let word = word.get_or_insert_default();
                    word.extend(plain.then_some('\\'));
                    word.push(next);
                }
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\n' | ';' | '|' | '&' | '(' | ')') => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.push(words);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name=value` of each flag, `name` where it has none.
    fn read(command: &[&str], args: &[&str]) -> Vec<String> {
        let flags = flags(command, args).into_iter();
        flags
            .map(|flag| flag.value.map_or(flag.name.clone(), |value| format!("{}={value}", flag.name)))
            .collect()
    }

    #[test]
    fn values_follow_an_equals_sign_or_the_flag() {
        let command = [
            "kube-apiserver",
            "--anonymous-auth=false",
            "--v",
            "2",
            "--profiling",
            "--tls-cipher-suites=A,B",
        ];
        assert_eq!(
            read(&command, &[]),
            ["anonymous-auth=false", "v=2", "profiling", "tls-cipher-suites=A,B"]
        );
        assert_eq!(read(&["etcd"], &["-name", "a", "--empty=", "--x=a=b"]), ["name=a", "empty=", "x=a=b"]);
    }

    #[test]
    fn flags_given_again_are_there_again() {
        let found = flags(&["kubelet", "--feature-gates=A=true"], &["--feature-gates", "B=false"]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].in_args, found[0].index), (false, 1));
        assert_eq!((found[1].in_args, found[1].index), (true, 0));
    }

    #[test]
    fn what_is_no_flag_is_left_out() {
        assert_eq!(read(&["run", "-", "--", "--after"], &[]), Vec::<String>::new());
        assert_eq!(read(&["run", "--number", "-5", "-5"], &[]), ["number"]);
        assert_eq!(read(&[], &["serve", "--port=80"]), ["port=80"]);
    }

    #[test]
    fn a_script_is_split_as_the_shell_does() {
        let script =
            "set -e; exec kube-apiserver --a=\"b c\" --d 'e f' \\\n --g=h\\ i 2>&1 | tee --append log";
        for command in [vec!["/bin/sh", "-c"], vec!["/bin/bash", "-ec"], vec!["busybox", "sh", "-c"]] {
            assert_eq!(
                read(&command, &[script]),
                ["e", "a=b c", "d=e f", "g=h i", "append=log"],
                "{command:?}"
            );
        }
        assert_eq!(read(&["sh", "script.sh", "--flag=x"], &[]), ["flag=x"]);
        assert_eq!(read(&["sh", "-c"], &[]), ["c"]);
    }
}
