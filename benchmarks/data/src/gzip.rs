//! Compressed files: all members of a gzip file (RFC 1952, 2.2), or the content of one that is not compressed.

use crate::DataError;
use flate2::bufread::GzDecoder;
use std::io::Read;
use std::path::Path;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// How an idx file of bytes begins (two zeros, the type). People unpack files and keep the name.
const IDX_MAGIC: [u8; 3] = [0, 0, 8];

/// The content of a file that is compressed, or that says by its first bytes that it is not.
pub(crate) fn content(raw: Vec<u8>, path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let named_plain = path.extension().is_none_or(|extension| extension != "gz");
    if !raw.starts_with(&MAGIC) && (named_plain || raw.starts_with(&IDX_MAGIC)) {
        return Ok(raw);
    }
    decompress(&raw, path, limit)
}

/// The content of all members, one after the other; their own checksums are checked. Zeros may follow, as `gunzip` has
/// it.
pub(crate) fn decompress(bytes: &[u8], path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let bad = |reason: String| DataError::Gzip { path: path.to_path_buf(), reason };
    let mut content = Vec::new();
    let mut rest = bytes;
    loop {
        let mut member = GzDecoder::new(rest);
        let room = (limit + 1).saturating_sub(content.len() as u64);
        member.by_ref().take(room).read_to_end(&mut content).map_err(|e| bad(e.to_string()))?;
        if content.len() as u64 > limit {
            return Err(DataError::TooLong { path: path.to_path_buf(), limit });
        }
        rest = member.into_inner();
        if rest.iter().all(|&byte| byte == 0) {
            return Ok(content);
        }
        if !rest.starts_with(&MAGIC) {
            return Err(bad(format!("{} bytes follow that belong to no gzip member", rest.len())));
        }
    }
}
