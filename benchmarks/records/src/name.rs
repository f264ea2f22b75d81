//! Names that may become part of a path.

use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// Characters of a name, at most.
pub const LONGEST_NAME: usize = 100;

/// Text that is safe as one part of a path: letters, digits, `-`, `_`, `.` (ASCII), at most [`LONGEST_NAME`] characters, not
/// empty, not `.` or `..`. Whatever a configuration, a manifest or a record says that becomes part of a path is read into
/// this type, so that nothing unchecked can be joined to one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Name(#[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"))] String);

/// Text that is no [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not usable as a name; accepted: letters, digits, `-`, `_`, `.`, at most {LONGEST_NAME} characters, not `.` or `..`"
)]
pub struct NameError {
    /// The text, its end cut off if it is very long.
    pub text: String,
}

impl Name {
    /// Checks `text`.
    ///
    /// # Errors
    /// If it is not safe as a part of a path.
    pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
        let text = text.into();
        let usable = text.len() <= LONGEST_NAME
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !["", ".", ".."].contains(&text.as_str());
        if usable {
            Ok(Self(text))
        } else {
            Err(NameError { text: text.chars().take(LONGEST_NAME).collect() })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for Name {
    fn as_ref(&self) -> &std::path::Path {
        self.0.as_ref()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl PartialEq<Name> for String {
    fn eq(&self, other: &Name) -> bool {
        *self == other.0
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_one_part_of_a_path_is_a_name() {
        for good in ["nin-shapes", "a", "A_1.5", "...", "-", &"x".repeat(100)] {
            assert_eq!(Name::new(good).unwrap(), good);
        }
        let long = "x".repeat(101);
        for bad in [
            "", ".", "..", "../evil", "/abs", "./h", "a/b", "a\\b", "a b", "ü", "a\0", "a\n", "C:", "~",
            &long,
        ] {
            let message = Name::new(bad).unwrap_err().to_string();
            assert!(message.contains("accepted: letters, digits") && !message.contains('\n'), "{message}");
            assert!(serde_json::from_value::<Name>(bad.into()).is_err(), "{bad:?}");
        }
    }
}
