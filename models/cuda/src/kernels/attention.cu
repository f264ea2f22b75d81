// Self-attention between its products. These are taken head by head, so that a head's queries, keys and values are matrices
// [time, size] of their own, and what a query attends to is a column: neighbouring threads have neighbouring queries, and
// each goes along the keys in order.
// `time`, `width`, `heads` and `size` are compile-time constants before this text.

// Place of number c of row `row` of [sequences * time, columns], which has a position's queries, keys and values (or one
// of these) side by side, each [heads, size], in [columns / width, sequences, heads, time, size].
#define PLACE_OF_HEAD                                                                                              \
    ((((size_t)(c / width) * (rows / time) + row / time) * heads + c % width / size) * time + row % time) * size + \
        c % size

extern "C" __global__ void split_heads(
    const float *__restrict__ x, float *__restrict__ parts, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            parts[PLACE_OF_HEAD] = x[(size_t)row * columns + c];
        }
    }
}

extern "C" __global__ void merge_heads(
    const float *__restrict__ parts, float *__restrict__ x, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            x[(size_t)row * columns + c] = parts[PLACE_OF_HEAD];
        }
    }
}

// Products of keys and queries become what every query attends to, softmax(scale * product) over the keys: weights
// [rows = replicas * sequences * heads, keys, queries]. A mask leaves a query the keys up to its own; the others get 0.
extern "C" __global__ void attention(
    float *__restrict__ weights, float scale, unsigned int causal, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(query, time) {
            float *of_query = weights + (size_t)row * time * time + query;
            const unsigned int keys = causal ? query + 1 : time;
            // A NaN is passed over here, and kept by the exponentials.
            float top = of_query[0];
            for (unsigned int key = 1; key < keys; key++) {
                const float product = of_query[(size_t)key * time];
                top = product > top ? product : top;
            }
            float total = 0.0f;
            for (unsigned int key = 0; key < keys; key++) {
                const float weight = expf((of_query[(size_t)key * time] - top) * scale);
                of_query[(size_t)key * time] = weight;
                total += weight;
            }
            const float share = 1.0f / total;
            for (unsigned int key = 0; key < time; key++) {
                float *weight = of_query + (size_t)key * time;
                *weight = key < keys ? *weight * share : 0.0f;
            }
        }
    }
}

// Turns the gradient of the weights into that of the products, in place. What the mask leaves out has none, even where
// the gradient is a NaN.
extern "C" __global__ void attention_backward(
    const float *__restrict__ weights, float *__restrict__ gradient, float scale, unsigned int causal, unsigned int
    rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(query, time) {
            const size_t first = (size_t)row * time * time + query;
            const unsigned int keys = causal ? query + 1 : time;
            float sum = 0.0f;
            for (unsigned int key = 0; key < keys; key++) {
                const size_t i = first + (size_t)key * time;
                sum += weights[i] * gradient[i];
            }
            for (unsigned int key = 0; key < time; key++) {
                const size_t i = first + (size_t)key * time;
                gradient[i] = key < keys ? weights[i] * ((gradient[i] - sum) * scale) : 0.0f;
            }
        }
    }
}
