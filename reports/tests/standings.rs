//! Scores, targets and costs over tasks, by hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::{given, thrice};
use common::made;
use polars_io::prelude::{CsvReader, IpcReader, SerReader};
use records::{Anchor, Elsewhere, Manifest, Record};
use reports::view::{LadderView, StandingView};
use reports::{LeaderboardFormat, Report, leaderboard};

const FAST: [f64; 5] = [0.75; 5];
const SLOW: [f64; 5] = [0.5; 5];
const MIXED: [f64; 5] = [0.75, 0.5, 0.75, 0.5, 0.5];
const LOSSES: [f64; 5] = [1.0; 5];

/// The anchor of every task: guessing is 0.1, so the targets are 0.4, 0.55, 0.64 and 0.7.
fn anchored((mut study, records): (Manifest, Vec<Record>)) -> (Manifest, Vec<Record>) {
    let anchor = Anchor { value: 0.7, source: "a number".into() };
    study.tasks.iter_mut().for_each(|task| task.anchor = Some(anchor.clone()));
    (study, records)
}

fn report((study, records): (Manifest, Vec<Record>)) -> Report {
    made(&study, &records).0.report
}

fn race() -> Report {
    report(anchored(given(&[("fast", &LOSSES, &FAST), ("slow", &LOSSES, &SLOW), ("mixed", &LOSSES, &MIXED)])))
}

fn cells(ladder: &LadderView, row: usize) -> Vec<(String, usize)> {
    ladder.rows[row].cells.iter().map(|cell| (cell.runtime.clone(), cell.reached)).collect()
}

/// Ten steps an epoch, ten epochs. To 0.75 the accuracy rises by 0.065 an epoch: it passes 0.4 in epoch 5, 0.55 in 7,
/// 0.64 in 9 and 0.7 in 10, which nothing confirms. To 0.5 it rises by 0.04 and passes 0.4 in epoch 8.
#[test]
fn the_ladder_counts_confirmed_crossings_and_failures() {
    let report = race();
    let ladder = report.tasks[0].ladder.as_ref().unwrap();
    let targets: Vec<&str> = ladder.targets.iter().map(|target| target.value.as_str()).collect();
    assert_eq!(targets, ["40.00 %", "55.00 %", "64.00 %", "70.00 %"]);
    assert_eq!(
        (ladder.metric.as_str(), ladder.budget.as_str(), ladder.resolution.as_str()),
        ("test accuracy", "100", "10")
    );
    let own = |pairs: [(&str, usize); 4]| pairs.map(|(text, n)| (text.to_string(), n)).to_vec();
    assert_eq!(cells(ladder, 0), own([("50", 5), ("70", 5), ("90", 5), ("> 100", 0)]));
    assert_eq!(cells(ladder, 1), own([("80", 5), ("> 100", 0), ("> 100", 0), ("> 100", 0)]));
    // (2 · 50 + 3 · 80) / 5; (2 · 70 + 3 · 100) / 2; (2 · 90 + 3 · 100) / 2.
    assert_eq!(cells(ladder, 2), own([("68", 5), ("220", 2), ("240", 2), ("> 100", 0)]));
    // Against the first entry: 80 / 50 and 220 / 70.
    assert_eq!(ladder.rows[1].cells[0].ratio.as_deref(), Some("1.60×"));
    assert_eq!(ladder.rows[2].cells[1].ratio.as_deref(), Some("3.14×"));
    assert_eq!(ladder.rows[0].cells[0].ratio, None);
}

/// A run that diverges has failed at what it had not reached, whatever it cost until then.
#[test]
fn a_diverged_run_fails_with_its_whole_budget() {
    let losses = [1.0, 1.0, 1.0, 1.0, f64::NAN];
    let report = report(anchored(given(&[("fast", &losses, &FAST)])));
    let ladder = report.tasks[0].ladder.as_ref().unwrap();
    // (4 · 50 + 100) / 4
    assert_eq!(cells(ladder, 0)[0], ("75".to_string(), 4));
    // Scores: 0.65 / 0.6 four times and −0.1 / 0.6; the middle three are 1.0833.
    let score = report.standings.as_ref().unwrap().rows[0].score.as_ref().unwrap();
    assert_eq!((score.iqm_text.as_str(), score.gap.as_str()), ("1.083", "0.233"));
}

#[test]
fn scores_and_costs_by_hand() {
    let report = race();
    let standings = report.standings.as_ref().unwrap();
    assert_eq!((standings.anchored, standings.reference.as_deref()), (1, Some("fast")));
    // Best first.
    let [fast, mixed, slow] = &standings.rows[..] else { panic!("{standings:?}") };
    let score = |row: &StandingView| row.score.as_ref().map(|s| (s.iqm_text.clone(), s.gap.clone())).unwrap();
    // 0.65 / 0.6; 0.4 / 0.6; of 0.667 three times and 1.083 twice the middle three: 0.8056, and 3 · 0.333 / 5.
    assert_eq!(score(fast), ("1.083".into(), "0.000".into()));
    assert_eq!(score(slow), ("0.667".into(), "0.333".into()));
    assert_eq!(score(mixed), ("0.806".into(), "0.200".into()));
    // Equal runs leave the bootstrap nothing to draw.
    assert_eq!(slow.score.as_ref().unwrap().interval, Some(["0.667".into(), "0.667".into()]));
    // A missed target counts 200: (80 · 200³ / (50 · 70 · 90 · 200))^(1/4) = 10.1587^(1/4) = 1.7853; for three seeds of
    // five, its power 3/5: 1.4159.
    let cost = |row: &StandingView| row.cost.as_ref().unwrap().ratio;
    assert_eq!(cost(fast), None);
    assert!((cost(slow).unwrap() - 1.785_3).abs() < 5e-5, "{:?}", cost(slow));
    assert!((cost(mixed).unwrap() - 1.415_9).abs() < 1e-4, "{:?}", cost(mixed));
    let reached = |row: &StandingView| row.cost.as_ref().map(|c| (c.reached, c.pairs)).unwrap();
    assert_eq!((reached(fast), reached(slow), reached(mixed)), ((15, 20), (5, 20), (9, 20)));
    // Half of its targets or more missed: once, (80 · 100³ / (50 · 70 · 90 · 100))^(1/4) = 2.5397^(1/4), and ten times,
    // 253.97^(1/4).
    let costs = slow.cost.as_ref().unwrap();
    assert_eq!(costs.penalties, Some(["1.26×".into(), "3.99×".into()]));
    assert_eq!((costs.missed_by_both, mixed.cost.as_ref().unwrap().missed_by_both), (5, 5));
    // The fastest on all it solves; 80 / 50 is 1.6, of the area up to 4 log 1.6 / log 4 = 0.339 is lost on 5 of 20.
    let profile = report.profile.as_ref().unwrap();
    assert_eq!(profile.problems, 20);
    let rows: Vec<[&str; 3]> =
        profile.rows.iter().map(|row| [row.area.as_str(), &row.first, &row.solved]).collect();
    assert_eq!(rows[..2], [["0.750", "75.00", "75.00"], ["0.165", "0.00", "25.00"]]);
}

/// Where neither reaches anything there is nothing to divide.
#[test]
fn two_that_fail_everywhere_are_not_equally_fast() {
    let never = [0.3; 5];
    let report = report(anchored(given(&[("one", &LOSSES, &never), ("other", &LOSSES, &never)])));
    let cost = report.standings.as_ref().unwrap().rows[1].cost.as_ref().unwrap();
    assert_eq!((cost.ratio, cost.reached, cost.missed_by_both), (None, 0, 20));
    // Nor are two that end the same on every seed equivalent.
    let comparison = &report.contests[0].tasks[0].comparison;
    assert_eq!((comparison.verdict, comparison.seeds_to_resolve), ("undecided", None));
}

/// The best by its own seeds is not bold if it is behind where both were run: twenty seeds against eight.
#[test]
fn the_best_is_ahead_on_common_seeds() {
    let long: [f64; 20] = std::array::from_fn(|k| if k < 8 { 0.5 + 0.001 * k as f64 } else { 0.95 });
    let short: [f64; 8] = std::array::from_fn(|k| 0.6 + 0.002 * k as f64);
    let report = report(given(&[("short", &[1.0; 8], &short), ("long", &[1.0; 20], &long)]));
    let comparison = &report.contests[0].tasks[0].comparison;
    assert_eq!((comparison.n, comparison.verdict), (8, "worse"));
    assert!(report.tasks[0].entries.iter().all(|entry| !entry.best));
}

/// A challenger of which seeds are missing counts in the family all the same: an early result must not be bolder than the
/// final one.
#[test]
fn the_family_is_the_planned_one() {
    let base: [f64; 6] = std::array::from_fn(|k| 0.5 + 0.01 * k as f64);
    let better: [f64; 6] = std::array::from_fn(|k| 0.6 + 0.012 * k as f64);
    let losses = [1.0; 6];
    let (study, mut records) =
        given(&[("base", &losses, &base), ("one", &losses, &better), ("two", &losses, &better)]);
    records.retain(|record| record.specification.optimizer.name != "two");
    let report = made(&study, &records).0.report;
    // 2 / 2⁶ is 0.03125; doubled it is no longer below 0.05.
    assert_eq!((report.contests.len(), report.method.family), (1, 2));
    let comparison = &report.contests[0].tasks[0].comparison;
    assert_eq!((comparison.adjusted_p.as_deref(), comparison.verdict), (Some("0.063"), "undecided"));
    assert_eq!(report.method.possible, Some(7));
}

/// Mean, interval, score and cost of an entry do not depend on who else takes part.
#[test]
fn nobodys_numbers_change_when_another_leaves() {
    let varied = [0.71, 0.62, 0.75, 0.58, 0.66];
    let three: [(&str, &[f64], &[f64]); 3] =
        [("reference", &LOSSES, &FAST), ("one", &LOSSES, &varied), ("other", &LOSSES, &MIXED)];
    let all = report(anchored(thrice(&three, false)));
    let headline = |report: &Report, key: &str| {
        let standings = report.standings.as_ref().unwrap();
        let row = standings.rows.iter().find(|row| row.key == key).unwrap().clone();
        let cells: Vec<_> =
            row.cells.iter().flatten().map(|c| (c.mean.clone(), c.around.clone(), c.n)).collect();
        let ladders: Vec<_> = report
            .tasks
            .iter()
            .map(|task| task.ladder.as_ref().unwrap().rows.iter().find(|r| r.entry == key).unwrap().clone())
            .collect();
        (row.score, row.cost, cells, ladders)
    };
    assert!(headline(&all, "one").1.unwrap().ratio.is_some());
    for gone in ["one", "other"] {
        let rest: Vec<_> = three.iter().filter(|(key, ..)| *key != gone).copied().collect();
        let left = report(anchored(thrice(&rest, false)));
        for key in ["reference", "one", "other"].into_iter().filter(|key| *key != gone) {
            assert_eq!(headline(&all, key), headline(&left, key), "{key} without {gone}");
        }
    }
}

/// Without an anchor there are no scores and no targets, and the pages say so.
#[test]
fn a_task_without_an_anchor_has_no_targets() {
    let (study, records) = given(&[("fast", &LOSSES, &FAST), ("slow", &LOSSES, &SLOW)]);
    let mut study = study;
    study.tasks[0].anchor = None;
    let (built, folder) = made(&study, &records);
    let standings = built.report.standings.as_ref().unwrap();
    assert_eq!((standings.anchored, built.report.tasks[0].ladder.is_none()), (0, true));
    assert!(standings.rows.iter().all(|row| row.score.is_none() && row.cost.is_none()));
    assert!(common::read(&folder, "task-nin-shapes.html").contains("The task has no anchor"));
    assert!(built.report.profile.is_none());
}

/// Ten common seeds, all differences +0.02 but one of +0.03: the mean is 2.1 points, p = 2 / 2¹⁰.
#[test]
fn a_contest_has_its_differences_and_what_more_seeds_would_show() {
    let base: [f64; 10] = std::array::from_fn(|k| 0.5 + 0.01 * k as f64);
    let better: [f64; 10] = std::array::from_fn(|k| base[k] + if k == 0 { 0.03 } else { 0.02 });
    let losses = [1.0; 10];
    let report = report(given(&[("base", &losses, &base), ("better", &losses, &better)]));
    let [contest] = &report.contests[..] else { panic!("{:?}", report.contests) };
    let comparison = &contest.tasks[0].comparison;
    assert_eq!((contest.anchor.as_str(), comparison.n), ("versus-better", 10));
    assert_eq!((comparison.differences[0], comparison.differences[9]), (3.0, 2.0));
    assert_eq!((comparison.difference.as_str(), comparison.adjusted_p.as_deref()), ("+2.10", Some("0.002")));
    // Wilson with 10 of 10: 10 / (10 + 1.96²) = 0.722.
    let interval = comparison.won_interval.as_ref().unwrap();
    assert_eq!((comparison.won.as_str(), interval[0].as_str()), ("100 %", "72 %"));
    assert_eq!((comparison.verdict, comparison.won_verdict), ("better", Some("more often")));
    // s = 0.316 points against a margin of one: (2.8016 · 0.316)² + 1.92 = 2.7, but six pairs are the fewest.
    assert_eq!((comparison.spread.as_deref(), comparison.seeds_to_resolve), (Some("0.32"), Some(6)));
}

fn board(report: &Report, format: LeaderboardFormat) -> Vec<u8> {
    leaderboard(report, format).unwrap().unwrap()
}

/// The numbers of the general table, whatever the file: 0.75 all over, a score of 0.65 / 0.6, and costs against the first entry.
#[test]
fn a_leaderboard_has_the_numbers_of_the_general_table() {
    let report = race();
    let json: serde_json::Value = serde_json::from_slice(&board(&report, LeaderboardFormat::Json)).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let order: Vec<_> =
        rows.iter().map(|row| (row["rank"].as_u64().unwrap(), row["entry"].clone())).collect();
    assert_eq!(order, [(1, "fast".into()), (2, "mixed".into()), (3, "slow".into())]);
    let task = json["tasks"][0]["name"].as_str().unwrap();
    assert_eq!(json["tasks"][0]["rises"], true);
    let (cell, score) = (&rows[0]["tasks"][task], rows[0]["score"].as_f64().unwrap());
    assert_eq!(
        (cell["mean"].as_f64(), cell["n"].as_u64(), cell["low"].as_f64()),
        (Some(0.75), Some(5), Some(0.75))
    );
    assert!((score - 0.65 / 0.6).abs() < 1e-12, "{score}");
    assert!(rows[0]["cost"].is_null() && rows[2]["cost"].as_f64().unwrap() > 1.0);

    let mut csv = board(&report, LeaderboardFormat::Csv);
    let text = String::from_utf8(csv.clone()).unwrap();
    let head: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    assert_eq!(head[..5], ["rank", "entry", "title", "optimizer", "score"]);
    let (read, arrow) = (
        CsvReader::new(std::io::Cursor::new(&mut csv)).finish().unwrap(),
        IpcReader::new(std::io::Cursor::new(board(&report, LeaderboardFormat::Arrow))).finish().unwrap(),
    );
    assert_eq!(read.height(), 3);
    assert_eq!(read.get_column_names(), arrow.get_column_names());
    for column in ["score".to_owned(), "cost".to_owned(), format!("{task}.mean"), format!("{task}.high")] {
        let numbers = |table: &polars::prelude::DataFrame| -> Vec<Option<f64>> {
            table.column(&column).unwrap().f64().unwrap().iter().collect()
        };
        assert_eq!(numbers(&read), numbers(&arrow), "{column}");
    }
    let mixed = arrow.column(&format!("{task}.mean")).unwrap().f64().unwrap().get(1).unwrap();
    assert!((mixed - 0.6).abs() < 1e-12, "{mixed}");
}

#[test]
fn a_leaderboard_in_markdown_is_a_table_of_as_many_columns() {
    let report = race();
    let text = String::from_utf8(board(&report, LeaderboardFormat::Markdown)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["|  | score | cost | 1 |", "| --- | --: | --: | --: |"]);
    assert!(
        lines[2].contains("| 1.083 (1.083 to 1.083) | reference | 75.00 ± 0.00 <sup>a</sup> |"),
        "{text}"
    );
    assert!(lines[2..5].iter().all(|line| line.matches(" | ").count() == 3), "{text}");
    assert!(text.contains("\n1. ") && text.contains("15 of 15 runs done"), "{text}");
    // What Markdown would take for its own.
    let (mut study, records) = anchored(given(&[("fast", &LOSSES, &FAST)]));
    study.tasks[0].entries[0].title = "a|b\\c\nd <b>*x*_y_".into();
    let text =
        String::from_utf8(board(&self::report((study, records)), LeaderboardFormat::Markdown)).unwrap();
    assert!(text.contains("| a\\|b\\\\c d &lt;b>\\*x\\*\\_y\\_ |"), "{text}");
}

/// Five seeds that go up together: 0.25 apart with spreads of 0.01, the differences' t is far beyond what Holm asks of three pairs; 0.001
/// apart it is not.
#[test]
fn entries_that_cannot_be_told_apart_share_a_letter() {
    let near = [0.751, 0.74, 0.76, 0.745, 0.757];
    let also = [0.745, 0.752, 0.748, 0.756, 0.751];
    let far = [0.50, 0.51, 0.49, 0.50, 0.505];
    let of = |entries: &[(&str, &[f64], &[f64])]| -> Vec<(String, Option<String>)> {
        let report = report(given(entries));
        let rows = &report.standings.as_ref().unwrap().rows;
        rows.iter().map(|row| (row.key.clone(), row.cells[0].as_ref().unwrap().letters.clone())).collect()
    };
    let three = of(&[("near", &LOSSES, &near), ("far", &LOSSES, &far), ("also", &LOSSES, &also)]);
    let letters: std::collections::BTreeMap<_, _> = three.into_iter().collect();
    assert_eq!(letters["near"].as_deref(), Some("a"));
    assert_eq!((letters["also"].as_deref(), letters["far"].as_deref()), (Some("a"), Some("b")));
    // Of two the comparison says it; one that diverged has none.
    assert!(
        of(&[("near", &LOSSES, &near), ("far", &LOSSES, &far)]).iter().all(|(_, letter)| letter.is_none())
    );
    let fallen = [1.0, 1.0, 1.0, 1.0, f64::NAN];
    let four = of(&[
        ("near", &LOSSES, &near),
        ("far", &LOSSES, &far),
        ("also", &LOSSES, &also),
        ("fell", &fallen, &near),
    ]);
    let letters: std::collections::BTreeMap<_, _> = four.into_iter().collect();
    assert_eq!((letters["fell"].clone(), letters["far"].as_deref()), (None, Some("b")));
}

/// All five at 0.75, and a margin of a hundredth; a wide interval is neither within it nor beyond.
#[test]
fn a_published_number_agrees_where_the_interval_is_within_the_margin() {
    let (mut study, records) = given(&[("fast", &LOSSES, &FAST), ("mixed", &LOSSES, &MIXED)]);
    let optimizer = study.tasks[0].entries[0].optimizer.clone();
    let found = |value: f64, optimizer: &str| Elsewhere {
        title: format!("found {value}"),
        value,
        optimizer: optimizer.into(),
        source: "A paper, Table 1".into(),
        otherwise: None,
    };
    let (near, above) = (found(0.755, &optimizer), found(0.8, &optimizer));
    let other = study.tasks[0].entries[1].optimizer.clone();
    let of_other = found(0.6, &other);
    study.tasks[0].elsewhere = vec![near, above, found(0.6, &optimizer), found(0.75, "nobody"), of_other];
    let (built, folder) = made(&study, &records);
    let seen = &built.report.tasks[0].elsewhere;
    let of_fast = |k: usize| {
        let ours = seen[k].ours.iter().find(|ours| ours.entry == "fast").unwrap();
        (ours.verdict, ours.difference.clone().unwrap())
    };
    assert_eq!(of_fast(0), ("agrees", "\u{2212}0.50".into()));
    assert_eq!(of_fast(1), ("lower", "\u{2212}5.00".into()));
    assert_eq!(of_fast(2), ("higher", "+15.00".into()));
    assert!(seen[3].ours.is_empty());
    let mixed = seen[4].ours.iter().find(|ours| ours.entry == "mixed").unwrap();
    assert_eq!((mixed.verdict, mixed.difference.as_deref()), ("undecided", Some("0.00")));
    let page = std::fs::read_to_string(folder.path().join(&built.report.tasks[0].page)).unwrap();
    assert!(page.contains("Results published elsewhere") && page.contains("A paper, Table 1."), "{page}");
    // Four runs have no interval.
    let four = records.into_iter().filter(|record| record.specification.repetition != 4).collect::<Vec<_>>();
    let report = made(&study, &four).0.report;
    assert!(report.tasks[0].elsewhere[1].ours.iter().all(|ours| ours.verdict == "too few runs"));
}
