//! Text for a shell and for Slurm's file names.

use super::SlurmError;
use std::path::Path;

/// The text as one word of a POSIX shell, whatever is in it.
pub(crate) fn word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./=:,@+".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The absolute path as text.
///
/// # Errors
/// If it has a character that Slurm would read as something else, or there is no current folder.
pub fn absolute(path: &Path) -> Result<String, SlurmError> {
    let absolute = std::path::absolute(path).map_err(|_| SlurmError::Path { path: path.to_owned() })?;
    text_of(&absolute).map(str::to_owned)
}

/// The text of a path that Slurm can have: in a directive it stands between double quotes, and file names are patterns in which
/// a backslash turns replacing off.
pub(crate) fn text_of(path: &Path) -> Result<&str, SlurmError> {
    let text = path.to_str().filter(|text| !text.contains(|c: char| c.is_control() || c == '\\' || c == '"'));
    text.ok_or_else(|| SlurmError::Path { path: path.to_owned() })
}

/// A path as the beginning of a pattern of Slurm's: percent signs stand for themselves.
pub(crate) fn pattern(path: &str) -> String {
    path.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_gives_every_word_back() {
        let hostile = [
            "",
            "plain/path-1.5",
            "a b",
            "it's",
            "'; touch evil; '",
            "$(id)`id`$HOME",
            "\\",
            "\"",
            "*?[a]",
            "ü\n-",
            "~",
        ];
        for text in hostile {
            let output =
                Command::new("sh").arg("-c").arg(format!("printf %s {}", word(text))).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
        assert_eq!(word("/a/b-1.yaml"), "/a/b-1.yaml");
    }

    #[test]
    fn paths_that_slurm_would_misread_are_refused() {
        for good in ["/a b/c'd", "/ü/100%"] {
            assert_eq!(text_of(Path::new(good)).unwrap(), good);
        }
        for bad in ["/a\nb", "/a\\b", "/a\"b", "/a\u{1b}b"] {
            assert!(text_of(Path::new(bad)).unwrap_err().to_string().contains("Choose another folder"));
        }
        assert_eq!(pattern("/100%/x"), "/100%%/x");
    }
}
