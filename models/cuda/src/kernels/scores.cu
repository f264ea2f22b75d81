// Softmax, cross-entropy and accuracy; and what the scores of a batch add up to. Of every example a score is made in so many
// parts, each by a thread: one for each of its predictions, or sums of some of its numbers.

// One row per prediction, `predictions` of each of a replica's images. A share `smoothing` of the belief in a label is spread
// evenly over all classes; `hit` and `miss` are what the gradient lacks of the softmax, at the label and elsewhere. dlogits may
// be null: evaluation.
extern "C" __global__ void cross_entropy(
    const float *__restrict__ logits, const unsigned char *__restrict__ labels,
    const unsigned int *__restrict__ orders, double *__restrict__ losses, unsigned int *__restrict__ correct,
    float *__restrict__ dlogits, double smoothing, float weight, float hit, float miss, unsigned int classes,
    unsigned int predictions, unsigned int images, unsigned int start, unsigned int order_stride, unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *z = logits + (size_t)row * classes;
        const unsigned int image = row / predictions;
        const size_t place = (size_t)(image / images) * order_stride + start + image % images;
        const unsigned int label = labels[(size_t)orders[place] * predictions + row % predictions];
        unsigned int best = 0;
        float top = z[0];
        for (unsigned int class_ = 0; class_ < classes; class_++) {
            // A NaN is never overtaken by `>`; letting it win keeps the loss NaN, as it should be.
            if (z[class_] > top || z[class_] != z[class_]) {
                best = class_;
                top = z[class_];
            }
        }
        float total = 0.0f;
        for (unsigned int class_ = 0; class_ < classes; class_++) {
            total += expf(z[class_] - top);
        }
        double expected = (double)z[label];
        if (smoothing > 0.0) {
            double sum = 0.0;
            for (unsigned int class_ = 0; class_ < classes; class_++) {
                sum += (double)z[class_];
            }
            expected = (1.0 - smoothing) * expected + smoothing / classes * sum;
        }
        losses[row] = (double)logf(total) + ((double)top - expected);
        correct[row] = best == label;
        if (dlogits) {
            const float scale = weight / total;
            for (unsigned int class_ = 0; class_ < classes; class_++) {
                const float target = class_ == label ? hit : miss;
                dlogits[(size_t)row * classes + class_] = expf(z[class_] - top) * scale - target;
            }
        }
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
