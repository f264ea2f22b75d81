//! What entries look like: colour and dash, which tell lines apart in every figure of a report.
//!
//! What a study or an optimizer's file declares comes first. The settings of a grid lie on one sequential scale. Every other entry takes
//! what is free: a colour that the fewest have, and the first dash with it. So no two of up to six entries that nobody has declared to
//! be alike share a colour, and no two of up to twenty-four a look.

use crate::{EntrySettings, OptimizerFile};
use records::TaskCard;
use std::collections::{BTreeMap, BTreeSet};

/// Colours of entries without one of their own: Okabe and Ito's palette for all kinds of colour vision, less black and yellow.
const PALETTE: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];
/// Ends and middle of the scale of a grid, dark to light: readable on white and, brightened, on black (after matplotlib's viridis,
/// without its lightest end).
const SCALE: [[f64; 3]; 4] =
    [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [122.0, 196.0, 66.0]];

pub(crate) const DASHES: [&str; 4] = ["solid", "dashed", "dotted", "dash-dot"];

/// What was declared of an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wish {
    optimizer: String,
    /// By the study: kept in any case.
    own: [Option<String>; 2],
    /// By the optimizer's file: for the first entry that has it.
    shared: [Option<String>; 2],
    /// Its places in the grid that it belongs to, each of how many.
    grid: Vec<[usize; 2]>,
}

impl Wish {
    pub fn new(settings: &EntrySettings, shared: &OptimizerFile) -> Self {
        Self {
            optimizer: settings.optimizer.clone(),
            own: [settings.colour.clone(), settings.dash.clone()],
            shared: [shared.colour.clone(), shared.dash.clone()],
            grid: settings.places.clone(),
        }
    }

    /// Which wishes are granted first.
    fn rank(&self) -> u8 {
        match self {
            _ if self.own != [None, None] => 0,
            _ if !self.grid.is_empty() => 2,
            _ if self.shared[0].is_some() => 1,
            _ => 3,
        }
    }
}

/// A colour and a dash.
type Look = [String; 2];

/// Gives every entry of a study its look: the same key, the same look on every task, unless a task declares another. `wishes` are those
/// of the entries of `cards`, task by task.
pub(crate) fn assign(cards: &mut [TaskCard], wishes: &[Vec<Wish>]) {
    let mut firsts: Vec<(&str, &Wish, BTreeSet<usize>)> = Vec::new();
    for (task, (card, wishes)) in cards.iter().zip(wishes).enumerate() {
        for (entry, wish) in card.entries.iter().zip(wishes) {
            match firsts.iter_mut().find(|(key, ..)| *key == entry.key) {
                Some((_, _, tasks)) => drop(tasks.insert(task)),
                None => firsts.push((&entry.key, wish, BTreeSet::from([task]))),
            }
        }
    }
    // Stable: within a rank, in the order of the study.
    firsts.sort_by_key(|(_, wish, _)| wish.rank());
    let mut taken = Taken::default();
    let mut looks: BTreeMap<String, Look> = BTreeMap::new();
    for (key, wish, tasks) in firsts {
        let look = taken.grant(wish, &tasks);
        looks.insert(key.to_owned(), look);
    }
    for (card, wishes) in cards.iter_mut().zip(wishes) {
        for (entry, wish) in card.entries.iter_mut().zip(wishes) {
            let Some([colour, dash]) = looks.get(&entry.key) else { continue };
            entry.colour = wish.own[0].clone().unwrap_or_else(|| colour.clone());
            entry.dash = wish.own[1].clone().unwrap_or_else(|| dash.clone());
        }
    }
}

/// Gives entries that came together from several studies looks that nobody they meet has; whoever comes first keeps its own.
pub(crate) fn tell_apart(cards: &mut [TaskCard]) {
    let mut firsts: Vec<(String, String, Look, BTreeSet<usize>)> = Vec::new();
    for (task, card) in cards.iter().enumerate() {
        for entry in &card.entries {
            match firsts.iter_mut().find(|(key, ..)| *key == entry.key) {
                Some((.., tasks)) => drop(tasks.insert(task)),
                None => {
                    let look = [entry.colour.clone(), entry.dash.clone()];
                    firsts.push((entry.key.clone(), entry.optimizer.clone(), look, BTreeSet::from([task])));
                }
            }
        }
    }
    let mut taken = Taken::default();
    for (key, optimizer, look, tasks) in firsts {
        let met = taken.met(&tasks);
        if !met.0.contains(&&look) {
            taken.0.push((tasks, look));
            continue;
        }
        let look = met.look(&Wish { optimizer, ..Wish::default() });
        let entries = cards.iter_mut().flat_map(|card| &mut card.entries);
        entries.filter(|entry| entry.key == key).for_each(|entry| [entry.colour, entry.dash] = look.clone());
        taken.0.push((tasks, look));
    }
}

/// Looks that somebody has, with the tasks on which: who meets on none may look alike.
#[derive(Default)]
struct Taken(Vec<(BTreeSet<usize>, Look)>);

impl Taken {
    fn grant(&mut self, wish: &Wish, tasks: &BTreeSet<usize>) -> Look {
        let look = self.met(tasks).look(wish);
        self.0.push((tasks.clone(), look.clone()));
        look
    }

    /// Those that are met on some of the tasks.
    fn met(&self, tasks: &BTreeSet<usize>) -> Met<'_> {
        Met(self.0.iter().filter(|(others, _)| !others.is_disjoint(tasks)).map(|(_, look)| look).collect())
    }
}

/// The looks that an entry meets.
struct Met<'a>(Vec<&'a Look>);

impl Met<'_> {
    fn look(&self, wish: &Wish) -> Look {
        let dash = |colour: String| {
            let dash = self.free_dash(&colour);
            [colour, dash]
        };
        let any = || dash(self.free_colour(&wish.optimizer));
        match wish.rank() {
            // Declared: kept, even if another has it.
            0 => {
                let of = |k: usize| wish.own[k].clone().or_else(|| wish.shared[k].clone());
                let [colour, own] =
                    [of(0).unwrap_or_else(|| self.free_colour(&wish.optimizer)), of(1).unwrap_or_default()];
                if own.is_empty() { dash(colour) } else { [colour, own] }
            }
            1 => match &wish.shared {
                [Some(colour), shared] if self.uses(colour) == 0 => {
                    [colour.clone(), shared.clone().unwrap_or_else(|| DASHES[0].into())]
                }
                _ => any(),
            },
            // Along a grid colours repeat, and so may looks beyond what there is.
            2 => {
                let [step, steps] = wish.grid[0];
                let second = wish.grid.get(1).map_or(0, |[step, _]| step % DASHES.len());
                [scale(step, steps), DASHES[second].into()]
            }
            _ => any(),
        }
    }

    fn uses(&self, colour: &str) -> usize {
        self.0.iter().filter(|look| look[0] == colour).count()
    }

    /// A colour that the fewest have; of several, the next from that which the optimizer's name stands for, so that it mostly has the
    /// same one in every report.
    fn free_colour(&self, optimizer: &str) -> String {
        let first = usize::from(blake3::hash(optimizer.as_bytes()).as_bytes()[0]);
        let in_turn = (0..PALETTE.len()).map(|k| PALETTE[(first + k) % PALETTE.len()]);
        in_turn.min_by_key(|colour| self.uses(colour)).unwrap_or(PALETTE[0]).to_owned()
    }

    /// The first dash that nobody has in this colour.
    fn free_dash(&self, colour: &str) -> String {
        let is_free = |dash: &&str| self.0.iter().all(|look| look[0] != colour || look[1] != **dash);
        DASHES.into_iter().find(is_free).unwrap_or(DASHES[0]).to_owned()
    }
}

/// The colour of a step of a grid's first hyper-parameter.
fn scale(step: usize, steps: usize) -> String {
    let along = step as f64 / (steps.max(2) - 1) as f64 * (SCALE.len() - 1) as f64;
    let from = (along as usize).min(SCALE.len() - 2);
    let part = along - from as f64;
    let mixed = |c: usize| (SCALE[from][c] * (1.0 - part) + SCALE[from + 1][c] * part).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(optimizer: &str) -> Wish {
        Wish { optimizer: optimizer.into(), ..Wish::default() }
    }

    fn declared(optimizer: &str, colour: &str, dash: &str) -> Wish {
        Wish { shared: [Some(colour.into()), Some(dash.into())], ..wish(optimizer) }
    }

    fn granted(wishes: &[Wish]) -> Vec<Look> {
        let mut order: Vec<usize> = (0..wishes.len()).collect();
        order.sort_by_key(|k| wishes[*k].rank());
        let mut taken = Taken::default();
        let mut looks = vec![Look::default(); wishes.len()];
        for k in order {
            looks[k] = taken.grant(&wishes[k], &BTreeSet::from([0]));
        }
        looks
    }

    fn different<T: Ord>(values: impl Iterator<Item = T>) -> usize {
        values.collect::<BTreeSet<T>>().len()
    }

    #[test]
    fn up_to_six_have_a_colour_and_up_to_twenty_four_a_look_each() {
        // Names of optimizers that collide under any six colours.
        let names: Vec<String> = (0..24).map(|k| format!("optimizer-{k}")).collect();
        let wishes: Vec<Wish> = names.iter().map(|name| wish(name)).collect();
        for n in 1..=24 {
            let looks = granted(&wishes[..n]);
            assert_eq!(different(looks.iter().map(|look| &look[0])), n.min(6), "{n}");
            assert_eq!(different(looks.iter()), n, "{n}");
        }
    }

    #[test]
    fn five_entries_of_which_three_are_declared() {
        let wishes = [
            declared("adam", "#e69f00", "dash-dot"),
            wish("adamw"),
            wish("lion"),
            wish("signsgd"),
            declared("innaprop", "#56b4e9", "dashed"),
        ];
        let looks = granted(&wishes);
        assert_eq!(different(looks.iter().map(|look| &look[0])), 5, "{looks:?}");
        assert_eq!(looks[0], ["#e69f00".to_owned(), "dash-dot".to_owned()], "whoever is beside it");
        assert_eq!(looks[4], ["#56b4e9".to_owned(), "dashed".to_owned()]);
        // A second entry of an optimizer has its own colour; what a study declares is kept.
        let two = [declared("adam", "#e69f00", "dash-dot"), declared("adam", "#e69f00", "dash-dot")];
        assert_eq!(different(granted(&two).iter().map(|look| &look[0])), 2);
        let own = Wish { own: [Some("#111111".into()), None], ..declared("adam", "#e69f00", "dash-dot") };
        assert_eq!(granted(&[own.clone(), own])[1], ["#111111".to_owned(), "dash-dot".to_owned()]);
    }

    #[test]
    fn who_meets_nobody_may_look_like_anybody() {
        let mut taken = Taken::default();
        let adam = declared("adam", "#e69f00", "dash-dot");
        let looks = [[0, 0], [1, 1], [0, 1]].map(|tasks| taken.grant(&adam, &BTreeSet::from(tasks)));
        assert!(looks[0] == looks[1] && looks[2][0] != looks[0][0], "{looks:?}");
    }

    #[test]
    fn a_grid_lies_on_a_scale() {
        let wishes: Vec<Wish> =
            (0..36).map(|k| Wish { grid: vec![[k / 6, 6], [k % 6, 6]], ..wish("innaprop") }).collect();
        let looks = granted(&wishes);
        assert_eq!((different(looks.iter()), different(looks.iter().map(|look| &look[0]))), (24, 6));
        assert_eq!(
            (scale(0, 6), scale(5, 6), scale(0, 1)),
            ("#440154".into(), "#7ac442".into(), "#440154".into())
        );
        assert!(looks[..6].iter().all(|look| look[0] == looks[0][0]), "one colour for one value");
    }
}
