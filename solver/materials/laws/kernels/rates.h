/* Rates of creep over an increment whose temperature may change by decades of them, and the rule in time.
 *
 * A term is k g(q), k = int a(T) dt over the increment and g = (scale q)^exponent or sinh(scale q)^exponent. What flows is
 *     w0 k g(q0) + w1 k g(q1):
 * exact where g is linear in q (a relaxation under a load linear in time, whatever a(T) does), second order else, and L-stable.
 * With z(t) = 3 G g'(q0) int_0^t a dt: H = mean of exp(z(t) - z), w1 = (1/H - 1)/z, w0 = (1 - exp(-z)/H)/z. At a uniform
 * temperature w1 = 1/(1 - exp(-z)) - 1/z and w0 = 1 - w1. */
#ifndef RATES_H
#define RATES_H
#include "flow.h"

#define TERMS 4
#define HIGHEST 600.0 /* of the logarithm of a rate */

struct term {
    int is_sinh;
    double exponent, scale;
    row log_k;
};

/* ln of y or of sinh y, and its derivative; sinh by its series below 0.1 (to 3e-13) and by exp(-2 y) above */
static inline void logarithm(int is_sinh, const row y, row value, row slope)
{
    if (!is_sinh) {
        EACH value[i] = log(y[i]), slope[i] = 1.0 / y[i];
        return;
    }
    EACH {
        double e = exp(-2.0 * y[i]), s = y[i] * y[i], small = y[i] < 0.1;
        double from = small != 0.0 ? y[i] : 0.5 * (1.0 - e);
        double more = small != 0.0 ? s * (1.0 / 6.0 + s * (-1.0 / 180.0 + s * (1.0 / 2835.0 - s / 37800.0))) : y[i];
        value[i] = log(from) + more;
        slope[i] = (1.0 + e) / (1.0 - e);
        slope[i] = small != 0.0 ? 1.0 / y[i] + y[i] * (1.0 / 3.0 - s * (1.0 / 45.0 - s * (2.0 / 945.0 - s / 4725.0))) : slope[i];
    }
}

/* k g(q), and its derivative */
static inline void flow_of(const struct term *t, const row q, row rate, row slope)
{
    row y, value, steep;
    EACH y[i] = t->scale * q[i];
    logarithm(t->is_sinh, y, value, steep);
    EACH {
        double exponent = t->log_k[i] + t->exponent * value[i];
        rate[i] = exp(LESS(exponent, HIGHEST));
        slope[i] = rate[i] * t->exponent * t->scale * steep[i];
    }
}

/* A q at which k g(q) is not less than `wanted`, by rounding */
static inline void bound_of(const struct term *t, const row wanted, row q)
{
    EACH {
        double log_y = (log(wanted[i]) - t->log_k[i]) / t->exponent;
        log_y = LESS(log_y, HIGHEST);
        if (t->is_sinh) {
            double y = exp(-fabs(log_y)), high = log_y + log(1.0 + sqrt(1.0 + y * y)), low = log(y + sqrt(1.0 + y * y));
            double small = log_y < -7.0 ? y : low;
            q[i] = (log_y > 0.0 ? high : small) / t->scale * (1.0 + 1e-9);
        } else {
            q[i] = exp(log_y) / t->scale;
        }
    }
}

static inline void flow_of_all(long terms, const struct term *t, const row q, row rate, row slope)
{
    flow_of(t, q, rate, slope);
    for (long j = 1; j < terms; j++) {
        row more, steeper;
        flow_of(t + j, q, more, steeper);
        EACH rate[i] += more[i], slope[i] += steeper[i];
    }
}

/* activated[.][terms][segments]: ln k, then the part of it that is over at the ends of all segments of time but the last */
static inline void load_terms(const struct block *b, long terms, const double *power, const double *activated, long step,
                              long segments, struct term *t)
{
    for (long j = 0; j < terms; j++) {
        t[j].is_sinh = power[3 * j] != 0.0, t[j].exponent = power[3 * j + 1], t[j].scale = power[3 * j + 2];
        load_thermal(b, activated, terms * segments, step, j * segments, t[j].log_k);
    }
}

/* z: (terms) 3 G g' of each term at the start, w0 and w1 of the rule */
static inline void weigh(const struct block *b, long terms, const row *z, const double *activated, long step, long segments,
                         row w0, row w1)
{
    row all, last, mean, left, done;
    EACH all[i] = 0.0, mean[i] = 0.0, left[i] = 0.0, done[i] = 0.0;
    for (long j = 0; j < terms; j++) EACH all[i] += z[j][i] + 1e-30;
    EACH last[i] = exp(-all[i]);
    for (long s = 1; s <= segments; s++) {
        row end, part;
        EACH end[i] = s == segments ? all[i] : 0.0;
        for (long j = 0; s < segments && j < terms; j++) {
            load_thermal(b, activated, terms * segments, step, j * segments + s, part);
            EACH end[i] += (z[j][i] + 1e-30) * part[i];
        }
        EACH {
            double decay = exp(end[i] - all[i]), d = end[i] - done[i];
            double small = decay * (1.0 - d * (0.5 - d * (1.0 / 6.0 - d / 24.0)));
            mean[i] += d < 1e-3 ? small : (decay - last[i]) / MORE(d, 1e-3);
            left[i] += all[i] - 0.5 * (end[i] + done[i]);
            last[i] = decay, done[i] = end[i];
        }
    }
    EACH {
        double h = mean[i] / segments + 1e-300, small = all[i] < 1e-5, limit = left[i] / segments / all[i];
        w1[i] = small != 0.0 ? limit : (1.0 / h - 1.0) / all[i];
        w0[i] = small != 0.0 ? 1.0 - limit : (1.0 - exp(-all[i]) / h) / all[i];
    }
}

/* What flowed at the start's rate is taken off the trial stress: s* in place of it, q* */
static inline void take_off(struct block *b, const row flown, const row q0, row q)
{
    ALL5 EACH b->trial[c][i] -= 3.0 * b->shear[i] * flown[i] / q0[i] * b->before[c][i];
    equivalent(b->trial, q);
}

/* By how much (Pa) Simpson's rule on the straight line between both stresses would differ, damped by the steeper of the
 * slopes in the middle and at the end */
static inline void misfit(const struct block *b, const row w1, const row first, const row middle, const row last,
                          const row slope_middle, const row slope, row error)
{
    EACH {
        double steeper = MORE(slope_middle[i], slope[i]), off = fabs(first[i] + last[i] - 2.0 * middle[i]);
        error[i] = b->shear[i] * off / (1.0 + 3.0 * b->shear[i] * w1[i] * steeper);
    }
}

static inline void middle_of(const struct block *b, row s[5], row q)
{
    row half[5];
    ALL5 EACH half[c][i] = 0.5 * (b->before[c][i] + s[c][i]);
    equivalent(half, q);
}

#endif
