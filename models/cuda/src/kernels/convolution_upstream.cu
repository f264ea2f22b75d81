// The gradient of the output. In front of a pooling that is left to be gone back through, what lies in `dy` is the gradient behind the
// pooling, of which each number of a window has POOL_SHARE, or the maximum has all: `winner` says where each maximum came from, and with
// POOL_MASKED what a dropout behind it dropped, which left `scale` of the others.
#ifdef POOL_KERNEL
#define DY_PIXELS (POOL_HEIGHT * POOL_WIDTH)
static __device__ __forceinline__ void gather(
    float *to, const DY_TYPE *dy, const unsigned char *winner, float scale, unsigned int p, unsigned int f) {
    const unsigned int line = p % PIXELS / WIDTH_OUT, column = p % WIDTH_OUT;
    const unsigned int top = line < POOL_KERNEL ? 0 : (line - POOL_KERNEL) / POOL_STRIDE + 1;
    const unsigned int left = column < POOL_KERNEL ? 0 : (column - POOL_KERNEL) / POOL_STRIDE + 1;
    UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) to[n] = 0.0f;
    for (unsigned int oy = top; oy * POOL_STRIDE <= line && oy < POOL_HEIGHT; oy++) {
        for (unsigned int ox = left; ox * POOL_STRIDE <= column && ox < POOL_WIDTH; ox++) {
            const size_t out = (((size_t)(p / PIXELS) * POOL_HEIGHT + oy) * POOL_WIDTH + ox) * FILTERS + f;
            float d[UNIT_Y];
            FETCH(DY_TYPE, d, dy + out, UNIT_Y, 1)
            // As many bytes at once as numbers.
            unsigned int won = 0;
            if (!POOL_AVERAGES || POOL_MASKED) won = UNIT_Y == 4 ? *(const unsigned int *)(winner + out) : winner[out];
            UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) {
                const unsigned int byte = won >> (8 * n) & 0xFFu;
                if (POOL_AVERAGES) {
                    to[n] = __fadd_rn(to[n], __fmul_rn(__fmul_rn(d[n], byte ? 0.0f : scale), POOL_SHARE));
                    continue;
                }
                const unsigned int position = (line - oy * POOL_STRIDE) * POOL_KERNEL + column - ox * POOL_STRIDE;
                if ((byte & POOL_PLACES) == position)
                    to[n] = __fadd_rn(to[n], __fmul_rn(d[n], byte & ~(unsigned int)POOL_PLACES ? 0.0f : scale));
            }
        }
    }
}
#define FETCH_DY(to, p, f, is_inside)                                                                              \
    if (is_inside) gather(to, dy, winner, scale, (unsigned int)(p), f);                                            \
    else UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) (to)[n] = 0.0f;
#else
#define DY_PIXELS PIXELS
#define FETCH_DY(to, p, f, is_inside) FETCH(DY_TYPE, to, dy + (size_t)(p) * FILTERS + (f), UNIT_Y, is_inside)
#endif

// Filter f's bit of its byte, the order being that of a warp's votes.
#define IS_OPEN(mask, f) ((mask) >> ((f) % 8 / 2 + (f) % 2 * 4) & 1u)
