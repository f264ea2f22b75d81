//! A web server with bad habits.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How a request is answered.
#[derive(Clone)]
pub(super) enum Answer {
    /// As asked, with a range where one is asked for.
    Right,
    /// Whole, whatever is asked for.
    Whole,
    /// As asked, but ended after so many bytes.
    Cut(usize),
    /// As asked, but silent after so many bytes; the connection stays open.
    Silent(usize),
    /// Not even a status.
    Mute,
    /// Another part than was asked for.
    OtherRange,
    /// A status without a body.
    Status(u16),
    /// To this path of the same server.
    Redirect(&'static str),
    /// Other bytes, as a whole file.
    Bytes(Vec<u8>),
}

/// Answers each request in turn, the last answer again and again.
pub(super) struct Server {
    /// `http://127.0.0.1:port/`.
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(content: Vec<u8>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let answer = &answers[number.min(answers.len() - 1)];
                // A client that leaves is no affair of the server.
                let request = head(&stream);
                let _ = reply(&stream, &content, answer, &request);
                log.lock().unwrap().push(request);
                if matches!(answer, Answer::Silent(_) | Answer::Mute) {
                    open.push(stream);
                }
            }
        });
        Self { address, requests }
    }

    /// First lines of the requests, and their ranges.
    pub fn requests(&self) -> Vec<(String, Option<String>)> {
        let split = |request: &String| {
            let range = request.lines().find_map(|line| line.strip_prefix("range: ").map(str::to_owned));
            (request.lines().next().unwrap_or_default().to_owned(), range)
        };
        self.requests.lock().unwrap().iter().map(split).collect()
    }
}

/// The request in lower case, without a body.
fn head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    lines.map(|line| line.to_lowercase() + "\n").collect()
}

fn reply(mut stream: &TcpStream, content: &[u8], answer: &Answer, request: &str) -> std::io::Result<()> {
    let asked =
        request.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = match answer {
        Answer::Whole | Answer::Bytes(_) => 0,
        Answer::OtherRange => asked.map_or(0, |from: usize| from / 2),
        _ => asked.unwrap_or(0),
    };
    let total = content.len();
    let body = match answer {
        Answer::Mute => return Ok(()),
        Answer::Status(status) => {
            return write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Answer::Redirect(path) => {
            return write!(
                stream,
                "HTTP/1.1 302 x\r\nlocation: {path}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
        Answer::Bytes(bytes) => &bytes[..],
        _ if from >= total => return reply(stream, content, &Answer::Status(416), request),
        _ => &content[from..],
    };
    let status = if asked.is_some() && !matches!(answer, Answer::Whole | Answer::Bytes(_)) {
        format!("206 x\r\ncontent-range: bytes {from}-{}/{total}", total - 1)
    } else {
        "200 x".into()
    };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    let sent = match answer {
        Answer::Cut(n) | Answer::Silent(n) => (*n).min(body.len()),
        _ => body.len(),
    };
    stream.write_all(&body[..sent])?;
    stream.flush()
}
