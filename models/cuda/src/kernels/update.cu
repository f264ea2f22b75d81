// Steps of optimizers that are more than a kernel of their rule: sums, clipping, averages, matrices.
//
// Sums are the CPU's, addition by addition: in each chunk by as many lanes as a block has threads, the lanes by halves, the
// chunks one after the other. Only what is left to the fallback of a rule of matrices is cut at every tensor, which the CPU's is not.

#define LANES 256
#define EACH_REPLICA(r) for (unsigned int r = blockIdx.y; r < replicas; r += gridDim.y)
#define EACH_ELEMENT(e, elements)                                                                                  \
    for (size_t e = (size_t)blockIdx.x * blockDim.x + threadIdx.x; e < (elements); e += (size_t)gridDim.x * blockDim.x)

// lanes [replicas, chunks, LANES]: sums of squares of `elements` numbers of x. Blocks of LANES threads.
extern "C" __global__ void squares(
    const float *__restrict__ x, double *__restrict__ lanes, unsigned long long pitch, unsigned int elements,
    unsigned int chunk, unsigned int chunks, unsigned int replicas) {
    EACH_REPLICA(r) for (unsigned int c = blockIdx.x; c < chunks; c += gridDim.x) {
        const unsigned int end = elements - c * chunk < chunk ? elements : (c + 1) * chunk;
        double sum = 0.0;
        for (unsigned int e = c * chunk + threadIdx.x; e < end; e += LANES) {
            const double value = x[r * pitch + e];
            sum = __dadd_rn(sum, __dmul_rn(value, value));
        }
        lanes[((size_t)r * chunks + c) * LANES + threadIdx.x] = sum;
    }
}

// parts [count]: the sums of the lanes [count, LANES], which are lost.
extern "C" __global__ void fold_lanes(double *__restrict__ lanes, double *__restrict__ parts, unsigned int count) {
    for (unsigned int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
        double *own = lanes + (size_t)i * LANES;
        for (unsigned int width = LANES / 2; width > 0; width /= 2) {
            for (unsigned int lane = 0; lane < width; lane++) {
                own[lane] = __dadd_rn(own[lane], own[lane + width]);
            }
        }
        parts[i] = own[0];
    }
}

// factors [replicas]: what brings the root of the sum of parts [replicas, chunks] down to norms [replicas], at most 1.
extern "C" __global__ void clip_factors(
    const double *__restrict__ parts, const double *__restrict__ norms, float *__restrict__ factors, double eps,
    unsigned int chunks, unsigned int replicas) {
    for (unsigned int r = blockIdx.x * blockDim.x + threadIdx.x; r < replicas; r += gridDim.x * blockDim.x) {
        double sum = 0.0;
        for (unsigned int c = 0; c < chunks; c++) sum = __dadd_rn(sum, parts[(size_t)r * chunks + c]);
        const double factor = __ddiv_rn(norms[r], __dadd_rn(__dsqrt_rn(sum), eps));
        // What is not a number goes through, so that it is seen.
        factors[r] = factor >= 1.0 ? 1.0f : (float)factor;
    }
}

// factors [replicas]: 1 over the root of the sum of parts [replicas, chunks], or over `least` where that is more.
extern "C" __global__ void inverse_norms(
    const double *__restrict__ parts, float *__restrict__ factors, double least, unsigned int chunks,
    unsigned int replicas) {
    for (unsigned int r = blockIdx.x * blockDim.x + threadIdx.x; r < replicas; r += gridDim.x * blockDim.x) {
        double sum = 0.0;
        for (unsigned int c = 0; c < chunks; c++) sum = __dadd_rn(sum, parts[(size_t)r * chunks + c]);
        const double norm = __dsqrt_rn(sum);
        factors[r] = (float)__ddiv_rn(1.0, norm > least ? norm : least);
    }
}

// to = factors[r] · of, which it may be.
extern "C" __global__ void scale(
    float *to, const float *of, const float *__restrict__ factors, unsigned long long to_pitch,
    unsigned long long of_pitch, unsigned int elements, unsigned int replicas) {
    EACH_REPLICA(r) EACH_ELEMENT(e, elements) to[r * to_pitch + e] = __fmul_rn(factors[r], of[r * of_pitch + e]);
}

// to = a x + b y, which it may be one of; factors [replicas, factors_pitch] are a and b.
extern "C" __global__ void blend(
    float *to, const float *x, const float *y, const float *__restrict__ factors, unsigned long long to_pitch,
    unsigned long long x_pitch, unsigned long long y_pitch, unsigned int factors_pitch, unsigned int elements,
    unsigned int replicas) {
    EACH_REPLICA(r) {
        const float a = factors[(size_t)r * factors_pitch], b = factors[(size_t)r * factors_pitch + 1];
        EACH_ELEMENT(e, elements) {
            const float first = __fmul_rn(a, x[r * x_pitch + e]);
            to[r * to_pitch + e] = __fadd_rn(first, __fmul_rn(b, y[r * y_pitch + e]));
        }
    }
}
