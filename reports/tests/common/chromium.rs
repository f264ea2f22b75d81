//! Chromium without a window, driven through the DevTools protocol over two pipes: JSON messages that end in NUL
//! (<https://chromedevtools.github.io/devtools-protocol/>). The browser dies with its [`Chromium`].
#![allow(dead_code, clippy::unwrap_used)]

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest wait for anything; a browser that starts on a busy machine takes seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// The variable that names the browser.
const VARIABLE: &str = "INNA_BENCH_CHROMIUM";

/// The browser: the variable, else what is on the path.
fn browser() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    places.into_iter().find(|place| place.is_file()).unwrap_or_else(|| {
        panic!(
            "the pages are tested in Chromium, and none of {} is on the PATH: install it (`apt install chromium`, \
             `dnf install chromium`), or name a browser of that family in {VARIABLE}",
            names.join(", ")
        )
    })
}

/// A running browser.
pub struct Chromium {
    process: Child,
    input: RefCell<ChildStdin>,
    messages: Receiver<Value>,
    /// Events not looked at yet.
    events: RefCell<Vec<Value>>,
    next: Cell<u64>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it with a profile of its own.
    pub fn new() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The protocol is spoken over the descriptors 3 and 4, which are made of the child's input and output here.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null"])
            .arg(browser())
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
                "--no-first-run",
            ])
            .args(["--disable-background-networking", "--disable-extensions", "--disable-dev-shm-usage"])
            .args(["--hide-scrollbars", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = RefCell::new(process.stdin.take().unwrap());
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            while output.read_until(0, &mut bytes).is_ok_and(|count| count > 0) {
                bytes.pop();
                let Ok(message) = serde_json::from_slice(&bytes) else { break };
                if sender.send(message).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        let events = RefCell::default();
        Self { process, input, messages, events, next: Cell::new(1), _profile: profile }
    }

    fn receive(&self, until: Instant, what: &str) -> Value {
        match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("the browser did not answer in time: {what}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the browser is gone: {what}"),
        }
    }

    /// Calls a method and waits for what it returns.
    fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let id = self.next.replace(self.next.get() + 1);
        let parameters_again = parameters.clone();
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.borrow_mut().write_all(&bytes).unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            let mut answer = self.receive(until, method);
            if answer["id"] == id {
                // A page that was on its way to another one has lost the question: it is put to that one.
                let lost =
                    answer["error"]["message"].as_str().is_some_and(|words| words.contains("navigated"));
                if lost && method == "Runtime.evaluate" && Instant::now() < until {
                    return self.call(session, method, parameters_again);
                }
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.borrow_mut().push(answer);
        }
    }

    /// An empty page of the given size, in CSS pixels, without a network and with an eye on all it asks for and
    /// complains about.
    pub fn page(&self, width: u32, height: u32) -> Page<'_> {
        let created = self.call(None, "Target.createTarget", json!({"url": "about:blank"}));
        let target = created["targetId"].as_str().unwrap().to_string();
        let attached = self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        let session = attached["sessionId"].as_str().unwrap().to_string();
        let page = Page { browser: self, target, session };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let offline = json!({"offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0});
        page.call("Network.emulateNetworkConditions", offline);
        page.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true}));
        page.resize(width, height);
        page
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // By its id alone; it may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A tab.
pub struct Page<'a> {
    browser: &'a Chromium,
    target: String,
    session: String,
}

impl Page<'_> {
    /// Calls a method of the protocol on this page.
    pub fn call(&self, method: &str, parameters: Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// The window, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Opens a file, with a fragment or without, and waits until it has loaded.
    pub fn open(&self, file: &Path, fragment: &str) {
        // Another document first: a new fragment alone would load nothing.
        self.navigate("about:blank");
        self.navigate(&format!("file://{}{fragment}", file.display()));
    }

    fn navigate(&self, address: &str) {
        self.forget("Page.loadEventFired");
        let answer = self.call("Page.navigate", json!({"url": address}));
        assert!(answer["errorText"].is_null(), "{address}: {}", answer["errorText"]);
        self.wait_for("Page.loadEventFired");
    }

    /// Loads the same address again.
    pub fn reload(&self) {
        self.forget("Page.loadEventFired");
        self.call("Page.reload", json!({}));
        self.wait_for("Page.loadEventFired");
    }

    fn is_mine(&self, event: &Value, method: &str) -> bool {
        event["sessionId"] == self.session.as_str() && event["method"] == method
    }

    fn forget(&self, method: &str) {
        self.browser.events.borrow_mut().retain(|event| !self.is_mine(event, method));
    }

    fn wait_for(&self, method: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.browser.events.borrow().iter().any(|event| self.is_mine(event, method)) {
            let message = self.browser.receive(until, method);
            self.browser.events.borrow_mut().push(message);
        }
    }

    /// The value of a JavaScript expression, as JSON; a promise is waited for.
    pub fn value(&self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// A text.
    pub fn text(&self, expression: &str) -> String {
        let value = self.value(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}, not a text")).to_string()
    }

    /// Presses and lets go of a key, by its name in `KeyboardEvent.key`.
    pub fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            " " => (32, " "),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            "0" => (48, "0"),
            "+" => (107, "+"),
            "-" => (109, "-"),
            other => panic!("the key {other} has no code here"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            event["code"] = if key == " " { "Space" } else { key }.into();
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Moves the pointer to a place in the window, in CSS pixels.
    pub fn point(&self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
    }

    /// Clicks there.
    pub fn click(&self, x: f64, y: f64) {
        self.point(x, y);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses the left button at a place, moves to another in steps and lets go there.
    pub fn drag(&self, from: [f64; 2], to: [f64; 2]) {
        let mouse = |kind: &str, [x, y]: [f64; 2], buttons: u32| {
            let event = json!({"type": kind, "x": x, "y": y, "button": if buttons > 0 || kind == "mouseReleased" { "left" } else { "none" },
                               "buttons": buttons, "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        };
        mouse("mouseMoved", from, 0);
        mouse("mousePressed", from, 1);
        for share in [0.25, 0.5, 0.75, 1.0] {
            mouse("mouseMoved", [0, 1].map(|k| from[k] + share * (to[k] - from[k])), 1);
        }
        mouse("mouseReleased", to, 0);
    }

    /// Waits until what follows from a new size has been drawn.
    pub fn settle(&self) {
        self.value(
            "new Promise(done => { let left = 4; const next = () => left-- ? requestAnimationFrame(next) : done(); next(); })",
        );
    }

    /// Presses Tab until the focus is on an element that the selector fits; at most 400 times.
    pub fn tab_to(&self, selector: &str) {
        let there = format!("document.activeElement.matches({})", json!(selector));
        for _ in 0..400 {
            self.press("Tab");
            if self.value(&there) == true {
                return;
            }
        }
        panic!("Tab does not lead to {selector}");
    }

    /// Addresses asked for since the page was made, `about:blank` left out.
    pub fn requests(&self) -> Vec<String> {
        let events = self.browser.events.borrow();
        let asked = events.iter().filter(|event| self.is_mine(event, "Network.requestWillBeSent"));
        let address = |event: &Value| event["params"]["request"]["url"].as_str().unwrap().to_string();
        asked.map(address).filter(|address| address != "about:blank").collect()
    }

    /// Exceptions, errors and warnings since the page was made.
    pub fn complaints(&self) -> Vec<String> {
        let events = self.browser.events.borrow();
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "verbose",
            Some("Runtime.consoleAPICalled") => {
                ["error", "warning", "assert"].contains(&event["params"]["type"].as_str().unwrap())
            }
            _ => false,
        };
        let mine = events.iter().filter(|event| event["sessionId"] == self.session.as_str());
        mine.filter(is_complaint).map(Value::to_string).collect()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // After a failed test the browser may be gone, and closing it must not be a second failure.
        if !thread::panicking() {
            self.browser.call(None, "Target.closeTarget", json!({"targetId": self.target}));
        }
    }
}
