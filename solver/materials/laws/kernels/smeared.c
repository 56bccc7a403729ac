/* Branches of matrices, and parts that want to expand (solver/materials/laws/smeared.py). */
#include "block.h"
#include "laws.h"

#define PARTS 8 /* at most: mixtures have two, unit cells up to four */
#define WIDTH (6 + 3 * PARTS)

struct smeared {
    long points, branches, parts;
    const double *born, *old, *strain, *left, *gained, *kept, *start, *end, *glass, *matrix, *give, *free;
    double *stress, *now, *dissipated;
};

/* A row of a matrix that all points share, or of each point's own, times x */
static inline vec product(int same, const double *shared, const vec *own, int row, int count, const vec *x)
{
    vec sum = {0};
    for (int j = 0; j < count; j++) sum += same ? shared[row * count + j] * x[j] : own[row * count + j] * x[j];
    return sum;
}

/* was, will: strain and changes of length of the parts at both ends. Returns the heat; takes its stress from s. */
static inline vec relax_branch(const struct smeared *a, long first, int same, long branch, const vec *was, const vec *will,
                               const vec *change, vec *s)
{
    int lengths = 3 * (int)a->parts, width = 6 + lengths;
    long stride = 6 + a->branches * width, cells = 6 * width, offset = same ? branch * cells : 0;
    vec before[WIDTH], after[WIDTH], mean[WIDTH], flown[WIDTH], kept[3 * PARTS], matrix[6 * WIDTH], give[6 * WIDTH], left, gained;
    load(a->old + 6 + branch * width, first, a->points, stride, 0, width, before);
    load(a->left + branch, first, a->points, a->branches, same, 1, &left);
    load(a->gained + branch, first, a->points, a->branches, same, 1, &gained);
    load(a->kept + branch * lengths, first, a->points, a->branches * lengths, same, lengths, kept);
    if (!same) load(a->matrix + branch * cells, first, a->points, a->branches * cells, 0, cells, matrix);
    if (!same) load(a->give + branch * cells, first, a->points, a->branches * cells, 0, cells, give);
    for (int i = 0; i < width; i++) {
        vec came = i < 6 ? gained * change[i] : kept[i - 6];
        after[i] = will[i] - left * (was[i] - before[i]) - came;
        mean[i] = 0.5 * (was[i] - before[i] + will[i] - after[i]), flown[i] = after[i] - before[i];
    }
    vec heat = {0};
    for (int i = 0; i < 6; i++) {
        s[i] -= product(same, a->matrix + offset, matrix, i, width, after);
        heat += product(same, a->matrix + offset, matrix, i, width, mean) *
                product(same, a->give + offset, give, i, width, flown);
    }
    store(after, first, a->points, stride, width, a->now + 6 + branch * width);
    return heat;
}

static inline void smear_block(const struct smeared *a, long first, int same)
{
    int lengths = 3 * (int)a->parts;
    long stride = 6 + a->branches * (6 + lengths);
    vec was[WIDTH], will[WIDTH], change[6], elastic[6], glass[36], s[6], heat = {0};
    load(a->old, first, a->points, stride, 0, 6, was);
    load(a->strain, first, a->points, 6, 0, 6, will);
    load(a->start, first, a->points, lengths, same, lengths, was + 6);
    load(a->end, first, a->points, lengths, same, lengths, will + 6);
    load(a->free, first, a->points, 6, same, 6, elastic);
    if (!same) load(a->glass, first, a->points, 36, 0, 36, glass);
    store(will, first, a->points, stride, 6, a->now); /* before the branches, which stand behind */
    for (int i = 0; i < 6; i++) {
        change[i] = will[i] - was[i], elastic[i] = will[i] - elastic[i];
        was[i] -= a->born[i], will[i] -= a->born[i];
    }
    for (int i = 0; i < 6; i++) s[i] = product(same, a->glass, glass, i, 6, elastic);
    for (long b = 0; b < a->branches; b++) heat += relax_branch(a, first, same, b, was, will, change, s);
    EACH_POINT heat[lane] = heat[lane] > 0.0 ? heat[lane] : 0.0;
    store(s, first, a->points, 6, 6, a->stress);
    store(&heat, first, a->points, 1, 1, a->dissipated);
}

void smear(long points, long branches, long parts, long same, const double *born, const double *old, const double *strain,
           const double *left, const double *gained, const double *kept, const double *start, const double *end,
           const double *glass, const double *matrix, const double *give, const double *free, double *stress, double *now,
           double *dissipated)
{
    const struct smeared a = {points, branches, parts, born, old, strain, left, gained, kept, start, end,
                              glass, matrix, give, free, stress, now, dissipated};
    for (long first = 0; first < points; first += POINTS) {
        if (same)
            smear_block(&a, first, 1);
        else
            smear_block(&a, first, 0);
    }
}
