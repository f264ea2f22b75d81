//! Tasks judged by other things than an accuracy, beside one that is: every number here was worked out by hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::measures::measures;
use common::{compared, made, read};
use records::{Measured, TaskKind};
use reports::drawing::{Plot, Spacing};
use reports::view::{EntryView, LadderCell, Report, TaskView};

fn task<'a>(report: &'a Report, name: &str) -> &'a TaskView {
    report.tasks.iter().find(|task| task.name == name).unwrap()
}

fn entry<'a>(task: &'a TaskView, key: &str) -> &'a EntryView {
    task.entries.iter().find(|entry| entry.key == key).unwrap()
}

fn report() -> (Report, tempfile::TempDir) {
    let (study, records) = measures();
    let (built, folder) = made(&study, &records);
    (built.report, folder)
}

/// SGD's mean loss is 2.56. INNA's runs count as 2.0, 2.1, 2.2, 2.3, 2.4, and twice as a guess, 4.0, where one diverged and one ended
/// at 5.5: 19 / 7 = 2.714. SGD's gaps are -1.0 to -1.6, of mean -1.3.
#[test]
fn a_run_counts_no_worse_than_a_guess() {
    let (report, _folder) = report();
    let letters = task(&report, "letters");
    assert_eq!(letters.metric, "final test loss, nats per token");
    assert_eq!(entry(letters, "sgd").estimate.mean_text.as_deref(), Some("2.560"));
    let inna = &entry(letters, "inna").estimate;
    assert_eq!((inna.mean_text.as_deref(), &inna.values[5..]), (Some("2.714"), &[4.0, 4.0][..]));
    let valley = task(&report, "valley");
    assert_eq!(valley.metric, "final training gap, log₁₀");
    assert_eq!(entry(valley, "sgd").estimate.mean_text.as_deref(), Some("−1.30"));
    assert_eq!(task(&report, "shapes").metric, "final test accuracy, %");
}

/// Adam's losses are lower by 0.28, 0.29, 0.30, 0.30, 0.30, 0.31, 0.32: mean 0.3, s² = 0.001 / 6, half width 2.44691 · 0.012910 / √7 =
/// 0.01194. Its gaps by 0.9, 0.95, 1, 1, 1, 1.05, 1.1: mean 1, s² = 0.025 / 6, half width 2.44691 · 0.064550 / √7 = 0.0597.
/// Of six comparisons nobody can pass with seven pairs: 6 · 2 / 2⁷ = 0.094.
#[test]
fn a_lower_loss_is_ahead_and_is_said_to_be_lower() {
    let (report, _folder) = report();
    let of = |name: &str| {
        let comparisons = &task(&report, name).comparisons;
        comparisons.iter().find(|comparison| comparison.entry == "adam").unwrap().clone()
    };
    let (shapes, letters, valley) = (of("shapes"), of("letters"), of("valley"));
    assert_eq!((shapes.difference.as_str(), shapes.unit.as_str()), ("+10.00", "points"));
    assert_eq!((letters.difference.as_str(), letters.unit.as_str()), ("−0.300", "nats per token"));
    assert_eq!(letters.interval, Some(["−0.312".into(), "−0.288".into()]));
    assert_eq!((valley.difference.as_str(), valley.unit.as_str()), ("−1.00", "in log₁₀"));
    assert_eq!(valley.interval, Some(["−1.06".into(), "−0.94".into()]));
    for comparison in [&shapes, &letters, &valley] {
        assert!(comparison.clear && !comparison.can_pass, "{comparison:?}");
        assert_eq!((comparison.won.as_str(), comparison.won_text.as_str()), ("100 %", "all 7 pairs won"));
    }
    let text = letters.sentence.unwrap();
    assert!(
        text.starts_with("Adam against SGD: all 7 pairs won, −0.300 nats per token [−0.312, −0.288];"),
        "{text}"
    );
    assert!(text.contains("resolve the margin of 0.020 nats per token"), "{text}");
    assert!(
        report
            .headline
            .unwrap()
            .contains("On Letters, Adam ends lowest, 2.26 ± 0.03 nats per token (7 seeds)")
    );
}

/// With Adam alone against SGD there are three comparisons, of p = 2 / 2⁷ each: 3 · 0.015625 = 0.047.
#[test]
fn verdicts_on_what_falls() {
    let (mut study, records) = measures();
    study.tasks.iter_mut().for_each(|task| task.entries.retain(|entry| entry.key != "inna"));
    study.runs.retain(|run| run.entry != "inna");
    let (built, _folder) = made(&study, &records);
    for name in ["shapes", "letters", "valley"] {
        let task = task(&built.report, name);
        let [comparison] = &task.comparisons[..] else { panic!("{:?}", task.comparisons) };
        assert_eq!((comparison.verdict, comparison.won_verdict), ("better", Some("more often")), "{name}");
        assert!(comparison.sentence.as_ref().unwrap().starts_with("Adam is better than SGD, by more than"));
        assert!(entry(task, "adam").best && !entry(task, "sgd").best, "{name}");
    }
    // The other way round.
    study.tasks.iter_mut().for_each(|task| task.reference = Some("adam".into()));
    let (built, _folder) = made(&study, &records);
    let [comparison] = &task(&built.report, "letters").comparisons[..] else { panic!() };
    assert_eq!((comparison.verdict, comparison.difference.as_str()), ("worse", "+0.300"));
    assert_eq!(comparison.won_text, "all 7 pairs lost");
}

/// Targets lie at 50, 75, 90 and 100 % of the way from 4 to 2. Of SGD's lines, from 4 to their end in ten epochs, the first four are
/// at 3.0 after epoch 7 and the last three after epoch 8, 10 steps each: (4 · 70 + 3 · 80) / 7 = 74.3. None confirms 2.5.
/// Adam's are there after epochs 6 and 9, and none ends at 2.2.
#[test]
fn targets_of_a_loss_lie_below_one_another() {
    let (report, _folder) = report();
    let ladder = task(&report, "letters").ladder.clone().unwrap();
    assert_eq!((ladder.metric.as_str(), ladder.value.as_str()), ("test loss", "2.000 nats per token"));
    let targets: Vec<&str> = ladder.targets.iter().map(|target| target.value.as_str()).collect();
    assert_eq!(targets, ["3.000", "2.500", "2.200", "2.000"].map(|value| format!("{value} nats per token")));
    let cells = |key: &str| ladder.rows.iter().find(|row| row.entry == key).unwrap().cells.clone();
    let said = |cell: &LadderCell| (cell.reached, cell.runtime.clone());
    let sgd: Vec<_> = cells("sgd").iter().map(said).collect();
    assert_eq!(sgd, [(7, "74"), (0, "> 100"), (0, "> 100"), (0, "> 100")].map(|(n, t)| (n, t.to_owned())));
    let adam: Vec<_> = cells("adam").iter().map(said).collect();
    assert_eq!(adam, [(7, "60"), (7, "90"), (0, "> 100"), (0, "> 100")].map(|(n, t)| (n, t.to_owned())));
    // 60 / 74.29.
    assert_eq!(cells("adam")[0].ratio.as_deref(), Some("0.808×"));
}

/// Adam's scores are, in order, 0.633, 0.633, 0.667, 0.683, 0.7 | 0.717, 0.733, 0.733, 0.767, 0.767, 0.8, 0.8, 0.85, 0.85, 0.855, 0.86 |
/// 0.87, 0.88, 0.885, 0.89, 0.9: five of 21 are cut off on each side, and the middle ones sum to 8.7317, over 11 0.79379.
#[test]
fn pooled_scores_are_all_that_is_averaged() {
    let (report, _folder) = report();
    let standings = report.standings.as_ref().unwrap();
    let adam = standings.rows.iter().find(|row| row.key == "adam").unwrap();
    assert_eq!(adam.score.as_ref().unwrap().iqm_text, "0.794");
    assert_eq!(adam.score.as_ref().unwrap().n, 21);
    assert_eq!(standings.rows[0].key, "adam");
    assert_eq!(standings.metric, None);
    let units: Vec<&str> = standings.measures.iter().map(|measure| measure.unit.as_str()).collect();
    assert_eq!(units, ["%", "nats per token", "log₁₀"]);
    // From 4 to 1.5 it is 2.5; Adam has come 1.74 of it. Of the gap the anchor is all that is known: -2.3 of -3.
    let bars: Vec<Option<f64>> = adam.cells.iter().map(|cell| cell.as_ref().unwrap().bar).collect();
    assert_eq!(bars, [Some(53.0), Some(69.6), Some(76.7)]);
    let table = reports::terminal_table(&report);
    assert!(table.contains("Shapes, %  Letters, nats per token  Valley, log₁₀"), "{table}");
    assert!(!table.contains("accuracy"), "{table}");
}

#[test]
fn differences_in_other_units_have_figures_of_their_own() {
    let (report, folder) = report();
    let adam = report.contests.iter().find(|contest| contest.entry == "adam").unwrap();
    let axes: Vec<&str> = adam
        .figures
        .iter()
        .map(|figure| {
            let Plot::Strip(strip) = &figure.plot else { panic!() };
            assert_eq!(strip.rows.len(), 1);
            strip.x.label.as_str()
        })
        .collect();
    let expected =
        ["points of accuracy", "loss (nats per token), less is better", "gap (in log₁₀), less is better"];
    assert_eq!(axes, expected.map(|unit| format!("challenger minus reference, {unit}")));
    let page = read(&folder, "comparisons.html");
    assert!(
        page.contains("<th scope=\"col\" class=\"left\">Unit</th>") && page.contains(">nats per token</td>")
    );
}

#[test]
fn curves_show_the_measure_and_its_limit() {
    let (report, folder) = report();
    let letters = task(&report, "letters");
    let names: Vec<&str> = letters.figures[0].figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["letters-train_loss", "letters-test_loss"]);
    let Plot::Curves(plot) = &letters.figures[0].figures[1].plot else { panic!() };
    let limit = plot.series.last().unwrap();
    assert_eq!((limit.label.as_str(), limit.stroke.entry.as_deref()), ("limit", None));
    assert_eq!(limit.mean[0][1], 1.5_f64.log10());
    assert_eq!(plot.y.label, "test loss, nats per token (logarithmic)");
    assert!(letters.figures[0].caption.contains("the limit, 1.500 nats per token"));
    assert!(read(&folder, "figures/letters-test_loss.csv").contains("\n,limit,limit,,,,,1.5,,,\n"));
    assert!(read(&folder, "figures/letters-test_loss.svg").contains("limit"));
    let valley = &task(&report, "valley").figures[0].figures[1];
    assert_eq!((valley.name.as_str(), valley.y), ("valley-gap", Some(Spacing::Linear)));
    let Plot::Curves(plot) = &valley.plot else { panic!() };
    assert_eq!(plot.y.label, "training gap, log₁₀");
    // Half way down in the middle of the budget, as the logarithms of a run are on a straight line.
    assert!(read(&folder, "figures/valley-gap.csv").contains("\nsgd,SGD,mean,,5,50,,-0.65,-0.8,-0.5,7\n"));
    assert!(read(&folder, "tables/curves.csv").lines().next().unwrap().ends_with(",gap"));
}

#[test]
fn pages_of_a_loss_say_nothing_of_accuracies_or_images() {
    let (_report, folder) = report();
    for page in ["task-letters.html", "runs-letters.html", "task-valley.html"] {
        let mut text = read(&folder, page);
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            while let Some(start) = text.find(open) {
                let end = start + text[start..].find(close).unwrap() + close.len();
                text.replace_range(start..end, "");
            }
        }
        let lower = text.to_lowercase();
        for word in ["accura", "image", "percentage", "%</th>"] {
            let at = lower
                .find(word)
                .map(|at| lower[at.saturating_sub(200)..].chars().take(260).collect::<String>());
            assert_eq!(at, None, "{page}: {word}");
        }
    }
    let page = read(&folder, "task-letters.html");
    for text in [
        "training sequences",
        "1.500 nats per token",
        "Diverged runs enter as 4.000 nats per token, the value of a guess",
        "Practical margin: 0.020 nats per token.",
        "Below 0 the first is ahead.",
        "<dt>outputs</dt>",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

/// A loss of 2.56 is no number of points or decades away from a gap.
#[test]
fn what_is_judged_by_something_else_has_no_difference() {
    let (study, records) = measures();
    let (same, _folder) = compared((&study, &records), (&study, &records));
    assert!(same.report.changes.unwrap().identical);
    let mut other = study.clone();
    if let TaskKind::Training { measure: Some(measure), .. } = &mut other.tasks[1].kind {
        measure.of = Measured::Gap { minimum: 1.0 };
        (measure.name, measure.unit) = ("gap".into(), "log₁₀".into());
        (measure.chance, measure.limit) = (3.0_f64.log10(), None);
    }
    let (built, _folder) = compared((&study, &records), (&other, &records));
    let changes = built.report.changes.unwrap();
    let letters = changes.tasks.iter().find(|task| task.name == "letters").unwrap();
    let sgd = letters.entries.iter().find(|entry| entry.key == "sgd").unwrap();
    assert_eq!(sgd.before.as_ref().unwrap().mean.as_deref(), Some("2.560 nats per token"));
    assert!(sgd.after.as_ref().unwrap().mean.as_ref().unwrap().ends_with(" log₁₀"));
    assert_eq!((sgd.difference, &sgd.difference_text), (None, &None));
    let judged = changes.settings.iter().find(|setting| setting.name == "judged by").unwrap();
    assert_eq!(judged.before.as_deref(), Some("final test loss, nats per token"));
    assert_eq!(judged.after.as_deref(), Some("final test gap, log₁₀"));
}

/// A study that only has accuracies has no word of another measure.
#[test]
fn a_study_of_accuracies_is_what_it_was() {
    let (mut study, records) = measures();
    study.tasks.truncate(1);
    study.runs.retain(|run| run.task == "shapes");
    let (built, folder) = made(&study, &records);
    let table = reports::terminal_table(&built.report);
    assert!(table.starts_with("Final test accuracy, % (mean ± half its 95 % interval)\n"), "{table}");
    let page = read(&folder, "comparisons.html");
    assert!(page.contains("A diverged run counts as accuracy 0.") && !page.contains(">Unit<"));
    assert!(read(&folder, "index.html").contains("<caption>Final test accuracy, mean over the seeds"));
    assert!(!read(&folder, "tables/curves.csv").lines().next().unwrap().contains("gap"));
}
