/* Blocks whose threads work together, for a C compiler: every thread is a fibre with a stack of its own, and goes on until it
   has to wait for the others. Threads run in an order that changes from barrier to barrier; copies land as late as the wait
   for them, and products of matrices are done when their warp reaches a barrier. In the first and the last block of a launch
   each number of shared memory knows who wrote and read it since the last barrier, so that a barrier that is missing is found
   even where the result is right. */

#include <sched.h>

#define FIBRES 1024        /* threads of a block, at most */
#define STACK_BYTES 24896  /* no multiple of a power of two: stacks would meet in the same lines of the cache */
#define SHARED_NUMBERS 12288
#define NOBODY 0xFFFFu
#define MANY 0xFFFEu       /* more than one thread */
#define VOTES 8            /* of a thread at once */
#define COPIES 64          /* of a thread under way, at most */
#define PRODUCTS 128       /* of a warp before a barrier, at most */

typedef struct { float x, y; } float2;

typedef struct {
    unsigned int written_in, read_in; /* barriers before it, at the last write and read */
    unsigned short writer, reader;
    unsigned char is_pending, is_set;
} Trace;

typedef struct { float *to; const float *from; unsigned int numbers, group; int is_inside; } Copy;
/* A product that the threads of a warp take part in, each with its fragments. */
typedef struct { float a[4][32], b[2][32], *sum[32]; } Mma;
enum { RUNS, AT_BARRIER, AT_VOTE, ENDED }; /* what a thread waits for */

typedef struct {
    void *at; /* the stack, where the fibre left it */
    dim3 index;
    unsigned int *ballot[VOTES];
    unsigned char vote[VOTES];
    unsigned int votes, group, copies, products;
    Copy copy[COPIES];
} Fibre;

/* One launch at a time. What is allocated serves the next one too. */
static struct {
    char is_busy;
    float *shared;
    Trace *traces;
    Fibre *fibres;
    unsigned char waiting[FIBRES];
    Mma *products; /* [warps, PRODUCTS] */
    char *stacks;
    unsigned int room; /* for so many threads */
    void *scheduler;
    void (*body)(void);
    void *const *arguments;
    unsigned int threads, me, barrier, draw;
    int is_watched;
    char problem[256];
} block;

/* The first thing that was wrong. */
#define FOUND(...) do { if (!block.problem[0]) snprintf(block.problem, sizeof block.problem, __VA_ARGS__); } while (0)

#if defined(__x86_64__) && defined(__ELF__)
void fibre_switch(void **from, void *to) __attribute__((visibility("hidden")));
__asm__(
    ".text\n.hidden fibre_switch\n.globl fibre_switch\n.type fibre_switch, @function\nfibre_switch:\n"
    "    push %rbp\n    push %rbx\n    push %r12\n    push %r13\n    push %r14\n    push %r15\n"
    "    mov %rsp, (%rdi)\n    mov %rsi, %rsp\n"
    "    pop %r15\n    pop %r14\n    pop %r13\n    pop %r12\n    pop %rbx\n    pop %rbp\n    ret\n"
    ".size fibre_switch, .-fibre_switch\n");
static void *fibre_new(char *stack, void (*start)(void)) {
    void **top = (void **)(stack + STACK_BYTES) - 2;
    top[0] = (void *)start; /* what the switch returns to: the stack is as after a call */
    return top - 6;
}
#else
#include <ucontext.h>
static void fibre_switch(void **from, void *to) {
    ucontext_t here;
    *from = &here;
    swapcontext(&here, to);
}
static void *fibre_new(char *stack, void (*start)(void)) {
    ucontext_t *own = (ucontext_t *)stack;
    getcontext(own);
    own->uc_stack.ss_sp = stack + sizeof *own;
    own->uc_stack.ss_size = STACK_BYTES - sizeof *own;
    makecontext(own, start, 0);
    return own;
}
#endif

static void wait_as(unsigned char waiting) {
    block.waiting[block.me] = waiting;
    fibre_switch(&block.fibres[block.me].at, block.scheduler);
}

static void fibre_start(void) {
    block.body();
    wait_as(ENDED);
}

static Trace *trace_of(const float *place) {
    const size_t number = (size_t)(place - block.shared);
    if (number >= SHARED_NUMBERS) {
        FOUND("thread %u goes outside of shared memory", block.me);
        return &block.traces[0];
    }
    return &block.traces[number];
}

/* Who wrote or read since the last barrier: one thread, or many. */
static unsigned short also(unsigned int in, unsigned short who) {
    if (in != block.barrier || who == NOBODY || who == block.me) return (unsigned short)block.me;
    return MANY;
}

static float load(const float *place) {
    Trace *trace = trace_of(place);
    if (trace->is_pending) FOUND("thread %u reads a copy that it has not waited for, after barrier %u", block.me, block.barrier);
    else if (!trace->is_set) FOUND("thread %u reads what nobody wrote, after barrier %u", block.me, block.barrier);
    else if (trace->written_in == block.barrier && trace->writer != block.me)
        FOUND("thread %u reads what thread %u wrote, without a barrier after barrier %u", block.me, trace->writer, block.barrier);
    trace->reader = also(trace->read_in, trace->reader);
    trace->read_in = block.barrier;
    return *place;
}

/* Whoever wrote or read it since the last barrier must be the same thread. */
static void claim(Trace *trace) {
    if (trace->read_in == block.barrier && trace->reader != NOBODY && trace->reader != block.me)
        FOUND("thread %u writes over what another reads, without a barrier after barrier %u", block.me, block.barrier);
    if (trace->is_pending || (trace->is_set && trace->written_in == block.barrier && trace->writer != block.me))
        FOUND("two threads write to one place, without a barrier after barrier %u", block.barrier);
    trace->writer = (unsigned short)block.me;
    trace->written_in = block.barrier;
}

static void store(float *place, float value) {
    Trace *trace = trace_of(place);
    claim(trace);
    trace->is_set = 1;
    *place = value;
}

static void copy(float *to, const float *from, unsigned int numbers, int is_inside) {
    Fibre *fibre = &block.fibres[block.me];
    if ((uintptr_t)to % (4 * numbers) || (is_inside && (uintptr_t)from % (4 * numbers)))
        FOUND("thread %u copies %u bytes from or to an address that is no multiple of it", block.me, 4 * numbers);
    for (unsigned int i = 0; block.is_watched && i < numbers; i++) {
        Trace *trace = trace_of(to + i);
        claim(trace);
        trace->is_pending = 1;
    }
    if (fibre->copies == COPIES) { FOUND("more than %u copies under way", COPIES); return; }
    fibre->copy[fibre->copies++] = (Copy){to, from, numbers, fibre->group, is_inside};
}

/* All but the last `left` groups have landed. */
static void land(unsigned int left) {
    Fibre *fibre = &block.fibres[block.me];
    unsigned int kept = 0;
    for (unsigned int c = 0; c < fibre->copies; c++) {
        const Copy it = fibre->copy[c];
        if (it.group + left >= fibre->group) { fibre->copy[kept++] = it; continue; }
        for (unsigned int i = 0; i < it.numbers; i++) it.to[i] = it.is_inside ? it.from[i] : 0.0f;
        for (unsigned int i = 0; block.is_watched && i < it.numbers; i++) {
            Trace *trace = trace_of(it.to + i);
            trace->is_pending = 0;
            trace->is_set = 1;
            trace->writer = (unsigned short)block.me;
            trace->written_in = block.barrier;
        }
    }
    fibre->copies = kept;
}

/* The nearest number with 10 bits after the point, halves away from zero. */
static unsigned int to_tf32(float x) {
    unsigned int bits;
    memcpy(&bits, &x, 4);
    return (bits & 0x7F800000u) == 0x7F800000u ? bits : (bits + 0x1000u) & ~0x1FFFu;
}

static float of_bits(unsigned int bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

static void multiply_later(float *sum, const unsigned int *a, unsigned int b0, unsigned int b1) {
    Fibre *fibre = &block.fibres[block.me];
    const unsigned int lane = block.me % 32;
    if (fibre->products == PRODUCTS) { FOUND("more than %u products before a barrier", PRODUCTS); return; }
    Mma *it = &block.products[block.me / 32 * PRODUCTS + fibre->products++];
    for (unsigned int e = 0; e < 4; e++) it->a[e][lane] = of_bits(a[e]);
    it->b[0][lane] = of_bits(b0);
    it->b[1][lane] = of_bits(b1);
    it->sum[lane] = sum;
}

/* The products of a warp, with the fragments of m16n8k8 as PTX has them: thread 4 i + j has of the left factor (i, j),
   (i + 8, j), (i, j + 4), (i + 8, j + 4), of the right one (j, i), (j + 4, i), of the sum (i, 2 j), (i, 2 j + 1), and these 8 rows
   below. */
static void multiply_now(unsigned int warp) {
    Fibre *lanes = &block.fibres[warp * 32];
    for (unsigned int lane = 1; lane < 32; lane++) {
        if (lanes[lane].products != lanes[0].products) { FOUND("a product that not all threads of a warp take part in"); return; }
    }
    for (unsigned int p = 0; p < lanes[0].products; p++) {
        const Mma *it = &block.products[warp * PRODUCTS + p];
        float b[8][8], d[16][8] = {{0}};
        for (unsigned int lane = 0; lane < 32; lane++)
            for (unsigned int e = 0; e < 2; e++) b[lane % 4 + e * 4][lane / 4] = it->b[e][lane];
        for (unsigned int row = 0; row < 16; row++)
            for (unsigned int k = 0; k < 8; k++) {
                const float a = it->a[k / 4 * 2 + row / 8][row % 8 * 4 + k % 4];
                for (unsigned int column = 0; column < 8; column++) d[row][column] += a * b[k][column];
            }
        for (unsigned int lane = 0; lane < 32; lane++) {
            float *sum = it->sum[lane];
            for (unsigned int e = 0; e < 4; e++) sum[e] += d[lane / 4 + e / 2 * 8][lane % 4 * 2 + e % 2];
        }
    }
    for (unsigned int lane = 0; lane < 32; lane++) lanes[lane].products = 0;
}

static void vote(unsigned int *ballot, int is_for) {
    Fibre *fibre = &block.fibres[block.me];
    if (fibre->votes == VOTES) { FOUND("more than %u votes before they are counted", VOTES); return; }
    fibre->ballot[fibre->votes] = ballot;
    fibre->vote[fibre->votes++] = is_for != 0;
}

static unsigned int draw(void) {
    block.draw = block.draw * 1664525u + 1013904223u;
    return block.draw >> 8;
}

/* Every thread that can go on does, one after the other, from another one and in another order each time. */
static int run_threads(void) {
    const unsigned int n = block.threads, first = draw() % n, down = draw() % 2;
    int ran = 0;
    for (unsigned int k = 0; k < n; k++) {
        const unsigned int i = (first + (down ? n - k : k)) % n;
        if (block.waiting[i] != RUNS) continue;
        block.me = i;
        threadIdx = block.fibres[i].index;
        fibre_switch(&block.scheduler, block.fibres[i].at);
        ran = 1;
    }
    return ran;
}

/* Counts in the warps whose threads all wait for it. */
static int count_votes(void) {
    int counted = 0;
    for (unsigned int warp = 0; warp < block.threads; warp += 32) {
        Fibre *lanes = &block.fibres[warp];
        unsigned int waiting = 0;
        for (unsigned int lane = 0; lane < 32; lane++) waiting += block.waiting[warp + lane] == AT_VOTE;
        if (waiting < 32) continue;
        for (unsigned int lane = 1; lane < 32; lane++)
            if (lanes[lane].votes != lanes[0].votes) FOUND("a vote that not all threads of a warp take part in");
        for (unsigned int v = 0; v < lanes[0].votes; v++) {
            unsigned int ballot = 0;
            for (unsigned int lane = 0; lane < 32; lane++) ballot |= (unsigned int)lanes[lane].vote[v] << lane;
            for (unsigned int lane = 0; lane < 32; lane++) *lanes[lane].ballot[v] = ballot;
        }
        for (unsigned int lane = 0; lane < 32; lane++) {
            lanes[lane].votes = 0;
            block.waiting[warp + lane] = RUNS;
        }
        counted = 1;
    }
    return counted;
}

static void run_block(void) {
    block.barrier++;
    for (unsigned int i = 0; i < SHARED_NUMBERS; i++) block.shared[i] = NAN;
    for (unsigned int i = 0; block.is_watched && i < SHARED_NUMBERS; i++)
        block.traces[i] = (Trace){.writer = NOBODY, .reader = NOBODY};
    for (unsigned int i = 0; i < block.threads; i++) {
        Fibre *fibre = &block.fibres[i];
        fibre->index = (dim3){i % blockDim.x, i / blockDim.x, 0};
        block.waiting[i] = RUNS;
        fibre->votes = fibre->group = fibre->copies = fibre->products = 0;
        fibre->at = fibre_new(block.stacks + (size_t)i * STACK_BYTES, fibre_start);
    }
    for (;;) {
        const int ran = run_threads();
        if (count_votes()) continue;
        unsigned int waiting = 0, ended = 0;
        for (unsigned int i = 0; i < block.threads; i++) {
            waiting += block.waiting[i] == AT_BARRIER;
            ended += block.waiting[i] == ENDED;
        }
        if (waiting < block.threads && ended < block.threads) {
            if (ran) continue;
            FOUND("%u threads wait at a barrier or for a vote that the others do not reach", block.threads - ended);
            return;
        }
        for (unsigned int warp = 0; warp < block.threads / 32; warp++) multiply_now(warp);
        if (ended == block.threads) return;
        block.barrier++;
        memset(block.waiting, RUNS, block.threads);
    }
}

static void forget(void) {
    free(block.shared), free(block.traces), free(block.fibres), free(block.products), free(block.stacks);
    block.room = 0;
}

static __attribute__((destructor)) void unload(void) {
    if (block.room) forget();
}

static int make_room(void) {
    if (block.threads <= block.room) return 1;
    if (block.room) forget();
    block.shared = aligned_alloc(64, SHARED_NUMBERS * sizeof(float));
    block.traces = malloc(SHARED_NUMBERS * sizeof *block.traces);
    block.fibres = malloc(block.threads * sizeof *block.fibres);
    block.products = malloc(block.threads / 32 * PRODUCTS * sizeof *block.products);
    block.stacks = aligned_alloc(64, (size_t)block.threads * STACK_BYTES);
    block.room = block.threads;
    if (block.shared && block.traces && block.fibres && block.products && block.stacks) return 1;
    forget();
    return 0;
}

/* What was wrong, if anything was: good until the next launch. */
static const char *run_grid(const unsigned int *shape, void *const *arguments, void (*body)(void)) {
    while (__atomic_test_and_set(&block.is_busy, __ATOMIC_ACQUIRE)) sched_yield();
    block.threads = shape[2] * shape[3];
    block.problem[0] = 0;
    block.body = body;
    block.arguments = arguments;
    block.barrier = 0;
    block.draw = 1;
    gridDim = (dim3){shape[0], shape[1], 1};
    blockDim = (dim3){shape[2], shape[3], 1};
    if (block.threads % 32 || block.threads > FIBRES) FOUND("threads that work together are whole warps, %u at most", FIBRES);
    else if (!make_room()) FOUND("there is no memory for the threads of a block");
    for (unsigned int by = 0; by < shape[1] && !block.problem[0]; by++) {
        for (unsigned int bx = 0; bx < shape[0] && !block.problem[0]; bx++) {
            blockIdx = (dim3){bx, by, 0};
            block.is_watched = (bx == 0 && by == 0) || (bx + 1 == shape[0] && by + 1 == shape[1]);
            run_block();
        }
    }
    __atomic_clear(&block.is_busy, __ATOMIC_RELEASE);
    return block.problem[0] ? block.problem : NULL;
}

#define SHARED(name, count)                                                                                        \
    _Static_assert((count) <= SHARED_NUMBERS, "more than 48 KiB of shared memory");                                \
    float *const name = block.shared
#define SYNC() wait_as(AT_BARRIER)
#define LOAD(place) (block.is_watched ? load(place) : *(place))
#define STORE(place, value) (block.is_watched ? store(place, value) : (void)(*(place) = (value)))
#define COPY(to, from, numbers, is_inside) copy(to, from, numbers, is_inside)
#define COMMIT() (block.fibres[block.me].group++)
#define LAND(left) land(left)
#define TF32(x) to_tf32(x)
#define MMA(sum, a, b0, b1) multiply_later(sum, a, b0, b1)
#define VOTE(ballot, is_for) vote(&(ballot), is_for)
#define COUNT() wait_as(AT_VOTE)
