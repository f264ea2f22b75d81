//! Rules of elements alone: one launch for all replicas.

use crate::{Argument, Buffer, Device, DeviceError, Kernel, Shape};
use rule::{Method, OptimizerState, kernel_names};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a rule remembers before its first step.
fn remembered(method: &dyn Method) -> Vec<f64> {
    method.memory().into_iter().map(|(_, first)| first).collect()
}

/// Neighbouring replicas whose rules have the same kernel; their hyper-parameters may differ.
pub(super) struct Elements {
    device: Arc<dyn Device>,
    /// Of each replica.
    methods: Vec<Arc<dyn Method>>,
    first: Kernel,
    step: Kernel,
    states: Vec<(String, Buffer)>,
    /// `[steps, replicas, width]` of the epoch under way.
    scalars: Buffer,
    width: usize,
    /// What the rules remember from step to step, replica by replica, as of the last step prepared.
    memory: Vec<Vec<f64>>,
    pitch: usize,
    total_steps: u64,
}

impl Elements {
    /// For replicas of the same `source` in order.
    pub fn new(
        device: &Arc<dyn Device>,
        methods: Vec<Arc<dyn Method>>,
        source: &str,
        pitch: usize,
        total_steps: u64,
    ) -> Result<Self, DeviceError> {
        let Some(method) = methods.first() else { unreachable!("a group has a replica") };
        assert!(pitch.is_multiple_of(4), "parameters four at a time");
        let names = kernel_names(method.name());
        let kernels = device.compile(source, &[&names[0], &names[1]])?;
        let room = |name: String| Ok((name, Buffer::zeros::<f32>(device, methods.len() * pitch)?));
        Ok(Self {
            device: Arc::clone(device),
            first: kernels[0],
            step: kernels[1],
            states: method.states().into_iter().map(room).collect::<Result<_, DeviceError>>()?,
            scalars: Buffer::zeros::<f32>(device, 0)?,
            width: method.scalars_at(0, total_steps, &mut remembered(method.as_ref())).len(),
            memory: methods.iter().map(|method| remembered(method.as_ref())).collect(),
            methods,
            pitch,
            total_steps,
        })
    }

    /// Puts the scalars of `steps` on the device.
    pub fn prepare(&mut self, steps: Range<u64>) -> Result<(), DeviceError> {
        let mut rows = Vec::new();
        for k in steps {
            for (method, memory) in self.methods.iter().zip(&mut self.memory) {
                rows.extend(method.scalars_at(k, self.total_steps, memory).into_iter().map(|x| x as f32));
            }
        }
        if rows.len() * 4 > self.scalars.bytes() {
            self.scalars = Buffer::zeros::<f32>(&self.device, rows.len())?;
        }
        self.scalars.upload(0, &rows)
    }

    /// Step `k`, whose scalars are in row `row` of those prepared.
    pub fn step(
        &self,
        (k, row): (u64, usize),
        (parameters, gradient): (Argument<'_>, Argument<'_>),
    ) -> Result<(), DeviceError> {
        let replicas = self.methods.len();
        let scalars = row * replicas * self.width * 4;
        assert!(scalars + replicas * self.width * 4 <= self.scalars.bytes(), "scalars were not prepared");
        let mut arguments = vec![parameters, gradient];
        arguments.extend(self.states.iter().map(|(_, state)| Argument::Buffer(state, 0)));
        arguments.extend([
            Argument::Buffer(&self.scalars, scalars),
            Argument::U64(self.pitch as u64),
            Argument::U32(replicas as u32),
        ]);
        let kernel = if k == 0 { self.first } else { self.step };
        let shape = Shape::of_update(self.pitch / 4, replicas);
        // SAFETY: the arguments are those that `rule` writes into the kernel's signature, states in the order of the rule; the
        // caller checked that the buffers hold all replicas.
        unsafe { self.device.launch(kernel, shape, &arguments) }
    }

    /// What a replica's optimizer remembers.
    pub fn export(
        &self,
        replica: usize,
        parameters: usize,
        steps_taken: u64,
    ) -> Result<OptimizerState<f32>, DeviceError> {
        let mut states = BTreeMap::new();
        for (name, state) in &self.states {
            states.insert(name.clone(), state.download(replica * self.pitch, parameters)?);
        }
        // The running memory is that of the last step prepared, which need not have been taken yet.
        let method = &self.methods[replica];
        let mut memory = remembered(method.as_ref());
        if !memory.is_empty() {
            (0..steps_taken).for_each(|k| drop(method.scalars_at(k, self.total_steps, &mut memory)));
        }
        let names = method.memory().into_iter().map(|(name, _)| name);
        let memory = names.zip(memory.into_iter().map(|number| vec![number])).collect();
        Ok(OptimizerState { steps_taken, states, memory })
    }

    /// Continues a replica.
    pub fn import(
        &mut self,
        replica: usize,
        parameters: usize,
        state: &OptimizerState<f32>,
    ) -> Result<(), DeviceError> {
        for (name, buffer) in &mut self.states {
            buffer.upload(replica * self.pitch, super::named(&state.states, name, parameters)?)?;
        }
        for ((name, _), number) in self.methods[replica].memory().iter().zip(&mut self.memory[replica]) {
            *number = super::named(&state.memory, name, 1)?[0];
        }
        Ok(())
    }
}
