//! The settings of a cluster: `configs/executors/slurm.yaml`.

use super::TimeLimit;
use crate::{ConfigError, ConfigSource, Configs, reader};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a cluster wants to be told, and how a study is cut up for it. Everything may be left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// Account that pays.
    #[serde(deserialize_with = "scalar")]
    pub account: Option<String>,
    /// Partition, or several with commas.
    #[serde(deserialize_with = "scalar")]
    pub partition: Option<String>,
    /// Quality of service.
    #[serde(deserialize_with = "scalar")]
    pub qos: Option<String>,
    /// Generic resources of each task, `gpu:1`.
    #[serde(deserialize_with = "scalar")]
    pub gres: Option<String>,
    /// Cores of each task; jobs times threads if left out.
    pub cpus_per_task: Option<u32>,
    /// Memory of each task, `4G`.
    #[serde(deserialize_with = "scalar")]
    pub memory: Option<String>,
    /// Time limit of each task; from the estimate if left out.
    pub time: Option<TimeLimit>,
    /// What the estimate is multiplied with.
    pub time_factor: f64,
    /// The shortest limit that an estimate gives.
    pub time_at_least: TimeLimit,
    /// How far the job steps back behind others.
    pub nice: Option<i64>,
    /// Tasks that run at the same time, at most.
    pub tasks_at_once: Option<u32>,
    /// Populations that each trains; as many as it has jobs if left out.
    pub populations_per_task: Option<u32>,
    /// Whether a task that comes near its time limit goes back to the queue.
    pub requeue: bool,
    /// How often, at most.
    pub restarts_at_most: u32,
    /// Seconds before the time limit at which it stops training.
    pub warning_seconds: u32,
    /// Further options of `sbatch`, without their dashes; `true` for those without a value.
    pub options: BTreeMap<String, Setting>,
    /// Lines of bash before the program: modules, environment.
    pub setup: Vec<String>,
}

/// The value of an option of `sbatch`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "text, a whole number, or true for an option without a value")]
pub enum Setting {
    /// It is given, without a value.
    Given(bool),
    /// A number.
    Number(i64),
    /// Text.
    Text(String),
}

/// Text; a number is text too, as the names of accounts may be.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "account, partition, qos, gres and memory are text or a number each, no list and no map"
    )]
    enum Scalar {
        Number(u64),
        Text(String),
    }
    Ok(Option::<Scalar>::deserialize(deserializer)?.map(|scalar| match scalar {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text,
    }))
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            account: None,
            partition: None,
            qos: None,
            gres: None,
            cpus_per_task: None,
            memory: None,
            time: None,
            time_factor: 3.0,
            time_at_least: TimeLimit::minutes(15),
            nice: None,
            tasks_at_once: None,
            populations_per_task: None,
            requeue: true,
            restarts_at_most: 20,
            warning_seconds: 60,
            options: BTreeMap::new(),
            setup: Vec::new(),
        }
    }
}

/// Characters of a value and of a line, at most.
const LONGEST_VALUE: usize = 200;
const LONGEST_LINE: usize = 1000;

/// Options that have a key of their own, or that are decided here. `sbatch` takes the beginning of an option for the whole.
const DECIDED: [(&str, &str); 30] = [
    ("account", "has a key of its own"),
    ("partition", "has a key of its own"),
    ("qos", "has a key of its own"),
    ("gres", "has a key of its own"),
    ("cpus-per-task", "has the key cpus_per_task"),
    ("mem", "has the key memory"),
    ("time", "has a key of its own"),
    ("nice", "has a key of its own"),
    ("array", "is the number of populations; see tasks_at_once and populations_per_task"),
    ("requeue", "has a key of its own"),
    (
        "no-requeue",
        "is left out: what Slurm starts again goes on from its checkpoint; requeue: false keeps a task from asking for it",
    ),
    ("signal", "has the key warning_seconds"),
    ("job-name", "is the study"),
    ("output", "is a file in the store"),
    ("error", "is a file in the store"),
    ("input", "is empty"),
    ("open-mode", "is append, so that a task that was started anew keeps its log"),
    ("nodes", "is 1: a population trains on one machine"),
    ("ntasks", "is 1: a population trains on one machine"),
    ("parsable", "is given already"),
    ("wrap", "would replace the script"),
    ("batch", "would replace the script"),
    ("wait", "would hold the command line"),
    ("test-only", "would submit nothing; use --dry-run"),
    ("clusters", "is not supported: a store belongs to one cluster"),
    ("help", "would submit nothing"),
    ("usage", "would submit nothing"),
    ("version", "would submit nothing"),
    ("quiet", "hides what has to be read"),
    ("verbose", "hides what has to be read"),
];

impl Cluster {
    /// Reads `file`, or `executors/slurm.yaml` of the configurations if there is one, or takes the defaults.
    ///
    /// # Errors
    /// If a file cannot be used: with its name, the key and what is accepted.
    pub fn read(configs: &Configs, file: Option<&Path>) -> Result<Self, ConfigError> {
        // A file of almost that name (`slurm.yml`, `Slurm.yaml`) is said and not passed over.
        let usual = configs.find("executors", "slurm");
        let source = match (file, &usual) {
            (Some(file), _) => ConfigSource::File(file.into()),
            (None, Some(usual)) => usual.usable()?.clone(),
            (None, None) => return Ok(Self::default()),
        };
        let (cluster, _): (Self, String) = reader::read(&source, reader::WRITTEN)?;
        cluster.check(&source.to_string())?;
        Ok(cluster)
    }

    fn check(&self, file: &str) -> Result<(), ConfigError> {
        let refuse = |key: &str, message: String| Err(ConfigError::new(file, format!("{key}: {message}")));
        let words = [
            ("account", &self.account),
            ("partition", &self.partition),
            ("qos", &self.qos),
            ("gres", &self.gres),
            ("memory", &self.memory),
        ];
        for (key, word) in words {
            if let Some(problem) = word.as_deref().and_then(unusable) {
                return refuse(key, problem);
            }
        }
        if let Some(memory) = self.memory.as_deref().filter(|memory| !is_memory(memory)) {
            return refuse(
                "memory",
                format!("{memory:?} is no size; accepted: a number and K, M, G or T, say 4G"),
            );
        }
        let ranges = [
            ("cpus_per_task", self.cpus_per_task.map(i64::from), 1, 4096),
            ("nice", self.nice, -2_147_483_645, 2_147_483_645),
            ("tasks_at_once", self.tasks_at_once.map(i64::from), 1, 100_000),
            ("populations_per_task", self.populations_per_task.map(i64::from), 1, 100_000),
            ("restarts_at_most", Some(self.restarts_at_most.into()), 0, 1000),
            ("warning_seconds", Some(self.warning_seconds.into()), 1, 3600),
        ];
        for (key, value, least, most) in ranges {
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                return refuse(key, format!("{value} is not usable; accepted: {least} to {most}"));
            }
        }
        if !(1.0..=100.0).contains(&self.time_factor) {
            return refuse("time_factor", format!("{} is not usable; accepted: 1 to 100", self.time_factor));
        }
        for (name, setting) in &self.options {
            let key = format!("options: {name:?}");
            if !is_option(name) {
                return refuse(&key, "is no option of sbatch; accepted: its name in small letters without the dashes before it".into());
            }
            if let Some((decided, why)) =
                DECIDED.iter().find(|(decided, _)| decided.starts_with(name.as_str()))
            {
                return refuse(&key, format!("--{decided} {why}"));
            }
            match setting {
                Setting::Given(false) => {
                    return refuse(&key, "false means nothing to sbatch; leave the option out".into());
                }
                Setting::Text(text) => {
                    if let Some(problem) = unusable(text) {
                        return refuse(&key, problem);
                    }
                }
                Setting::Given(true) | Setting::Number(_) => {}
            }
        }
        for line in &self.setup {
            if let Some(problem) = unusable_line(line) {
                return refuse("setup", format!("{line:?} {problem}"));
            }
        }
        Ok(())
    }

    /// The options as `sbatch` reads them at the top of a script: one a line, none of which can hold another.
    pub(crate) fn directives(&self) -> Vec<String> {
        let own = [
            ("account", self.account.clone()),
            ("partition", self.partition.clone()),
            ("qos", self.qos.clone()),
            ("gres", self.gres.clone()),
            ("mem", self.memory.clone()),
            ("nice", self.nice.map(|nice| nice.to_string())),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some(directive(name, &value?)));
        let options = self.options.iter().map(|(name, setting)| match setting {
            Setting::Given(_) => format!("#SBATCH --{name}"),
            Setting::Number(number) => directive(name, &number.to_string()),
            Setting::Text(text) => directive(name, text),
        });
        own.chain(options).collect()
    }
}

/// One option at the top of a script.
pub(crate) fn directive(name: &str, value: &str) -> String {
    format!("#SBATCH --{name}=\"{value}\"")
}

/// Why a value cannot stand between double quotes in a directive.
fn unusable(text: &str) -> Option<String> {
    let usable = |b: u8| b.is_ascii_alphanumeric() || b"-_.,:=/+@%*()[]|&!~ ".contains(&b);
    let good = !text.trim().is_empty() && text.len() <= LONGEST_VALUE && text.bytes().all(usable);
    let shown: String = text.chars().take(LONGEST_VALUE).collect();
    (!good).then(|| {
        format!("{shown:?} cannot be handed to sbatch; accepted: letters, digits, spaces and -_.,:=/+@%*()[]|&!~, at most {LONGEST_VALUE} characters")
    })
}

/// Why a line cannot stand in the script.
fn unusable_line(line: &str) -> Option<String> {
    if line.trim().is_empty() || line.len() > LONGEST_LINE {
        return Some(format!("is not usable; accepted: 1 to {LONGEST_LINE} characters"));
    }
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Some(
            "holds a line break or another control character; give every line as an item of its own".into(),
        );
    }
    if line.trim_end().ends_with('\\') {
        return Some(
            "ends with a backslash, which would join the next line to it; write it as one line".into(),
        );
    }
    // What bash itself says of it. Where there is none, nothing can be submitted either.
    let bash =
        Command::new("bash").args(["-n", "-c", line]).stdin(Stdio::null()).stdout(Stdio::null()).output();
    let output = bash.ok().filter(|output| !output.status.success() || !output.stderr.is_empty())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it cannot be read").trim().to_owned();
    Some(format!("is not a whole command of bash: {said}"))
}

fn is_memory(text: &str) -> bool {
    let number = text.strip_suffix(['K', 'M', 'G', 'T']).unwrap_or(text);
    !number.is_empty()
        && number.len() <= 9
        && number.bytes().all(|b| b.is_ascii_digit())
        && number.bytes().any(|b| b != b'0')
}

fn is_option(name: &str) -> bool {
    name.len() > 1
        && name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests;
