/* Creep of up to TERMS power and sinh terms, with plastic flow at a yield stress that hardens (solver/materials/laws/creep.py). */
#include "rates.h"

#define NEAR 1e-4 /* of the trial stress, from which a step of third order ends at 1e-13 */

/* A q from which q + 3 G w k g(q) = top is gone down to: Halley's step from where this flow alone would be the whole of `top`,
 * wanted = top / (3 G w), unless that is far above `top`. There 3 G w k g and its slopes are known without asking g. */
static inline void beginning_of(const struct term *t, const row wanted, const row top, row q)
{
    row log_v, y, steep;
    EACH log_v[i] = (log(wanted[i]) - t->log_k[END][i]) / t->exponent, log_v[i] = LESS(log_v[i], HIGHEST);
    if (t->is_sinh)
        EACH {
            double v = exp(-fabs(log_v[i])), root = sqrt(1.0 + v * v), over = MORE(log_v[i], 0.0);
            double asinh = over + log(root + (log_v[i] > 0.0 ? 1.0 : v));
            y[i] = MORE(over, v) < 1e-3 ? v : asinh;
            steep[i] = root / (log_v[i] > 0.0 ? 1.0 : v);
        }
    else
        EACH y[i] = exp(log_v[i]), steep[i] = 1.0 / y[i];
    EACH {
        double n = t->exponent, scale = t->scale, from = y[i] / scale, down = 1.0 + top[i] * n * scale * steep[i];
        double bend = top[i] * n * scale * scale * ((n - 1.0) * steep[i] * steep[i] + t->is_sinh);
        double next = from - 2.0 * from * down / (2.0 * down * down - from * bend);
        q[i] = from < 1.5 * top[i] ? next : top[i];
    }
}

/* q + 3 G w k g(q) = q*, which is convex: Halley's method goes down to it from a bound above */
static double settle(const struct block *b, long terms, const struct term *t, const row top, const row w, row q, row rate,
                     row slope)
{
    double worst = 0.0;
    row wanted, bound, bend, step;
    EACH q[i] = top[i], wanted[i] = top[i] / (3.0 * b->thermal[SHEAR][i] * w[i] + 1e-300);
    for (long j = 0; j < terms; j++) {
        beginning_of(t + j, wanted, top, bound);
        EACH q[i] = LESS(q[i], bound[i]);
    }
    for (int round = 0; round < MOST; round++) {
        flow_of_all(terms, t, END, q, rate, slope, bend);
        worst = -1.0;
        EACH {
            double k = 3.0 * b->thermal[SHEAR][i] * w[i], off = q[i] + k * rate[i] - top[i];
            double down = 1.0 + k * slope[i], next = q[i] - 2.0 * off * down / (2.0 * down * down - off * k * bend[i]);
            double size = fabs(off) - NEAR * top[i];
            worst = MORE(worst, size);
            step[i] = MORE(next, 0.01 * q[i]) - q[i];
            q[i] += step[i];
        }
        if (worst <= 0.0) break;
    }
    EACH { /* the last step is so small that the rate follows it by its Taylor series */
        rate[i] += step[i] * (slope[i] + 0.5 * step[i] * bend[i]);
        slope[i] += step[i] * bend[i];
    }
    return worst <= 0.0 ? 0.0 : 1.0;
}

/* Plastic flow where creep leaves more than the yield stress: q* - 3 G (dp + w k g(q)) = q with q = the yield stress at p + dp */
static double yield(const struct block *b, long terms, const struct term *t, const struct hardening *h, const row p,
                    const row top, const row w, const row yields, row q, row rate, row slope, row dp, row along)
{
    double worst = 0.0;
    row low, high, level, f, down, now, rise, steep;
    harden(h, p, rise, steep);
    EACH {
        low[i] = 0.0, dp[i] = 0.0;
        high[i] = (top[i] - b->thermal[YIELD][i] - rise[i]) / (3.0 * b->thermal[SHEAR][i]);
    }
    for (int round = 0; round < MOST; round++) {
        EACH now[i] = p[i] + dp[i];
        harden(h, now, rise, steep);
        EACH level[i] = yields[i] != 0.0 ? b->thermal[YIELD][i] + rise[i] : q[i];
        flow_of_all(terms, t, END, level, rate, slope, NULL);
        EACH {
            double g = 3.0 * b->thermal[SHEAR][i];
            f[i] = top[i] - level[i] - g * (dp[i] + w[i] * rate[i]);
            down[i] = -(steep[i] + g + g * w[i] * slope[i] * steep[i]);
        }
        worst = step_to_zero(f, down, top, yields, low, high, dp);
        if (worst <= ROUNDING) break;
    }
    EACH {
        q[i] = level[i], dp[i] = yields[i] * dp[i];
        along[i] = yields[i] != 0.0 ? -steep[i] / down[i] : along[i];
    }
    return worst;
}

/* How much the direction of plastic flow that is taken at the end turned (Pa) */
static void turned(const struct block *b, row s[5], const row q0, const row q, const row dp, row error)
{
    row apart[5], turn;
    ALL5 EACH apart[c][i] = s[c][i] / q[i] - b->before[c][i] / q0[i];
    equivalent(apart, turn);
    EACH error[i] += 1.5 * b->thermal[SHEAR][i] * dp[i] * (turn[i] - FLOOR) / (1.0 + 3.0 * b->thermal[SHEAR][i] * dp[i] / q[i]);
}

long creep(long points, const double *strain, const double *thermal, const double *activated, long step, long terms,
           const double *power, long hinge_count, const double *hinges, const double *voce, const double *old,
           double *stress, double *moduli, double *softening, double *new, double *dissipated, double *error)
{
    const struct increment a = {strain, thermal, points, step, OWN, old, stress, moduli, softening, new, dissipated, error};
    const struct hardening h = {hinge_count, hinges, voce};
    long failed = 0;
    struct block b;
    struct term t[TERMS];
    for (long first = 0; first < points; first += BLOCK) {
        row q0, q, top, rate, slope, kappa, star[5], s[5], dp, kept, along, yields, middle, off, steep, w, flown, before, was;
        const double *p = b.old[HARDENING];
        begin(&b, &a, first);
        if (first == 0 || step) load_terms(&a, first, terms, power, activated, t);
        equivalent(b.before, q0);
        EACH dp[i] = 0.0, kappa[i] = 3.0 * b.thermal[SHEAR][i];
        flow_of_all(terms, t, START, q0, before, slope, NULL);
        weigh(t, slope, kappa, w);
        EACH flown[i] = (1.0 - w[i]) * before[i];
        take_off(&b, flown, q0, star, top);
        double worst = settle(&b, terms, t, top, w, q, rate, slope), any = 0.0;
        EACH along[i] = 1.0 / (1.0 + kappa[i] * w[i] * slope[i]);
        harden(&h, p, was, steep);
        EACH was[i] += b.thermal[YIELD][i], yields[i] = q[i] > was[i] ? 1.0 : 0.0, any = MORE(any, yields[i]);
        if (any != 0.0) {
            double left = yield(&b, terms, t, &h, p, top, w, yields, q, rate, slope, dp, along);
            worst = MORE(worst, left);
        }
        EACH kept[i] = q[i] / top[i];
        ALL5 EACH s[c][i] = kept[i] * star[c][i];
        middle_of(&b, s, middle);
        flow_of_all(terms, t, MIDDLE, middle, off, steep, NULL);
        misfit(&b, w, before, off, rate, steep, slope, b.error);
        if (any != 0.0) turned(&b, s, q0, q, dp, b.error);
        EACH {
            b.dissipated[i] = work_of(flown[i], w[i] * rate[i], q0[i], q[i]) + 0.5 * dp[i] * (was[i] + q[i]);
            flown[i] += w[i] * rate[i] + dp[i];
            b.new[HARDENING][i] = p[i] + dp[i];
        }
        finish(&b, &a, first, s, star, kept, along, flown, b.dissipated);
        failed += worst > ROUNDING;
    }
    return failed;
}
