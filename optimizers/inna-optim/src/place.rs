//! Numbers where candle keeps them.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Tensor, bail};
use rule::Optimizer;
use std::cell::RefCell;

/// A step in place.
struct InPlace<'a> {
    optimizer: RefCell<&'a mut dyn Optimizer<f32>>,
    gradient: &'a [f32],
}

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "optimizer-step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("a variable is not one stretch of F32");
        };
        self.optimizer.borrow_mut().step(&mut values[start..end], self.gradient);
        Ok(())
    }
}

/// Steps `parameter`, which is one stretch of `f32` on the CPU, without copying it.
pub(crate) fn step(optimizer: &mut dyn Optimizer<f32>, parameter: &Tensor, gradient: &Tensor) -> Result<()> {
    let gradient = gradient.contiguous()?;
    let (storage, layout) = gradient.storage_and_layout();
    let (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) =
        (&*storage, layout.contiguous_offsets())
    else {
        bail!("a gradient is not F32 on the CPU");
    };
    parameter.inplace_op1(&InPlace { optimizer: RefCell::new(optimizer), gradient: &values[start..end] })
}
