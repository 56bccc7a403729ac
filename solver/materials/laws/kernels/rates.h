/* Rates of creep over an increment, and the rule in time.
 *
 * A term flows by a(T) g(x), g = (scale x)^exponent or sinh(scale x)^exponent; x is the equivalent stress, or its ratio to a
 * resistance. In an increment dt flows
 *     (1 - w) dt a0 g(x0) + w dt a1 g(x1),   w = 1/(1 - exp(-z)) - 1/z,   z = kappa dt max(a0, a1) g'(x0),
 * where x falls by kappa for what flows: the exponentially fitted theta method, of second order, exact for g linear in x at a
 * uniform temperature, and L-stable: w goes from 1/2 to 1. It is of the old state and the temperatures alone. Rates at both
 * ends, not stresses, are joined: where a metal flows as fast as it is strained they stay while a(T) changes by decades. */
#ifndef RATES_H
#define RATES_H
#include "flow.h"

#define TERMS 4
#define HIGHEST 600.0 /* of the logarithm of a rate */

enum { START, END, MIDDLE, WHOLE, TIMES };

struct term {
    int is_sinh;
    double exponent, scale;
    row log_k[TIMES]; /* ln of dt a at three times, and of int a dt */
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

/* k g(q) of one of the TIMES, and its derivative */
static inline void flow_of(const struct term *t, int time, const row q, row rate, row slope)
{
    row y, value, steep;
    EACH y[i] = t->scale * q[i];
    logarithm(t->is_sinh, y, value, steep);
    EACH {
        double exponent = t->log_k[time][i] + t->exponent * value[i];
        rate[i] = exp(LESS(exponent, HIGHEST));
        slope[i] = rate[i] * t->exponent * t->scale * steep[i];
    }
}

/* A q at which the flow at the end's rate is not less than `wanted`, by rounding */
static inline void bound_of(const struct term *t, const row wanted, row q)
{
    EACH {
        double log_y = (log(wanted[i]) - t->log_k[END][i]) / t->exponent;
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

static inline void flow_of_all(long terms, const struct term *t, int time, const row q, row rate, row slope)
{
    flow_of(t, time, q, rate, slope);
    for (long j = 1; j < terms; j++) {
        row more, steeper;
        flow_of(t + j, time, q, more, steeper);
        EACH rate[i] += more[i], slope[i] += steeper[i];
    }
}

/* activated[.][terms][TIMES]: see struct term */
static inline void load_terms(const struct block *b, long terms, const double *power, const double *activated, long step,
                              struct term *t)
{
    for (long j = 0; j < terms; j++) {
        t[j].is_sinh = power[3 * j] != 0.0, t[j].exponent = power[3 * j + 1], t[j].scale = power[3 * j + 2];
        for (int k = 0; k < TIMES; k++) load_thermal(b, activated, terms * TIMES, step, j * TIMES + k, t[j].log_k[k]);
    }
}

/* What would flow at the start's rate, and w */
static inline void weigh(long terms, const struct term *t, const row x0, const row kappa, row first, row w)
{
    row slope;
    flow_of_all(terms, t, START, x0, first, slope);
    EACH {
        double hotter = exp(t->log_k[END][i] - t->log_k[START][i]), z = kappa[i] * slope[i] * MORE(1.0, hotter);
        w[i] = z < 1e-5 ? 0.5 : 1.0 / (1.0 - exp(-z)) - 1.0 / (z + 1e-300);
    }
}

/* What has flowed before is taken off the trial stress: s* in place of it, q* */
static inline void take_off(struct block *b, const row flown, const row q0, row q)
{
    ALL5 EACH b->trial[c][i] -= 3.0 * b->shear[i] * flown[i] / q0[i] * b->before[c][i];
    equivalent(b->trial, q);
}

/* The equivalent stress half way along a straight line */
static inline void middle_of(const struct block *b, row s[5], row q)
{
    row half[5];
    ALL5 EACH half[c][i] = 0.5 * (s[c][i] + b->before[c][i]);
    equivalent(half, q);
}

/* By how much (Pa) Simpson's rule with the rate there would differ, or half as much as the trapezoid would where that is more;
 * damped by the steeper of the slopes in the middle and at the end */
static inline void misfit(const struct block *b, const row w, const row first, const row middle, const row last,
                          const row slope_middle, const row slope, row error)
{
    EACH {
        double steeper = MORE(slope_middle[i], slope[i]), off = fabs(first[i] + last[i] - 2.0 * middle[i]);
        double other = 1.5 * (w[i] - 0.5) * fabs(last[i] - first[i]);
        error[i] = b->shear[i] * MORE(off, other) / (1.0 + 3.0 * b->shear[i] * w[i] * steeper);
    }
}

#endif
