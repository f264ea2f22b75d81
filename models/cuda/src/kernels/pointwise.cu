// Losses that are sums over an example's numbers, each with a target of its own; `function` counts them in this order.
#define SQUARED 0
#define BINARY 1

// The loss of one number, and its derivative.
typedef struct {
    float value, slope;
} Loss;

static __device__ Loss loss_of(unsigned int function, float y, float t) {
    Loss loss;
    if (function == SQUARED) {
        const float difference = y - t;
        loss.value = difference * difference;
        loss.slope = difference + difference;
    } else {
        // No exponential of what is positive: no number is too large.
        const float size = fabsf(y), small = expf(-size), share = 1.0f / (1.0f + small);
        // How far the target is from the nearer end, 0 or 1.
        const float far = y > 0.0f ? 1.0f - t : t;
        loss.value = size * far + log1pf(small);
        loss.slope = (y > 0.0f ? share : small * share) - t;
    }
    return loss;
}

// One row per example, whose numbers are dealt out to `parts` sums in turn. targets may be null: zeros. gradient may be null:
// evaluation.
extern "C" __global__ void pointwise_loss(
    const float *__restrict__ outputs, const float *__restrict__ targets, double *__restrict__ losses,
    float *__restrict__ gradient, float weight, unsigned int function, unsigned int size, unsigned int parts,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(part, parts) {
            double sum = 0.0;
            for (unsigned int e = part; e < size; e += parts) {
                const size_t i = (size_t)row * size + e;
                const Loss loss = loss_of(function, outputs[i], targets ? targets[i] : 0.0f);
                sum += (double)loss.value;
                if (gradient) {
                    gradient[i] = __fmul_rn(weight, loss.slope);
                }
            }
            losses[(size_t)row * parts + part] = sum;
        }
    }
}
