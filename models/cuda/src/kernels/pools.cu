// Pooling without padding. Forwards one row per output pixel, backwards one row per input pixel, which sums over the
// windows that cover it in their order: the bits of the CPU's kernels.

// y and the winning position within the window, the first among equals; a NaN wins.
extern "C" __global__ void max_pool(
    const float *__restrict__ x, float *__restrict__ y, unsigned char *__restrict__ winner,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel, unsigned int stride,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    EACH_ROW(row, rows) {
        const unsigned int column = row % width_out, line_out = row / width_out;
        const size_t line = (size_t)(line_out / height_out) * height + line_out % height_out * stride;
        const float *window = x + (line * width + column * stride) * channels;
        EACH_COLUMN(c, channels) {
            float best = window[c];
            unsigned int position = 0;
            for (unsigned int ky = 0; ky < kernel; ky++) {
                for (unsigned int kx = 0; kx < kernel; kx++) {
                    const float candidate = window[((size_t)ky * width + kx) * channels + c];
                    if (candidate > best || candidate != candidate) {
                        best = candidate;
                        position = ky * kernel + kx;
                    }
                }
            }
            y[(size_t)row * channels + c] = best;
            winner[(size_t)row * channels + c] = (unsigned char)position;
        }
    }
}

extern "C" __global__ void max_pool_backward(
    const float *__restrict__ dy, const unsigned char *__restrict__ winner, float *__restrict__ dx,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel, unsigned int stride,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    EACH_ROW(pixel, rows) {
        const unsigned int column = pixel % width, line = pixel / width % height;
        const size_t image = pixel / width / height;
        const unsigned int top = FIRST_WINDOW(line), bottom = END_WINDOW(line, height_out);
        const unsigned int left = FIRST_WINDOW(column), right = END_WINDOW(column, width_out);
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int oy = top; oy < bottom; oy++) {
                for (unsigned int ox = left; ox < right; ox++) {
                    const size_t out = ((image * height_out + oy) * width_out + ox) * channels + c;
                    const unsigned int position = (line - oy * stride) * kernel + column - ox * stride;
                    if (winner[out] == position) {
                        sum += dy[out];
                    }
                }
            }
            dx[(size_t)pixel * channels + c] = sum;
        }
    }
}

extern "C" __global__ void average_pool(
    const float *__restrict__ x, float *__restrict__ y, float share,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel, unsigned int stride,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    EACH_ROW(row, rows) {
        const unsigned int column = row % width_out, line_out = row / width_out;
        const size_t line = (size_t)(line_out / height_out) * height + line_out % height_out * stride;
        const float *window = x + (line * width + column * stride) * channels;
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int ky = 0; ky < kernel; ky++) {
                for (unsigned int kx = 0; kx < kernel; kx++) {
                    sum += window[((size_t)ky * width + kx) * channels + c];
                }
            }
            y[(size_t)row * channels + c] = __fmul_rn(sum, share);
        }
    }
}

extern "C" __global__ void average_pool_backward(
    const float *__restrict__ dy, float *__restrict__ dx, float share,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel, unsigned int stride,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    EACH_ROW(pixel, rows) {
        const unsigned int column = pixel % width, line = pixel / width % height;
        const size_t image = pixel / width / height;
        const unsigned int top = FIRST_WINDOW(line), bottom = END_WINDOW(line, height_out);
        const unsigned int left = FIRST_WINDOW(column), right = END_WINDOW(column, width_out);
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int oy = top; oy < bottom; oy++) {
                for (unsigned int ox = left; ox < right; ox++) {
                    const size_t out = ((image * height_out + oy) * width_out + ox) * channels + c;
                    sum = __fadd_rn(sum, __fmul_rn(dy[out], share));
                }
            }
            dx[(size_t)pixel * channels + c] = sum;
        }
    }
}

// y [rows = replicas * images, channels] from x [rows, positions, channels]: the mean over the positions.
extern "C" __global__ void mean_pool(
    const float *__restrict__ x, float *__restrict__ y, float share,
    unsigned int positions, unsigned int channels, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int position = 0; position < positions; position++) {
                sum += x[((size_t)row * positions + position) * channels + c];
            }
            y[(size_t)row * channels + c] = __fmul_rn(sum, share);
        }
    }
}

// dx [rows = replicas * images * positions, channels]: every position gets an even share.
extern "C" __global__ void mean_pool_backward(
    const float *__restrict__ dy, float *__restrict__ dx, float share,
    unsigned int positions, unsigned int channels, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, channels) {
            dx[(size_t)row * channels + c] = __fmul_rn(dy[(size_t)(row / positions) * channels + c], share);
        }
    }
}
