// Gradients of weights from the parts that they were computed in.

// gradient [replicas, pitch] from parts [replicas, parts_pitch], added up in order. A row of `table` [chunks, 5] has of a chunk:
// where its first part begins, how far parts are from one another, how many there are, where the sums go, how many there are.
extern "C" __global__ void collect(
    const float *__restrict__ parts, float *__restrict__ gradient, const unsigned int *__restrict__ table,
    unsigned long long parts_pitch, unsigned long long pitch, unsigned int chunks, unsigned int replicas) {
    for (unsigned int r = blockIdx.y; r < replicas; r += gridDim.y) {
        for (unsigned int c = blockIdx.x; c < chunks; c += gridDim.x) {
            const unsigned int *chunk = table + 5 * c;
            const float *first = parts + r * parts_pitch + chunk[0];
            float *sums = gradient + r * pitch + chunk[3];
            for (unsigned int e = threadIdx.x; e < chunk[4]; e += blockDim.x) {
                float sum = 0.0f;
                for (unsigned int part = 0; part < chunk[2]; part++) sum += first[(size_t)part * chunk[1] + e];
                sums[e] = sum;
            }
        }
    }
}
