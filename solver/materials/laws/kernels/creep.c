/* Creep of up to TERMS power and sinh terms, with plastic flow at a yield stress that hardens (solver/materials/laws/creep.py). */
#include "rates.h"

/* q + 3 G w1 k g(q) = q*, which is convex: Newton's method from a bound above goes down to it */
static double settle(const struct block *b, long terms, const struct term *t, const row top, const row w1, row q, row rate,
                    row slope)
{
    double worst = 0.0;
    row wanted, bound;
    EACH q[i] = top[i], wanted[i] = top[i] / (3.0 * b->shear[i] * w1[i] + 1e-300);
    for (long j = 0; j < terms; j++) {
        bound_of(t + j, wanted, bound);
        EACH q[i] = LESS(q[i], bound[i]);
    }
    for (int round = 0; round < MOST; round++) {
        flow_of_all(terms, t, END, q, rate, slope);
        worst = 0.0;
        EACH {
            double k = 3.0 * b->shear[i] * w1[i], off = q[i] + k * rate[i] - top[i], size = fabs(off) / top[i];
            double next = q[i] - off / (1.0 + k * slope[i]);
            worst = MORE(worst, size);
            q[i] = size <= ROUNDING ? q[i] : MORE(next, 0.01 * q[i]);
        }
        if (worst <= ROUNDING) break;
    }
    return worst;
}

/* Plastic flow where creep leaves more than the yield stress: q* - 3 G (dp + w1 k g(q)) = q with q = the yield stress at p + dp */
static double yield(const struct block *b, long terms, const struct term *t, const struct hardening *h, const row p,
                    const row top, const row w1, const row yields, row q, row rate, row slope, row dp, row along)
{
    double worst = 0.0;
    row low, high, level, f, down, now, rise, steep;
    harden(h, p, rise, steep);
    EACH {
        low[i] = 0.0, dp[i] = 0.0;
        high[i] = (top[i] - b->yield[i] - rise[i]) / (3.0 * b->shear[i]);
    }
    for (int round = 0; round < MOST; round++) {
        EACH now[i] = p[i] + dp[i];
        harden(h, now, rise, steep);
        EACH level[i] = yields[i] != 0.0 ? b->yield[i] + rise[i] : q[i];
        flow_of_all(terms, t, END, level, rate, slope);
        EACH {
            double g = 3.0 * b->shear[i];
            f[i] = top[i] - level[i] - g * (dp[i] + w1[i] * rate[i]);
            down[i] = -(steep[i] + g + g * w1[i] * slope[i] * steep[i]);
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
    EACH error[i] += 1.5 * b->shear[i] * dp[i] * (turn[i] - FLOOR) / (1.0 + 3.0 * b->shear[i] * dp[i] / q[i]);
}

long creep(long points, const double *strain, const double *thermal, const double *activated, long step, long terms,
            const double *power, long hinge_count, const double *hinges, const double *voce, const double *old,
           double *stress, double *moduli, double *softening, double *new, double *dissipated, double *error)
{
    const long memory = OWN;
    const struct hardening h = {hinge_count, hinges, voce};
    long failed = 0;
    for (long first = 0; first < points; first += BLOCK) {
        struct block b;
        struct term t[TERMS];
        row q0, q, top, rate, slope, kappa, s[5], p, dp, kept, along, yields, middle, off, steep, w, flown, first_rate;
        begin(&b, first, points, strain, thermal, step, old, memory);
        load_terms(&b, terms, power, activated, step, t);
        equivalent(b.before, q0);
        EACH dp[i] = 0.0, kappa[i] = 3.0 * b.shear[i];
        weigh(terms, t, q0, kappa, first_rate, w);
        EACH flown[i] = (1.0 - w[i]) * first_rate[i];
        take_off(&b, flown, q0, top);
        double worst = settle(&b, terms, t, top, w, q, rate, slope), any = 0.0;
        EACH along[i] = 1.0 / (1.0 + 3.0 * b.shear[i] * w[i] * slope[i]);
        load(&b, old, memory, HARDENING, p);
        harden(&h, p, middle, steep);
        EACH yields[i] = q[i] > b.yield[i] + middle[i] ? 1.0 : 0.0, any = MORE(any, yields[i]);
        if (any != 0.0) {
            double off_yield = yield(&b, terms, t, &h, p, top, w, yields, q, rate, slope, dp, along);
            worst = MORE(worst, off_yield);
        }
        EACH kept[i] = q[i] / top[i];
        ALL5 EACH s[c][i] = kept[i] * b.trial[c][i];
        middle_of(&b, s, middle);
        flow_of_all(terms, t, MIDDLE, middle, off, steep);
        misfit(&b, w, first_rate, off, rate, steep, slope, middle);
        if (any != 0.0) turned(&b, s, q0, q, dp, middle);
        store(&b, error, 1, 0, middle);
        /* what flowed first counts as trial again: it is part of the inelastic strain */
        row direction[5];
        ALL5 EACH {
            direction[c][i] = b.trial[c][i];
            b.trial[c][i] += 3.0 * b.shear[i] * flown[i] / q0[i] * b.before[c][i];
        }
        finish(&b, s, direction, kept, along, old, memory, stress, moduli, softening, new);
        EACH off[i] = flown[i] * q0[i] + w[i] * rate[i] * q[i] + dp[i] * q[i];
        store(&b, dissipated, 1, 0, off);
        add(&b, old, new, memory, WORK, off);
        EACH off[i] = flown[i] + w[i] * rate[i] + dp[i];
        add(&b, old, new, memory, EQUIVALENT, off);
        add(&b, old, new, memory, HARDENING, dp);
        failed += worst > ROUNDING;
    }
    return failed;
}
