use super::*;

fn read(yaml: &str) -> Result<Cluster, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("studies")).unwrap();
    let configs = Configs::open(folder.path(), catalogue::ALL).unwrap();
    let file = folder.path().join("mine.yaml");
    std::fs::write(&file, yaml).unwrap();
    Cluster::read(&configs, Some(&file)).map_err(|e| e.to_string())
}

/// A file that is almost called so was meant.
#[test]
fn the_usual_file_is_found_or_its_name_is_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let executors = folder.path().join("executors");
    std::fs::create_dir_all(folder.path().join("studies")).unwrap();
    std::fs::create_dir_all(&executors).unwrap();
    let configs = Configs::open(folder.path(), catalogue::ALL).unwrap();
    assert_eq!(Cluster::read(&configs, None).unwrap(), Cluster::default());
    std::fs::write(executors.join("slurm.yml"), "account: \"4711\"").unwrap();
    let message = Cluster::read(&configs, None).unwrap_err().to_string();
    assert!(message.contains("slurm.yml"), "{message}");
    std::fs::rename(executors.join("slurm.yml"), executors.join("slurm.yaml")).unwrap();
    assert_eq!(Cluster::read(&configs, None).unwrap().account.as_deref(), Some("4711"));
}

#[test]
fn what_is_given_becomes_one_directive_each() {
    let cluster = read(
        "account: 4711\npartition: long,short\ngres: gpu:1\nmemory: 4G\nnice: 100\n\
         options: {constraint: \"avx512&fast\", exclusive: true, mail-type: END, priority: 7}\nsetup: [module load cuda/12.4]",
    )
    .unwrap();
    let expected = [
        "#SBATCH --account=\"4711\"",
        "#SBATCH --partition=\"long,short\"",
        "#SBATCH --gres=\"gpu:1\"",
        "#SBATCH --mem=\"4G\"",
        "#SBATCH --nice=\"100\"",
        "#SBATCH --constraint=\"avx512&fast\"",
        "#SBATCH --exclusive",
        "#SBATCH --mail-type=\"END\"",
        "#SBATCH --priority=\"7\"",
    ];
    assert_eq!(cluster.directives(), expected);
    assert_eq!(cluster.setup, ["module load cuda/12.4"]);
    assert!(Cluster::default().directives().is_empty());
}

#[test]
fn what_could_mean_something_else_is_refused_with_its_key() {
    for (yaml, expected) in [
        ("acount: a", "unknown field `acount`"),
        ("account: \"a\\n#SBATCH --uid=0\"", "account: \"a\\n#SBATCH --uid=0\" cannot be handed to sbatch"),
        ("partition: 'a\" --wrap=\"x'", "partition"),
        ("qos: \"a\\\\\"", "qos"),
        ("gres: $(id)", "gres"),
        ("account: \"\"", "account"),
        ("account: \"\\u001b[31m\"", "account"),
        ("account: [a]", "account"),
        ("memory: 4 GB", "a number and K, M, G or T"),
        ("memory: 0G", "memory"),
        ("cpus_per_task: 0", "cpus_per_task: 0 is not usable; accepted: 1 to 4096"),
        ("cpus_per_task: -1", "cpus_per_task"),
        ("tasks_at_once: 0", "tasks_at_once"),
        ("populations_per_task: 0", "populations_per_task"),
        ("warning_seconds: 0", "warning_seconds"),
        ("restarts_at_most: 1001", "restarts_at_most"),
        ("nice: 99999999999", "nice"),
        ("time_factor: 0.5", "time_factor: 0.5 is not usable; accepted: 1 to 100"),
        ("time_factor: .nan", "time_factor"),
        ("time: tomorrow", "accepted: minutes, or text like"),
        ("time: 0", "no time limit"),
        ("requeue: maybe", "requeue"),
        ("options: {array: 0-9}", "tasks_at_once"),
        ("options: {arr: 0-9}", "--array is the number of populations"),
        ("options: {wrap: id}", "replace the script"),
        ("options: {\"--exclusive\": true}", "without the dashes"),
        ("options: {\"x y\": 1}", "no option of sbatch"),
        ("options: {a: b}", "no option of sbatch"),
        ("options: {comment: \"a\\nb\"}", "comment"),
        ("options: {exclusive: false}", "leave the option out"),
        ("setup: [\"module load a\\nrm -rf b\"]", "an item of its own"),
        ("setup: [\"module load \\\\\"]", "backslash"),
        ("setup: ['echo \"']", "not a whole command of bash"),
        ("setup: ['if true; then']", "not a whole command of bash"),
        ("setup: ['cat <<END']", "not a whole command of bash"),
        ("setup: [\"\"]", "setup"),
        ("setup: module load a", "setup"),
    ] {
        let message = read(yaml).unwrap_err();
        assert!(message.contains("mine.yaml") && message.contains(expected), "{yaml}: {message}");
    }
}

#[test]
fn nothing_given_is_fine_and_a_missing_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("studies")).unwrap();
    let configs = Configs::open(folder.path(), catalogue::ALL).unwrap();
    assert_eq!(Cluster::read(&configs, None).unwrap(), Cluster::default());
    assert_eq!(read("requeue: true").unwrap(), Cluster::default());
    let missing = Cluster::read(&configs, Some(Path::new("nowhere.yaml"))).unwrap_err().to_string();
    assert!(missing.contains("nowhere.yaml") && missing.contains("cannot be read"), "{missing}");
}

#[test]
fn the_documented_example_is_accepted_as_it_is_and_with_every_line_switched_on() {
    let configs =
        Configs::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs"), catalogue::ALL).unwrap();
    Cluster::read(&configs, None).unwrap();
    let text = std::fs::read_to_string(configs.root().join("executors/slurm.yaml")).unwrap();
    // A setting that is not on stands behind `# ` and begins with its key; remarks are behind `## `.
    let on: String =
        text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
    let cluster = read(&on).unwrap();
    assert_ne!(cluster, Cluster::default());
    assert!(
        cluster.account.is_some() && !cluster.options.is_empty() && !cluster.setup.is_empty(),
        "{cluster:?}"
    );
}
