//! `inna-bench list`.

use crate::Ending;
use crate::arguments::{Kind, List, Places};
use crate::terminal;
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(places: &Places, list: &List) -> Result<Ending> {
    let configs = places.configs()?;
    let wanted = |kind| list.kind.is_none_or(|only| only == kind);
    let mut all = serde_json::Map::new();
    let mut out = terminal::stdout();
    if wanted(Kind::Studies) {
        let mut rows = Vec::new();
        for name in configs.names("studies") {
            let (_, study, _) = configs.study(&name)?;
            rows.push((name, study.title));
        }
        show(&mut out, list.json, "studies", &rows, &mut all)?;
    }
    if wanted(Kind::Tasks) {
        let mut rows = Vec::new();
        for name in configs.names("tasks") {
            rows.push((name.clone(), configs.task(&name)?.0.title));
        }
        show(&mut out, list.json, "tasks", &rows, &mut all)?;
    }
    if wanted(Kind::Optimizers) {
        let rows: Vec<_> = catalogue::families()
            .iter()
            .map(|f| (f.name.to_owned(), format!("{}; {}", f.title, f.reference)))
            .collect();
        show(&mut out, list.json, "optimizers", &rows, &mut all)?;
        if !list.json && list.kind == Some(Kind::Optimizers) {
            for family in catalogue::families() {
                writeln!(out, "\n{}", family.name)?;
                let defaults = family.defaults();
                for p in family.parameters {
                    let default = defaults.get(p.key).map_or_else(String::new, Value::to_string);
                    writeln!(out, "  {:<20} {default:<34} {}; accepted: {}", p.key, p.meaning, p.range)?;
                }
            }
        }
    }
    if list.json {
        writeln!(out, "{}", terminal::json(all)?)?;
    }
    Ok(Ending::Done)
}

fn show(
    out: &mut impl Write,
    json: bool,
    heading: &str,
    rows: &[(String, String)],
    all: &mut serde_json::Map<String, Value>,
) -> Result<()> {
    if json {
        let rows = rows.iter().map(|(name, title)| json!({ "name": name, "title": title })).collect();
        all.insert(heading.into(), Value::Array(rows));
        return Ok(());
    }
    writeln!(out, "{heading}")?;
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, title) in rows {
        writeln!(out, "  {name:<width$}  {title}")?;
    }
    Ok(())
}
