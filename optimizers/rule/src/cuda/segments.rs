//! CUDA C of rules whose scalars are not the same for all elements, or follow from sums: the terms, the sums of their lanes, what follows
//! from these, the elements.
//!
//! Terms are added up as on the CPU: in each chunk of a segment by 256 lanes, each a thread's; the lanes by halves; the chunks and
//! the segments one after the other. Sums, and the scalars that follow from them, are in double precision.

use super::{Lines, Width, Words, identifier};
use crate::expression::Traced;
use crate::program::Program;
use crate::segments::{Segment, segments};
use crate::sums::LANES;
use crate::{Layout, Scope};
use std::fmt::{Debug, Formatter};
use std::sync::Arc;

/// What follows from sums and memory, as lists of operations in double precision.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The scalars that the terms are computed with.
    pub recalled: Traced,
    /// The scalars that the update is computed with, and what is remembered.
    pub concluded: Traced,
    /// Scalars that come from the host.
    pub width: usize,
    /// What is remembered, and its values before the first step.
    pub memory: Vec<(String, f64)>,
}

/// The host's scalars of step `k`.
type Scalars = Arc<dyn Fn(u64) -> Vec<f64> + Send + Sync>;

/// A rule, or the same without weight decay.
pub(crate) struct Variant {
    pub program: Program,
    pub step: Step,
    pub scalars: Scalars,
}

/// Names of the kernels of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentNames {
    /// `(theta, g, states.., scalars, memory, chunks, lanes, pitch, chunk count, places, replicas)`: the lanes' sums of each chunk
    /// before the first step, and before later ones. Blocks of [`SegmentKernels::LANES`] threads, one chunk after the other. Not
    /// there without sums.
    pub terms: Option<[String; 2]>,
    /// `(scalars, memory, memory after, chunks' sums, segments, rows, chunk count, segment count, places, replicas)`: the row of
    /// scalars of each segment.
    pub conclude: String,
    /// `(theta, g, states.., rows, chunks, pitch, chunk count, segment count, replicas)`: the first step, and later ones.
    pub step: [String; 2],
}

/// CUDA C of an optimizer's step over segments of the parameters, with what there is to know to launch it.
///
/// Tables, all of `unsigned int`: a chunk is (first element, end, number of its segment, its variant), a segment is (its first
/// chunk, end, elements that its sums go over, its variant). Scalars are `[replicas, variants, width]` and memory is `[replicas,
/// places, numbers]`, both double; rows are `[replicas, segments, numbers of a row]`, single; lanes are `[replicas, chunks, sums,
/// LANES]` and the chunks' sums `[replicas, chunks, sums]`, double. There is one place for all segments, or one for each.
#[derive(Clone)]
pub struct SegmentKernels {
    /// CUDA C.
    pub source: String,
    /// The kernels: of the rule, and of the same without weight decay if some tensors are to have none.
    pub variants: Vec<SegmentNames>,
    /// What the sums go over.
    pub scope: Scope,
    /// How many sums a step begins with.
    pub sums: usize,
    /// What is remembered from step to step, and its values before the first.
    pub memory: Vec<(String, f64)>,
    /// The states' names.
    pub states: Vec<String>,
    /// Scalars of a segment's row.
    pub row: usize,
    /// Scalars that come from the host.
    pub width: usize,
    scalars: Vec<Scalars>,
}

impl Debug for SegmentKernels {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentKernels").field("variants", &self.variants).finish_non_exhaustive()
    }
}

impl SegmentKernels {
    /// Threads of a block of the kernels over chunks.
    pub const LANES: usize = LANES;

    /// Elements of a chunk, but for the last of a segment.
    pub const CHUNK: usize = crate::sweep::CHUNK;

    /// The kernels of the optimizer `name`.
    pub(crate) fn new(name: &str, variants: Vec<Variant>) -> Self {
        let word = name.replace('-', "_");
        let mut source = format!("// Generated from the update rule `{name}`, by segments.\n");
        let (mut names, mut scalars) = (Vec::new(), Vec::new());
        let count = variants.len();
        let Some(Variant { program, step, .. }) = variants.first() else {
            unreachable!("a rule is a variant of itself")
        };
        let (scope, sums, row) = (program.scope, program.sums.len(), program.scalars.len());
        let (states, memory, width) = (program.states.clone(), step.memory.clone(), step.width);
        for (number, variant) in variants.into_iter().enumerate() {
            let word = if number == 0 { word.clone() } else { format!("{word}_undecayed") };
            let name = |what: &str| format!("{word}_{what}");
            let of = SegmentNames {
                terms: (sums > 0).then(|| [name("first_terms"), name("terms")]),
                conclude: name("conclude"),
                step: [name("first_part"), name("part")],
            };
            let mut text = Text { lines: Lines(&mut source), variant: &variant, number, variants: count };
            if let Some([first, later]) = &of.terms {
                text.terms(first, &variant.program.first_terms);
                text.terms(later, &variant.program.terms);
            }
            text.conclude(&of.conclude);
            text.part(&of.step[0], &variant.program.first);
            text.part(&of.step[1], &variant.program.step);
            names.push(of);
            scalars.push(variant.scalars);
        }
        Self { source, variants: names, scope, sums, memory, states, row, width, scalars }
    }

    /// The segments that share scalars; one that does not decay is of the second variant.
    pub fn segments(&self, layout: &Layout) -> Vec<Segment> {
        segments(layout, self.scope, self.variants.len() > 1)
    }

    /// The host's scalars of step `k`, one row for each variant.
    pub fn scalars_at(&self, k: u64) -> Vec<f64> {
        self.scalars.iter().flat_map(|scalars| scalars(k)).collect()
    }
}

struct Text<'a> {
    lines: Lines<'a>,
    variant: &'a Variant,
    number: usize,
    variants: usize,
}

impl Text<'_> {
    fn states(&self) -> Vec<String> {
        self.variant.program.states.iter().map(|state| identifier(state)).collect()
    }

    fn head(&mut self, name: &str, arguments: &[&str], states: Option<&str>) {
        self.lines.line(0, "");
        self.lines.line(0, &format!("extern \"C\" __global__ void {name}("));
        let (before, after) = arguments.split_at(if states.is_some() { 2 } else { 0 });
        let mut all: Vec<String> = before.iter().map(ToString::to_string).collect();
        if let Some(kind) = states {
            all.extend(self.states().iter().map(|state| format!("{kind} *__restrict__ {state}")));
        }
        all.extend(after.iter().map(ToString::to_string));
        self.lines.line(1, &format!("{}) {{", all.join(",\n    ")));
        self.lines.line(1, "for (unsigned int r = blockIdx.y; r < replicas_; r += gridDim.y)");
    }

    /// The chunks of this variant, from within the loop over replicas.
    fn chunks(&mut self) {
        self.lines.line(1, "for (unsigned int c_ = blockIdx.x; c_ < count_; c_ += gridDim.x) {");
        self.lines.line(2, "const unsigned int *chunk_ = chunks_ + 4 * (size_t)c_;");
        let number = self.number;
        self.lines.line(2, &format!("if (chunk_[3] != {number}) continue;"));
    }

    /// Where the host's scalars and the memory of a segment are.
    fn sources(&mut self, segment: &str) {
        let (variants, number) = (self.variants, self.number);
        let Step { width, memory, .. } = &self.variant.step;
        let line = format!("const double *row_ = scalars_ + ((size_t)r * {variants} + {number}) * {width};");
        self.lines.line(2, &line);
        self.lines.line(2, &format!("const unsigned int place_ = places_ > 1 ? {segment} : 0;"));
        let line =
            format!("const double *own_ = memory_ + ((size_t)r * places_ + place_) * {};", memory.len());
        self.lines.line(2, &line);
    }

    fn elements(&mut self) {
        let line = format!("for (unsigned int e = chunk_[0] + threadIdx.x; e < chunk_[1]; e += {LANES}) {{");
        self.lines.line(2, &line);
        self.lines.line(3, "const size_t i = (size_t)r * pitch_ + e;");
    }

    fn terms(&mut self, name: &str, traced: &Traced) {
        let arguments = [
            "const float *__restrict__ theta",
            "const float *__restrict__ g",
            "const double *__restrict__ scalars_",
            "const double *__restrict__ memory_",
            "const unsigned int *__restrict__ chunks_",
            "double *__restrict__ lanes_",
            "unsigned long long pitch_",
            "unsigned int count_",
            "unsigned int places_",
            "unsigned int replicas_",
        ];
        self.head(name, &arguments, Some("const float"));
        self.chunks();
        self.sources("chunk_[2]");
        let Program { scalars, sums, .. } = &self.variant.program;
        let (used, recalled) = (traced.scalars_used(), &self.variant.step.recalled);
        // In a block of its own: what is called t0 there is another.
        for &index in &used {
            self.lines.line(2, &format!("float {};", scalars[index].name));
        }
        self.lines.line(2, "{");
        let doubles =
            Words { states: &[], scalars: &|i| format!("row_[{i}]"), width: Width::Double, suffix: "" };
        self.lines.operations(recalled, &doubles, 3);
        for &index in &used {
            let value = doubles.operand(recalled, recalled.scalars[index]);
            self.lines.line(3, &format!("{} = (float){value};", scalars[index].name));
        }
        self.lines.line(2, "}");
        for sum in 0..sums.len() {
            self.lines.line(2, &format!("double sum_{sum}_ = 0.0;"));
        }
        self.elements();
        let states = self.states();
        let words = Words {
            states: &states,
            scalars: &|index| scalars[index].name.clone(),
            width: Width::Single,
            suffix: "",
        };
        self.lines.operations(traced, &words, 3);
        for (sum, &id) in traced.terms.iter().enumerate() {
            let term = words.operand(traced, id);
            self.lines.line(3, &format!("sum_{sum}_ = __dadd_rn(sum_{sum}_, (double){term});"));
        }
        self.lines.line(2, "}");
        for sum in 0..sums.len() {
            let place = format!("(((size_t)r * count_ + c_) * {} + {sum}) * {LANES}", sums.len());
            self.lines.line(2, &format!("lanes_[{place} + threadIdx.x] = sum_{sum}_;"));
        }
        self.lines.line(1, "}");
        self.lines.line(0, "}");
    }

    fn conclude(&mut self, name: &str) {
        let arguments = [
            "const double *__restrict__ scalars_",
            "const double *__restrict__ memory_",
            "double *__restrict__ after_",
            "const double *__restrict__ parts_",
            "const unsigned int *__restrict__ segments_",
            "float *__restrict__ rows_",
            "unsigned int count_",
            "unsigned int segment_count_",
            "unsigned int places_",
            "unsigned int replicas_",
        ];
        self.head(name, &arguments, None);
        let stride = "gridDim.x * blockDim.x";
        let line = format!(
            "for (unsigned int s_ = blockIdx.x * blockDim.x + threadIdx.x; s_ < segment_count_; s_ += {stride}) {{"
        );
        self.lines.line(1, &line);
        self.lines.line(2, "const unsigned int *segment_ = segments_ + 4 * (size_t)s_;");
        self.lines.line(2, &format!("if (segment_[3] != {}) continue;", self.number));
        self.sources("s_");
        let sums = self.variant.program.sums.len();
        for sum in 0..sums {
            self.lines.line(2, &format!("double sum_{sum}_ = 0.0;"));
        }
        if sums > 0 {
            self.lines.line(2, "const unsigned int first_ = places_ > 1 ? s_ : 0;");
            self.lines.line(2, "const unsigned int end_ = places_ > 1 ? s_ + 1 : segment_count_;");
            self.lines.line(2, "for (unsigned int q_ = first_; q_ < end_; q_++) {");
            for sum in 0..sums {
                self.lines.line(3, &format!("double of_{sum}_ = 0.0;"));
            }
            self.lines
                .line(3, "for (unsigned int c_ = segments_[4 * q_]; c_ < segments_[4 * q_ + 1]; c_++) {");
            for sum in 0..sums {
                let part = format!("parts_[((size_t)r * count_ + c_) * {sums} + {sum}]");
                self.lines.line(4, &format!("of_{sum}_ = __dadd_rn(of_{sum}_, {part});"));
            }
            self.lines.line(3, "}");
            for sum in 0..sums {
                self.lines.line(3, &format!("sum_{sum}_ = __dadd_rn(sum_{sum}_, of_{sum}_);"));
            }
            self.lines.line(2, "}");
        }
        let Step { concluded, memory, .. } = &self.variant.step;
        let words =
            Words { states: &[], scalars: &|i| format!("row_[{i}]"), width: Width::Double, suffix: "" };
        self.lines.operations(concluded, &words, 2);
        let row = self.variant.program.scalars.len();
        for (index, &id) in concluded.scalars.iter().enumerate() {
            let place = format!("rows_[((size_t)r * segment_count_ + s_) * {row} + {index}]");
            self.lines.line(2, &format!("{place} = (float){};", words.operand(concluded, id)));
        }
        if !memory.is_empty() {
            self.lines.line(2, "if (places_ > 1 || s_ + 1 == segment_count_) {");
            for (index, &id) in concluded.memory.iter().enumerate() {
                let place = format!("after_[((size_t)r * places_ + place_) * {} + {index}]", memory.len());
                self.lines.line(3, &format!("{place} = {};", words.operand(concluded, id)));
            }
            self.lines.line(2, "}");
        }
        self.lines.line(1, "}");
        self.lines.line(0, "}");
    }

    fn part(&mut self, name: &str, traced: &Traced) {
        let arguments = [
            "float *__restrict__ theta",
            "const float *__restrict__ g",
            "const float *__restrict__ rows_",
            "const unsigned int *__restrict__ chunks_",
            "unsigned long long pitch_",
            "unsigned int count_",
            "unsigned int segment_count_",
            "unsigned int replicas_",
        ];
        self.head(name, &arguments, Some("float"));
        self.chunks();
        let scalars = &self.variant.program.scalars;
        for index in traced.scalars_used() {
            let place =
                format!("rows_[((size_t)r * segment_count_ + chunk_[2]) * {} + {index}]", scalars.len());
            self.lines.line(2, &format!("const float {} = {place};", scalars[index].name));
        }
        self.elements();
        let states = self.states();
        let words = Words {
            states: &states,
            scalars: &|index| scalars[index].name.clone(),
            width: Width::Single,
            suffix: "",
        };
        self.lines.element(traced, &words, 3);
        self.lines.line(2, "}");
        self.lines.line(1, "}");
        self.lines.line(0, "}");
    }
}
