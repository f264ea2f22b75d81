// Bias and rectifier, forwards and backwards. `per_replica` rows belong to each replica, whose parameters are `pitch` apart.

// y = max(0, y + bias) or y + bias; a NaN stays one.
extern "C" __global__ void add_bias(
    float *__restrict__ y, const float *__restrict__ bias,
    unsigned int columns, unsigned int per_replica, unsigned long long pitch, unsigned int relu, unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *of_replica = bias + row / per_replica * pitch;
        EACH_COLUMN(c, columns) {
            const size_t i = (size_t)row * columns + c;
            const float sum = y[i] + of_replica[c];
            y[i] = relu && sum <= 0.0f ? 0.0f : sum;
        }
    }
}

// Turns dy, the gradient after the rectifier, into the one before it (0 where y is not positive) and sums it over each
// `chunk` rows of a replica: partial [rows = replicas * chunks, columns], a row `pitch` from the one before.
extern "C" __global__ void bias_partials(
    float *__restrict__ dy, const float *__restrict__ y, float *__restrict__ partial,
    unsigned int columns, unsigned int per_replica, unsigned int chunk, unsigned int chunks,
    unsigned long long pitch, unsigned int relu, unsigned int rows) {
    EACH_ROW(row, rows) {
        const size_t first = (size_t)(row / chunks) * per_replica;
        const unsigned int from = row % chunks * chunk;
        const unsigned int to = from + chunk < per_replica ? from + chunk : per_replica;
        EACH_COLUMN(c, columns) {
            float sum = 0.0f;
            for (unsigned int k = from; k < to; k++) {
                const size_t i = (first + k) * columns + c;
                float d = dy[i];
                if (relu && !(y[i] > 0.0f)) {
                    d = 0.0f;
                    dy[i] = d;
                }
                sum += d;
            }
            partial[row * pitch + c] = sum;
        }
    }
}

// The gradient of the bias from its parts; one row per replica.
extern "C" __global__ void bias_gradient(
    const float *__restrict__ partial, float *__restrict__ gradient,
    unsigned int columns, unsigned int chunks, unsigned long long pitch, unsigned int rows) {
    EACH_ROW(replica, rows) {
        EACH_COLUMN(c, columns) {
            float sum = 0.0f;
            for (unsigned int chunk = 0; chunk < chunks; chunk++) {
                sum += partial[((size_t)replica * chunks + chunk) * columns + c];
            }
            gradient[replica * pitch + c] = sum;
        }
    }
}
