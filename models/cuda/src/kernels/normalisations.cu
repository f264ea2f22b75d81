// Batch, group and layer normalisation: y = gain * (x - mean) * inverse + shift over rows of `channels` numbers, inverse
// being 1 / sqrt(variance + eps).
//
// A mean is one over a cell: `cell` rows by `members` neighbouring channels, so that a layer normalisation's is a row, a
// group normalisation's a group of an image, a batch normalisation's a channel of a replica's whole batch. A cell's
// numbers [cells, groups, 4] are the mean, the inverse, and for the way back the slope and the constant of the line in x
// that a gradient owes to mean and variance.
//
// Sums are those of stretches of `chunk` rows first, `chunks` of them, then of the stretches in order; all of them in
// double precision, as on the CPU.
// `channels`, `groups` and `members` are compile-time constants before this text.

#define STRETCH(of, rows_of)                                                                                       \
    const unsigned int from = (of) % chunks * chunk;                                                               \
    const unsigned int to = from + chunk < (rows_of) ? from + chunk : (rows_of);                                   \
    const size_t first = (size_t)((of) / chunks) * (rows_of);
#define NUMBERS(row, c) (numbers + 4 * ((size_t)((row) / cell) * groups + (c) / members))

// partial [rows = cells * chunks, groups, 2]: mean of a stretch, and the sum of the squares of what is apart from it.
extern "C" __global__ void moments(
    const float *__restrict__ x, double *__restrict__ partial, unsigned int cell, unsigned int chunk, unsigned int
    chunks, unsigned int rows) {
    EACH_ROW(row, rows) {
        STRETCH(row, cell)
        EACH_COLUMN(group, groups) {
            double sum = 0.0;
            for (unsigned int k = from; k < to; k++) {
                const float *line = x + (first + k) * channels + (size_t)group * members;
                for (unsigned int c = 0; c < members; c++) {
                    sum += line[c];
                }
            }
            const double mean = sum / ((double)(to - from) * members);
            double squares = 0.0;
            for (unsigned int k = from; k < to; k++) {
                const float *line = x + (first + k) * channels + (size_t)group * members;
                for (unsigned int c = 0; c < members; c++) {
                    const double apart = line[c] - mean;
                    squares += apart * apart;
                }
            }
            double *out = partial + 2 * ((size_t)row * groups + group);
            out[0] = mean;
            out[1] = squares;
        }
    }
}

// Mean and inverse of every cell from those of its stretches; rows = cells. With `running`, one cell of a replica's after
// the other `pitch` apart, running means and, behind those of all groups, unbiased variances move towards the cell's.
extern "C" __global__ void statistics(
    const double *__restrict__ partial, float *__restrict__ numbers, float *__restrict__ running, double eps, double
    momentum, unsigned int cell, unsigned int chunk, unsigned int chunks, unsigned long long pitch, unsigned int rows)
    {
    EACH_ROW(row, rows) {
        EACH_COLUMN(group, groups) {
            double count = 0.0, mean = 0.0, squares = 0.0;
            for (unsigned int i = 0; i < chunks; i++) {
                const double *part = partial + 2 * (((size_t)row * chunks + i) * groups + group);
                const unsigned int length = (i + 1) * chunk < cell ? chunk : cell - i * chunk;
                const double more = (double)length * members, share = more / (count + more);
                const double apart = part[0] - mean;
                mean += apart * share;
                squares += part[1] + apart * apart * (count * share);
                count += more;
            }
            float *out = numbers + 4 * ((size_t)row * groups + group);
            out[0] = (float)mean;
            out[1] = (float)(1.0 / sqrt(squares / count + eps));
            if (running) {
                float *of_replica = running + row * pitch + group;
                of_replica[0] = (float)((1.0 - momentum) * of_replica[0] + momentum * mean);
                of_replica[groups] =
                    (float)((1.0 - momentum) * of_replica[groups] + momentum * (squares / (count - 1.0)));
            }
        }
    }
}

// Mean and inverse of every channel from the running ones; rows = replicas.
extern "C" __global__ void running_statistics(
    const float *__restrict__ running, float *__restrict__ numbers, double eps, unsigned long long pitch, unsigned int
    rows) {
    EACH_ROW(replica, rows) {
        EACH_COLUMN(c, channels) {
            const float *of_replica = running + replica * pitch + c;
            float *out = numbers + 4 * ((size_t)replica * channels + c);
            out[0] = of_replica[0];
            out[1] = (float)(1.0 / sqrt((double)of_replica[channels] + eps));
        }
    }
}

// y [rows, channels] from x; gains, and behind them shifts, of a replica are `pitch` from the next one's.
extern "C" __global__ void normalise(
    const float *__restrict__ x, const float *__restrict__ numbers, const float *__restrict__ gain, float *__restrict__
    y, unsigned int cell, unsigned int per_replica, unsigned long long pitch, unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *of_replica = gain + row / per_replica * pitch;
        EACH_COLUMN(c, channels) {
            const float *of_cell = NUMBERS(row, c);
            const size_t i = (size_t)row * channels + c;
            y[i] = (x[i] - of_cell[0]) * (of_cell[1] * of_replica[c]) + of_replica[channels + c];
        }
    }
}

// partial [rows = replicas * chunks, channels, 2]: parts of the gradients of gain and shift.
extern "C" __global__ void gain_partials(
    const float *__restrict__ x, const float *__restrict__ numbers, const float *__restrict__ dy, double *__restrict__
    partial, unsigned int cell, unsigned int per_replica, unsigned int chunk, unsigned int chunks, unsigned int rows) {
    EACH_ROW(row, rows) {
        STRETCH(row, per_replica)
        EACH_COLUMN(c, channels) {
            double products = 0.0, plain = 0.0;
            for (unsigned int k = from; k < to; k++) {
                const float *of_cell = NUMBERS(first + k, c);
                const size_t i = (first + k) * channels + c;
                products += (double)dy[i] * ((x[i] - of_cell[0]) * of_cell[1]);
                plain += dy[i];
            }
            double *out = partial + 2 * ((size_t)row * channels + c);
            out[0] = products;
            out[1] = plain;
        }
    }
}

// The gradients of gain and shift from their parts; rows = replicas.
extern "C" __global__ void gain_gradient(
    const double *__restrict__ partial, float *__restrict__ gradient, unsigned int chunks, unsigned long long pitch,
    unsigned int rows) {
    EACH_ROW(replica, rows) {
        EACH_COLUMN(c, channels) {
            double products = 0.0, plain = 0.0;
            for (unsigned int i = 0; i < chunks; i++) {
                const double *part = partial + 2 * (((size_t)replica * chunks + i) * channels + c);
                products += part[0];
                plain += part[1];
            }
            gradient[replica * pitch + c] = (float)products;
            gradient[replica * pitch + channels + c] = (float)plain;
        }
    }
}

// partial [rows = cells * chunks, groups, 2]: sums of a stretch's gradients before gain and shift, plain and multiplied by
// what x is apart from the mean. `cells` are a replica's.
extern "C" __global__ void line_partials(
    const float *__restrict__ x, const float *__restrict__ numbers, const float *__restrict__ gain, const float
    *__restrict__ dy, double *__restrict__ partial, unsigned int cell, unsigned int cells, unsigned int chunk, unsigned
    int chunks, unsigned long long pitch, unsigned int rows) {
    EACH_ROW(row, rows) {
        STRETCH(row, cell)
        const float *of_replica = gain + row / chunks / cells * pitch;
        EACH_COLUMN(group, groups) {
            const float mean = numbers[4 * ((size_t)(row / chunks) * groups + group)];
            double plain = 0.0, products = 0.0;
            for (unsigned int k = from; k < to; k++) {
                const size_t line = (first + k) * channels;
                for (unsigned int c = group * members; c < (group + 1) * members; c++) {
                    const double d = (double)dy[line + c] * of_replica[c];
                    plain += d;
                    products += d * (x[line + c] - mean);
                }
            }
            double *out = partial + 2 * ((size_t)row * groups + group);
            out[0] = plain;
            out[1] = products;
        }
    }
}

// The line of every cell from the sums of its stretches; rows = cells.
extern "C" __global__ void lines(
    const double *__restrict__ partial, float *__restrict__ numbers, double share, unsigned int chunks, unsigned int
    rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(group, groups) {
            double plain = 0.0, products = 0.0;
            for (unsigned int i = 0; i < chunks; i++) {
                const double *part = partial + 2 * (((size_t)row * chunks + i) * groups + group);
                plain += part[0];
                products += part[1];
            }
            float *out = numbers + 4 * ((size_t)row * groups + group);
            const double inverse = out[1];
            out[2] = (float)(-products * share * inverse * inverse * inverse);
            out[3] = (float)(-plain * share * inverse);
        }
    }
}

// The same of a batch normalisation, whose sums are the gradients of gain and shift; rows = replicas.
extern "C" __global__ void batch_lines(
    const float *__restrict__ gain, const float *__restrict__ gradient, float *__restrict__ numbers, float share,
    unsigned long long pitch, unsigned int rows) {
    EACH_ROW(replica, rows) {
        EACH_COLUMN(c, channels) {
            const float *of_replica = gradient + replica * pitch + c;
            float *out = numbers + 4 * ((size_t)replica * channels + c);
            const float scale = out[1] * gain[replica * pitch + c];
            out[2] = -(of_replica[0] * share * out[1] * scale);
            out[3] = -(of_replica[channels] * share * scale);
        }
    }
}

// dx [rows, channels] from dy.
extern "C" __global__ void normalise_backward(
    const float *__restrict__ x, const float *__restrict__ numbers, const float *__restrict__ gain, const float
    *__restrict__ dy, float *__restrict__ dx, unsigned int cell, unsigned int per_replica, unsigned long long pitch,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *of_replica = gain + row / per_replica * pitch;
        EACH_COLUMN(c, channels) {
            const float *of_cell = NUMBERS(row, c);
            const size_t i = (size_t)row * channels + c;
            dx[i] = dy[i] * (of_cell[1] * of_replica[c]) + (x[i] - of_cell[0]) * of_cell[2] + of_cell[3];
        }
    }
}
