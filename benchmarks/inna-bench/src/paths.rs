//! Paths on the command line.

use clap::builder::{PathBufValueParser, StringValueParser, TypedValueParser};
use std::ffi::OsStr;
use std::path::PathBuf;

/// Reads a path.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(without_tilde)
}

/// Reads a name or a path.
pub(crate) fn name_or_path() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().try_map(without_tilde)
}

/// A shell writes the home folder for a `~` where it stands for it, which is not everywhere (`--store=~/runs`). One that is
/// left would make a folder called `~`.
fn without_tilde<P: AsRef<OsStr>>(path: P) -> Result<P, String> {
    let text = path.as_ref().to_string_lossy();
    let meant = match text.strip_prefix('~') {
        None => return Ok(path),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("$HOME{rest}"),
        Some(_) => "the folder in full".to_owned(),
    };
    Err(format!("`~` stands for no other folder here; write {meant}, or ./{text} for what is called so"))
}

#[cfg(test)]
mod tests {
    use super::without_tilde;

    #[test]
    fn a_tilde_at_the_beginning_is_refused_with_what_to_write() {
        for (path, meant, called) in [
            ("~", "write $HOME,", "./~ "),
            ("~/runs", "write $HOME/runs,", "./~/runs "),
            ("~ann/runs", "the folder in full", "./~ann/runs "),
        ] {
            let message = without_tilde(path).unwrap_err();
            assert!(message.contains(meant) && message.contains(called), "{message}");
        }
        for path in ["./~", "a~", "a/~/b", "/~", "", "store"] {
            assert_eq!(without_tilde(path), Ok(path));
        }
    }
}
