//! `inna-bench submit`.

use super::plan::remarks;
use super::staleness::{stale, usable};
use crate::Ending;
use crate::arguments::{Device, Places, Submit};
use crate::printed;
use crate::surroundings::{code, duration};
use crate::terminal;
use anyhow::{Context, Result, bail};
use harness::slurm::{
    self, Array, Cluster, Lack, Script, SlurmError, State, Submission, Submissions, Submitted, TimeLimit,
};
use harness::{Compute, Estimate, Limits, Plan, is_study_file};
use records::text::count;
use records::{Name, Store};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What MaxArraySize is where nobody has changed it.
const USUAL_LARGEST_ARRAY: u32 = 1001;

/// How a task shares out its cores.
#[derive(Clone, Copy)]
struct Share {
    cores: usize,
    jobs: u16,
    threads: usize,
}

pub(crate) fn run(places: &Places, arguments: &Submit) -> Result<Ending> {
    arguments.machine.check()?;
    let cluster = Cluster::read(&places.configs()?, arguments.cluster.as_deref())?;
    let share = Share::new(arguments, &cluster)?;
    if !arguments.dry_run {
        slurm::installed()?;
    }
    let command = command(places, arguments, share)?;
    let mut plan = places.plan(&arguments.study, &arguments.size, arguments.json)?;
    let name = Submissions::name(&plan.manifest.study)?;
    let store = places.store();
    plan.adopt(&store)?;
    // Read now: what is damaged has to be trained again, and counts as missing.
    let survey = store.survey_ends(&plan.manifest.runs)?;
    if !arguments.json {
        let stale = stale(&survey, &code(), &arguments.staleness);
        remarks(&survey, &store).into_iter().chain(stale).for_each(terminal::say);
    }
    let there = usable(&survey, &code(), &arguments.staleness);
    let compute = compute(arguments, &cluster)?;
    if let Some(compute) = &compute {
        compute.check(&plan)?;
    }
    let replicas = arguments.machine.replicas.map(usize::from);
    let lack = Lack::new(&plan, &there, compute.as_ref(), replicas)?;
    let submissions = Submissions::of(&store);
    let study = study_key(&arguments.study)?;
    let busy = if arguments.dry_run { 0 } else { busy(&submissions.read(&study)?, &command)? };
    if lack.populations <= busy {
        return nothing(lack, &store, arguments.json);
    }
    let most = match slurm::largest_array() {
        // A script can be looked at anywhere.
        Err(_) if arguments.dry_run => USUAL_LARGEST_ARRAY,
        size => size?,
    };
    let jobs = share.jobs.into();
    let array = Array::new(lack.populations - busy, jobs, &cluster, most);
    let limit = match cluster.time {
        Some(limit) => limit,
        None => array.limit(population_s(&plan, &there, share, replicas, compute.as_ref())?, jobs, &cluster),
    };
    let command = [command, vec!["--populations".into(), array.populations_per_task.to_string()]].concat();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
    let folder = PathBuf::from(slurm::absolute(&submissions.folder(&name, now))?);
    let (name, folder, command) = (&name, &folder, &command);
    let script =
        Script { name, folder, array, limit, cores: share.cores, cluster: &cluster, command }.text()?;
    if arguments.dry_run {
        let mut out = terminal::stdout();
        match arguments.json {
            true => writeln!(out, "{}", terminal::json(&plan_of(array, limit, command, script))?)?,
            false => write!(out, "{script}")?,
        }
        return Ok(Ending::Done);
    }
    let Submitted { job, cluster } =
        slurm::submit(&submissions.begin(folder, &script)?).inspect_err(|_| {
            // Nothing came of it: the error that matters is the one being returned.
            let _ = std::fs::remove_dir_all(folder);
        })?;
    let submission = Submission {
        study,
        job,
        cluster,
        submitted_unix_s: now,
        tasks: array.tasks,
        tasks_at_once: array.at_once,
        populations_per_task: array.populations_per_task,
        runs_per_population: lack.largest,
        time_limit: limit,
        scale: arguments.size.scale(),
        command: command.clone(),
    };
    submissions.record(folder, &submission).with_context(|| format!("job {job} was submitted"))?;
    say(&submission, folder, arguments)
}

/// Says that every missing run has its task, or that none is missing.
fn nothing(lack: Lack, store: &Store, as_json: bool) -> Result<Ending> {
    let Lack { planned, runs, .. } = lack;
    let (stored, store) = (planned - runs, store.root().display());
    let mut out = terminal::stdout();
    if as_json {
        let value = printed::Submitted::Nothing(printed::Nothing { job: (), tasks: 0, planned, stored });
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    match runs {
        0 => writeln!(out, "All {planned} runs are in {store}: nothing to submit.")?,
        _ => writeln!(
            out,
            "{stored} of {planned} runs are in {store}; tasks for the rest run or wait already: nothing to submit."
        )?,
    }
    Ok(Ending::Done)
}

/// What would be submitted, as data: the names are those of what was.
fn plan_of(array: Array, limit: TimeLimit, command: &[String], script: String) -> printed::Submitted {
    printed::Submitted::Array(printed::Array {
        job: (),
        tasks: array.tasks,
        tasks_at_once: array.at_once,
        populations_per_task: array.populations_per_task,
        time_limit: limit.to_string(),
        command: command.to_vec(),
        script,
    })
}

/// Says what was submitted.
fn say(submission: &Submission, folder: &Path, arguments: &Submit) -> Result<Ending> {
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(&printed::Submitted::Job(submission.clone()))?)?;
        return Ok(Ending::Done);
    }
    let Submission { job, tasks, time_limit, .. } = submission;
    let tasks = count((*tasks).try_into()?, "task");
    writeln!(out, "Submitted job {job}: {tasks}, each at most {time_limit}.")?;
    writeln!(out, "Script and logs: {}", folder.display())?;
    writeln!(out, "How far it is: inna-bench status {}", arguments.study)?;
    Ok(Ending::Done)
}

impl Share {
    /// From what was asked for and what the cluster gives; one thing decides the others.
    fn new(arguments: &Submit, cluster: &Cluster) -> Result<Self> {
        let machine = &arguments.machine;
        let cores = cluster.cpus_per_task.map(usize::try_from).transpose()?;
        let jobs = machine.jobs.unwrap_or(1);
        let threads = match (machine.threads, cores) {
            (Some(threads), _) => threads.into(),
            (None, Some(cores)) => (cores / usize::from(jobs)).max(1),
            (None, None) => 1,
        };
        let wanted = usize::from(jobs) * threads;
        let cores = cores.unwrap_or(wanted);
        if wanted > cores {
            bail!(
                "{jobs} jobs of {threads} threads need {wanted} cores, and cpus_per_task is {cores}; raise it, or lower --jobs or --threads"
            );
        }
        Ok(Self { cores, jobs, threads })
    }
}

/// What the training is timed and its populations are measured on. A login node may lack the device: then nothing may be left that
/// depends on it.
fn compute(arguments: &Submit, cluster: &Cluster) -> Result<Option<Compute>> {
    let device = arguments.machine.device;
    match arguments.machine.open() {
        Ok(compute) => Ok(Some(compute)),
        // The processor is always there: it is the arguments that cannot be used.
        Err(error) if device == Device::Cpu => Err(error),
        Err(_) if cluster.time.is_some() && arguments.machine.replicas.is_some() => Ok(None),
        Err(error) => {
            Err(SlurmError::Untimed { device: device.name().into(), reason: crate::message(&error) }.into())
        }
    }
}

/// Seconds that the longest population is expected to take.
fn population_s(
    plan: &Plan,
    there: &BTreeSet<(Name, Name)>,
    share: Share,
    replicas: Option<usize>,
    compute: Option<&Compute>,
) -> Result<f64> {
    let Some(compute) = compute else { bail!("a time limit is needed where nothing can be timed") };
    let limits = Limits { jobs: 1, threads: share.threads, replicas, populations: None };
    let estimate = Estimate::new(plan, there, limits, compute)?;
    terminal::say(format_args!(
        "The longest population is expected to take {}.",
        duration(estimate.population_s)
    ));
    Ok(estimate.population_s)
}

/// Populations that tasks of earlier submissions of the same command will still take.
fn busy(earlier: &[(PathBuf, Submission)], command: &[String]) -> Result<usize> {
    let same: Vec<&Submission> =
        earlier.iter().map(|(_, submission)| submission).filter(|s| s.command.starts_with(command)).collect();
    if same.is_empty() {
        return Ok(0);
    }
    let jobs: Vec<u64> = same.iter().map(|submission| submission.job).collect();
    let queue = slurm::queue(&jobs)?;
    let mut populations = 0;
    for submission in same {
        let tasks = queue.iter().filter(|((job, _), task)| {
            *job == submission.job && matches!(task.kind(), State::Running | State::Waiting)
        });
        populations += tasks.count() * usize::try_from(submission.populations_per_task)?;
    }
    Ok(populations)
}

/// What every task calls, but for how many populations it takes: wherever it starts, it finds the same files.
fn command(places: &Places, arguments: &Submit, share: Share) -> Result<Vec<String>> {
    let Submit { size, machine, .. } = arguments;
    let program = std::env::current_exe().context("finding this program, which the tasks will call")?;
    let mut words = vec![slurm::absolute(&program)?, "run".into(), study_key(&arguments.study)?];
    let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
    for task in &size.tasks {
        add("--task", task.clone());
    }
    let numbers = [
        ("--seeds", size.seeds),
        ("--epochs", size.epochs.map(u64::from)),
        ("--per-class", size.per_class.map(u64::from)),
        ("--replicas", machine.replicas.map(u64::from)),
        ("--device-memory", machine.device_memory.map(u64::from)),
        ("--checkpoint-every", Some(arguments.checkpoint_every.into())),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            add(name, number.to_string());
        }
    }
    add("--device", machine.device.name().into());
    if machine.device == Device::Cpu {
        add("--jobs", share.jobs.to_string());
        add("--threads", share.threads.to_string());
    }
    add("--store", slurm::absolute(places.store_folder())?);
    add("--data", slurm::absolute(places.data_folder())?);
    if let Some(folder) = places.configs_folder() {
        add("--configs", slurm::absolute(&folder)?);
    }
    if arguments.staleness.keep_stale {
        words.push("--keep-stale".into());
    }
    Ok(words)
}

/// The study as it is called from anywhere: its name, or its file's absolute path.
pub(crate) fn study_key(study: &str) -> Result<String> {
    Ok(if is_study_file(study) { slurm::absolute(Path::new(study))? } else { study.to_owned() })
}
