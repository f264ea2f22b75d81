// What the kernels share. They are C as much as CUDA: a host compiler takes them too, with a few definitions before them.
//
// A launch covers [rows, columns]: threads of a block lie along x in columns and along y in rows. Whatever the grid,
// every element is computed by one thread, in an order of operations that depends on shapes alone. There are no atomics.
// Products and sums that must have the bits of the CPU's are written with the _rn intrinsics, which are never contracted.

#define EACH_ROW(row, rows)                                                                                        \
    for (unsigned int row = blockIdx.x * blockDim.y + threadIdx.y; row < (rows); row += gridDim.x * blockDim.y)
#define EACH_COLUMN(column, columns)                                                                               \
    for (unsigned int column = threadIdx.x; column < (columns); column += blockDim.x)

// The windows of side `kernel` and distance `stride` that cover `position` along one axis.
#define FIRST_WINDOW(position) ((position) >= kernel ? ((position) - kernel) / stride + 1 : 0)
#define END_WINDOW(position, windows) ((position) / stride < (windows) ? (position) / stride + 1 : (windows))
