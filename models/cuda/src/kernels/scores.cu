// Scores, and what those of a batch add up to. Of every example a score is made in so many parts, each by a thread: one for each of
// its predictions, or sums of some of its numbers.

// One row per prediction, `predictions` of each of a replica's images. dlogits may be null: evaluation. So may be the bias, of
// replicas `pitch` apart, which the logits then have already.
extern "C" __global__ void cross_entropy(
    const float *__restrict__ logits, const float *__restrict__ bias, const unsigned char *__restrict__ labels,
    const unsigned int *__restrict__ orders, double *__restrict__ losses, unsigned int *__restrict__ correct,
    float *__restrict__ dlogits, double smoothing, float weight, float hit, float miss, unsigned long long pitch,
    unsigned int classes, unsigned int predictions, unsigned int images, unsigned int start, unsigned int order_stride,
    unsigned int rows) {
    const Target target = {smoothing, weight, hit, miss, classes};
    EACH_ROW(row, rows) {
        const unsigned int image = row / predictions, replica = image / images;
        const size_t place = (size_t)replica * order_stride + start + image % images, first = (size_t)row * classes;
        const unsigned int label = labels[(size_t)orders[place] * predictions + row % predictions];
        score(logits + first, bias ? bias + replica * pitch : 0, label, target, losses + row, correct + row,
              dlogits ? dlogits + first : 0);
    }
}

// Adds up each example's parts in the first of them, in order; one row per example.
extern "C" __global__ void sum_parts(
    double *__restrict__ losses, unsigned int *__restrict__ correct, unsigned int parts, unsigned int rows) {
    EACH_ROW(row, rows) {
        const size_t first = (size_t)row * parts;
        double loss = 0.0;
        unsigned int right = 0;
        for (unsigned int part = 0; part < parts; part++) {
            loss += losses[first + part];
            right += correct[first + part];
        }
        losses[first] = loss;
        correct[first] = right;
    }
}

// Adds the first part of each example of a replica's batch to its totals, one row per replica, examples in order.
extern "C" __global__ void add_scores(
    const double *__restrict__ losses, const unsigned int *__restrict__ correct,
    double *__restrict__ loss_total, unsigned int *__restrict__ correct_total, unsigned int images, unsigned int parts,
    unsigned int rows) {
    EACH_ROW(replica, rows) {
        double loss = 0.0;
        unsigned int right = 0;
        for (unsigned int i = 0; i < images; i++) {
            const size_t first = ((size_t)replica * images + i) * parts;
            loss += losses[first];
            right += correct[first];
        }
        loss_total[replica] += loss;
        correct_total[replica] += right;
    }
}
