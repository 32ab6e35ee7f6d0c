//! A real browser without a window: Chromium, driven over W3C WebDriver, which is JSON over HTTP.
//!
//! The protocol is spoken here and not by `fantoccini`, which brings `webdriver` with it: its licence (MPL-2.0) is none that `deny.toml`
//! allows, and a runtime, for a dozen calls that `reqwest` can make. Everything that looks at a page waits for it: a click returns before
//! the next page is there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(45);
/// The member by which the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Light or dark: what the user prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// The word of style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A browser with an empty profile, gone when dropped.
pub struct Chromium {
    driver: Child,
    session: String,
    http: Client,
}

impl Chromium {
    /// Starts one. Fails the test, with what to do, if Chromium or its driver is not installed.
    pub fn start() -> Self {
        Self::try_start().unwrap_or_else(|error| panic!("no Chromium for tests: {error:#}"))
    }

    fn try_start() -> Result<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("running chromedriver (Debian: apt-get install chromium chromium-driver)")?;
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().context("making a client")?;
        let session = port_of(&mut driver).and_then(|port| begin(&http, &format!("http://127.0.0.1:{port}")));
        match session {
            Ok(session) => Ok(Self { driver, session, http }),
            Err(error) => {
                let _ = driver.kill();
                let _ = driver.wait();
                Err(error)
            }
        }
    }

    /// The size of the page in CSS pixels, and the user's preference.
    #[track_caller]
    pub fn look(&self, width: u32, height: u32, scheme: Scheme) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme.name() });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
    }

    /// Opens an address.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.patiently(url, || self.call("url", &json!({ "url": url })).map(Some));
    }

    /// The address that is shown.
    #[track_caller]
    pub fn address(&self) -> String {
        let address = self.script("return location.href");
        address.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the first element of a selector, once it is there.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.patiently(selector, || {
            let Some(element) = self.find(selector)? else { return Ok(None) };
            self.call(&format!("element/{element}/click"), &json!({})).map(Some)
        });
    }

    /// Types into a field, over what is in it.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        self.patiently(selector, || {
            let Some(element) = self.find(selector)? else { return Ok(None) };
            self.call(&format!("element/{element}/clear"), &json!({}))?;
            self.call(&format!("element/{element}/value"), &json!({ "text": text })).map(Some)
        });
    }

    /// The text of the first element of a selector, once it is there and holds `part`.
    #[track_caller]
    pub fn text_with(&self, selector: &str, part: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.textContent ?? null";
        let text = self.patiently(&format!("{selector} with {part:?}"), || {
            let text = self.call("execute/sync", &json!({ "script": script, "args": [selector] }))?;
            Ok(Some(text).filter(|text| text.as_str().is_some_and(|text| text.contains(part))))
        });
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The text of the first element of a selector, once it is there.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.text_with(selector, "")
    }

    /// What a script returns.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        self.patiently(script, || {
            self.call("execute/sync", &json!({ "script": script, "args": [] })).map(Some)
        })
    }

    /// Writes what is seen into a PNG file.
    #[track_caller]
    pub fn screenshot(&self, file: &Path) {
        let picture = self.patiently("a screenshot", || {
            self.send(self.http.get(format!("{}/screenshot", self.session))).map(Some)
        });
        let bytes = STANDARD.decode(picture.as_str().unwrap_or_default()).expect("a picture in base64");
        fs::write(file, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
    }

    /// What the browser had to complain about since it was last asked: refused scripts and styles, failed requests, errors.
    #[track_caller]
    pub fn complaints(&self) -> Vec<String> {
        let log = self.patiently("the log", || self.call("se/log", &json!({ "type": "browser" })).map(Some));
        let entries = log.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn find(&self, selector: &str) -> Result<Option<String>> {
        let found = self.call("elements", &json!({ "using": "css selector", "value": selector }))?;
        Ok(found[0][ELEMENT].as_str().map(str::to_owned))
    }

    #[track_caller]
    fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.patiently(command, || self.call("goog/cdp/execute", &body).map(Some));
    }

    /// Tries until there is something. A page that goes away in the middle is an error like any other, and tried again.
    #[track_caller]
    fn patiently(&self, what: &str, attempt: impl Fn() -> Result<Option<Value>>) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let last = match attempt() {
                Ok(Some(value)) => return value,
                Ok(None) => anyhow!("it is not there"),
                Err(error) => error,
            };
            assert!(Instant::now() < deadline, "no {what} after {PATIENCE:?}: {last:#}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn call(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.http.post(format!("{}/{path}", self.session)).json(body))
    }

    fn send(&self, request: reqwest::blocking::RequestBuilder) -> Result<Value> {
        value(request)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Ends the browser; a driver that is killed would leave it behind.
        let _ = self.http.delete(&self.session).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Where pictures of pages are kept: `target/screenshots`.
pub fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
    folder
}

/// The port that the driver took, which it prints.
fn port_of(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("the driver's output")?;
    let mut lines = BufReader::new(output).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // Whatever else it prints must not fill the pipe.
    thread::spawn(move || lines.for_each(drop));
    port.context("the driver ended without a port")
}

/// Begins a session, whose URL comes back.
fn begin(http: &Client, driver: &str) -> Result<String> {
    let mut arguments =
        vec!["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"];
    if rustix::process::geteuid().is_root() {
        // Chromium's sandbox refuses to be root's.
        arguments.push("--no-sandbox");
    }
    let wanted = json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    }}});
    let made = value(http.post(format!("{driver}/session")).json(&wanted)).context("starting Chromium")?;
    let id = made["sessionId"].as_str().context("a session's id")?;
    Ok(format!("{driver}/session/{id}"))
}

fn value(request: reqwest::blocking::RequestBuilder) -> Result<Value> {
    let answer = request.send()?;
    let status = answer.status();
    let mut body: Value = answer.json()?;
    if !status.is_success() {
        bail!("{status} {} {}", body["value"]["error"], body["value"]["message"]);
    }
    Ok(body["value"].take())
}
