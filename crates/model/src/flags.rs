//! Flags on a container's command line.
//!
//! Kubernetes' own components read them with Go's `pflag`: `--name=value`, `--name value`, and a flag given again
//! counts again or replaces the earlier one. They take `_` for `-` in names (`WordSepNormalizeFunc` of component-base);
//! etcd, which uses Go's own `flag`, does not.
//!
//! `--` ends the flags of a program. A wrapper (tini, dumb-init, OpenShift's watch-termination) runs what follows it, so
//! where that begins with a word that is no flag, it is read as a command line of its own, with flags or a script. Where
//! it begins with a flag there is no program that could have it, and nothing after `--` is a flag.
//!
//! Some programs have their settings in a file as soon as a flag names one: what it says counts, and their other flags
//! may not. These are no flags of the program, then, as a flag that has no effect must decide nothing.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// A flag as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag<'a> {
    /// The name, without dashes in front; with `-` for `_` where the program takes both.
    pub name: Cow<'a, str>,
    /// The value; none where none follows.
    pub value: Option<Cow<'a, str>>,
    /// Whether it stands in `args`, and not in `command`.
    pub in_args: bool,
    /// Which entry of the list it stands in, from 0.
    pub index: usize,
}

/// The flags of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags<'a> {
    /// Those that count, in the order given: a wrapper's and those of what it runs.
    pub list: Vec<Flag<'a>>,
    /// The flag that names a file with settings, if there is one: what it says may be more than is in the list.
    pub file: Option<&'static str>,
}

/// A program that has its settings in a file if a flag names one.
struct Configured {
    program: &'static str,
    /// The flag that names the file.
    flag: &'static str,
    /// Flags that count whatever the file says, besides the one that names it.
    kept: &'static [&'static str],
}

/// OpenShift's servers read their file after the command line, so it may say anything anew; kube-proxy's and
/// etcd's take the place of other flags. Those about kube-proxy's log count in some versions alone.
const CONFIGURED: &[Configured] = &[
    Configured { program: "kube-apiserver", flag: "openshift-config", kept: &[] },
    Configured { program: "kube-controller-manager", flag: "openshift-config", kept: &[] },
    Configured { program: "kube-proxy", flag: "config", kept: &["hostname-override"] },
    Configured { program: "etcd", flag: "config-file", kept: &[] },
];

/// A word of the command line, and where it stands.
struct Word<'a> {
    text: Cow<'a, str>,
    in_args: bool,
    index: usize,
}

/// The programs that take `_` for `-` in the names of flags.
const COMPONENTS: &[&str] = &[
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "cloud-controller-manager",
];

/// The flags of a container's command line. A script given to a shell is split as the shell would. The container's name
/// tells the program where the image does.
pub fn flags<'a>(container: &str, command: &[&'a str], args: &[&'a str]) -> Flags<'a> {
    let entry = |in_args: bool| {
        move |(index, text): (usize, &&'a str)| Word { text: Cow::Borrowed(*text), in_args, index }
    };
    let all = command.iter().enumerate().map(entry(false)).chain(args.iter().enumerate().map(entry(true)));
    let mut flags = Flags::default();
    read(&all.collect::<Vec<_>>(), container, &mut flags);
    flags
}

/// The flags of each program of a command line. It calls itself for a script alone: scripts within scripts need quotes
/// that double each time, while there may be any number of `--`.
fn read<'a>(words: &[Word<'a>], container: &str, flags: &mut Flags<'a>) {
    for (program, all) in programs(words) {
        let Some(script) = script_of(all) else {
            let mut own = flags_of(program, container);
            if let Some(configured) = configured(program, container, &own) {
                own.retain(|flag| flag.name == configured.flag || configured.kept.contains(&&*flag.name));
                flags.file.get_or_insert(configured.flag);
            }
            flags.list.extend(own);
            continue;
        };
        let word =
            |text: String| Word { text: Cow::Owned(text), in_args: script.in_args, index: script.index };
        for command in split(&script.text) {
            read(&command.into_iter().map(word).collect::<Vec<_>>(), container, flags);
        }
        // What follows are the script's own arguments.
        return;
    }
}

/// The command line of a program, and of what it runs; with each all words from there on.
fn programs<'w, 'a>(words: &'w [Word<'a>]) -> impl Iterator<Item = (&'w [Word<'a>], &'w [Word<'a>])> {
    let mut rest = Some(words);
    std::iter::from_fn(move || {
        let words = rest.take()?;
        let end = words.iter().position(|word| word.text == "--");
        let after = end.map_or(&[] as &[Word<'a>], |end| &words[end + 1..]);
        rest = after.first().is_some_and(|word| !word.text.starts_with('-')).then_some(after);
        Some((&words[..end.unwrap_or(words.len())], words))
    })
}

/// How a program is configured by a file that its flags name, if they do. An empty name is none.
fn configured(words: &[Word<'_>], container: &str, own: &[Flag<'_>]) -> Option<&'static Configured> {
    let is_named = |flag: &Flag<'_>| flag.value.as_ref().is_some_and(|value| !value.is_empty());
    // What follows a flag may be its value.
    let first = words.iter().take_while(|word| !word.text.starts_with('-')).map(|word| base_name(&word.text));
    let runs = |program| container == program || first.clone().any(|name| name == program);
    CONFIGURED
        .iter()
        .find(|one| own.iter().any(|flag| flag.name == one.flag && is_named(flag)) && runs(one.program))
}

fn flags_of<'a>(words: &[Word<'a>], container: &str) -> Vec<Flag<'a>> {
    let mut flags = Vec::new();
    let component = COMPONENTS.contains(&container);
    // What stands before it is a wrapper's: `env A=b kubelet`, `hyperkube kube-apiserver`.
    let named = words.iter().position(|word| COMPONENTS.contains(&base_name(&word.text)));
    let mut rest = words.iter().enumerate().peekable();
    while let Some((at, word)) = rest.next() {
        let Some((name, mut value)) = word.flag() else { continue };
        if value.is_none() {
            let next = rest.next_if(|(_, next)| !next.text.starts_with('-'));
            value = next.map(|(_, next)| next.text.clone());
        }
        let takes_both = component || named.is_some_and(|named| named < at);
        let name = if takes_both && name.contains('_') { name.replace('_', "-").into() } else { name };
        flags.push(Flag { name, value, in_args: word.in_args, index: word.index });
    }
    flags
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl<'a> Word<'a> {
    /// The name of the flag that it is, and the value in it.
    fn flag(&self) -> Option<(Cow<'a, str>, Option<Cow<'a, str>>)> {
        match &self.text {
            Cow::Borrowed(text) => flag(text).map(|(name, value)| (name.into(), value.map(Cow::Borrowed))),
            Cow::Owned(text) => {
                let own = |text: &str| Cow::Owned(text.to_owned());
                flag(text).map(|(name, value)| (own(name), value.map(own)))
            }
        }
    }
}

fn flag(word: &str) -> Option<(&str, Option<&str>)> {
    let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (flag, None),
    };
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, value))
}

/// The script of `sh -c`: the first word that is no option. Options of the shell may be written together, in any order
/// (`-ec`, `-cex`), and stand after `-c`, too.
fn script_of<'w, 'a>(words: &'w [Word<'a>]) -> Option<&'w Word<'a>> {
    let mut words = words.iter();
    let mut name = base_name(&words.next()?.text);
    if name == "busybox" {
        name = &words.next()?.text;
    }
    if !matches!(name, "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh") {
        return None;
    }
    let mut is_script = false;
    while let Some(word) = words.next() {
        let text = &*word.text;
        if text == "--" {
            return words.next().filter(|_| is_script);
        }
        if text.len() < 2 || !text.starts_with(['-', '+']) {
            return is_script.then_some(word);
        }
        let letters = &text[1..];
        let together = letters.bytes().all(|letter| letter.is_ascii_alphabetic());
        is_script |= together && text.starts_with('-') && letters.contains('c');
        // These take the next word: `-o pipefail`, `--rcfile FILE`.
        if together && letters.contains(['o', 'O']) || matches!(text, "--rcfile" | "--init-file") {
            words.next();
        }
    }
    None
}

/// The words of each command of a shell's script, without quotes and comments. What the shell would put in place of
/// variables stays as it is.
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
            // To the end of the line; an apostrophe in it opens no quote.
            (None, '#') if word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
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
