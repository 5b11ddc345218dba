//! What somebody types on the command line, and what may have been meant.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use experiments::ALL;
use study::{
    experiment::Unrun,
    link::BadLink,
    params::{BadParam, nearest},
};

/// The arguments up to a comment. A page shows `cargo run -- list  # names the
/// experiments`, and cmd.exe, which knows no comments, hands all of it over.
pub fn without_comment(
    args: impl Iterator<Item = std::ffi::OsString>,
) -> Vec<std::ffi::OsString> {
    args.take_while(|arg| arg != "#").collect()
}

/// The error with the mend for what was typed in place of what was meant.
pub fn explained(mut error: clap::Error, args: &[String]) -> clap::Error {
    let task = args.get(1).map_or("", String::as_str);
    let mend = match (error.kind(), task) {
        (ErrorKind::MissingRequiredArgument, "replay") => Some(format!(
            "put the link in quotation marks, {QUOTED}: without them, a \
             shell takes what begins with # for a comment"
        )),
        (ErrorKind::UnknownArgument, "run") => setting(&error, args),
        _ => None,
    };
    if let Some(mend) = mend {
        let mend = ContextValue::StyledStrs(vec![mend.into()]);
        error.insert(ContextKind::Suggested, mend);
    }
    error
}

/// A link as every shell takes it.
pub const QUOTED: &str = "\"#v1;cliff;seed=7\"";

/// How to set the parameter that was meant, if one was.
fn setting(error: &clap::Error, args: &[String]) -> Option<String> {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg)
    else {
        return None;
    };
    let entry =
        ALL.iter().find(|entry| args[2..].iter().any(|a| a == entry.id));
    let at = args.iter().rposition(|arg| arg.starts_with(found.as_str()))?;
    let bare = args[at].trim_start_matches('-');
    let (key, value) = bare.split_once('=').unwrap_or_else(|| {
        (bare, args.get(at + 1).map_or("VALUE", String::as_str))
    });
    let fields = entry?.fields();
    let keys = fields.iter().map(|field| field.key);
    let key = synonym(key, keys.clone()).or_else(|| nearest(key, keys))?;
    Some(format!("a parameter is set with --set {key}={value}"))
}

/// What else people call the book's parameters and choices.
const SYNONYMS: [(&str, &str); 20] = [
    ("linear", "identity"),
    ("none", "identity"),
    ("swish", "silu"),
    ("logistic", "sigmoid"),
    ("gelu", "gelu_tanh"),
    ("glorot", "xavier_uniform"),
    ("xavier", "xavier_uniform"),
    ("kaiming", "he_normal"),
    ("he", "he_normal"),
    ("gd", "sgd"),
    ("nag", "nesterov"),
    ("learning_rate", "lr"),
    ("eta", "lr"),
    ("alpha", "lr"),
    ("dataset", "data"),
    ("batch_size", "batch"),
    ("layers", "depth"),
    ("units", "width"),
    ("iterations", "epochs"),
    ("random_state", "seed"),
];

/// The name in `names` that is another word for this one.
fn synonym<'a>(
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let mut same = SYNONYMS.iter().filter(|(other, _)| *other == name);
    let names: Vec<&str> = names.collect();
    same.find_map(|(_, own)| names.iter().find(|n| *n == own).copied())
}

/// The error of a run with what may have been meant.
pub fn of_run(unrun: Unrun) -> anyhow::Error {
    match unrun {
        Unrun::BadParam(bad) => anyhow::Error::msg(of_param(&bad)),
        unrun => unrun.into(),
    }
}

/// The error of a link with what may have been meant.
pub fn of_link(bad: BadLink) -> anyhow::Error {
    match bad {
        BadLink::Param(bad) => anyhow::Error::msg(of_param(&bad)),
        bad => bad.into(),
    }
}

fn of_param(bad: &BadParam) -> String {
    let said = bad.to_string();
    let (found, (before, names)) = match bad {
        BadParam::OutOfDomain { found, expected, .. } => {
            let names = expected.strip_prefix("one of ").unwrap_or_default();
            (found, (format!("{said}: "), names))
        }
        BadParam::Unknown { key, hint } => {
            let names = hint.strip_prefix("there are ").unwrap_or_default();
            (key, (said.replace(hint, ""), names))
        }
        BadParam::Flawed { .. } => return said,
    };
    let names = names.split(", ");
    match synonym(found, names.clone()).or_else(|| nearest(found, names)) {
        Some(name) => format!("{before}did you mean `{name}`?"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use study::params::Domain;

    use super::*;
    use crate::Cli;

    fn refused(args: &[&str]) -> String {
        let args: Vec<String> =
            ["press"].iter().chain(args).map(|a| a.to_string()).collect();
        match Cli::try_parse_from(&args) {
            Ok(_) => panic!("{args:?} was taken"),
            Err(error) => explained(error, &args).to_string(),
        }
    }

    #[test]
    fn every_parameter_that_is_not_set_as_it_is_done_says_how() {
        for entry in ALL {
            for field in entry.fields() {
                let (key, value) = (field.key, field.default.as_str());
                let mend =
                    format!("tip: a parameter is set with --set {key}={value}");
                let both = format!("--{key}={value}");
                for args in [
                    &["run", entry.id, &both[2..]][..],
                    &["run", entry.id, &both],
                    &["run", entry.id, &both[..2 + key.len()], value],
                    &["run", entry.id, &both.to_uppercase()[..]],
                ] {
                    // These two are switches of the command, too.
                    let switch = args[2].split('=').next().unwrap_or_default();
                    if ["--seed", "--data"].contains(&switch) {
                        continue;
                    }
                    let said = refused(args).to_lowercase();
                    assert!(
                        said.contains(&mend.to_lowercase()),
                        "{args:?}: {said}"
                    );
                }
            }
        }
        let said = refused(&["run", "bench", "--nonsense", "1"]);
        assert!(!said.contains("--set"), "{said}");
    }

    #[test]
    fn a_link_that_a_shell_took_for_a_comment_is_asked_for() {
        let said = refused(&["replay"]);
        assert!(said.contains(QUOTED) && said.contains("comment"), "{said}");
    }

    #[test]
    fn a_comment_of_a_page_is_no_argument() {
        let line = "press list # the experiments, # and more";
        let args = line.split(' ').map(Into::into);
        assert_eq!(without_comment(args), ["press", "list"]);
        let link = ["press", "replay", "#v1;cliff"].map(Into::into);
        assert_eq!(without_comment(link.into_iter()).len(), 3);
    }

    #[test]
    fn another_spelling_or_word_finds_its_twin() {
        let said = |key: &str, value: &str| {
            let bench = ALL.iter().find(|entry| entry.id == "bench").unwrap();
            let setting = [(key.to_string(), value.to_string())];
            of_param(&bench.settled(&setting).unwrap_err())
        };
        for (key, value, meant) in [
            ("activation", "linear", "`identity`?"),
            ("activation", "ReLU", "`relu`?"),
            ("activation", "LeakyReLU", "`leaky_relu`?"),
            ("optimizer", "ADAM", "`adam`?"),
            ("LR", "0.1", "`lr`?"),
            ("learning-rate", "0.1", "`lr`?"),
            ("layers", "3", "`depth`?"),
        ] {
            let said = said(key, value);
            let end = format!(": did you mean {meant}");
            assert!(said.ends_with(&end), "{key}={value}: {said}");
            assert_eq!(said.matches("did you mean").count(), 1, "{said}");
        }
        assert!(said("activation", "nothing like it").ends_with("like it`"));
        for entry in ALL {
            for field in entry.fields() {
                let Domain::Choice(names) = &field.domain else { continue };
                for name in names {
                    let wrong = [(field.key.to_string(), name.to_uppercase())];
                    let said = of_param(&entry.settled(&wrong).unwrap_err());
                    assert!(said.ends_with(&format!("`{name}`?")), "{said}");
                }
            }
        }
    }
}
