//! What holds for every exhibit.

use records::{Background, Exhibit, ExhibitAxis};
use theory::{TheoryError, exhibit, names};

fn all() -> Vec<Exhibit> {
    names().into_iter().map(|name| exhibit(name).expect("every name is an exhibit")).collect()
}

fn bytes(exhibits: &[Exhibit]) -> Vec<u8> {
    serde_json::to_vec(exhibits).expect("an exhibit is text")
}

#[test]
fn what_theory_predicts_comes_out() {
    for exhibit in all() {
        for finding in &exhibit.findings {
            assert_ne!(finding.holds, Some(false), "{}: {}", exhibit.name, finding.text);
        }
        assert!(
            exhibit.findings.iter().any(|finding| finding.holds.is_some()),
            "{} predicts nothing",
            exhibit.name
        );
    }
}

#[test]
fn two_computations_are_the_same_bytes() {
    assert_eq!(bytes(&all()), bytes(&all()));
}

#[test]
fn exhibits_are_small_enough_for_a_page() {
    let total = bytes(&all()).len();
    assert!(total < 600_000, "{total} bytes");
}

#[test]
fn exhibits_read_back_from_their_text() {
    let all = all();
    let back: Vec<Exhibit> = serde_json::from_slice(&bytes(&all)).unwrap();
    assert_eq!(back, all);
}

#[test]
fn pictures_can_be_drawn() {
    for exhibit in all() {
        assert!(exhibit.columns >= 1 && !exhibit.panels.is_empty(), "{}", exhibit.name);
        for panel in &exhibit.panels {
            let place = format!("{}, {}", exhibit.name, panel.title);
            assert!(!panel.title.is_empty() && !panel.description.is_empty(), "{place}");
            for axis in [&panel.x, &panel.y] {
                if let Some([low, high]) = axis.range {
                    assert!(low < high && (!axis.logarithmic || low > 0.0), "{place}, {}", axis.label);
                }
            }
            for line in &panel.lines {
                let place = format!("{place}, {}", line.label);
                assert!(line.marks || line.points.len() >= 2, "{place}: {} points", line.points.len());
                assert!(line.points.len() <= 500, "{place}: {} points", line.points.len());
                assert!(["solid", "dashed", "dotted", "dash-dot"].contains(&line.dash.as_str()), "{place}");
                assert!(line.colour.len() == 7 && line.colour.starts_with('#'), "{place}");
                for [x, y] in &line.points {
                    let inside = |axis: &ExhibitAxis, value: f64| {
                        axis.range.is_none_or(|[low, high]| (low..=high).contains(&value))
                    };
                    assert!(inside(&panel.x, *x) && inside(&panel.y, *y), "{place}: ({x}, {y}) is outside");
                    assert!(x.is_finite() && y.is_finite(), "{place}");
                    assert!(
                        (!panel.x.logarithmic || *x > 0.0) && (!panel.y.logarithmic || *y > 0.0),
                        "{place}"
                    );
                }
            }
            match &panel.background {
                Some(Background::Levels { grid }) => {
                    assert_eq!(grid.values.len(), grid.size[0] * grid.size[1], "{place}");
                    assert!(grid.values.iter().all(|value| value.is_finite()), "{place}");
                }
                Some(Background::Cells(cells)) => {
                    assert_eq!(cells.values.len(), cells.x.len() * cells.y.len(), "{place}");
                    assert!(cells.values.iter().flatten().all(|value| value.is_finite()), "{place}");
                    assert!(cells.values.iter().any(Option::is_none), "{place}: nothing diverged");
                    assert!(cells.x.is_sorted() && cells.y.is_sorted(), "{place}");
                }
                None => {}
            }
        }
        if let Some(table) = &exhibit.table {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", exhibit.name);
        }
    }
}

/// The table of an independent computation, which printed two or three digits of each.
#[test]
fn the_largest_stable_steps_are_those_of_an_independent_computation() {
    let table = exhibit("stability").unwrap().table.unwrap();
    let expected = [
        ["(0.1, 0.1)", "0.200", "0.110", "0.101", "0.0225"],
        ["(0.5, 0.1)", "0.600", "0.150", "0.105", "0.0224"],
        ["(0.5, 0.5)", "1.00", "0.550", "0.0413", "0.00401"],
        ["(0.5, 1)", "1.50", "0.212", "0.0201", "0.00200"],
    ];
    assert_eq!(table.rows, expected);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let error = exhibit("stabilty").unwrap_err();
    assert_eq!(error, TheoryError::Unknown { name: "stabilty".into() });
    let text = error.to_string();
    assert!(text.contains("did you mean `stability`?") && text.contains("sum-rule"), "{text}");
}

#[test]
fn names_are_those_of_the_exhibits() {
    for name in names() {
        assert_eq!(exhibit(name).unwrap().name, name);
    }
}
