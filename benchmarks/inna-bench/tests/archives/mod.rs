//! Archives as nobody should make them.
#![allow(clippy::unwrap_used)]

/// A member of an archive as it is to be written, right or not.
#[derive(Clone)]
pub struct Member {
    pub path: String,
    pub kind: tar::EntryType,
    pub link: &'static str,
    /// As the header says.
    pub size: u64,
    pub content: Vec<u8>,
}

pub fn file(path: &str, content: &[u8]) -> Member {
    Member {
        path: path.into(),
        kind: tar::EntryType::Regular,
        link: "",
        size: content.len() as u64,
        content: content.into(),
    }
}

/// Writes members as they are told, where a library would refuse.
pub fn pack(members: &[Member]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for member in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..member.path.len()].copy_from_slice(member.path.as_bytes());
        header.as_old_mut().linkname[..member.link.len()].copy_from_slice(member.link.as_bytes());
        header.set_entry_type(member.kind);
        header.set_size(member.size);
        header.set_mode(0o644);
        header.set_cksum();
        out.write_all(header.as_bytes()).unwrap();
        out.write_all(&member.content).unwrap();
        out.write_all(&vec![0; member.content.len().next_multiple_of(512) - member.content.len()]).unwrap();
    }
    out.write_all(&[0; 1024]).unwrap();
    out.finish().unwrap()
}

/// The members of an archive.
pub fn members(packed: &[u8]) -> Vec<Member> {
    use std::io::Read;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        file(std::str::from_utf8(&entry.path_bytes()).unwrap(), &content)
    };
    archive.entries().unwrap().map(read).collect()
}

/// The members with a list that fits them, whatever they are.
pub fn listed(mut members: Vec<Member>, also: &[Member]) -> Vec<Member> {
    let mut list: serde_json::Value = serde_json::from_slice(&members[0].content).unwrap();
    members.extend_from_slice(also);
    let files = members[1..].iter().map(|member| {
        serde_json::json!({ "path": member.path.strip_prefix("tiny/").unwrap_or(&member.path), "bytes": member.size,
                            "blake3": blake3::hash(&member.content).to_hex().as_str() })
    });
    list["files"] = files.collect();
    let json = serde_json::to_vec(&list).unwrap();
    members[0] = file("tiny/archive.json", &json);
    members
}
