// What the threads of a block do together, in CUDA. For a C compiler host/blocks.h has the same words.

#ifdef __CUDACC__
#define SHARED(name, count) __shared__ __align__(16) float name[count]
#define SYNC() __syncthreads()
#define LOAD(place) (*(place))
#define STORE(place, value) (*(place) = (value))
#define COMMIT() asm volatile("cp.async.commit_group;" ::: "memory")
#define LAND(left) asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory")
// Bits of a warp's threads that are for it: there once they are counted.
#define VOTE(ballot, is_for) ((ballot) = __ballot_sync(0xFFFFFFFFu, is_for))
#define COUNT()

// Numbers of shared memory from global memory, 1 or 4 at a time, without a register between; zeros unless `is_inside`.
__device__ __forceinline__ void COPY(float *to, const float *from, unsigned int numbers, int is_inside) {
    const unsigned int there = (unsigned int)__cvta_generic_to_shared(to);
    const unsigned int bytes = is_inside ? 4 * numbers : 0;
    if (numbers == 4) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(there), "l"(from), "r"(bytes) : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(there), "l"(from), "r"(bytes) : "memory");
    }
}

// The nearest TF32 number.
__device__ __forceinline__ unsigned int TF32(float x) {
    unsigned int bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}

// sum [16, 8] += a [16, 8] b [8, 8] by a warp, each thread with its fragments.
__device__ __forceinline__ void MMA(float *sum, const unsigned int *a, unsigned int b0, unsigned int b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif
