/* L. Anand's law with one internal variable, the resistance s (solver/materials/laws/anand.py). */
#include "rates.h"

struct anand {
    double h0, s_hat, n, exponent; /* Pa, Pa, 1, 1 */
};

/* The resistance after an equivalent strain c in which k g would have been `drive` = c / k at all times, and its slopes: exact
 * for a constant s*. y = 1 - s / s*: y1 = y0 / D^(1/e), D = 1 + e (h0 / s*) c |y0|^e, e = exponent - 1. */
static inline void resist(const struct anand *a, const row s0, const row c, const row drive, row s, row of_c, row of_drive)
{
    double e = MORE(a->exponent - 1.0, 1e-6);
    EACH {
        double star = a->s_hat * exp(a->n * log(drive[i])), y0 = 1.0 - s0[i] / star, size = fabs(y0) + 1e-30;
        double power = exp(e * log(size)), h = a->h0 / star, d = 1.0 + e * h * c[i] * power;
        double log_d = log(d), y1 = y0 * exp(-log_d / e), all = exp(-log_d * (1.0 + 1.0 / e));
        s[i] = star * (1.0 - y1);
        of_c[i] = a->h0 * power * y0 * all; /* h0 |y1|^exponent sign(y1) */
        of_drive[i] = a->n * star / drive[i] * (1.0 - y1 - all * (1.0 - y0 + y0 * power * h * c[i]));
    }
}

/* Over x = q / s: q* - x s(x) - 3 G w k g(x) = 0 */
static double settle(const struct block *b, const struct anand *a, const struct term *t, const row s0, const row top,
                    const row flown, const row w, row x, row rate, row slope, row s, row along)
{
    double worst = 0.0;
    row low, high, all, f, down, c, drive, of_c, of_drive;
    EACH f[i] = top[i] / (3.0 * b->thermal[SHEAR][i] * w[i] + 1e-300), all[i] = 1.0;
    bound_of(t, f, high);
    EACH {
        double elastic = top[i] / s0[i];
        low[i] = 0.0, high[i] *= 1.0 + 1e-6, x[i] = LESS(elastic, high[i]);
    }
    for (int round = 0; round < MOST; round++) {
        flow_of(t, END, x, rate, slope, NULL);
        EACH {
            c[i] = flown[i] + w[i] * rate[i];
            drive[i] = c[i] * exp(-t->log_k[WHOLE][i]) + 1e-60;
        }
        resist(a, s0, c, drive, s, of_c, of_drive);
        EACH {
            double dc = w[i] * slope[i], ds = dc * (of_c[i] + of_drive[i] * exp(-t->log_k[WHOLE][i])), g = 3.0 * b->thermal[SHEAR][i];
            f[i] = top[i] - x[i] * s[i] - g * w[i] * rate[i];
            down[i] = -(s[i] + x[i] * ds + g * dc);
            along[i] = -(s[i] + x[i] * ds) / down[i];
        }
        worst = step_to_zero(f, down, top, all, low, high, x);
        if (worst <= ROUNDING) break;
    }
    return worst;
}

long anand(long points, const double *strain, const double *thermal, const double *activated, long step,
           const double *power, const double *constants, const double *old, double *stress, double *moduli,
           double *softening, double *new, double *dissipated, double *error)
{
    const struct increment a = {strain, thermal, points, step, OWN, old, stress, moduli, softening, new, dissipated, error};
    const struct anand law = {constants[0], constants[1], constants[2], constants[3]};
    long failed = 0;
    struct block b;
    struct term t;
    for (long first = 0; first < points; first += BLOCK) {
        row q0, q, x, top, rate, slope, kappa, star[5], s[5], kept, along, middle, more, steep, w, flown, before;
        double *s0 = b.old[HARDENING], *s1 = b.new[HARDENING];
        begin(&b, &a, first);
        if (first == 0 || step) load_terms(&a, first, 1, power, activated, &t);
        equivalent(b.before, q0);
        EACH x[i] = q0[i] / s0[i], kept[i] = 0.0;
        flow_of(&t, START, x, before, slope, NULL);
        EACH more[i] = before[i] * exp(-t.log_k[START][i]) + 1e-60;
        resist(&law, s0, kept, more, s1, along, middle);
        EACH {
            double harder = x[i] * MORE(along[i], 0.0), g = b.thermal[SHEAR][i];
            kappa[i] = (3.0 * g + LESS(harder, 30.0 * g)) / s0[i];
        }
        weigh(&t, slope, kappa, w);
        EACH flown[i] = (1.0 - w[i]) * before[i];
        take_off(&b, flown, q0, star, top);
        double worst = settle(&b, &law, &t, s0, top, flown, w, x, rate, slope, s1, along);
        EACH q[i] = x[i] * s1[i], kept[i] = q[i] / top[i];
        ALL5 EACH s[c][i] = kept[i] * star[c][i];
        middle_of(&b, s, middle);
        EACH middle[i] /= 0.5 * (s0[i] + s1[i]), slope[i] /= s1[i];
        flow_of(&t, MIDDLE, middle, more, steep, NULL);
        EACH steep[i] /= 0.5 * (s0[i] + s1[i]);
        misfit(&b, w, before, more, rate, steep, slope, b.error);
        EACH {
            b.dissipated[i] = work_of(flown[i], w[i] * rate[i], q0[i], q[i]);
            flown[i] += w[i] * rate[i];
        }
        finish(&b, &a, first, s, star, kept, along, flown, b.dissipated);
        failed += worst > ROUNDING;
    }
    return failed;
}
