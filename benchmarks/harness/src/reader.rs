//! The one reader of configurations: YAML files, and text on the command line.

use crate::folder::ConfigSource;
use crate::schema::{missing, schema};
use crate::{ConfigError, grammar};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that people write, at most.
pub(crate) const WRITTEN: u64 = 1_000_000;
/// Bytes of a file that a program makes: published curves, the trials of searches.
pub(crate) const MADE: u64 = 16_000_000;

/// Reads a configuration: its value and its text.
///
/// # Errors
/// If it cannot be read, or is no YAML that is accepted here.
pub(crate) fn read<T: DeserializeOwned>(
    source: &ConfigSource,
    limit: u64,
) -> Result<(T, String), ConfigError> {
    let text = content(source, limit)?;
    Ok((parse(&source.to_string(), &text)?, text))
}

/// Reads a configuration that has a schema: what it lacks is named all at once.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_as<T: DeserializeOwned>(
    kind: &str,
    source: &ConfigSource,
    limit: u64,
) -> Result<(T, String), ConfigError> {
    let text = content(source, limit)?;
    match parse(&source.to_string(), &text) {
        Ok(value) => Ok((value, text)),
        Err(error) => Err(with_all_missing(kind, error, &text)),
    }
}

/// An error about a key that is missing, with the others that are.
fn with_all_missing(kind: &str, error: ConfigError, text: &str) -> ConfigError {
    if !error.message.contains("missing field") {
        return error;
    }
    let found = schema(kind).zip(serde_yaml::from_str::<Value>(text).ok()).map(|(schema, mut value)| {
        // The name that the first tasks had it by.
        if value["kind"] == "classification" {
            value["kind"] = "training".into();
        }
        missing(&schema, &value)
    });
    let found = found.unwrap_or_default();
    if found.len() < 2 {
        return error;
    }
    let all = found.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let message =
        format!("{}. Missing in all: {all}; what they mean: inna-bench schema --reference", error.message);
    ConfigError::new(error.file, message)
}

/// The text of a configuration.
///
/// # Errors
/// As [`text`].
pub(crate) fn content(source: &ConfigSource, limit: u64) -> Result<String, ConfigError> {
    match source {
        ConfigSource::File(path) => text(path, limit),
        ConfigSource::BuiltIn { text, .. } => Ok((*text).to_owned()),
    }
}

/// Text of a file, without the byte order mark that some editors put in front.
///
/// # Errors
/// If it cannot be read, is longer than `limit` bytes, or is not UTF-8.
pub fn text(file: &Path, limit: u64) -> Result<String, ConfigError> {
    let refuse = |message: String| ConfigError::new(file.display().to_string(), message);
    let unreadable = |e: std::io::Error| refuse(format!("cannot be read: {e}. Check the path"));
    // Asked first: opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(refuse("is no file but a folder or a device; name a file".into()));
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(refuse(format!("is longer than {limit} bytes, which is what is read of such a file")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("is not UTF-8 text; save it as such".into()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A value from YAML (and so from JSON, which is YAML too). `file` says in messages where the text stands.
///
/// # Errors
/// If the text is not accepted.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    grammar::check(text).map_err(|message| ConfigError::new(file, message))?;
    serde_yaml::from_str(text).map_err(|e| ConfigError::new(file, plain(&e.to_string())))
}

/// A message of serde's with what it takes for granted.
fn plain(message: &str) -> String {
    // Of a list of layers, where the second name has lost the dash before it.
    let several = "invalid value: map, expected map with a single key";
    let said = "a layer needs exactly one name; each is an item of its own, with a dash before its name";
    with_nearest(&message.replace(several, said))
}

/// A message of serde's with the accepted name that is nearest to the unknown one, if it is about one.
fn with_nearest(message: &str) -> String {
    let about = ["unknown variant `", "unknown field `"].iter().find_map(|words| message.split_once(words));
    let Some((unknown, accepted)) = about.and_then(|(_, after)| after.split_once('`')) else {
        return message.to_owned();
    };
    // Every second part stands between two marks.
    let names = accepted.split('`').skip(1).step_by(2);
    let near = rule::nearest(unknown, names).map(|near| format!(" (did you mean `{near}`?)"));
    let named = format!("`{unknown}`");
    message.replacen(&named, &format!("{named}{}", near.unwrap_or_default()), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let study = "title: T\ntasks:\n  - task: a\n    entries: [{key: b}]\n";
        let source = ConfigSource::BuiltIn { name: "studies/s.yaml", text: study };
        let error = read_as::<crate::Study>("study", &source, WRITTEN).unwrap_err().to_string();
        for key in
            ["`question`", "`master_seed`", "`tasks[0].repetitions`", "`tasks[0].entries[0].optimizer`"]
        {
            assert!(error.contains(key), "{error}");
        }
        let task = "title: T\nkind: classification\ndata: {name: shapes}\nmodel: {hidden: [3]}\n";
        let source = ConfigSource::BuiltIn { name: "tasks/t.yaml", text: task };
        let error = read_as::<crate::TaskFile>("task", &source, WRITTEN).unwrap_err().to_string();
        for key in ["`description`", "`normalisation`", "`initialisation`", "`batch_size`", "`margin`"] {
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_has_its_nearest_beside_it() {
        let of = |message: &str| with_nearest(message);
        assert_eq!(
            of("model: unknown variant `con`, expected one of `conv`, `dense` at line 2"),
            "model: unknown variant `con` (did you mean `conv`?), expected one of `conv`, `dense` at line 2"
        );
        assert_eq!(of("unknown field `xyz`, expected `a`"), "unknown field `xyz`, expected `a`");
        assert_eq!(of("invalid type: string `conv`"), "invalid type: string `conv`");
    }
}
