//! Downloads from a server with bad habits.

use super::server::{Answer, Server};
use super::*;
use crate::catalogue::Download;
use crate::{Client, DataError, Progress, fetch, fetch::bring};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Impatient.
fn client(server: &Server) -> Client {
    Client {
        mirror: Some(server.address.clone()),
        connect: Duration::from_secs(5),
        silence: Duration::from_millis(300),
        attempts: 3,
        pause: Duration::from_millis(1),
    }
}

/// MNIST of twenty images, of which the training images are not there; their file, and where it belongs.
struct Case {
    dir: tempfile::TempDir,
    info: Info,
    file: Vec<u8>,
    path: PathBuf,
    draft: PathBuf,
}

fn case() -> Case {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 20);
    // Hardly compressible, so that there is something to cut.
    let pixels: Vec<u8> =
        (0..20 * 784u64).map(|p| (p.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let images = mnist::compress(&mnist::idx(mnist::IMAGES_MAGIC, &[20, 28, 28], &pixels)).unwrap();
    fs::write(dir.path().join("mnist/train-images-idx3-ubyte.gz"), images).unwrap();
    let mut info = as_published("mnist", dir.path(), 20, 20);
    let path = info.path(dir.path(), &info.files[0]);
    let file = fs::read(&path).unwrap();
    assert!(file.len() > 1000, "{}", file.len());
    fs::remove_file(&path).unwrap();
    let name = info.files[0].name;
    let (bytes, sha256) = (file.len() as u64, checksums::sha256(&file).leak());
    info.downloads =
        vec![Download { name, base: "http://nowhere.invalid/", bytes, sha256, archive: false }].leak();
    let draft = dir.path().join(format!(".{name}.part"));
    Case { dir, info, file, path, draft }
}

impl Case {
    fn fetch(&self, client: &Client) -> Result<Vec<Progress>, DataError> {
        let mut steps = Vec::new();
        bring(&self.info, self.dir.path(), client, &mut |step| steps.push(step.clone())).map(|()| steps)
    }

    /// Fetches from a server with these answers.
    fn with(&self, answers: &[Answer]) -> (Server, Result<Vec<Progress>, DataError>) {
        let server = Server::start(self.file.clone(), answers.to_vec());
        let result = self.fetch(&client(&server));
        (server, result)
    }

    fn has_it(&self) -> bool {
        fs::read(&self.path).is_ok_and(|bytes| bytes == self.file) && !self.draft.exists()
    }

    /// Says why it failed; nothing has the file's name.
    fn refused(&self, answers: &[Answer]) -> String {
        let (_, result) = self.with(answers);
        assert!(!self.path.exists());
        result.unwrap_err().to_string()
    }
}

#[test]
fn a_file_is_loaded_and_then_kept() {
    let case = case();
    let (server, steps) = case.with(&[Answer::Right]);
    let steps = steps.unwrap();
    assert!(case.has_it());
    assert_eq!(server.requests(), [("get /train-images-idx3-ubyte.gz http/1.1".into(), None)]);
    let total = case.file.len() as u64;
    let name = case.info.files[0].name;
    assert!(steps.contains(&Progress::Downloading { name, done: 0, total }));
    assert!(steps.contains(&Progress::Downloading { name, done: total, total }));
    assert_eq!(steps.last(), Some(&Progress::Written { path: case.path.clone() }));
    let (server, steps) = case.with(&[Answer::Status(500)]);
    assert_eq!(steps.unwrap().len(), 4);
    assert!(server.requests().is_empty());
}

#[test]
fn what_was_cut_off_is_gone_on_with() {
    let case = case();
    let (server, result) = case.with(&[Answer::Cut(100), Answer::Silent(50), Answer::Right]);
    let retries = result.unwrap().iter().filter(|step| matches!(step, Progress::Retrying { .. })).count();
    assert_eq!(retries, 2);
    assert!(case.has_it());
    let ranges: Vec<Option<String>> = server.requests().into_iter().map(|(_, range)| range).collect();
    assert_eq!(ranges, [None, Some("bytes=100-".into()), Some("bytes=150-".into())]);
}

#[test]
fn so_does_the_next_command() {
    let case = case();
    let message = case.refused(&[Answer::Cut(40)]);
    assert!(message.contains("120 of") && message.contains("3 attempts"), "{message}");
    assert!(message.contains("goes on where this one stopped") && message.contains("by hand"), "{message}");
    let (server, result) = case.with(&[Answer::Right]);
    result.unwrap();
    assert!(case.has_it());
    assert_eq!(server.requests()[0].1.as_deref(), Some("bytes=120-"));
}

#[test]
fn a_server_that_knows_no_ranges_sends_it_all_again() {
    let case = case();
    let (_, result) = case.with(&[Answer::Cut(100), Answer::Whole]);
    result.unwrap();
    assert!(case.has_it());
}

#[test]
fn another_range_than_was_asked_for_is_not_glued_on() {
    let case = case();
    let (server, result) = case.with(&[Answer::Cut(100), Answer::OtherRange, Answer::Right]);
    result.unwrap();
    assert!(case.has_it());
    assert_eq!(server.requests()[2].1, None);
}

#[test]
fn silence_ends() {
    for answer in [Answer::Mute, Answer::Silent(0), Answer::Silent(100)] {
        let case = case();
        let begun = Instant::now();
        let message = case.refused(&[answer]);
        assert!(message.contains("3 attempts") && message.to_lowercase().contains("time"), "{message}");
        // Three times 0.3 s, and what a busy machine adds.
        assert!(begun.elapsed() >= Duration::from_millis(600) && begun.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn errors_of_the_server_are_tried_again_a_few_times() {
    let case = case();
    let (server, result) = case.with(&[Answer::Status(500), Answer::Status(503), Answer::Right]);
    result.unwrap();
    assert!(case.has_it());
    assert_eq!(server.requests().len(), 3);

    let case = self::case();
    let (server, result) = case.with(&[Answer::Status(502)]);
    let message = result.unwrap_err().to_string();
    assert!(message.contains("answered 502") && message.contains("3 attempts"), "{message}");
    assert_eq!(server.requests().len(), 3);
    // What is not there will not come.
    let (server, result) = case.with(&[Answer::Status(404)]);
    assert!(result.unwrap_err().to_string().contains("answered 404"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let case = case();
    let (server, result) = case.with(&[Answer::Redirect("/elsewhere"), Answer::Right]);
    result.unwrap();
    assert!(case.has_it());
    assert_eq!(server.requests()[1].0, "get /elsewhere http/1.1");

    let case = self::case();
    let (server, result) = case.with(&[Answer::Redirect("/a")]);
    let message = result.unwrap_err().to_string();
    assert!(message.contains("redirect"), "{message}");
    assert!(server.requests().len() <= 7, "{}", server.requests().len());
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let case = case();
    let mut wrong = case.file.clone();
    wrong[50] ^= 1;
    let message = case.refused(&[Answer::Bytes(wrong.clone())]);
    let (got, expected) = (checksums::sha256(&wrong), checksums::sha256(&case.file));
    assert!(
        message.contains(&got) && message.contains(&format!("expected {expected} (published)")),
        "{message}"
    );
    // Nothing of it is gone on with.
    assert_eq!(fs::metadata(&case.draft).map_or(0, |draft| draft.len()), 0);

    let length = case.file.len();
    for wrong in [vec![], b"<html>Sign in</html>".to_vec(), [case.file.clone(), vec![0]].concat()] {
        let message = case.refused(&[Answer::Bytes(wrong.clone())]);
        let expected = format!("the server offers {} bytes; expected {length}", wrong.len());
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn a_beginning_of_something_else_is_begun_again() {
    for beginning in [vec![7; 60], vec![7; 100_000]] {
        let case = case();
        fs::write(&case.draft, beginning).unwrap();
        let (_, result) = case.with(&[Answer::Right]);
        result.unwrap();
        assert!(case.has_it());
    }
}

#[test]
fn a_whole_file_that_a_kill_left_unnamed_needs_no_network() {
    let case = case();
    fs::write(&case.draft, &case.file).unwrap();
    let (server, result) = case.with(&[Answer::Status(404)]);
    result.unwrap();
    assert!(case.has_it() && server.requests().is_empty());
}

#[test]
fn two_at_a_time_do_not_write_one_file() {
    let case = case();
    let other = fs::File::create(&case.draft).unwrap();
    other.lock().unwrap();
    assert!(case.refused(&[Answer::Right]).contains("is being written by another process"));
}

#[test]
fn without_a_network_the_error_says_what_to_do_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    // Port 9 of this machine: refused at once.
    let client = Client {
        mirror: Some("http://127.0.0.1:9".into()),
        pause: Duration::from_millis(1),
        ..Client::default()
    };
    let message = fetch("cifar100", dir.path(), &client, &mut |_| ()).unwrap_err().to_string();
    assert!(
        message.starts_with("downloading http://127.0.0.1:9/cifar-100-binary.tar.gz failed: "),
        "{message}"
    );
    for part in ["cifar-100-binary", "train.bin, test.bin", "by hand", "03b5dce01913d631647c71ecec9e9cb8"] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    assert!(!dir.path().join("cifar-100-binary/train.bin").exists());
}

#[test]
fn addresses_are_the_publishers_unless_told_otherwise() {
    let download = &catalogue::info("cifar10").unwrap().downloads[0];
    assert_eq!(Client::default().url(download), "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz");
    for mirror in ["http://here/there", "http://here/there/"] {
        let client = Client { mirror: Some(mirror.into()), ..Client::default() };
        assert_eq!(client.url(download), "http://here/there/cifar-10-binary.tar.gz");
    }
}

/// CIFAR-100 of a few images as an archive: what is in it besides, and the data set.
fn archived(spoil: impl Fn(&mut Vec<u8>)) -> (tempfile::TempDir, Info, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    write_cifar100(dir.path(), 50);
    let mut info = as_published("cifar100", dir.path(), 50, 50);
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["fine_label_names.txt", "test.bin", "train.bin"] {
        let path = dir.path().join("cifar-100-binary").join(name);
        let mut content = fs::read(&path).unwrap_or_default();
        if name == "test.bin" {
            spoil(&mut content);
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("cifar-100-binary/{name}"), &content[..]).unwrap();
    }
    fs::remove_dir_all(dir.path().join("cifar-100-binary")).unwrap();
    let archive = mnist::compress(&tar.into_inner().unwrap()).unwrap();
    let (bytes, sha256) = (archive.len() as u64, checksums::sha256(&archive).leak());
    let known = &info.downloads[0];
    info.downloads = vec![Download { bytes, sha256, ..known.clone() }].leak();
    (dir, info, archive)
}

#[test]
fn an_archive_is_loaded_unpacked_and_removed() {
    let (dir, info, archive) = archived(|_| ());
    let half = archive.len() / 2;
    let server = Server::start(archive, vec![Answer::Cut(half), Answer::Right]);
    bring(&info, dir.path(), &client(&server), &mut |_| ()).unwrap();
    assert_eq!(crate::verify::check(&info, dir.path()).unwrap().len(), 2);
    let names = |folder: &Path| {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(dir.path()), ["cifar-100-binary"]);
    assert_eq!(names(&dir.path().join("cifar-100-binary")), ["test.bin", "train.bin"]);
}

#[test]
fn an_archive_that_lies_there_is_unpacked_without_a_network() {
    let (dir, info, archive) = archived(|_| ());
    let path = dir.path().join("cifar-100-binary.tar.gz");
    fs::write(&path, &archive[..archive.len() / 2]).unwrap();
    let nowhere = Client { mirror: Some("http://127.0.0.1:9".into()), ..Client::default() };
    let message = bring(&info, dir.path(), &nowhere, &mut |_| ()).unwrap_err().to_string();
    assert!(
        message.contains("cifar-100-binary.tar.gz: SHA-256 is") && message.contains("(published)"),
        "{message}"
    );
    fs::write(&path, &archive).unwrap();
    bring(&info, dir.path(), &nowhere, &mut |_| ()).unwrap();
    assert_eq!(crate::verify::check(&info, dir.path()).unwrap().len(), 2);
    assert!(path.exists());
}

#[test]
fn a_wrong_file_in_an_archive_never_gets_its_name() {
    let spoilers: [fn(&mut Vec<u8>); 3] = [|bytes| bytes[9] ^= 1, Vec::clear, |bytes| bytes.push(0)];
    for spoil in spoilers {
        let (dir, info, archive) = archived(spoil);
        let server = Server::start(archive, vec![Answer::Right]);
        let message = bring(&info, dir.path(), &client(&server), &mut |_| ()).unwrap_err().to_string();
        assert!(message.contains("test.bin in it has SHA-256 "), "{message}");
        assert!(!dir.path().join("cifar-100-binary/test.bin").exists());
    }
}
