//! Where things are, and what a store holds that nobody touched.

use records::Store;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A draft is taken for one that is being written for a few seconds.
pub const YOUNG: Duration = Duration::from_secs(6);

/// Draws, xorshift64*.
pub struct Draws(pub u64);

impl Draws {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// Where things are, and how much is to be tried.
pub struct Place {
    pub binary: PathBuf,
    pub configs: PathBuf,
    pub folder: PathBuf,
    pub draws: Draws,
    pub scale: usize,
}

impl Place {
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).args(words).arg("--configs").arg(&self.configs);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub fn start(&self, words: &[&str]) -> Outcome<Child> {
        Ok(self.command(words).spawn()?)
    }

    pub fn expect(&self, words: &[&str], code: i32) -> Outcome<()> {
        let status = self.command(words).status()?;
        if status.code() == Some(code) {
            return Ok(());
        }
        Err(format!("inna-bench {} ended with {status}, expected {code}", words.join(" ")).into())
    }

    /// Milliseconds that a command takes, undisturbed.
    pub fn time(&self, words: &[&str]) -> Outcome<usize> {
        let clock = Instant::now();
        self.expect(words, 0)?;
        Ok(usize::try_from(clock.elapsed().as_millis())?.max(2))
    }

    /// Kills a command after up to `most` milliseconds; false if it had ended by itself.
    pub fn kill(&mut self, words: &[&str], most: usize) -> Outcome<bool> {
        let mut child = self.start(words)?;
        std::thread::sleep(Duration::from_millis(self.draws.below(most) as u64));
        let was_running = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(was_running)
    }

    /// What a store holds, times left out.
    pub fn content(&self, store: &str) -> Outcome<BTreeMap<String, String>> {
        let store = Store::open(self.folder.join(store));
        let mut content = BTreeMap::new();
        for (task, id) in store.list() {
            let record = store.read(&task, &id)?.ok_or("a record is gone")?;
            let curve = record.curve.to_csv();
            let masked: Vec<String> = curve
                .lines()
                .map(|line| {
                    let cells: Vec<&str> = line.split(',').collect();
                    let is_time = |i: usize| i == 2 && cells.len() == 10;
                    cells
                        .iter()
                        .enumerate()
                        .filter(|(i, _)| !is_time(*i))
                        .map(|(_, cell)| format!("{cell},"))
                        .collect()
                })
                .collect();
            let text = format!("{:?} {} {}", record.outcome, record.fingerprint, masked.join("\n"));
            content.insert(format!("{task}/{id}"), text);
        }
        Ok(content)
    }

    /// Ends what was killed, undisturbed, and looks at what is left.
    pub fn settle(&self, store: &str) -> Outcome<()> {
        std::thread::sleep(YOUNG);
        self.expect(&["run", "crash", "--store", store, "--quiet"], 0)?;
        self.compare(store)
    }

    /// Whether the store holds what the undisturbed one does, and nothing else.
    pub fn compare(&self, store: &str) -> Outcome<()> {
        let (whole, there) = (self.content("whole")?, self.content(store)?);
        let differs = whole.iter().filter(|(run, text)| there.get(*run) != Some(text)).count();
        if differs > 0 || there.len() != whole.len() {
            return Err(format!(
                "{store}: {} runs, {differs} of {} not as undisturbed",
                there.len(),
                whole.len()
            )
            .into());
        }
        let mut left = entries(&self.folder.join(store))?;
        left.retain(|name| !["small", "toy"].contains(&name.as_str()));
        left.extend(
            entries(&self.folder.join(store).join("small"))?.into_iter().filter(|name| name.starts_with('.')),
        );
        match left.first() {
            Some(name) => Err(format!("{store}: {name} is left").into()),
            None => Ok(()),
        }
    }
}

/// Names in a folder, sorted.
pub fn entries(folder: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Every file below a folder with its bytes.
pub fn files(folder: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for name in entries(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(
                files(&path)?.into_iter().map(|(inside, bytes)| (Path::new(&name).join(inside), bytes)),
            );
        } else {
            found.insert(PathBuf::from(name), fs::read(path)?);
        }
    }
    Ok(found)
}

pub fn copy(from: &Path, to: &Path) -> Outcome<()> {
    for (path, bytes) in files(from)? {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
