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
    row hotter;       /* a at the end over a at the start, at least 1 */
};

#define SERIES 0.1 /* argument of sinh below which its series is good to 3e-13 */

/* ln of y or of sinh y, and its derivative; sinh by exp(-2 y), and by its series in a block where one is so small */
static inline void logarithm(int is_sinh, const row y, row value, row slope)
{
    if (!is_sinh) {
        EACH value[i] = log(y[i]), slope[i] = 1.0 / y[i];
        return;
    }
    double least = y[0];
    EACH least = LESS(least, y[i]);
    if (least >= SERIES) {
        EACH {
            double e = exp(-2.0 * y[i]);
            value[i] = log(0.5 * (1.0 - e)) + y[i], slope[i] = (1.0 + e) / (1.0 - e);
        }
        return;
    }
    EACH {
        double e = exp(-2.0 * y[i]), s = y[i] * y[i], small = y[i] < SERIES;
        double from = small != 0.0 ? y[i] : 0.5 * (1.0 - e);
        double more = small != 0.0 ? s * (1.0 / 6.0 + s * (-1.0 / 180.0 + s * (1.0 / 2835.0 - s / 37800.0))) : y[i];
        double near = 1.0 + s * (1.0 / 3.0 - s * (1.0 / 45.0 - s * (2.0 / 945.0 - s / 4725.0)));
        value[i] = log(from) + more;
        slope[i] = (small != 0.0 ? near : 1.0 + e) / (small != 0.0 ? y[i] : 1.0 - e);
    }
}

/* k g(q) of one of the TIMES, its derivative and, unless it is NULL, the second one */
static inline void flow_of(const struct term *t, int time, const row q, row rate, row slope, double *bend)
{
    row y, value, steep;
    EACH y[i] = t->scale * q[i];
    logarithm(t->is_sinh, y, value, steep);
    EACH {
        double exponent = t->log_k[time][i] + t->exponent * value[i];
        rate[i] = exp(LESS(exponent, HIGHEST));
        slope[i] = rate[i] * t->exponent * t->scale * steep[i];
    }
    if (bend)
        EACH bend[i] = rate[i] * t->exponent * t->scale * t->scale * ((t->exponent - 1.0) * steep[i] * steep[i] + t->is_sinh);
}

/* A q at which the flow at the end's rate is not less than `wanted`: asinh v <= v, and <= ln 2 v + 1/(4 v^2) */
static inline void bound_of(const struct term *t, const row wanted, row q)
{
    EACH {
        double log_y = (log(wanted[i]) - t->log_k[END][i]) / t->exponent;
        log_y = LESS(log_y, HIGHEST);
        double y = exp(t->is_sinh ? -fabs(log_y) : log_y), high = log_y + 0.6931471805599454 + 0.25 * y * y;
        q[i] = (t->is_sinh && log_y > 0.0 ? high : y) / t->scale;
    }
}

static inline void flow_of_all(long terms, const struct term *t, int time, const row q, row rate, row slope, double *bend)
{
    flow_of(t, time, q, rate, slope, bend);
    for (long j = 1; j < terms; j++) {
        row more, steeper, bent;
        flow_of(t + j, time, q, more, steeper, bend ? bent : NULL);
        EACH rate[i] += more[i], slope[i] += steeper[i];
        if (bend) EACH bend[i] += bent[i];
    }
}

/* activated[.][terms][TIMES]: see struct term */
static inline void load_terms(const struct increment *a, long first, long terms, const double *power, const double *activated,
                              struct term *t)
{
    row log_k[TERMS * TIMES];
    read_shared(activated, first, a->points, a->step, terms * TIMES, log_k);
    for (long j = 0; j < terms; j++) {
        t[j].is_sinh = power[3 * j] != 0.0, t[j].exponent = power[3 * j + 1], t[j].scale = power[3 * j + 2];
        memcpy(t[j].log_k, log_k + j * TIMES, sizeof t[j].log_k);
        EACH {
            double hotter = exp(t[j].log_k[END][i] - t[j].log_k[START][i]);
            t[j].hotter[i] = MORE(1.0, hotter);
        }
    }
}

/* w, from the slope of the flow at the start */
static inline void weigh(const struct term *t, const row slope, const row kappa, row w)
{
    EACH {
        double z = kappa[i] * slope[i] * t->hotter[i];
        double rest = exp(-z), small = z < 1e-5;
        w[i] = small != 0.0 ? 0.5 : (z - 1.0 + rest) / (z * (1.0 - rest) + 1e-300);
    }
}

/* The trial stress s* without what flows by the start's rate, and q* */
static inline void take_off(const struct block *b, const row flown, const row q0, row star[5], row q)
{
    EACH q[i] = 3.0 * b->thermal[SHEAR][i] * flown[i] / q0[i];
    ALL5 EACH star[c][i] = b->trial[c][i] - q[i] * b->before[c][i];
    equivalent(star, q);
}

/* The equivalent stress half way along a straight line */
static inline void middle_of(const struct block *b, row s[5], row q)
{
    row half[5];
    ALL5 EACH half[c][i] = 0.5 * (s[c][i] + b->before[c][i]);
    equivalent(half, q);
}

/* Work of what flows at the start's and at the end's rate, if rates and stresses go evenly from one to the other */
static inline double work_of(double first, double last, double q0, double q)
{
    return (first * (2.0 * q0 + q) + last * (q0 + 2.0 * q)) / 3.0;
}

/* By how much (Pa) Simpson's rule with the rate there would differ, or half as much as the trapezoid would where that is more;
 * damped by the steeper of the slopes in the middle and at the end */
static inline void misfit(const struct block *b, const row w, const row first, const row middle, const row last,
                          const row slope_middle, const row slope, row error)
{
    EACH {
        double steeper = MORE(slope_middle[i], slope[i]), off = fabs(first[i] + last[i] - 2.0 * middle[i]);
        double other = 1.5 * (w[i] - 0.5) * fabs(last[i] - first[i]);
        error[i] = b->thermal[SHEAR][i] * MORE(off, other) / (1.0 + 3.0 * b->thermal[SHEAR][i] * w[i] * steeper);
    }
}

#endif
