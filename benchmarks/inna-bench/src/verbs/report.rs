//! `inna-bench report`.

use super::plan::remarks;
use super::splice::splice;
use super::timings;
use super::together::together;
use crate::Ending;
use crate::arguments::{Places, Report, Size};
use crate::printed::{Changed, Page, Reported};
use crate::surroundings::code;
use crate::terminal;
use anyhow::{Context, Result, bail};
use harness::{ChangedPart, OptimizerFiles};
use records::{CheckCard, Manifest, Name, Record, StaleRun, Store};
use reports::{Earlier, LeaderboardFormat, Options, SINGLE_FILE, Unpacked, is_archive, put_beside};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where pages go if nothing else is said.
const PAGES: &str = "reports/out";

pub(crate) fn run(places: &Places, arguments: &Report) -> Result<Ending> {
    // First: a wrong name should not cost the time of making the pages.
    let leaderboard = arguments.leaderboard.as_deref().map(leaderboard_format).transpose()?;
    // It may lie where the new pages go.
    let earlier = arguments.compare.as_deref().map(Earlier::read).transpose()?;
    let (mut archived, size) = (None, &arguments.size);
    let ingredients = match &arguments.studies[..] {
        studies if arguments.together => together(places, studies, size)?,
        [study] => {
            alone(places, study)?;
            of_one(places, study, size, &mut archived)?
        }
        studies => {
            let names = studies.join(" ");
            bail!(
                "a report is of one study; `inna-bench report {names} --together` makes one of what these share"
            )
        }
    };
    let made = match arguments.single_file {
        true => in_one_file(arguments, ingredients, earlier.as_ref())?,
        false => in_folder(arguments, ingredients, earlier.as_ref(), archived)?,
    };
    if let Some(file) = &arguments.splice {
        let together = if arguments.together { " --together" } else { "" };
        let command = format!("inna-bench report {}{together}", arguments.studies.join(" "));
        splice(file, &command, &made.report)?;
    }
    if let (Some(file), Some(format)) = (&arguments.leaderboard, leaderboard) {
        let Some(bytes) = reports::leaderboard(&made.report, format)? else {
            bail!("--leaderboard {}: the study trains nothing, and has no general table", file.display())
        };
        records::write_atomically(file, &bytes).with_context(|| {
            format!(
                "--leaderboard {} cannot be written; name a file in a folder you may write to",
                file.display()
            )
        })?;
    }
    let changes = made.report.changes.as_ref();
    let mut out = terminal::stdout();
    if arguments.json {
        let page = |(path, bytes): &(PathBuf, u64)| Page { path: path.display().to_string(), bytes: *bytes };
        let files = made.files.iter().map(page).collect();
        let value = match changes {
            Some(changes) => Reported::Changed(Box::new(Changed { files, changes: changes.clone() })),
            None => Reported::Pages(files),
        };
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "{}", reports::terminal_table(&made.report))?;
    if let Some(changes) = changes {
        writeln!(out, "{}", reports::terminal_changes(changes))?;
    }
    writeln!(out, "Pages: {}", made.first.display())?;
    Ok(Ending::Done)
}

/// How a table is written into a file of this name.
fn leaderboard_format(file: &Path) -> Result<LeaderboardFormat> {
    LeaderboardFormat::of(file).with_context(|| {
        format!("--leaderboard {} ends in none of .md, .csv, .json and .arrow; choose one", file.display())
    })
}

/// Pages that were made.
struct Made {
    report: reports::Report,
    files: Vec<(PathBuf, u64)>,
    /// What to open.
    first: PathBuf,
}

fn in_folder(
    arguments: &Report,
    ingredients: Ingredients,
    earlier: Option<&Earlier>,
    archived: Option<Unpacked>,
) -> Result<Made> {
    let Ingredients { manifest, records, store, folder } = ingredients;
    let folder = arguments.output.clone().unwrap_or(folder);
    let beside =
        if arguments.records { Some(put_beside(&records, store.as_deref(), &folder)?) } else { None };
    let apart = archived.is_some();
    let options = Options { earlier, records: beside.as_ref(), apart, ..Options::default() };
    let built = reports::build_with(&manifest, records, &folder, options)?;
    // Beside each other only where all reports go that nobody has named another folder for.
    if folder.starts_with(PAGES) && reports::list_reports(Path::new(PAGES))?.is_none() {
        terminal::say(format_args!("note: {PAGES}/index.html is not a list of reports and stays as it is"));
    }
    // With a comparison there is more than the archive holds.
    if let Some(archived) = archived.filter(|_| built.report.changes.is_none()) {
        say_sameness(&arguments.studies.join(" "), &archived, &folder)?;
    }
    Ok(Made { report: built.report, files: built.files, first: built.index })
}

fn in_one_file(arguments: &Report, ingredients: Ingredients, earlier: Option<&Earlier>) -> Result<Made> {
    let Ingredients { manifest, records, .. } = ingredients;
    let file = match &arguments.output {
        Some(file) if !file.to_string_lossy().ends_with(SINGLE_FILE) => {
            bail!("{} does not end in {SINGLE_FILE}; with --single-file, -o names the file", file.display())
        }
        Some(file) => file.clone(),
        None => usual_file(&manifest)?,
    };
    let options = Options { earlier, ..Options::default() };
    let bound = reports::single_file(&manifest, records, &file, options)?;
    Ok(Made { report: bound.report, files: vec![(bound.file.clone(), bound.bytes)], first: bound.file })
}

/// What a report is made of, and where its pages go if nothing else is said.
pub(super) struct Ingredients {
    pub manifest: Manifest,
    pub records: Vec<Record>,
    /// The store that all records were read from, if there is one; those of an archive come from none.
    pub store: Option<PathBuf>,
    pub folder: PathBuf,
}

/// The folder of the pages of a study. Its name may be that of an archive, which may come from anybody.
pub(super) fn usual_folder(manifest: &Manifest) -> Result<PathBuf> {
    Ok(Path::new(PAGES).join(usual_name(manifest)?))
}

/// The file of the pages of a study, beside the folders of reports and not within one.
fn usual_file(manifest: &Manifest) -> Result<PathBuf> {
    let name = usual_name(manifest)?.replace('/', "-");
    if name == "index" {
        bail!("{PAGES}/index.html is the list of the reports; name another file with -o");
    }
    Ok(Path::new(PAGES).join(name + SINGLE_FILE))
}

/// What the pages of a study are called. Several studies together have their names with `+` between them.
fn usual_name(manifest: &Manifest) -> Result<String> {
    let suffix = if manifest.rehearsal { "-rehearsal" } else { "" };
    let is_name = |name: &str| Name::new(name).is_ok_and(|name| !name.starts_with('.'));
    if !manifest.study.split(['/', '+']).all(is_name) {
        bail!(
            "the study's name {:?} is no path within a folder; name a place for the pages with -o",
            manifest.study
        )
    }
    Ok(format!("{}{suffix}", manifest.study))
}

/// Those of one study, whatever names it; of an archive `archived` gets what it says of its own pages.
pub(super) fn of_one(
    places: &Places,
    study: &str,
    size: &Size,
    archived: &mut Option<Unpacked>,
) -> Result<Ingredients> {
    match is_archive(study) {
        true => unpacked(places, study, size, archived),
        false => ingredients(places, study, size),
    }
}

/// What an earlier report left is complete: places beside it would be without effect.
pub(super) fn alone(places: &Places, study: &str) -> Result<()> {
    if is_archive(study) || study.ends_with(".json") { places.none_beside(study, true) } else { Ok(()) }
}

/// Those of a study, or of the manifest of a report.
pub(super) fn ingredients(places: &Places, study: &str, size: &Size) -> Result<Ingredients> {
    if study.ends_with(".json") { written(places, study, size) } else { planned(places, study, size) }
}

fn planned(places: &Places, study: &str, size: &Size) -> Result<Ingredients> {
    let mut plan = places.plan(study, size, true)?;
    let records = match plan.manifest.runs.is_empty() {
        true => Vec::new(),
        false => {
            let store = Store::existing(places.store_folder())?;
            plan.adopt(&store)?;
            timings::take(&store, &mut plan.manifest)?;
            whole(&store, &plan.manifest)?
        }
    };
    let mut manifest = plan.manifest;
    let code = code();
    for record in &records {
        let parts = ChangedPart::names(&code.changes(record));
        if !parts.is_empty() {
            manifest.stale.push(StaleRun {
                task: record.specification.task.clone(),
                id: record.id.clone(),
                parts: parts.into_iter().collect(),
            });
        }
    }
    if !manifest.stale.is_empty() {
        terminal::say(format_args!(
            "note: {} runs were made by other code than this program's; the pages of the runs mark them, and `inna-bench explain {}` says \
             what has changed",
            manifest.stale.len(),
            study
        ));
    }
    let exhibits = manifest.theory.iter().map(|name| theory::exhibit(name));
    manifest.exhibits = exhibits.collect::<Result<_, _>>()?;
    let files = OptimizerFiles::read(&places.configs()?.beside(study))?;
    for card in &mut manifest.optimizers {
        let method = files.parse(&card.name, &json!({}))?;
        let check = |c: rule::conformance::Check| CheckCard {
            name: c.name.to_owned(),
            passed: c.passed,
            detail: c.detail,
        };
        let own = rule::conformance::run(method.as_ref()).into_iter();
        card.checks = own.chain(catalogue::ALL.reductions(&card.name)).map(check).collect();
    }
    let (store, folder) = (Some(places.store_folder().to_owned()), usual_folder(&manifest)?);
    Ok(Ingredients { manifest, records, store, folder })
}

/// The records of a study that are whole; what is to be said of the others is said.
fn whole(store: &Store, manifest: &Manifest) -> Result<Vec<Record>> {
    let survey = store.survey(&manifest.runs)?;
    for remark in remarks(&survey, store) {
        terminal::say(format_args!("note: {remark}"));
    }
    Ok(survey.records)
}

/// A manifest that an earlier report left, with the records of its runs: in the folder `store` beside it if there is one.
fn written(places: &Places, study: &str, size: &Size) -> Result<Ingredients> {
    let file = Path::new(study);
    let shown = file.display();
    at_its_size(study, size)?;
    let text = records::text::read(file)
        .with_context(|| format!("{shown} cannot be read; name the manifest.json of a report"))?;
    let mut manifest: Manifest = serde_json::from_str(&text)
        .with_context(|| format!("{shown} is not the manifest.json of a report"))?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    let beside = folder.join("store");
    // A store that was named counts, then the one beside the manifest.
    let root = match &places.store {
        None if beside.is_dir() => beside,
        _ => places.store_folder().to_owned(),
    };
    let records = if root.is_dir() { whole(&Store::open(&root), &manifest)? } else { Vec::new() };
    if records.is_empty() && !manifest.runs.is_empty() {
        bail!("{} holds none of the runs of {shown}; name the store that does with --store", root.display());
    }
    timings::take(&Store::open(&root), &mut manifest)?;
    Ok(Ingredients { manifest, records, store: Some(root), folder })
}

/// What an earlier report left has one size.
fn at_its_size(study: &str, size: &Size) -> Result<()> {
    if size.scale() != harness::Scale::default() {
        bail!("{study} has the size it was made with: leave --task, --seeds, --epochs and --per-class out");
    }
    Ok(())
}

/// A study with its records from an archive, without configurations, data or a store.
fn unpacked(
    places: &Places,
    study: &str,
    size: &Size,
    archived: &mut Option<Unpacked>,
) -> Result<Ingredients> {
    at_its_size(study, size)?;
    if places.store.is_some() {
        bail!(
            "{study} brings its own records: leave --store out, or unpack it and name the manifest.json in it"
        );
    }
    let mut found = reports::unpack(Path::new(study))?;
    let (manifest, records) = (found.manifest.clone(), std::mem::take(&mut found.records));
    let folder = usual_folder(&manifest)?;
    *archived = Some(found);
    Ok(Ingredients { manifest, records, store: None, folder })
}

/// Says whether the pages are those that an archive holds.
fn say_sameness(archive: &str, archived: &Unpacked, folder: &Path) -> Result<()> {
    let others = archived.other_pages(folder)?;
    let Some(first) = others.first() else {
        terminal::say(format_args!("The pages are those in {archive}, byte for byte."));
        return Ok(());
    };
    terminal::say(format_args!(
        "note: {} of the files are not those in {archive}, among them {}: that was made by version {} of the suite, this is \
         version {} or another build",
        others.len(),
        first.display(),
        archived.suite_version,
        env!("CARGO_PKG_VERSION")
    ));
    Ok(())
}
