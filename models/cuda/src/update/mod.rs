//! The optimizers' steps: one launch for all replicas that share an update rule, or the host's for those that have no kernel.

mod host;

use crate::{Argument, Buffer, Device, DeviceError, Kernel, Shape};
use host::Hosted;
use rule::{Layout, Method, OptimizerState, kernel_names};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a rule remembers before its first step.
fn remembered(method: &dyn Method) -> Vec<f64> {
    method.memory().into_iter().map(|(_, first)| first).collect()
}

/// Neighbouring replicas whose rules have the same kernel; their hyper-parameters may differ.
struct Group {
    replicas: Range<usize>,
    first: Kernel,
    step: Kernel,
    states: Vec<(String, Buffer)>,
    /// `[steps, replicas, width]` of the epoch under way.
    scalars: Buffer,
    width: usize,
}

/// The optimizers of a population.
pub(crate) struct Updates {
    device: Arc<dyn Device>,
    methods: Vec<Arc<dyn Method>>,
    groups: Vec<Group>,
    hosted: Vec<Hosted>,
    /// What the rules remember from step to step, replica by replica, as of the last step prepared.
    memory: Vec<Vec<f64>>,
    pitch: usize,
    total_steps: u64,
    taken: u64,
    /// The step that row 0 of the scalars is for.
    base: u64,
}

impl Updates {
    /// For replicas of a network with `layout` in order, each with its method. Equal rules should be neighbours: they share
    /// a launch.
    pub fn new(
        device: &Arc<dyn Device>,
        methods: Vec<Arc<dyn Method>>,
        layout: &Layout,
        pitch: usize,
        total_steps: u64,
    ) -> Result<Self, DeviceError> {
        let sources: Vec<Option<String>> = methods.iter().map(|method| method.cuda_source()).collect();
        let (mut groups, mut hosted) = (Vec::new(), Vec::new());
        let mut start = 0;
        for same in sources.chunk_by(|a, b| a == b) {
            let method = &methods[start];
            let Some(source) = &same[0] else {
                let replicas = start..start + same.len();
                hosted.push(Hosted::new(replicas.clone(), &methods[replicas], layout, total_steps));
                start += same.len();
                continue;
            };
            let names = kernel_names(method.name());
            let kernels = device.compile(source, &[&names[0], &names[1]])?;
            let room = |name: String| Ok((name, Buffer::zeros::<f32>(device, same.len() * pitch)?));
            groups.push(Group {
                replicas: start..start + same.len(),
                first: kernels[0],
                step: kernels[1],
                states: method.states().into_iter().map(room).collect::<Result<_, DeviceError>>()?,
                scalars: Buffer::zeros::<f32>(device, 0)?,
                width: method.scalars_at(0, total_steps, &mut remembered(method.as_ref())).len(),
            });
            start += same.len();
        }
        let memory = methods.iter().map(|method| remembered(method.as_ref())).collect();
        let device = Arc::clone(device);
        Ok(Self { device, methods, groups, hosted, memory, pitch, total_steps, taken: 0, base: 0 })
    }

    /// Steps taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Puts the scalars of the next `steps` steps on the device.
    pub fn prepare(&mut self, steps: usize) -> Result<(), DeviceError> {
        self.base = self.taken;
        for group in &mut self.groups {
            let mut rows = Vec::with_capacity(steps * group.replicas.len() * group.width);
            for k in self.taken..self.taken + steps as u64 {
                for replica in group.replicas.clone() {
                    let (method, memory) = (&self.methods[replica], &mut self.memory[replica]);
                    rows.extend(method.scalars_at(k, self.total_steps, memory).into_iter().map(|x| x as f32));
                }
            }
            if rows.len() * 4 > group.scalars.bytes() {
                group.scalars = Buffer::zeros::<f32>(&self.device, rows.len())?;
            }
            group.scalars.upload(0, &rows)?;
        }
        Ok(())
    }

    /// One step of every replica: `parameters` and `gradient` are `[R, pitch]`.
    pub fn step(&mut self, parameters: &mut Buffer, gradient: &Buffer) -> Result<(), DeviceError> {
        let row = (self.taken - self.base) as usize;
        for group in &self.groups {
            let replicas = group.replicas.len();
            let scalars = row * replicas * group.width * 4;
            assert!(
                scalars + replicas * group.width * 4 <= group.scalars.bytes(),
                "scalars were not prepared"
            );
            let end = group.replicas.end * self.pitch * 4;
            assert!(end <= parameters.bytes() && end <= gradient.bytes(), "all replicas' parameters");
            let start = group.replicas.start * self.pitch * 4;
            let mut arguments = vec![Argument::Buffer(parameters, start), Argument::Buffer(gradient, start)];
            arguments.extend(group.states.iter().map(|(_, state)| Argument::Buffer(state, 0)));
            arguments.extend([
                Argument::Buffer(&group.scalars, scalars),
                Argument::U64(self.pitch as u64),
                Argument::U32(replicas as u32),
            ]);
            let kernel = if self.taken == 0 { group.first } else { group.step };
            let shape = Shape::of_update(self.pitch, replicas);
            // SAFETY: the arguments are those that `rule` writes into the kernel's signature, states in the order of the
            // rule; the buffers were checked to hold all replicas.
            unsafe { self.device.launch(kernel, shape, &arguments)? };
        }
        for hosted in &mut self.hosted {
            hosted.step(parameters, gradient, self.pitch)?;
        }
        self.taken += 1;
        Ok(())
    }

    fn host_of(&self, replica: usize) -> Option<&Hosted> {
        self.hosted.iter().find(|hosted| hosted.replicas.contains(&replica))
    }

    /// From now on takes no steps of a replica, if they are the host's.
    pub fn retire(&mut self, replica: usize) {
        if let Some(hosted) = self.hosted.iter_mut().find(|hosted| hosted.replicas.contains(&replica)) {
            hosted.retire(replica);
        }
    }

    /// The parameters to evaluate a replica at, if they are not those that are trained. No rule that has a kernel says others.
    pub fn evaluation_point(&self, replica: usize, parameters: &[f32]) -> Option<Vec<f32>> {
        self.host_of(replica)?.evaluation_point(replica, parameters)
    }

    /// Whether any replica's rule may say others.
    pub fn may_evaluate_elsewhere(&self) -> bool {
        self.methods.iter().any(|method| method.evaluates_elsewhere())
    }

    /// What a replica's optimizer remembers.
    pub fn export(&self, replica: usize, parameters: usize) -> Result<OptimizerState<f32>, DeviceError> {
        if let Some(hosted) = self.host_of(replica) {
            return Ok(hosted.export(replica));
        }
        let mut states = BTreeMap::new();
        for group in self.groups.iter().filter(|group| group.replicas.contains(&replica)) {
            let place = (replica - group.replicas.start) * self.pitch;
            for (name, state) in &group.states {
                states.insert(name.clone(), state.download(place, parameters)?);
            }
        }
        // The running memory is that of the last step prepared, which need not have been taken yet.
        let method = &self.methods[replica];
        let mut memory = remembered(method.as_ref());
        if !memory.is_empty() {
            (0..self.taken).for_each(|k| drop(method.scalars_at(k, self.total_steps, &mut memory)));
        }
        let names = method.memory().into_iter().map(|(name, _)| name);
        let memory = names.zip(memory.into_iter().map(|number| vec![number])).collect();
        Ok(OptimizerState { steps_taken: self.taken, states, memory })
    }

    /// Continues a replica from what its optimizer remembered. All replicas must have taken as many steps.
    pub fn import(
        &mut self,
        replica: usize,
        parameters: usize,
        state: &OptimizerState<f32>,
    ) -> Result<(), DeviceError> {
        if let Some(hosted) = self.hosted.iter_mut().find(|hosted| hosted.replicas.contains(&replica)) {
            hosted.import(replica, state.clone())?;
            // One that was retired has taken fewer.
            self.taken = self.taken.max(state.steps_taken);
            return Ok(());
        }
        for group in self.groups.iter_mut().filter(|group| group.replicas.contains(&replica)) {
            let place = (replica - group.replicas.start) * self.pitch;
            for (name, buffer) in &mut group.states {
                match state.states.get(name) {
                    Some(values) if values.len() == parameters => buffer.upload(place, values)?,
                    Some(values) => {
                        let reason = format!("`{name}` has {} numbers, expected {parameters}", values.len());
                        return Err(DeviceError::State { reason });
                    }
                    None => return Err(DeviceError::State { reason: format!("`{name}` is missing") }),
                }
            }
        }
        for ((name, _), number) in self.methods[replica].memory().iter().zip(&mut self.memory[replica]) {
            match state.memory.get(name).map(Vec::as_slice) {
                Some([remembered]) => *number = *remembered,
                _ => return Err(DeviceError::State { reason: format!("`{name}` is missing") }),
            }
        }
        self.taken = state.steps_taken;
        Ok(())
    }
}
