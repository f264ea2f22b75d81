//! The optimizers' steps: for all replicas that share an update rule by the same launches, or by the host for those that devices
//! do not know.

mod elements;
mod host;
mod matrices;
mod segments;
mod tools;

#[cfg(all(test, feature = "nvidia"))]
pub(crate) use tools::SOURCE;

use crate::{Argument, Buffer, Device, DeviceError};
use elements::Elements;
use host::Hosted;
use matrices::Matrices;
use rule::matrix::MatrixSteps;
use rule::{AVERAGE, CLIP_EPS, Layout, Method, OptimizerState, SegmentKernels};
use segments::{Piece, Segmented};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use tools::{Norms, Stretch, Tools};

/// The values of `name`, of which there must be as many.
fn named<'a, T>(all: &'a BTreeMap<String, Vec<T>>, name: &str, len: usize) -> Result<&'a [T], DeviceError> {
    match all.get(name) {
        Some(values) if values.len() == len => Ok(values),
        Some(values) => {
            let reason = format!("`{name}` has {} numbers, expected {len}", values.len());
            Err(DeviceError::State { reason })
        }
        None => Err(DeviceError::State { reason: format!("`{name}` is missing") }),
    }
}

/// How a replica's steps are taken.
enum Way {
    /// By the kernels of this source.
    Elements(String),
    Segments(SegmentKernels),
    Matrices(MatrixSteps),
    Host,
}

impl Way {
    fn of(method: &dyn Method, total_steps: u64) -> Self {
        if let Some(source) = method.cuda_source() {
            return Self::Elements(source);
        }
        if let Some(kernels) = method.segment_kernels(total_steps) {
            return Self::Segments(kernels);
        }
        method.matrix_steps(total_steps).map_or(Self::Host, Self::Matrices)
    }

    /// What has to be equal for replicas to share their launches.
    fn kind(&self, method: &dyn Method, layout: &Layout) -> String {
        let own = match self {
            Self::Elements(source) => source.clone(),
            Self::Segments(kernels) => kernels.source.clone(),
            Self::Matrices(steps) => matrices::kind(steps, layout),
            Self::Host => String::new(),
        };
        let practice = method.practice();
        format!("{} {} {own}", practice.clip_norm.is_some(), practice.average.is_some())
    }
}

enum Rule {
    Elements(Elements),
    Segments(Box<Segmented>),
    Matrices(Box<Matrices>),
    Host(Hosted),
}

/// Gradients that are scaled down to a norm.
struct Clip {
    /// Of each replica.
    limits: Buffer,
    norms: Norms,
}

/// Averages of the weights.
struct Average {
    average: Buffer,
    /// `[2, replicas, 2]`: what is kept and what is taken at the first step, and at later ones.
    factors: Buffer,
}

/// Neighbouring replicas that share their launches.
struct Group {
    replicas: Range<usize>,
    rule: Rule,
    clip: Option<Clip>,
    average: Option<Average>,
}

/// The optimizers of a population.
pub(crate) struct Updates {
    tools: Tools,
    methods: Vec<Arc<dyn Method>>,
    groups: Vec<Group>,
    layout: Layout,
    pitch: usize,
    total_steps: u64,
    taken: u64,
    /// The step that row 0 of what was prepared is for.
    base: u64,
}

impl Updates {
    /// For replicas of a network with `layout` in order, each with its method. Equal rules should be neighbours: they share
    /// their launches.
    pub fn new(
        device: &Arc<dyn Device>,
        methods: Vec<Arc<dyn Method>>,
        layout: &Layout,
        pitch: usize,
        total_steps: u64,
    ) -> Result<Self, DeviceError> {
        // Tables and loops of parts count with 32 bits.
        assert!(layout.len() < u32::MAX as usize - SegmentKernels::LANES, "too many parameters for a device");
        let ways = methods.iter().map(|method| Way::of(method.as_ref(), total_steps));
        let ways: Vec<(String, Way)> =
            ways.zip(&methods).map(|(way, method)| (way.kind(method.as_ref(), layout), way)).collect();
        let (mut groups, mut start) = (Vec::new(), 0);
        for same in ways.chunk_by(|(a, _), (b, _)| a == b) {
            let replicas = start..start + same.len();
            start = replicas.end;
            let own = &methods[replicas.clone()];
            let rule = match &same[0].1 {
                Way::Elements(source) => {
                    Rule::Elements(Elements::new(device, own.to_vec(), source, pitch, total_steps)?)
                }
                Way::Segments(_) => {
                    let kernels = same.iter().filter_map(|(_, way)| match way {
                        Way::Segments(kernels) => Some(kernels.clone()),
                        _ => None,
                    });
                    let whole = vec![Piece { layout: 0..layout.len(), start: 0 }];
                    let own = Segmented::new(device, kernels.collect(), layout, whole, pitch)?;
                    Rule::Segments(Box::new(own))
                }
                Way::Matrices(_) => {
                    let steps = same.iter().filter_map(|(_, way)| match way {
                        Way::Matrices(steps) => Some(steps.clone()),
                        _ => None,
                    });
                    Rule::Matrices(Box::new(Matrices::new(device, steps.collect(), layout, pitch)?))
                }
                Way::Host => Rule::Host(Hosted::new(replicas.clone(), own, layout, total_steps)),
            };
            let on_device = !matches!(rule, Rule::Host(_));
            let practices = || own.iter().map(|method| method.practice());
            let limits: Vec<f64> = practices().filter_map(|practice| practice.clip_norm).collect();
            let clip = match on_device && !limits.is_empty() {
                true => Some(Clip {
                    limits: Buffer::from_slice(device, &limits)?,
                    norms: Norms::new(device, layout.len(), own.len())?,
                }),
                false => None,
            };
            let memories: Vec<f64> = practices().filter_map(|practice| practice.average).collect();
            let average = match on_device && !memories.is_empty() {
                true => Some(Average {
                    average: Buffer::zeros::<f32>(device, own.len() * pitch)?,
                    factors: Buffer::from_slice(device, &averaging(&memories))?,
                }),
                false => None,
            };
            groups.push(Group { replicas, rule, clip, average });
        }
        let (tools, layout) = (Tools::new(device)?, layout.clone());
        Ok(Self { tools, methods, groups, layout, pitch, total_steps, taken: 0, base: 0 })
    }

    /// Steps taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Puts what the next `steps` steps need on the device.
    pub fn prepare(&mut self, steps: usize) -> Result<(), DeviceError> {
        self.base = self.taken;
        let steps = self.taken..self.taken + steps as u64;
        self.groups.iter_mut().try_for_each(|group| match &mut group.rule {
            Rule::Elements(elements) => elements.prepare(steps.clone()),
            Rule::Segments(segmented) => segmented.prepare(steps.clone()),
            Rule::Matrices(matrices) => matrices.prepare(steps.clone()),
            Rule::Host(_) => Ok(()),
        })
    }

    /// One step of every replica: `parameters` and `gradient` are `[R, pitch]`. Gradients that are clipped are so in place.
    pub fn step(&mut self, parameters: &mut Buffer, gradient: &mut Buffer) -> Result<(), DeviceError> {
        let moment = (self.taken, (self.taken - self.base) as usize);
        let (pitch, len) = (self.pitch, self.layout.len());
        for group in &mut self.groups {
            let replicas = group.replicas.len();
            let first = group.replicas.start * pitch;
            let end = group.replicas.end * pitch * 4;
            assert!(end <= parameters.bytes() && end <= gradient.bytes(), "all replicas' parameters");
            if let Some(Clip { limits, norms }) = &group.clip {
                let gradient = Stretch { buffer: gradient, offset: first, pitch };
                self.tools.clip(gradient, len, replicas, (limits, CLIP_EPS), norms)?;
            }
            let arguments = (Argument::Buffer(parameters, first * 4), Argument::Buffer(gradient, first * 4));
            match &mut group.rule {
                Rule::Elements(elements) => elements.step(moment, arguments)?,
                Rule::Segments(segmented) => segmented.step(&self.tools, moment, arguments)?,
                Rule::Matrices(matrices) => {
                    matrices.step(&self.tools, moment, (parameters, gradient, first))?;
                }
                Rule::Host(hosted) => hosted.step(parameters, gradient, pitch)?,
            }
            if let Some(Average { average, factors }) = &group.average {
                let theta = Stretch { buffer: parameters, offset: first, pitch };
                let average = Stretch { buffer: average, offset: 0, pitch };
                let offset = if self.taken == 0 { 0 } else { 2 * replicas };
                let factors = Stretch { buffer: factors, offset, pitch: 2 };
                self.tools.blend(average, (average, theta), factors, len, replicas)?;
            }
        }
        self.taken += 1;
        Ok(())
    }

    /// The group of a replica, and its number there.
    fn group_of(&self, replica: usize) -> (&Group, usize) {
        let found = self.groups.iter().find(|group| group.replicas.contains(&replica));
        let Some(group) = found else { unreachable!("every replica is in a group") };
        (group, replica - group.replicas.start)
    }

    /// From now on takes no steps of a replica, if they are the host's.
    pub fn retire(&mut self, replica: usize) {
        for group in self.groups.iter_mut().filter(|group| group.replicas.contains(&replica)) {
            if let Rule::Host(hosted) = &mut group.rule {
                hosted.retire(replica);
            }
        }
    }

    /// The parameters to evaluate a replica at, if they are not those that are trained.
    ///
    /// # Errors
    /// If the device fails.
    pub fn evaluation_point(
        &self,
        replica: usize,
        parameters: &[f32],
    ) -> Result<Option<Vec<f32>>, DeviceError> {
        let (group, own) = self.group_of(replica);
        if let Rule::Host(hosted) = &group.rule {
            return Ok(hosted.evaluation_point(replica, parameters));
        }
        let method = &self.methods[replica];
        if self.taken == 0 || !method.evaluates_elsewhere() {
            return Ok(None);
        }
        if let Some(Average { average, .. }) = &group.average {
            return average.download(own * self.pitch, parameters.len()).map(Some);
        }
        // Once an epoch: the rule's own function, on the host.
        let mut optimizer = method.optimizer_f32(&self.layout, self.total_steps);
        let state = self.export(replica, parameters.len())?;
        optimizer.import(state).map_err(|e| DeviceError::State { reason: e.to_string() })?;
        Ok(optimizer.evaluation_point(parameters))
    }

    /// Whether all steps are the device's.
    pub fn are_on_device(&self) -> bool {
        !self.groups.iter().any(|group| matches!(group.rule, Rule::Host(_)))
    }

    /// Whether any replica's rule may say others.
    pub fn may_evaluate_elsewhere(&self) -> bool {
        self.methods.iter().any(|method| method.evaluates_elsewhere())
    }

    /// What a replica's optimizer remembers.
    pub fn export(&self, replica: usize, parameters: usize) -> Result<OptimizerState<f32>, DeviceError> {
        let (group, own) = self.group_of(replica);
        let mut state = match &group.rule {
            Rule::Elements(elements) => elements.export(own, parameters, self.taken)?,
            Rule::Segments(segmented) => segmented.export(own, self.taken)?,
            Rule::Matrices(matrices) => matrices.export(own, self.taken)?,
            Rule::Host(hosted) => hosted.export(replica),
        };
        if let Some(Average { average, .. }) = &group.average {
            let len = if self.taken == 0 { 0 } else { parameters };
            state.states.insert(AVERAGE.into(), average.download(own * self.pitch, len)?);
        }
        Ok(state)
    }

    /// Continues a replica from what its optimizer remembered. All replicas must have taken as many steps.
    pub fn import(
        &mut self,
        replica: usize,
        parameters: usize,
        state: &OptimizerState<f32>,
    ) -> Result<(), DeviceError> {
        let found = self.groups.iter_mut().find(|group| group.replicas.contains(&replica));
        let Some(group) = found else { unreachable!("every replica is in a group") };
        let own = replica - group.replicas.start;
        match &mut group.rule {
            Rule::Elements(elements) => elements.import(own, parameters, state)?,
            Rule::Segments(segmented) => segmented.import(own, state)?,
            Rule::Matrices(matrices) => matrices.import(own, state)?,
            Rule::Host(hosted) => {
                hosted.import(replica, state.clone())?;
                // One that was retired has taken fewer.
                self.taken = self.taken.max(state.steps_taken);
                return Ok(());
            }
        }
        if let Some(Average { average, .. }) = &mut group.average {
            let len = if state.steps_taken == 0 { 0 } else { parameters };
            average.upload(own * self.pitch, named(&state.states, AVERAGE, len)?)?;
        }
        self.taken = state.steps_taken;
        Ok(())
    }
}

/// What the average and the weights are multiplied by, replica by replica: the weights alone at the first step.
fn averaging(memories: &[f64]) -> Vec<f32> {
    let first = memories.iter().flat_map(|_| [0.0, 1.0]);
    let later = memories.iter().flat_map(|memory| [*memory as f32, (1.0 - memory) as f32]);
    first.chain(later).collect()
}
