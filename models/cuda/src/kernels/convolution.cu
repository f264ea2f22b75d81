// Convolutions on tensor cores, without windows written out: products over tiles of ROWS x COLUMNS, DEPTH terms at a time,
// the tiles of the next terms on their way while those of the last are multiplied; the way back is in convolution_apart.cu or
// convolution_at_once.cu, and what goes back in convolution_upstream.cu. Shapes are compile-time constants, which
// operators/convolution/shape.rs puts before this text. Replicas lie along the grid's y, tiles (and parts) along x. The order of all
// sums depends on shapes and on the number of replicas alone.

#define THREADS 256
#define ROWS 128
#define DEPTH 16
#define TERMS (KERNEL * KERNEL * CHANNELS)
#define PIXELS (HEIGHT_OUT * WIDTH_OUT)
#define INPUTS (HEIGHT * WIDTH)
// Bytes of a pixel's rectifiers.
#define MASKS ((FILTERS + 7) / 8)
// Distances between lines of the tiles in shared memory: no two threads of a warp meet at a bank.
#define LINE_A (DEPTH + 4)
#define LINE_AT (ROWS + 8)
#define LINE_B (COLUMNS + 8)
#define TILE_A (ROWS * LINE_A)
#define TILE_B (DEPTH * LINE_B)
// Products of a warp side by side, 8 columns each; there are two below one another, of 16 rows.
#define NARROW (COLUMNS / 16)
// X_TYPE, Y_TYPE and DY_TYPE are how the input (and its gradient), the output and what goes back are stored: a float is copied as it is
// into shared memory, and all others widened on their way.
#define X_IS_COPIED (sizeof(X_TYPE) == sizeof(float))
// Numbers that go together: four where every line begins at a multiple of four.
#define UNIT_X (CHANNELS % 4 == 0 ? 4 : 1)
#define UNIT_Y (FILTERS % 4 == 0 ? 4 : 1)
#define UNIT_W (FILTERS % 4 == 0 && WEIGHT_ALIGNED ? 4 : 1)
// Loads of a thread for a tile of so many numbers.
#define LOADS(numbers, unit) (((numbers) / (unit) + THREADS - 1) / THREADS)

#define UNROLL _Pragma("unroll")

// A thread's place: its warp has 32 rows and half of the columns; in the fragments a row and a column are its own.
#define BEGIN                                                                                                      \
    SHARED(room, 2 * TILE_A + 2 * TILE_B);                                                                         \
    const unsigned int t = threadIdx.x, lane = t % 32, warp = t / 32, r = blockIdx.y;                              \
    const unsigned int down = warp % 4 * 32 + lane / 4, across = warp / 4 * (COLUMNS / 2) + lane / 4;              \
    float sums[2][NARROW][4];                                                                                      \
    UNROLL for (unsigned int i = 0; i < 2; i++)                                                                    \
        UNROLL for (unsigned int j = 0; j < NARROW; j++)                                                           \
            UNROLL for (unsigned int e = 0; e < 4; e++) sums[i][j][e] = 0.0f;

// Where the tiles of a slice lie.
#define A_OF(slice) (room + (slice) % 2 * TILE_A)
#define B_OF(slice) (room + 2 * TILE_A + (slice) % 2 * TILE_B)
#define AT(tile, row, term) ((tile) + (row) * LINE_A + (term))
#define TURNED(tile, row, term) ((tile) + (term) * LINE_AT + (row))

// A thread's share of the products of a slice, whose left factor lies as `PLACE` says.
#define MULTIPLY(PLACE, slice)                                                                                     \
    UNROLL for (unsigned int half = 0; half < DEPTH / 8; half++) {                                                 \
        const unsigned int k = half * 8 + lane % 4;                                                                \
        unsigned int left[2][4];                                                                                   \
        UNROLL for (unsigned int i = 0; i < 2; i++)                                                                \
            UNROLL for (unsigned int e = 0; e < 4; e++)                                                            \
                left[i][e] = TF32(LOAD(PLACE(A_OF(slice), down + i * 16 + e % 2 * 8, k + e / 2 * 4)));             \
        UNROLL for (unsigned int j = 0; j < NARROW; j++) {                                                         \
            const float *const b = B_OF(slice) + k * LINE_B + across + j * 8;                                      \
            const unsigned int upper = TF32(LOAD(b)), lower = TF32(LOAD(b + 4 * LINE_B));                          \
            UNROLL for (unsigned int i = 0; i < 2; i++) MMA(sums[i][j], left[i], upper, lower);                    \
        }                                                                                                          \
    }

// Numbers of a type from global memory into registers, one or four at a time, or zeros; and from there into shared memory.
#define FETCH(type, to, from, unit, is_inside) JOINED(FETCH_, type)(to, from, unit, is_inside)
#define FETCH_bf16(to, from, unit, is_inside)                                                                      \
    if (!(is_inside)) {                                                                                            \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = 0.0f;                                           \
    } else if ((unit) == 4) {                                                                                      \
        const unsigned long long four = *(const unsigned long long *)(from);                                       \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = widened((unsigned int)(four >> 16 * n) & 0xFFFFu); \
    } else {                                                                                                       \
        (to)[0] = widened(*(from));                                                                                \
    }
#define FETCH_float(to, from, unit, is_inside)                                                                     \
    if (!(is_inside)) {                                                                                            \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = 0.0f;                                           \
    } else if ((unit) == 4) {                                                                                      \
        const float4 four = *(const float4 *)(from);                                                               \
        (to)[0] = four.x, (to)[(unit) / 4] = four.y, (to)[(unit) / 4 * 2] = four.z, (to)[(unit) / 4 * 3] = four.w; \
    } else {                                                                                                       \
        (to)[0] = *(from);                                                                                         \
    }
#define PUT(to, from, unit, distance)                                                                              \
    { UNROLL for (unsigned int n = 0; n < (unit); n++) STORE((to) + n * (distance), (from)[n]); }

#define COLUMNS FILTER_COLUMNS
#define COLUMN_TILES FILTER_TILES

// y [images, PIXELS, FILTERS] = windows(x) w + bias, and the rectifier with the bits of what it lets through.
extern "C" __global__ void __launch_bounds__(THREADS) conv_forward(
    const X_TYPE *__restrict__ x, const float *__restrict__ w, Y_TYPE *__restrict__ y, unsigned char *__restrict__ open,
    unsigned long long pitch, unsigned int images) {
    BEGIN
    const unsigned int rows = images * PIXELS, first = blockIdx.x / COLUMN_TILES * ROWS;
    const unsigned int column = blockIdx.x % COLUMN_TILES * COLUMNS;
    x += (size_t)r * images * INPUTS * CHANNELS;
    w += r * pitch;

    // The corners of a thread's windows; those beyond the last row are the last row's.
    const unsigned int piece = t % (DEPTH / UNIT_X) * UNIT_X;
    const X_TYPE *image[LOADS(ROWS * DEPTH, UNIT_X)];
    int top[LOADS(ROWS * DEPTH, UNIT_X)], left_of[LOADS(ROWS * DEPTH, UNIT_X)];
    UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++) {
        const unsigned int row = first + (t + i * THREADS) / (DEPTH / UNIT_X), p = row < rows ? row : rows - 1;
        image[i] = x + (size_t)(p / PIXELS) * INPUTS * CHANNELS;
        top[i] = (int)(p % PIXELS / WIDTH_OUT * STRIDE) - PADDING;
        left_of[i] = (int)(p % WIDTH_OUT * STRIDE) - PADDING;
    }

    for (unsigned int slice = 0; slice <= (TERMS + DEPTH - 1) / DEPTH; slice++) {
        float a[LOADS(ROWS * DEPTH, UNIT_X)][UNIT_X];
        if (slice * DEPTH < TERMS) {
            const unsigned int term = slice * DEPTH + piece, tap = term / CHANNELS;
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++) {
                const int v = top[i] + (int)(tap / KERNEL), u = left_of[i] + (int)(tap % KERNEL);
                const int inside = term < TERMS && (PADDING == 0 || (v >= 0 && v < HEIGHT && u >= 0 && u < WIDTH));
                const X_TYPE *from = inside ? image[i] + ((size_t)v * WIDTH + u) * CHANNELS + term % CHANNELS : x;
                if (X_IS_COPIED)
                    COPY(AT(A_OF(slice), (t + i * THREADS) / (DEPTH / UNIT_X), piece), (const float *)from, UNIT_X, inside);
                else FETCH(X_TYPE, a[i], from, UNIT_X, inside)
            }
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_W); i++) {
                const unsigned int e = t + i * THREADS, k = e / (COLUMNS / UNIT_W), c = e % (COLUMNS / UNIT_W) * UNIT_W;
                const int inside = slice * DEPTH + k < TERMS && column + c < FILTERS;
                const float *from = inside ? w + (size_t)(slice * DEPTH + k) * FILTERS + column + c : w;
                if (k < DEPTH) COPY(B_OF(slice) + k * LINE_B + c, from, UNIT_W, inside);
            }
        }
        COMMIT();
        if (slice > 0) MULTIPLY(AT, slice - 1)
        if (!X_IS_COPIED && slice * DEPTH < TERMS)
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++)
                PUT(AT(A_OF(slice), (t + i * THREADS) / (DEPTH / UNIT_X), piece), a[i], UNIT_X, 1)
        LAND(0);
        SYNC();
    }

    y += (size_t)r * rows * FILTERS;
    open += (size_t)r * rows * MASKS;
    UNROLL for (unsigned int j = 0; j < NARROW; j++) {
        const unsigned int tile = column + warp / 4 * (COLUMNS / 2) + j * 8, f = tile + lane % 4 * 2;
        float bias[2] = {0.0f, 0.0f};
        UNROLL for (unsigned int e = 0; e < 2; e++)
            if (HAS_BIAS && f + e < FILTERS) bias[e] = w[(size_t)TERMS * FILTERS + f + e];
        unsigned int votes[4][2];
        UNROLL for (unsigned int i = 0; i < 4; i++)
            UNROLL for (unsigned int e = 0; e < 2; e++) {
                const unsigned int row = first + down + i * 8;
                const float sum = sums[i / 2][j][i % 2 * 2 + e] + bias[e];
                const int is_inside = row < rows && f + e < FILTERS;
                if (RECTIFIED) VOTE(votes[i][e], is_inside && sum > 0.0f);
                // What is not a number stays so.
                if (is_inside) SET(Y_TYPE, y + (size_t)row * FILTERS + f + e, RECTIFIED && sum <= 0.0f ? 0.0f : sum);
            }
        if (!RECTIFIED) continue;
        COUNT();
        UNROLL for (unsigned int i = 0; i < 4; i++) {
            const unsigned int row = first + down + i * 8, own = lane / 4 * 4;
            const unsigned int byte = (votes[i][0] >> own & 15u) | (votes[i][1] >> own & 15u) << 4;
            if (lane % 4 == i && row < rows && tile < FILTERS) open[(size_t)row * MASKS + tile / 8] = (unsigned char)byte;
        }
    }
}
