#include "block.h"
#include "laws.h"

#define MOST 64 /* branches */
#define AHEAD 3 /* blocks */

static inline void stress_of(const vec *c, int couples, const vec *e, vec *s)
{
    for (int i = 0; i < 6; i++) {
        s[i] = c[7 * i] * e[i];
        for (int j = 0; j < 6; j++)
            if (j != i && (couples || (i < 3 && j < 3))) s[i] += c[6 * i + j] * e[j];
    }
}

/* What points remember, past the caches */
static inline void pour_rows(const vec *from, long first, int values, double *to)
{
    double lines[(6 + 6 * MOST) * POINTS] __attribute__((aligned(64)));
    store(from, 0, 3 * POINTS, values, values, lines);
    pour(lines, (long)values * POINTS, to + first * values);
}

static inline void relax_block(long first, long points, int branches, long stride, long same, int couples,
                               const double *old, const double *strain, const double *free, const vec *left,
                               const vec *gained, const vec *kept, const double *shear, const double *bulk, const vec *c,
                               double *stress, double *now, double *dissipated)
{
    int values = 6 + 6 * branches, streams = stride == values && points * stride > BEYOND && points - first > 2 * POINTS;
    const double *next = old + LESS(first + AHEAD * POINTS, points - POINTS) * stride;
    vec was[6 + 6 * MOST], will[6 + 6 * MOST], is[6], none[12], start[6], end[6], held[6], lost = {0}, s[6];
    load(old, first, points, stride, 0, values, was);
    load(strain, first, points, 6, 0, 6, is);
    load(free, first, points, 12, same, 12, none);
    vec volume = {0}, third = (c[0] + c[7] + c[14] + 2.0 * (c[1] + c[2] + c[8])) / 9.0, more = {0};
    double rest = 1.0;
    for (int b = 0; b < branches; b++) rest -= shear[b];
    for (int b = 0; b < branches; b++) more += shear[b] - bulk[b];
    for (int i = 0; i < 6; i++) {
        start[i] = was[i] - none[i], end[i] = is[i] - none[6 + i];
        held[i] = rest * end[i], will[i] = is[i], is[i] -= was[i];
    }
    volume = more * (end[0] + end[1] + end[2]);
    for (int b = 0; b < branches; b++) {
        vec *old_flow = was + 6 + 6 * b, *flow = will + 6 + 6 * b, mean[6], change[6], answer[6];
        for (int i = 0; i < 6; i++) {
            vec before = start[i] - old_flow[i], x = left[b] * before + gained[b] * is[i] - kept[6 * b + i];
            flow[i] = end[i] - x, held[i] += shear[b] * x;
            mean[i] = 0.5 * (before + x), change[i] = flow[i] - old_flow[i];
        }
        if (streams) ask_for(next + b * values * POINTS / branches, values * POINTS / branches);
        stress_of(c, couples, mean, answer);
        vec heat = {0};
        for (int i = 0; i < 6; i++) heat += answer[i] * change[i];
        vec part = third * (mean[0] + mean[1] + mean[2]) * (change[0] + change[1] + change[2]);
        heat = shear[b] * heat + (bulk[b] - shear[b]) * part;
        lost += heat;
        volume += (bulk[b] - shear[b]) * (end[0] + end[1] + end[2] - flow[0] - flow[1] - flow[2]);
    }
    stress_of(c, couples, held, s);
    for (int i = 0; i < 3; i++) s[i] += third * volume;
    EACH_POINT lost[lane] = lost[lane] > 0.0 ? lost[lane] : 0.0;
    store(s, first, points, 6, 6, stress);
    if (streams)
        pour_rows(will, first, values, now);
    else
        store(will, first, points, stride, values, now);
    store(&lost, first, points, 1, 1, dissipated);
}

void relax(long points, long branches, long stride, long same, long couples, const double *old, const double *strain,
           const double *free, const double *left, const double *gained, const double *kept, const double *shear,
           const double *bulk, const double *stiffness, double *stress, double *now, double *dissipated)
{
    int count = (int)branches;
    vec l[MOST], g[MOST], k[6 * MOST], c[36];
    for (long first = 0; first < points; first += POINTS) {
        if (first == 0 || !same) {
            load(left, first, points, branches, same, count, l);
            load(gained, first, points, branches, same, count, g);
            load(kept, first, points, 6 * branches, same, 6 * count, k);
            load(stiffness, first, points, 36, same, 36, c);
        }
        if (couples)
            relax_block(first, points, count, stride, same, 1, old, strain, free, l, g, k, shear, bulk, c, stress, now, dissipated);
        else
            relax_block(first, points, count, stride, same, 0, old, strain, free, l, g, k, shear, bulk, c, stress, now, dissipated);
    }
}
