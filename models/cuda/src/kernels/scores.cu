// Softmax, cross-entropy and accuracy.

// One row per image of a replica's batch. dlogits may be null: evaluation.
extern "C" __global__ void cross_entropy(
    const float *__restrict__ logits, const unsigned char *__restrict__ labels,
    const unsigned int *__restrict__ orders, double *__restrict__ losses, unsigned int *__restrict__ correct,
    float *__restrict__ dlogits, float weight, unsigned int classes, unsigned int images, unsigned int start,
    unsigned int order_stride, unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *z = logits + (size_t)row * classes;
        const unsigned int label = labels[orders[(size_t)(row / images) * order_stride + start + row % images]];
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
        losses[row] = (double)logf(total) + ((double)top - (double)z[label]);
        correct[row] = best == label;
        if (dlogits) {
            const float scale = weight / total;
            for (unsigned int class_ = 0; class_ < classes; class_++) {
                const float target = class_ == label ? weight : 0.0f;
                dlogits[(size_t)row * classes + class_] = expf(z[class_] - top) * scale - target;
            }
        }
    }
}

// Adds each replica's batch to its totals, one row per replica, images in order.
extern "C" __global__ void add_scores(
    const double *__restrict__ losses, const unsigned int *__restrict__ correct,
    double *__restrict__ loss_total, unsigned int *__restrict__ correct_total, unsigned int images, unsigned int rows) {
    EACH_ROW(replica, rows) {
        double loss = 0.0;
        unsigned int right = 0;
        for (unsigned int i = 0; i < images; i++) {
            loss += losses[(size_t)replica * images + i];
            right += correct[(size_t)replica * images + i];
        }
        loss_total[replica] += loss;
        correct_total[replica] += right;
    }
}
