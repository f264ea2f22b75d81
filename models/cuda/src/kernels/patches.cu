// Convolution as a matrix product: windows written out as rows, and their gradients gathered back.

// `run` numbers of each of the window's `kernel` rows lie side by side in an image whose rows are `line` long; all
// lengths count what x points to. What a window has beyond the image, `padding` rows above and below it and `margin`
// numbers at its left and right, is `zero`: a place before the first is far behind the last, as it has no sign.
#define COPY_WINDOWS                                                                                               \
    EACH_ROW(row, rows) {                                                                                          \
        const unsigned int line_out = row / width_out;                                                             \
        const size_t image = line_out / height_out;                                                                \
        const unsigned int top = line_out % height_out * stride, left = row % width_out * stride * channels;       \
        EACH_COLUMN(t, kernel * run) {                                                                             \
            const unsigned int down = top + t / run - padding, across = left + t % run - margin;                   \
            out[(size_t)row * kernel * run + t] =                                                                  \
                down < height && across < line ? x[(image * height + down) * line + across] : zero;                \
        }                                                                                                          \
    }

// out [rows = replicas * images * height_out * width_out, kernel * run] from x [.., height, line].
extern "C" __global__ void patches(
    const float *__restrict__ x, float *__restrict__ out,
    unsigned int height, unsigned int line, unsigned int channels, unsigned int kernel, unsigned int run,
    unsigned int stride, unsigned int padding, unsigned int margin,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    const float zero = 0.0f;
    COPY_WINDOWS
}

// The same four numbers at a time.
extern "C" __global__ void patches4(
    const float4 *__restrict__ x, float4 *__restrict__ out,
    unsigned int height, unsigned int line, unsigned int channels, unsigned int kernel, unsigned int run,
    unsigned int stride, unsigned int padding, unsigned int margin,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    const float4 zero = {0.0f, 0.0f, 0.0f, 0.0f};
    COPY_WINDOWS
}

// dx [rows = replicas * images * height * width, channels]: what every window that covers the pixel says about it, in
// order of the window's row, then of the windows.
extern "C" __global__ void sum_patches(
    const float *__restrict__ dpatches, float *__restrict__ dx,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel, unsigned int stride,
    unsigned int padding, unsigned int height_out, unsigned int width_out, unsigned int rows) {
    const size_t terms = (size_t)kernel * kernel * channels;
    EACH_ROW(pixel, rows) {
        // Counted from the corner of the padding, as windows are.
        const unsigned int column = pixel % width + padding, line = pixel / width % height + padding;
        const size_t image = pixel / width / height;
        const unsigned int left = FIRST_WINDOW(column), right = END_WINDOW(column, width_out);
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int ky = line % stride; ky < kernel && ky <= line; ky += stride) {
                const unsigned int line_out = (line - ky) / stride;
                if (line_out >= height_out) {
                    continue;
                }
                const size_t windows = (image * height_out + line_out) * width_out;
                for (unsigned int window = left; window < right; window++) {
                    const unsigned int position = ky * kernel + column - window * stride;
                    sum += dpatches[(windows + window) * terms + (size_t)position * channels + c];
                }
            }
            dx[(size_t)pixel * channels + c] = sum;
        }
    }
}
