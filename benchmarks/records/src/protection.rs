//! The text of `run.json`, and how it proves that nothing in it has changed.
//!
//! The last two members of the object are the file's own: `curve` names the file of measurements with the BLAKE3 hash of its
//! bytes, `digest` is the hash of every byte of `run.json` before its own digits. What follows them is fixed, so there is no bit
//! of either file that can change unnoticed. Other files of a store end with such a digest, too.

use crate::canonical::full_digest_hex;
use crate::{FORMAT, Record, UNPROTECTED};
use serde::{Deserialize, Serialize};

/// What stands between a record's own members and the digest's digits, and behind them.
const BEFORE: &str = ",\n  \"digest\": \"";
const BEHIND: &str = "\"\n}\n";
/// Digits of a digest.
const DIGITS: usize = 64;

/// What `run.json` says of the file of measurements beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CurveFile {
    file: String,
    digest: String,
}

#[derive(Deserialize)]
struct Members {
    format: u32,
    curve: Option<CurveFile>,
    digest: Option<String>,
}

/// The text of `run.json` for a record whose measurements have the text `curve`.
pub(crate) fn protect(record: &Record, curve: &str) -> Result<String, serde_json::Error> {
    if record.format == UNPROTECTED {
        // It stays what it is: digests would say more than is known of it.
        return Ok(serde_json::to_string_pretty(record)? + "\n");
    }
    let file = CurveFile { file: record.curve.file_name().into(), digest: full_digest_hex(curve.as_bytes()) };
    let json = serde_json::to_string_pretty(record)?;
    let body = json.strip_suffix("\n}").unwrap_or(&json);
    Ok(with_digest(format!("{body},\n  \"curve\": {}", serde_json::to_string(&file)?)))
}

/// An object with the digest of its text as its last member; `members` is that text without the end of the object.
pub(crate) fn with_digest(members: String) -> String {
    let text = members + BEFORE;
    let digest = full_digest_hex(text.as_bytes());
    text + &digest + BEHIND
}

/// Whether a text is what [`with_digest`] made of it.
///
/// # Errors
/// If it is not.
pub(crate) fn check_digest(text: &str) -> Result<(), Flaw> {
    let changed = "its bytes are not those that were written (its digest differs)";
    let end = text.len().checked_sub(DIGITS + BEHIND.len()).filter(|end| text.is_char_boundary(*end));
    let (before, rest) = end.and_then(|end| text.split_at_checked(end)).ok_or(changed)?;
    let digest = rest.strip_suffix(BEHIND).ok_or(changed)?;
    if !before.ends_with(BEFORE) || full_digest_hex(before.as_bytes()) != digest {
        return Err(changed.into());
    }
    Ok(())
}

/// Why a text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not what was written, and why that is known.
    Damaged(String),
    /// It is, in a later format than this program knows.
    Newer(u32),
}

impl From<&str> for Flaw {
    fn from(reason: &str) -> Self {
        Self::Damaged(reason.into())
    }
}

impl From<serde_json::Error> for Flaw {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// Reads the text of `run.json`; the record's measurements are still missing. Gives the name of their file and, if the record
/// is protected, the digest of its bytes.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn unprotect(text: &str) -> Result<(Record, Option<(String, String)>), Flaw> {
    let members: Members = serde_json::from_str(text)?;
    let record = |text| serde_json::from_str::<Record>(text);
    // One with digests is held to them, whatever format it says it has.
    if members.format == UNPROTECTED && members.curve.is_none() && members.digest.is_none() {
        return Ok((record(text)?, None));
    }
    check_digest(text)?;
    // Asked before anything is made of it: later formats have other members.
    if members.format > FORMAT {
        return Err(Flaw::Newer(members.format));
    }
    let CurveFile { file, digest } = members.curve.ok_or("it does not say which file its curve is in")?;
    Ok((record(text)?, Some((file, digest))))
}

/// Whether `curve` is the text that was written.
pub(crate) fn is_whole(curve: &str, digest: &str) -> bool {
    full_digest_hex(curve.as_bytes()) == digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;
    use crate::tests::{epoch, record};

    /// Another format in place of the one that was written does not switch the digests off.
    #[test]
    fn a_record_with_digests_is_held_to_them() {
        let record = record(Curve::Epochs(vec![epoch(0)]));
        let whole = protect(&record, &record.curve.to_csv()).unwrap();
        assert!(unprotect(&whole.replace("\"format\": 2", "\"format\": 1")).is_err());
        let former = Record { format: UNPROTECTED, ..record };
        let text = protect(&former, "").unwrap();
        assert!(!text.contains("digest\":\"") && unprotect(&text).unwrap().1.is_none());
    }

    #[test]
    fn every_bit_counts() {
        let record = record(Curve::Epochs(vec![epoch(0)]));
        let curve = record.curve.to_csv();
        let whole = protect(&record, &curve).unwrap();
        let (read, file) = unprotect(&whole).unwrap();
        assert_eq!((read.id, read.format), (record.id, record.format));
        let (name, digest) = file.unwrap();
        assert!(name == "epochs.csv" && is_whole(&curve, &digest));
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // What is no text any more is refused when it is read.
            assert!(String::from_utf8(bytes).map_or(true, |text| unprotect(&text).is_err()), "bit {bit}");
        }
    }
}
