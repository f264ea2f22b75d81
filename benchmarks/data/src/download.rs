//! Downloads that end: time-outs for connecting and for silence, few redirects, a bounded number of attempts. What was
//! cut off is gone on with, in the next attempt or by the next command, and a file counts only with the length and the
//! checksum that it must have.

use crate::catalogue::Download;
use crate::{Progress, checksums};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::time::Duration;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body, Error, Proxy};

/// How files are downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// An address, ending in `/`, that has the files in place of the publishers' own.
    pub mirror: Option<String>,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long a server may say nothing.
    pub silence: Duration,
    /// How often one file is tried.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each.
    pub pause: Duration,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            mirror: None,
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_secs(1),
        }
    }
}

/// Why an attempt failed.
enum Trouble {
    /// Another attempt may do better.
    Passing(String),
    /// It will not.
    Final(String),
}

/// The file that is written to is the caller's affair: its trouble is final.
fn disk(e: std::io::Error) -> Trouble {
    Trouble::Final(format!("writing: {e}"))
}

impl Client {
    /// The address of a file.
    pub(crate) fn url(&self, download: &Download) -> String {
        match &self.mirror {
            Some(mirror) => format!("{}/{}", mirror.trim_end_matches('/'), download.name),
            None => format!("{}{}", download.base, download.name),
        }
    }

    /// Brings `draft`, which may hold a beginning, to the whole file; an error says why that cannot be.
    pub(crate) fn complete(
        &self,
        download: &Download,
        draft: &mut File,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<(), String> {
        let url = self.url(download);
        let agent = self.agent(&url);
        let mut reason = String::new();
        for attempt in 0..self.attempts.max(1) {
            if attempt > 0 {
                let wait = self.pause.saturating_mul(1 << (attempt - 1).min(6));
                progress(&Progress::Retrying { name: download.name, reason, wait });
                std::thread::sleep(wait);
            }
            match attempt_once(&agent, &url, download, draft, progress) {
                Ok(()) => return Ok(()),
                Err(Trouble::Final(reason)) => return Err(reason),
                Err(Trouble::Passing(why)) => reason = why,
            }
        }
        Err(format!("{reason}, {} attempts", self.attempts.max(1)))
    }

    fn agent(&self, url: &str) -> Agent {
        // A proxy of the environment is for other machines.
        let here =
            ["http://127.", "http://localhost", "http://[::1]"].iter().any(|host| url.starts_with(host));
        let proxy = if here { None } else { Proxy::try_from_env() };
        let (connect, silence) = (Some(self.connect), Some(self.silence));
        Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(5)
            .proxy(proxy)
            .timeout_resolve(connect)
            .timeout_connect(connect)
            .timeout_send_request(silence)
            .timeout_recv_response(silence)
            .timeout_per_read(silence)
            .user_agent(concat!("inna-bench/", env!("CARGO_PKG_VERSION")))
            .build()
            .into()
    }
}

fn attempt_once(
    agent: &Agent,
    url: &str,
    download: &Download,
    draft: &mut File,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), Trouble> {
    let mut have = draft.metadata().map_err(disk)?.len();
    if have > download.bytes {
        draft.set_len(0).map_err(disk)?;
        have = 0;
    }
    let begun = have;
    if have < download.bytes {
        let request = agent.get(url);
        let request =
            if have > 0 { request.header(header::RANGE, format!("bytes={have}-")) } else { request };
        let mut response = request.call().map_err(refused)?;
        have = start(&response, have, download, draft)?;
        receive(&mut response, have, download, draft, progress)?;
    }
    draft.sync_all().and_then(|()| draft.seek(SeekFrom::Start(0))).map_err(disk)?;
    let got = checksums::sha256_of(draft).map_err(disk)?;
    if got == download.sha256 {
        return Ok(());
    }
    draft.set_len(0).map_err(disk)?;
    let reason = format!("its SHA-256 is {got}; expected {} (published)", download.sha256);
    // What was there before may have been the beginning of something else.
    Err(if begun > 0 { Trouble::Passing(reason) } else { Trouble::Final(reason) })
}

/// From which byte on the answer is written; `draft` is cut to there.
fn start(response: &Response<Body>, have: u64, download: &Download, draft: &File) -> Result<u64, Trouble> {
    let status = response.status();
    let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let from = match status {
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT => {
            let range = field(header::CONTENT_RANGE).unwrap_or_default();
            let expected = format!("bytes {have}-{}/{}", download.bytes - 1, download.bytes);
            if range != expected {
                draft.set_len(0).map_err(disk)?;
                return Err(Trouble::Passing(format!(
                    "the server sent the range `{range}`, not `{expected}`"
                )));
            }
            have
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            draft.set_len(0).map_err(disk)?;
            return Err(Trouble::Passing(format!("the server answered {status}")));
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            return Err(Trouble::Passing(format!("the server answered {status}")));
        }
        _ if status.is_server_error() => {
            return Err(Trouble::Passing(format!("the server answered {status}")));
        }
        _ => return Err(Trouble::Final(format!("the server answered {status}"))),
    };
    let expected = download.bytes - from;
    let announced = field(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length != expected) {
        return Err(Trouble::Final(format!("the server offers {length} bytes; expected {expected}")));
    }
    draft.set_len(from).map_err(disk)?;
    Ok(from)
}

/// Writes the body to `draft` from byte `have` on.
fn receive(
    response: &mut Response<Body>,
    mut have: u64,
    download: &Download,
    draft: &mut File,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), Trouble> {
    let Download { name, bytes: total, .. } = *download;
    draft.seek(SeekFrom::Start(have)).map_err(disk)?;
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        progress(&Progress::Downloading { name, done: have, total });
        let n = match body.read(&mut buffer) {
            Ok(n) => n,
            Err(e) => return Err(Trouble::Passing(format!("cut off after {have} of {total} bytes: {e}"))),
        };
        if n == 0 && have == total {
            return Ok(());
        }
        if n == 0 {
            return Err(Trouble::Passing(format!("it ended after {have} of {total} bytes")));
        }
        have += n as u64;
        if have > total {
            draft.set_len(0).map_err(disk)?;
            return Err(Trouble::Final(format!("the server sends more than the {total} bytes expected")));
        }
        draft.write_all(&buffer[..n]).map_err(disk)?;
    }
}

/// What became of a request without an answer.
fn refused(error: Error) -> Trouble {
    let reason = error.to_string();
    match error {
        Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::Protocol(_) => {
            Trouble::Passing(reason)
        }
        _ => Trouble::Final(reason),
    }
}
