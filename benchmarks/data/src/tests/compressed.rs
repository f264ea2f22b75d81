use super::*;
use crate::{DataError, gzip};

const LIMIT: u64 = 10_000;

fn content(bytes: &[u8], name: &str) -> Result<Vec<u8>, DataError> {
    gzip::content(bytes.to_vec(), name.as_ref(), LIMIT)
}

fn idx() -> Vec<u8> {
    digits("train", 2)[0].clone()
}

#[test]
fn what_is_not_gzip_or_damaged_is_refused() {
    let message = content(b"not compressed at all", "f.gz").unwrap_err().to_string();
    assert!(message.contains("f.gz is not an intact gzip"), "{message}");
    let mut bytes = mnist::compress(&[7; 1000]).unwrap();
    // The last eight bytes are CRC-32 and length (RFC 1952).
    let end = bytes.len() - 8;
    bytes[end] ^= 1;
    assert!(matches!(content(&bytes, "f.gz"), Err(DataError::Gzip { .. })));
}

#[test]
fn all_members_are_the_file() {
    let idx = idx();
    let (one, two) = idx.split_at(700);
    let members = [one, &[], two].map(|part| mnist::compress(part).unwrap());
    assert_eq!(content(&members.concat(), "f.gz").unwrap(), idx);
    // Zeros to fill a block of a tape are allowed, also after several members; anything else is not.
    let padded = [members.concat(), vec![0; 512]].concat();
    assert_eq!(content(&padded, "f.gz").unwrap(), idx);
    for rest in [&b"garbage"[..], &[0, 0, 1], &[0x1f, 0x8b], &members[0][..20]] {
        let bytes = [&members.concat(), rest].concat();
        assert!(matches!(content(&bytes, "f.gz"), Err(DataError::Gzip { .. })), "{rest:?}");
    }
}

#[test]
fn another_file_glued_on_makes_it_too_long() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 3);
    let folder = dir.path().join("mnist");
    let images = folder.join("t10k-images-idx3-ubyte.gz");
    let labels = fs::read(folder.join("t10k-labels-idx1-ubyte.gz")).unwrap();
    fs::write(&images, [fs::read(&images).unwrap(), labels].concat()).unwrap();
    let message = crate::verify("mnist", dir.path()).unwrap_err().to_string();
    assert!(message.contains("t10k-images") && message.contains("2363 bytes after the header"), "{message}");
}

#[test]
fn the_first_bytes_say_what_it_is_not_the_name() {
    let idx = idx();
    assert_eq!(content(&idx, "unpacked, but still.gz").unwrap(), idx);
    assert_eq!(content(&mnist::compress(&idx).unwrap(), "images-idx3-ubyte").unwrap(), idx);
    assert_eq!(content(&idx, "images-idx3-ubyte").unwrap(), idx);
}

#[test]
fn what_never_ends_is_not_read_to_the_end() {
    let bomb = mnist::compress(&vec![0; 10_000_000]).unwrap();
    assert!(bomb.len() < 20_000);
    let half = mnist::compress(&vec![0; 6_000]).unwrap();
    for bytes in [bomb, [half.clone(), half].concat()] {
        let message = content(&bytes, "bomb.gz").unwrap_err().to_string();
        assert!(message.contains("bomb.gz holds more than 10000 bytes"), "{message}");
    }
}
