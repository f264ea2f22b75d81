//! `inna-bench new`.

use crate::Ending;
use crate::arguments::{New, NewOptimizer, NewStudy, NewWhat, Places};
use crate::surroundings::built_in;
use crate::terminal;
use anyhow::{Context, Result, bail};
use harness::{Configs, OptimizerFiles};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FORMULA: &str = include_str!("../../templates/formula.yaml");
const STUDY: &str = include_str!("../../templates/study.yaml");
const MANIFEST: &str = include_str!("../../templates/Cargo.toml.txt");
const ELEMENTWISE: [&str; 2] = [
    include_str!("../../templates/elementwise.rs.txt"),
    include_str!("../../templates/elementwise-test.rs.txt"),
];
const MATRIX: [&str; 2] =
    [include_str!("../../templates/matrix.rs.txt"), include_str!("../../templates/matrix-test.rs.txt")];

pub(crate) fn run(places: &Places, arguments: &New) -> Result<Ending> {
    let optimizer = match &arguments.what {
        NewWhat::Study(study) => return self::study(places, study),
        NewWhat::Optimizer(optimizer) => optimizer,
    };
    check_name(&optimizer.name)?;
    match optimizer {
        NewOptimizer { matrix: true, .. } => crate_of(optimizer, MATRIX, &dependency("adam")),
        NewOptimizer { in_rust: true, .. } => crate_of(optimizer, ELEMENTWISE, ""),
        _ => formula(places, optimizer),
    }
}

/// Letters that folders, crates and symbols may all have.
fn check_letters(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.ends_with('-')
    {
        bail!("`{name}`: a name is made of small letters, digits and -, a letter first");
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    check_letters(name)?;
    if catalogue::ALL.find(name).is_some() {
        bail!("there is an optimizer `{name}` already; choose another name, or change optimizers/{name}");
    }
    // What the workspace or Rust calls something else.
    let taken: BTreeSet<&str> = [
        "rule",
        "catalogue",
        "inna-optim",
        "kernels",
        "models",
        "streams",
        "cuda",
        "double",
        "data",
        "records",
        "harness",
        "reports",
        "stats",
        "theory",
        "benches",
        "training",
        "packages",
        "test",
        "core",
        "std",
        "alloc",
        "as",
        "async",
        "await",
        "break",
        "const",
        "continue",
        "crate",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "match",
        "mod",
        "move",
        "mut",
        "pub",
        "ref",
        "return",
        "self",
        "static",
        "struct",
        "super",
        "trait",
        "true",
        "type",
        "unsafe",
        "use",
        "where",
        "while",
        "abstract",
        "become",
        "box",
        "do",
        "final",
        "macro",
        "override",
        "priv",
        "try",
        "typeof",
        "unsized",
        "virtual",
        "yield",
    ]
    .into();
    if taken.contains(name) || harness::TAKEN.contains(&name) {
        bail!("`{name}` is the name of something else here; choose another one");
    }
    Ok(())
}

/// A template with the optimizer's names.
fn filled(template: &str, name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        })
        .collect();
    template
        .replace("@NAME@", name)
        .replace("@MODULE@", &name.replace('-', "_"))
        .replace("@TYPE@", &words.concat())
        .replace("@TITLE@", &words.join(" "))
}

/// Writes a file that is not there yet.
fn write(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    if path.exists() {
        bail!("{shown} is there already; choose another name, or remove it");
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {shown}"))
}

/// Where new configurations go.
fn folder(places: &Places) -> PathBuf {
    places.configs_folder().unwrap_or_else(|| "configs".into())
}

fn study(places: &Places, study: &NewStudy) -> Result<Ending> {
    let name = &study.name;
    check_letters(name)?;
    // A folder that is yet to be made has none.
    let known = match places.configs_folder() {
        Some(folder) if !folder.exists() => Configs::built_in(built_in::FILES, catalogue::ALL),
        _ => places.configs()?,
    };
    if known.listing("studies").iter().any(|there| there.name == *name) {
        bail!("there is a study `{name}` already; choose another name");
    }
    let mut asked: Vec<&str> =
        study.optimizer.iter().map(String::as_str).filter(|name| *name != "adam").collect();
    let mut seen = BTreeSet::new();
    asked.retain(|name| seen.insert(*name));
    if asked.is_empty() {
        asked.push("sgd");
    }
    let files = OptimizerFiles::read(&known)?;
    let mut entries = vec!["      - {optimizer: adam, hyper: {learning_rate: 0.001}}".to_owned()];
    for optimizer in asked {
        let method = files.parse(optimizer, &serde_json::Value::Null)?;
        let rate = method.learning_rate();
        entries.push(format!("      - {{optimizer: {optimizer}, hyper: {{learning_rate: {rate}}}}}"));
    }
    let path = folder(places).join("studies").join(format!("{name}.yaml"));
    write(&path, &filled(STUDY, name).replace("@ENTRIES@", &entries.join("\n")))?;
    let mut out = terminal::stdout();
    writeln!(out, "{} is a study; change what it compares. Then:", path.display())?;
    for (verb, what) in
        [("plan", "what it trains, and for how long"), ("run", "trains it"), ("report", "its pages")]
    {
        writeln!(out, "  {:<58} {what}", format!("inna-bench {verb} {name}"))?;
    }
    Ok(Ending::Done)
}

fn formula(places: &Places, optimizer: &NewOptimizer) -> Result<Ending> {
    let name = &optimizer.name;
    let path = folder(places).join("optimizers").join(format!("{name}.yaml"));
    write(&path, &filled(FORMULA, name))?;
    let shown = path.display();
    let mut out = terminal::stdout();
    writeln!(out, "{shown} is an optimizer; change its formula. Then:")?;
    for (command, what) in [
        (format!("inna-bench check {name}"), "whether the rule holds together"),
        (format!("inna-bench time step --task nin-shapes --optimizer {name}"), "what a step costs"),
        ("inna-bench run STUDY".to_owned(), &*format!("a study with the entry {{optimizer: {name}}}")),
    ] {
        writeln!(out, "  {command:<60} {what}")?;
    }
    Ok(Ending::Done)
}

fn crate_of(optimizer: &NewOptimizer, [source, test]: [&str; 2], development: &str) -> Result<Ending> {
    let name = &optimizer.name;
    let root = checkout()?;
    let folder = root.join("optimizers").join(name);
    if folder.exists() {
        bail!("{} is there already; choose another name, or remove it", folder.display());
    }
    let catalogue = root.join("optimizers/catalogue/Cargo.toml");
    let manifest =
        fs::read_to_string(&catalogue).with_context(|| format!("cannot read {}", catalogue.display()))?;
    let Some(listed) = with_entry(&manifest, name) else {
        bail!("{} has no list of optimizers: lines such as {}", catalogue.display(), dependency("adam"));
    };
    let development = match development {
        "" => String::new(),
        line => format!("\n[dev-dependencies]\n{line}\n"),
    };
    write(
        &folder.join("Cargo.toml"),
        &filled(&MANIFEST.replace("@DEV@\n", &format!("{development}\n")), name),
    )?;
    write(&folder.join("src/lib.rs"), &filled(source, name))?;
    write(&folder.join("tests/rule.rs"), &filled(test, name))?;
    fs::write(&catalogue, listed).with_context(|| format!("cannot write {}", catalogue.display()))?;
    // Builds hold to the lock file, which has to know the crate.
    let locked = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(&root)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut out = terminal::stdout();
    writeln!(out, "{} is a crate, and listed in {}. Then:", folder.display(), catalogue.display())?;
    if !locked {
        writeln!(
            out,
            "  cargo update --workspace          the lock file could not be brought up to date; do that first"
        )?;
    }
    for (command, what) in [
        (
            format!("cargo test --release -p inna-optim-{name}"),
            "first steps by hand, and the conformance kit",
        ),
        ("make build".to_owned(), "the binary that knows it"),
        (format!("inna-bench check {name}"), "whether the rule holds together"),
    ] {
        writeln!(out, "  {command:<52} {what}")?;
    }
    Ok(Ending::Done)
}

/// The workspace around the working directory.
fn checkout() -> Result<PathBuf> {
    let here = std::env::current_dir().context("there is no working directory")?;
    let is_root = |folder: &&Path| folder.join("optimizers/catalogue/Cargo.toml").is_file();
    match here.ancestors().find(is_root) {
        Some(root) => Ok(root.to_owned()),
        None => bail!(
            "a crate needs the suite's sources: call this in a checkout, or say --formula, which needs none"
        ),
    }
}

/// The line by which a crate under `optimizers` depends on another there.
fn dependency(name: &str) -> String {
    // Of the suite's version, a requirement has what makes versions incompatible.
    let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    format!("{name} = {{ version = \"{version}\", path = \"../{name}\", package = \"inna-optim-{name}\" }}")
}

/// The catalogue's manifest with one more line in its list, in order.
fn with_entry(manifest: &str, name: &str) -> Option<String> {
    let is_entry = |line: &&str| line.contains("path = \"../");
    let mut lines: Vec<&str> = manifest.lines().collect();
    let first = lines.iter().position(is_entry)?;
    let entries = lines[first..].iter().take_while(|line| is_entry(line)).count();
    let before =
        lines[first..first + entries].iter().filter(|line| line.split(' ').next() < Some(name)).count();
    let entry = dependency(name);
    lines.insert(first + before, &entry);
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stays_in_order() {
        let manifest = "[dependencies]\nadam = { path = \"../adam\" }\nsgd = { path = \"../sgd\" }\n\nrule.workspace = true\n";
        let expected = "[dependencies]\nadam = { path = \"../adam\" }\nmine = { version = \"0.1\", path = \"../mine\", package = \"inna-optim-mine\" }\nsgd = { path = \"../sgd\" }\n\nrule.workspace = true\n";
        assert_eq!(with_entry(manifest, "mine").unwrap(), expected);
        assert_eq!(with_entry("[dependencies]\n", "mine"), None);
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        assert!(check_name("my-rule2").is_ok());
        for name in ["", "My", "2nd", "a_b", "adam", "rule", "a-", "../x"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn templates_are_filled() {
        for template in [FORMULA, MANIFEST, ELEMENTWISE[0], ELEMENTWISE[1], MATRIX[0], MATRIX[1]] {
            let text = filled(&template.replace("@DEV@", ""), "my-rule");
            assert!(!text.contains('@') && text.contains("my"), "{text}");
        }
        assert!(filled(ELEMENTWISE[0], "my-rule").contains("pub struct MyRule(\"my-rule\", \"My Rule\""));
    }
}
