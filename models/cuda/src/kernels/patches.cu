// Convolution as a matrix product: windows written out as rows, and their gradients gathered back.

// `run` numbers of each of the window's `kernel` rows lie side by side in an image whose rows are `line` long; all
// lengths count what x points to.
#define COPY_WINDOWS                                                                                               \
    EACH_ROW(row, rows) {                                                                                          \
        const unsigned int column = row % width_out, line_out = row / width_out;                                   \
        const size_t image = line_out / height_out, first = image * height + line_out % height_out;                \
        const size_t start = first * line + (size_t)column * channels;                                             \
        EACH_COLUMN(t, kernel * run) {                                                                             \
            out[(size_t)row * kernel * run + t] = x[start + (size_t)(t / run) * line + t % run];                   \
        }                                                                                                          \
    }

// out [rows = replicas * images * height_out * width_out, kernel * run] from x [.., height, line].
extern "C" __global__ void patches(
    const float *__restrict__ x, float *__restrict__ out,
    unsigned int height, unsigned int line, unsigned int channels, unsigned int kernel, unsigned int run,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    COPY_WINDOWS
}

// The same four numbers at a time.
extern "C" __global__ void patches4(
    const float4 *__restrict__ x, float4 *__restrict__ out,
    unsigned int height, unsigned int line, unsigned int channels, unsigned int kernel, unsigned int run,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    COPY_WINDOWS
}

// dx [rows = replicas * images * height * width, channels]: what every window that covers the pixel says about it, in
// order of the window's row, then of the windows.
extern "C" __global__ void sum_patches(
    const float *__restrict__ dpatches, float *__restrict__ dx,
    unsigned int height, unsigned int width, unsigned int channels, unsigned int kernel,
    unsigned int height_out, unsigned int width_out, unsigned int rows) {
    const size_t terms = (size_t)kernel * kernel * channels;
    EACH_ROW(pixel, rows) {
        const unsigned int column = pixel % width, line = pixel / width % height;
        const size_t image = pixel / width / height;
        const unsigned int left = column + 1 > kernel ? column + 1 - kernel : 0;
        const unsigned int right = column < width_out ? column + 1 : width_out;
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int ky = 0; ky < kernel && ky <= line; ky++) {
                if (line - ky >= height_out) {
                    continue;
                }
                const size_t windows = (image * height_out + line - ky) * width_out;
                for (unsigned int window = left; window < right; window++) {
                    const unsigned int position = ky * kernel + column - window;
                    sum += dpatches[(windows + window) * terms + (size_t)position * channels + c];
                }
            }
            dx[(size_t)pixel * channels + c] = sum;
        }
    }
}
