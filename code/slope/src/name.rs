//! Names as people write them: what an activation or a loss is called, here
//! and elsewhere.
//!
//! See the chapter `activations`.

use std::fmt::Display;

/// A text that names no activation or no loss.
///
/// ```
/// let error = "sofplus".parse::<slope::Activation>().unwrap_err();
/// assert!(error.to_string().contains("did you mean `softplus`?"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is called so; the message lists what there is.
    #[error(
        "no {kind} is called `{name}`; {}there are {known}",
        .near.as_ref().map_or(String::new(), |n| format!("did you mean `{n}`? "))
    )]
    Unknown {
        /// What was looked for: an activation, a loss.
        kind: &'static str,
        /// What was found.
        name: String,
        /// What may have been meant.
        near: Option<String>,
        /// What there is, in one row.
        known: String,
    },
    /// The number in brackets is none, or nothing can be computed with it.
    #[error(
        "{name}({number}): expected a finite number in the brackets, as in \
         {name}(0.5)"
    )]
    Parameter {
        /// What has the parameter.
        name: String,
        /// What was found.
        number: String,
    },
    /// Brackets, where there is nothing to set.
    #[error("{name} has no parameter: expected {name} without brackets")]
    NoParameter {
        /// What was found.
        name: String,
    },
}

/// Capitals, blanks around it, `-` and `_` make no difference.
fn bare(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).collect()
}

/// What is called so. Of its names, the first is listed.
pub(crate) fn find<T: Copy + PartialEq + Display>(
    kind: &'static str,
    text: &str,
    names: &[(&'static str, T)],
) -> Result<T, NameError> {
    let wanted = bare(text);
    if let Some((_, found)) = names.iter().find(|(n, _)| bare(n) == wanted) {
        return Ok(*found);
    }
    let mut near: Vec<_> = names
        .iter()
        .map(|(n, _)| (strsim::osa_distance(&wanted, &bare(n)), n.to_string()))
        .filter(|(apart, _)| *apart <= 1 + wanted.chars().count() / 3)
        .collect();
    near.sort();
    let mut known: Vec<_> = names.iter().map(|(_, t)| t.to_string()).collect();
    known.dedup();
    Err(NameError::Unknown {
        kind,
        name: text.to_string(),
        near: near.into_iter().next().map(|(_, name)| name),
        known: known.join(" "),
    })
}
