//! Labels: at the ends of lines apart from each other, and in rows that fit.

use super::breadth::breadth;

/// A text in rows of at most `width` pixels, broken at its spaces; a longer word has a row of its own. Thin and
/// non-breaking spaces hold.
pub(super) fn wrapped(text: &str, width: f64) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match rows.last_mut() {
            Some(row) if breadth(row) + breadth(" ") + breadth(word) <= width => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.into()),
        }
    }
    rows
}

/// Heights for labels that want to be at `wanted`, at least `gap` apart and within `low..=high` where there is
/// room: each set of labels that touch is centred on where its members want to be, the least they can move.
pub(super) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    // Clusters: where the first member goes, how many there are.
    let mut clusters: Vec<(f64, usize)> = Vec::new();
    for &i in &order {
        clusters.push((wanted[i], 1));
        while let [.., (above, above_count), (below, count)] = clusters[..] {
            if above + gap * above_count as f64 <= below {
                break;
            }
            let (a, b) = (above_count as f64, count as f64);
            // The mean of both wishes for the first member of the joint cluster.
            let first = (above * a + (below - gap * a) * b) / (a + b);
            clusters.truncate(clusters.len() - 2);
            clusters.push((first, above_count + count));
        }
        if let Some((first, count)) = clusters.last_mut() {
            *first = first.min(high - gap * (*count - 1) as f64).max(low);
        }
    }
    let mut places = vec![0.0; wanted.len()];
    let mut members = order.into_iter();
    for (first, count) in clusters {
        for k in 0..count {
            if let Some(i) = members.next() {
                places[i] = first + gap * k as f64;
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{breadth, spread, wrapped};

    #[test]
    fn texts_break_at_spaces() {
        let whole = "seconds of training";
        assert_eq!(wrapped(whole, breadth(whole) + 0.1), [whole]);
        assert_eq!(wrapped(whole, breadth(whole) - 1.0), ["seconds of", "training"]);
        assert_eq!(
            wrapped("step 7\u{202f}692 and incomprehensibilities", breadth("step 7\u{202f}692") + 0.1),
            ["step 7\u{202f}692", "and", "incomprehensibilities"]
        );
        assert!(wrapped("", 35.0).is_empty());
    }

    #[test]
    fn labels_keep_apart_and_move_as_little_as_they_can() {
        assert_eq!(spread(&[10.0, 50.0], 16.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 16.0, 0.0, 100.0), [42.0, 58.0]);
        // Three at the bottom: pushed up, order kept.
        assert_eq!(spread(&[99.0, 100.0, 98.0], 16.0, 0.0, 100.0), [84.0, 100.0, 68.0]);
        let crowded = spread(&[10.0, 12.0, 13.0, 40.0, 47.0], 16.0, 8.0, 200.0);
        assert!(crowded.windows(2).all(|w| w[1] - w[0] >= 16.0 - 1e-9), "{crowded:?}");
        assert!(crowded[0] >= 8.0);
    }
}
