//! Flags on a container's command line.
//!
//! Kubernetes' own components read them with Go's `pflag`: `--name=value`, `--name value`, and a flag given again
//! counts again or replaces the earlier one.
//!
//! `--` ends the flags of a program. A wrapper (tini, dumb-init, OpenShift's watch-termination) runs what follows it, so
//! where that begins with a word that is no flag, it is read as a command line of its own, with flags or a script. Where
//! it begins with a flag there is no program that could have it, and nothing after `--` is a flag.

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

/// The flags of a command line, in the order given: a wrapper's and those of what it runs. A script given to a shell is
/// split as the shell would.
pub fn flags(command: &[&str], args: &[&str]) -> Vec<Flag> {
    let entry = |in_args: bool| {
        move |(index, text): (usize, &&str)| Word { text: (*text).to_owned(), in_args, index }
    };
    let all = command.iter().enumerate().map(entry(false)).chain(args.iter().enumerate().map(entry(true)));
    let mut flags = Vec::new();
    read(&all.collect::<Vec<_>>(), &mut flags);
    flags
}

/// The flags of each program of a command line. It calls itself for a script alone: scripts within scripts need quotes
/// that double each time, while there may be any number of `--`.
fn read(words: &[Word], flags: &mut Vec<Flag>) {
    for program in programs(words) {
        let Some(script) = script_of(program) else {
            flags_of(program, flags);
            continue;
        };
        let word = |text| Word { text, in_args: script.in_args, index: script.index };
        for command in split(&script.text) {
            read(&command.into_iter().map(word).collect::<Vec<_>>(), flags);
        }
        // What follows are the script's own arguments.
        return;
    }
}

/// The command line of a program, and of what it runs.
fn programs(words: &[Word]) -> impl Iterator<Item = &[Word]> {
    let mut programs = words.split(|word| word.text == "--");
    let first = programs.next();
    first
        .into_iter()
        .chain(programs.take_while(|words| words.first().is_some_and(|word| !word.text.starts_with('-'))))
}

fn flags_of(words: &[Word], flags: &mut Vec<Flag>) {
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let Some(name) = flag_name(&word.text) else { continue };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, rest.next_if(|next| !next.text.starts_with('-')).map(|next| next.text.clone())),
        };
        flags.push(Flag { name: name.to_owned(), value, in_args: word.in_args, index: word.index });
    }
}

fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
}

/// The script of `sh -c`; options of the shell may be written together, as in `-ec`.
fn script_of(words: &[Word]) -> Option<&Word> {
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
    words.get(option + 1)
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

    #[test]
    fn comments_of_a_script_are_left_out() {
        let script = "# It doesn't end --here\na --b=1 # c --d\ne --f=x#y ${#g} '#h' --i";
        assert_eq!(read(&["sh", "-c"], &[script]), ["b=1", "f=x#y", "i"]);
    }

    #[test]
    fn a_wrapper_runs_what_follows_two_dashes() {
        let command = ["tini", "-g", "--", "kube-apiserver", "--anonymous-auth=false", "--v", "2"];
        assert_eq!(read(&command, &[]), ["g", "anonymous-auth=false", "v=2"]);
        let found = flags(&["dumb-init", "--"], &["env", "A=b", "kubelet", "--a"]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].in_args, found[0].index), ("a", true, 3));
        assert_eq!(read(&["tini", "--", "dumb-init", "--", "etcd", "--a"], &["--", "--b"]), ["a"]);
        let script = ["tini", "--", "/bin/sh", "-c", "exec etcd --a=b", "--c", "--", "d", "--e"];
        assert_eq!(read(&script, &[]), ["a=b"]);
        assert_eq!(read(&["tini", "--"], &[]), Vec::<String>::new());
        assert_eq!(read(&["tini", "--", "--", "etcd", "--a"], &[]), Vec::<String>::new());
    }

    #[test]
    fn openshift_wraps_its_servers_in_a_script() {
        let script = "LOCK=/var/log/.lock\n# It doesn't matter who has it.\nexec {FD}>${LOCK} && flock -w 30 \"${FD}\" || {\n  \
            exit 1\n}\nexec watch-termination --termination-touch-file=/var/log/.terminating -- hyperkube kube-apiserver \
            --openshift-config=/etc/config.yaml --advertise-address=${HOST_IP} -v=2";
        let flags =
            ["w=30", "termination-touch-file=/var/log/.terminating", "openshift-config=/etc/config.yaml"];
        let found = read(&["/bin/bash", "-ec"], &[script]);
        assert_eq!(found[..3], flags);
        assert_eq!(found[3..], ["advertise-address=${HOST_IP}", "v=2"]);
    }

    #[test]
    fn many_wrappers_are_read_at_once() {
        let words = ["sh", "--"].repeat(100_000);
        assert_eq!(read(&words, &["etcd", "--a"]), ["a"]);
    }
}
