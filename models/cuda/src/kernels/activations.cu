// Functions of single numbers, between layers; `function` counts them in this order.
#define RECTIFIER 0
#define GELU 1
#define GELU_TANH 2
#define TANH 3
#define SILU 4

// 2 sqrt(2 / pi) and 0.044715 times that: 1 + tanh u = 2 / (1 + exp(-2 u)) with 2 u = x (GELU_SCALE + GELU_CUBIC x^2).
#define GELU_SCALE 1.5957691216057308f
#define GELU_CUBIC 0.07135481627260026f

static __device__ float logistic(float x) {
    return 1.0f / (1.0f + expf(-x));
}

// The standard normal distribution: the probability of less than x.
static __device__ float normal_below(float x) {
    return 0.5f + 0.5f * erff(0.7071067811865476f * x);
}

static __device__ float value_of(unsigned int function, float x) {
    switch (function) {
    case RECTIFIER:
        return x <= 0.0f ? 0.0f : x;
    case GELU:
        return x * normal_below(x);
    case GELU_TANH:
        return x * logistic(x * (GELU_SCALE + GELU_CUBIC * (x * x)));
    case TANH:
        return tanhf(x);
    default:
        return x * logistic(x);
    }
}

// The derivative at x, where the function is y.
static __device__ float slope_of(unsigned int function, float x, float y) {
    switch (function) {
    case GELU:
        return normal_below(x) + x * (0.3989422804014327f * expf(-0.5f * x * x));
    case GELU_TANH: {
        const float square = x * x, share = logistic(x * (GELU_SCALE + GELU_CUBIC * square));
        return share + y * (1.0f - share) * (GELU_SCALE + 3.0f * GELU_CUBIC * square);
    }
    case TANH:
        return 1.0f - y * y;
    default: {
        const float share = logistic(x);
        return share + y * (1.0f - share);
    }
    }
}

// y [rows, columns] from x; y may be x.
extern "C" __global__ void activation(
    const float *x, float *y, unsigned int function, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            const size_t i = (size_t)row * columns + c;
            y[i] = value_of(function, x[i]);
        }
    }
}

// dx [rows, columns] from dy; dx may be dy. A rectifier is closed where it gives 0, so that x may be y there.
extern "C" __global__ void activation_backward(
    const float *x, const float *y, const float *dy, float *dx,
    unsigned int function, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            const size_t i = (size_t)row * columns + c;
            if (function == RECTIFIER) {
                dx[i] = x[i] > 0.0f ? dy[i] : 0.0f;
            } else {
                dx[i] = __fmul_rn(dy[i], slope_of(function, x[i], y[i]));
            }
        }
    }
}
