//! `inna-bench list`.

use crate::Ending;
use crate::arguments::{Kind, List, Places};
use crate::printed::{Listing, Named};
use crate::terminal;
use anyhow::Result;
use harness::{ConfigError, Listed, OptimizerFiles};
use rule::formula::FormulaMethod;
use serde_json::Value;
use std::io::Write;

pub(crate) fn run(places: &Places, list: &List) -> Result<Ending> {
    let configs = places.configs()?;
    let wanted = |kind| list.kind.is_none_or(|only| only == kind);
    let mut all = Listing::default();
    let mut out = terminal::stdout();
    if wanted(Kind::Studies) {
        let title = |name: &str| Ok(configs.study(name)?.1.title);
        show(&mut out, list.json, "studies", &titles(&configs.listing("studies"), title), &mut all.studies)?;
    }
    if wanted(Kind::Tasks) {
        let title = |name: &str| Ok(configs.task(name)?.0.title);
        show(&mut out, list.json, "tasks", &titles(&configs.listing("tasks"), title), &mut all.tasks)?;
    }
    if wanted(Kind::Optimizers) {
        let files = OptimizerFiles::read(&configs).unwrap_or_else(|error| {
            terminal::say(format_args!("inna-bench: {error}"));
            OptimizerFiles::none(catalogue::ALL)
        });
        let compiled = catalogue::ALL
            .families()
            .iter()
            .map(|f| (f.name.to_string(), Ok(format!("{}; {}", f.title, f.reference))));
        let formulas = files
            .formulas()
            .map(|f| (f.name.clone(), Ok(format!("{}; {} (a formula)", f.title, f.reference))));
        let rows: Vec<_> = compiled.chain(formulas).collect();
        show(&mut out, list.json, "optimizers", &rows, &mut all.optimizers)?;
        if !list.json && list.kind == Some(Kind::Optimizers) {
            let compiled = catalogue::ALL.families().iter().map(|f| (&*f.name, &*f.parameters, f.defaults()));
            let formulas = files.formulas().map(|f| (&*f.name, &*f.parameters, FormulaMethod::defaults(f)));
            for (name, parameters, defaults) in compiled.chain(formulas) {
                writeln!(out, "\n{name}")?;
                for p in parameters {
                    let default = defaults.get(&*p.key).map_or_else(String::new, Value::to_string);
                    writeln!(out, "  {:<20} {default:<34} {}; accepted: {}", p.key, p.meaning, p.range)?;
                }
            }
            writeln!(out, "\nevery optimizer")?;
            for p in rule::PRACTICE {
                writeln!(out, "  {:<20} {:<34} {}; accepted: {}", p.key, "not set", p.meaning, p.range)?;
            }
        }
    }
    if list.json {
        writeln!(out, "{}", terminal::json(&all)?)?;
    }
    Ok(Ending::Done)
}

/// A name with what is listed beside it, or why there is nothing.
type Row = (String, Result<String, ConfigError>);

/// One file that cannot be used does not hide the others.
fn titles(listing: &[Listed], title: impl Fn(&str) -> Result<String, ConfigError>) -> Vec<Row> {
    let row = |listed: &Listed| (listed.name.clone(), listed.usable().and_then(|_| title(&listed.name)));
    listing.iter().map(row).collect()
}

fn show(
    out: &mut impl Write,
    json: bool,
    heading: &str,
    rows: &[Row],
    all: &mut Option<Vec<Named>>,
) -> Result<()> {
    for error in rows.iter().filter_map(|(_, title)| title.as_ref().err()) {
        terminal::say(format_args!("inna-bench: {error}"));
    }
    if json {
        let row = |(name, title): &Row| match title {
            Ok(title) => Named { name: name.clone(), title: Some(title.clone()), error: None },
            Err(error) => Named { name: name.clone(), title: None, error: Some(error.to_string()) },
        };
        *all = Some(rows.iter().map(row).collect());
        return Ok(());
    }
    writeln!(out, "{heading}")?;
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, title) in rows {
        writeln!(out, "  {name:<width$}  {}", title.as_deref().unwrap_or("cannot be used"))?;
    }
    Ok(())
}
