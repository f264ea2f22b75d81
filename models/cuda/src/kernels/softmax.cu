// Softmax, cross-entropy and accuracy of one prediction, of either kernel that makes them.

// What all predictions have in common. A share `smoothing` of the belief in a label is spread evenly over all classes; `hit` and `miss`
// are what the gradient lacks of the softmax, at the label and elsewhere.
typedef struct {
    double smoothing;
    float weight, hit, miss;
    unsigned int classes;
} Target;

// Scores the numbers z, to which `bias` comes where there is one; dz may be null: evaluation.
static __device__ void score(
    const float *z, const float *bias, unsigned int label, Target target, double *loss, unsigned int *correct, float *dz) {
    #define LOGIT(class_) (bias ? z[class_] + bias[class_] : z[class_])
    const unsigned int classes = target.classes;
    unsigned int best = 0;
    float top = LOGIT(0);
    for (unsigned int class_ = 0; class_ < classes; class_++) {
        // A NaN is never overtaken by `>`; letting it win keeps the loss NaN, as it should be.
        const float logit = LOGIT(class_);
        if (logit > top || logit != logit) {
            best = class_;
            top = logit;
        }
    }
    float total = 0.0f;
    for (unsigned int class_ = 0; class_ < classes; class_++) {
        total += expf(LOGIT(class_) - top);
    }
    double expected = (double)LOGIT(label);
    if (target.smoothing > 0.0) {
        double sum = 0.0;
        for (unsigned int class_ = 0; class_ < classes; class_++) {
            sum += (double)LOGIT(class_);
        }
        expected = (1.0 - target.smoothing) * expected + target.smoothing / classes * sum;
    }
    *loss = (double)logf(total) + ((double)top - expected);
    *correct = best == label;
    if (dz) {
        const float scale = target.weight / total;
        for (unsigned int class_ = 0; class_ < classes; class_++) {
            const float held = class_ == label ? target.hit : target.miss;
            dz[class_] = expf(LOGIT(class_) - top) * scale - held;
        }
    }
    #undef LOGIT
}
