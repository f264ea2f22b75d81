//! The script of a job array.

use super::cluster::directive;
use super::{Array, Cluster, SlurmError, TimeLimit, quote};
use records::Name;
use std::path::Path;

/// What the tasks share: how Slurm's signals reach the program, and the way back to the queue.
const FUNCTIONS: &str = include_str!("functions.sh");

/// Everything that a job array is told.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The study's name, as a file name can hold it.
    pub name: &'a Name,
    /// Folder of the submission, where logs go.
    pub folder: &'a Path,
    /// Its shape.
    pub array: Array,
    /// Time limit of a task.
    pub limit: TimeLimit,
    /// Cores of a task.
    pub cores: usize,
    /// What the cluster wants to be told.
    pub cluster: &'a Cluster,
    /// The program of a task and its arguments.
    pub command: &'a [String],
}

impl Script<'_> {
    /// The text for `sbatch`.
    ///
    /// # Errors
    /// If the folder's path cannot stand in it.
    pub fn text(&self) -> Result<String, SlurmError> {
        let Self { name, folder, array, limit, cores, cluster, command } = *self;
        let path = quote::text_of(folder)?;
        let at_once = array.at_once.map(|n| format!("%{n}")).unwrap_or_default();
        let directives = [
            ("job-name", format!("inna-bench-{name}")),
            ("array", format!("0-{}{at_once}", array.tasks - 1)),
            ("nodes", "1".into()),
            ("ntasks", "1".into()),
            ("cpus-per-task", cores.to_string()),
            ("time", limit.to_string()),
            ("output", format!("{}/%A_%a.out", quote::pattern(path))),
            ("open-mode", "append".into()),
            ("signal", format!("B:USR1@{}", cluster.warning_seconds)),
        ];
        let directives = directives.iter().map(|(name, value)| directive(name, value));
        // A task whose node is lost or taken away goes back to the queue, whatever the cluster's habit.
        let lines =
            ["#!/bin/bash".to_owned()].into_iter().chain(directives).chain(["#SBATCH --requeue".to_owned()]);
        let lines = lines.chain(cluster.directives());
        let mut text = lines.map(|line| line + "\n").collect::<String>();
        text += "\n";
        text += FUNCTIONS;
        text += &format!(
            "\nrequeue={}\nrestarts_at_most={}\n\n",
            if cluster.requeue { "yes" } else { "no" },
            cluster.restarts_at_most
        );
        for line in &cluster.setup {
            text += &format!("{line}\nmust_succeed $? {}\n", quote::word(line));
        }
        let words: Vec<String> = command.iter().map(|word| quote::word(word)).collect();
        text += &format!("train {}\n", words.join(" "));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Output};

    fn script(cluster: &Cluster, folder: &Path, command: &[&str]) -> Result<String, SlurmError> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let name = Name::new("quick").unwrap();
        let array = Array { tasks: 5, populations_per_task: 1, at_once: cluster.tasks_at_once };
        let limit = TimeLimit::minutes(15);
        Script { name: &name, folder, array, limit, cores: 2, cluster, command: &command }.text()
    }

    /// Runs a script as Slurm would, without Slurm; `extra` goes before it.
    fn bash(text: &str, extra: &str) -> Output {
        Command::new("bash").arg("-c").arg(format!("{extra}\n{text}")).output().unwrap()
    }

    #[test]
    fn directives_come_first_and_the_program_last() {
        let cluster = Cluster {
            account: Some("4711".into()),
            tasks_at_once: Some(3),
            setup: vec!["module load it's".into()],
            ..Cluster::default()
        };
        let text =
            script(&cluster, Path::new("/a b/100%/quick-1"), &["/bin/inna bench", "run", "quick"]).unwrap();
        let top: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert_eq!(
            top[..12],
            [
                "#!/bin/bash",
                "#SBATCH --job-name=\"inna-bench-quick\"",
                "#SBATCH --array=\"0-4%3\"",
                "#SBATCH --nodes=\"1\"",
                "#SBATCH --ntasks=\"1\"",
                "#SBATCH --cpus-per-task=\"2\"",
                "#SBATCH --time=\"00:15:00\"",
                "#SBATCH --output=\"/a b/100%%/quick-1/%A_%a.out\"",
                "#SBATCH --open-mode=\"append\"",
                "#SBATCH --signal=\"B:USR1@60\"",
                "#SBATCH --requeue",
                "#SBATCH --account=\"4711\"",
            ]
        );
        assert!(text.contains("module load it's\nmust_succeed $? 'module load it'\\''s'\n"), "{text}");
        assert!(text.ends_with("train '/bin/inna bench' run quick\n"), "{text}");
        assert!(script(&cluster, Path::new("/a\"b"), &["x"]).is_err());
    }

    #[test]
    fn a_task_ends_as_the_program_does_and_gets_its_words_unchanged() {
        let cluster = Cluster { setup: vec!["export GREETING='a  b'".into()], ..Cluster::default() };
        let folder = Path::new("/tmp");
        let show = "printf '<%s>' \"$GREETING\" \"$@\"; exit 7";
        let text = script(&cluster, folder, &["bash", "-c", show, "bash", "$HOME", "it's"]).unwrap();
        let output = bash(&text, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains("<a  b><$HOME><it's>") && said.contains("task ended with status 7"), "{said}");
        assert!(bash(&script(&cluster, folder, &["true"]).unwrap(), "").status.success());
    }

    #[test]
    fn a_set_up_that_fails_ends_the_task_before_the_program() {
        let cluster = Cluster { setup: vec!["(exit 3)".into()], ..Cluster::default() };
        let output = bash(&script(&cluster, Path::new("/tmp"), &["echo", "trained"]).unwrap(), "");
        let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(3));
        assert!(!said.contains("trained") && why.contains("`(exit 3)` ended with status 3"), "{said}{why}");
    }

    /// A program that ends with 130 when it is told to stop, and signals its parent, as Slurm does, once it is ready.
    fn stopped(cluster: &Cluster, signal: &str, restarts: u32) -> String {
        signalled(cluster, "trap 'sleep 0.2; echo stopping; exit 130' TERM;", signal, restarts)
    }

    fn signalled(cluster: &Cluster, listen: &str, signal: &str, restarts: u32) -> String {
        let program = format!("{listen} kill -{signal} $PPID; while :; do sleep 0.05; done");
        let text = script(cluster, Path::new("/tmp"), &["bash", "-c", &program]).unwrap();
        let slurm = format!(
            "scontrol() {{ echo \"asked: $*\"; }}; SLURM_ARRAY_JOB_ID=12 SLURM_ARRAY_TASK_ID=3 SLURM_RESTART_COUNT={restarts}"
        );
        let output = bash(&text, &slurm);
        format!("{}status {:?}", String::from_utf8_lossy(&output.stdout), output.status.code())
    }

    #[test]
    fn the_status_of_a_program_that_ends_with_the_signal_is_not_lost() {
        // `scancel` signals the program too, which can be gone before bash hears of either.
        let program = "trap '' TERM; kill -TERM 0; exit 7";
        let text = script(&Cluster::default(), Path::new("/tmp"), &["bash", "-c", program]).unwrap();
        for _ in 0..20 {
            let task = Command::new("setsid").args(["--wait", "bash", "-c", &text]).output().unwrap();
            let said = String::from_utf8_lossy(&task.stdout).into_owned();
            assert!(said.ends_with("task ended with status 7\n"), "{said}");
            assert_eq!(String::from_utf8_lossy(&task.stderr), "");
        }
    }

    #[test]
    fn near_its_limit_a_task_goes_back_to_the_queue_but_one_that_is_unwanted_does_not() {
        let cluster = Cluster { restarts_at_most: 2, ..Cluster::default() };
        let near = stopped(&cluster, "USR1", 1);
        assert!(
            near.contains("stopping")
                && near.contains("asked: requeue 12_3")
                && near.ends_with("status Some(0)"),
            "{near}"
        );
        let unwanted = stopped(&cluster, "TERM", 0);
        assert!(unwanted.contains("stopping") && !unwanted.contains("asked"), "{unwanted}");
        assert!(
            unwanted.contains("task ended with status 130") && unwanted.ends_with("status Some(130)"),
            "{unwanted}"
        );
        let often = stopped(&cluster, "USR1", 2);
        assert!(!often.contains("asked") && often.contains("started anew 2 times"), "{often}");
        let never = stopped(&Cluster { requeue: false, ..Cluster::default() }, "USR1", 0);
        assert!(!never.contains("asked") && never.ends_with("status Some(130)"), "{never}");
    }

    #[test]
    fn a_program_that_is_told_to_end_before_it_listens_has_been_stopped_too() {
        let near = signalled(&Cluster::default(), "", "USR1", 0);
        assert!(near.contains("asked: requeue 12_3") && near.ends_with("status Some(0)"), "{near}");
        let unwanted = signalled(&Cluster::default(), "", "TERM", 0);
        assert!(!unwanted.contains("asked") && unwanted.ends_with("status Some(130)"), "{unwanted}");
    }
}
