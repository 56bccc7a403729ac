/* Plastic flow at a yield stress that hardens, about back stresses that follow it (solver/materials/laws/plastic.py). */
#include "flow.h"

struct backs {
    long count;
    const double *constants; /* (count, 2): c (Pa) and gamma */
};

/* a = trial - sum theta X, its size; sum h, sum of c theta, and d a / d p : n over the increment dp */
static void shift(struct block *b, const struct backs *x, const row dp, row a[5], row size, row grown, row steep, row fading)
{
    row turn[5], weight;
    EACH grown[i] = 0.0, steep[i] = 0.0;
    ALL5 EACH a[c][i] = b->trial[c][i], turn[c][i] = 0.0;
    for (long k = 0; k < x->count; k++) {
        double modulus = x->constants[2 * k], gamma = x->constants[2 * k + 1];
        EACH {
            double left = exp(-gamma * dp[i]), small = gamma * dp[i] < 1e-7;
            grown[i] += modulus * (small != 0.0 ? dp[i] : (1.0 - left) / (gamma + 1e-300));
            steep[i] += modulus * left;
            weight[i] = left;
        }
        ALL5 EACH {
            double back = weight[i] * b->old[OWN + 5 * k + c][i];
            a[c][i] -= back, turn[c][i] += gamma * back;
        }
    }
    equivalent(a, size);
    EACH fading[i] = 1.5 * INNER(a, turn) / size[i];
}

static double flow(struct block *b, const struct backs *x, const struct hardening *h, const row p, row dp, row a[5], row size,
                   row level, row down)
{
    double worst = 0.0;
    row low, high, yields, grown, steep, fading, now, rise, slope, f;
    EACH dp[i] = 0.0;
    harden(h, p, rise, slope);
    shift(b, x, dp, a, size, grown, steep, fading);
    EACH {
        double over = size[i] - b->thermal[YIELD][i] - rise[i];
        yields[i] = over > ROUNDING * size[i] ? 1.0 : 0.0, low[i] = 0.0, high[i] = over;
    }
    for (long k = 0; k < x->count; k++) { /* recovery may bring the trial stress further out by as much as they are */
        equivalent(b->old + OWN + 5 * k, now);
        EACH high[i] += now[i];
    }
    EACH high[i] = yields[i] * high[i] / (3.0 * b->thermal[SHEAR][i]);
    for (int round = 0; round < MOST; round++) {
        EACH now[i] = p[i] + dp[i];
        harden(h, now, rise, slope);
        shift(b, x, dp, a, size, grown, steep, fading);
        EACH {
            level[i] = b->thermal[YIELD][i] + rise[i];
            f[i] = size[i] - 3.0 * b->thermal[SHEAR][i] * dp[i] - grown[i] - level[i];
            down[i] = fading[i] - slope[i] - 3.0 * b->thermal[SHEAR][i] - steep[i];
        }
        worst = step_to_zero(f, down, size, yields, low, high, dp);
        EACH dp[i] *= yields[i];
        if (worst <= ROUNDING) break;
    }
    return worst;
}

/* The direction of flow where the elastic way first meets the yield surface, and the stress there along n */
static void contact(const struct block *b, const struct backs *x, const row yield, row a[5], const row size, row turn, row along)
{
    row from[5], way[5], total[5];
    ALL5 EACH {
        total[c][i] = 0.0;
        for (long k = 0; k < x->count; k++) total[c][i] += b->old[OWN + 5 * k + c][i];
        from[c][i] = b->before[c][i] - total[c][i], way[c][i] = b->trial[c][i] - b->before[c][i];
    }
    row part, met, apart[5];
    EACH {
        double u = 1.5 * INNER(way, way) + FLOOR * FLOOR, v = 1.5 * INNER(from, way);
        double w = 1.5 * INNER(from, from) - yield[i] * yield[i], inner = v * v - u * w;
        double root = (sqrt(MORE(inner, 0.0)) - v) / u;
        part[i] = w >= 0.0 ? 0.0 : LESS(root, 1.0);
    }
    ALL5 EACH from[c][i] += part[i] * way[c][i];
    equivalent(from, met);
    EACH part[i] = 1.0 / size[i], met[i] = 1.0 / met[i];
    ALL5 EACH apart[c][i] = a[c][i] * part[i] - from[c][i] * met[i], from[c][i] += total[c][i];
    equivalent(apart, turn);
    EACH turn[i] -= FLOOR, along[i] = 1.5 * INNER(from, a) / size[i];
}

/* Back stresses at the end; returns in `recovered` what they lose to heat per plastic strain */
static void follow(struct block *b, const struct backs *x, const row dp, row a[5], const row size, row recovered)
{
    EACH recovered[i] = 0.0;
    for (long k = 0; k < x->count; k++) {
        double modulus = x->constants[2 * k], gamma = x->constants[2 * k + 1];
        row *start = b->old + OWN + 5 * k, *end = b->new + OWN + 5 * k;
        EACH {
            double left = exp(-gamma * dp[i]), small = gamma * dp[i] < 1e-7;
            double grown = modulus * (small != 0.0 ? dp[i] : (1.0 - left) / (gamma + 1e-300)) / size[i];
            ALL5 end[c][i] = left * start[c][i] + grown * a[c][i];
        }
        EACH recovered[i] += 0.75 * gamma / modulus * (INNER(start, start) + INNER(end, end));
    }
}

long plastic(long points, const double *strain, const double *thermal, long step, long back_count, const double *back,
             long hinge_count, const double *hinges, const double *voce, const double *old, double *stress, double *moduli,
             double *softening, double *new, double *dissipated, double *error)
{
    const struct increment in = {strain, thermal, points, step, OWN + 5 * back_count, old,
                                 stress, moduli, softening, new, dissipated, error};
    const struct hardening h = {hinge_count, hinges, voce};
    const struct backs x = {back_count, back};
    long failed = 0;
    struct block b;
    for (long first = 0; first < points; first += BLOCK) {
        row dp, a[5], size, level, down, s[5], kept, along, was, turn, work, slope, more;
        const double *p = b.old[HARDENING];
        begin(&b, &in, first);
        double worst = flow(&b, &x, &h, p, dp, a, size, level, down);
        EACH more[i] = 3.0 * b.thermal[SHEAR][i] * dp[i] / size[i];
        ALL5 EACH s[c][i] = b.trial[c][i] - more[i] * a[c][i];
        EACH {
            double g = 3.0 * b.thermal[SHEAR][i];
            kept[i] = 1.0 - g * dp[i] / size[i];
            along[i] = dp[i] > 0.0 ? 1.0 + g / down[i] : 1.0;
        }
        harden(&h, p, was, slope);
        EACH was[i] += b.thermal[YIELD][i];
        contact(&b, &x, was, a, size, turn, work);
        EACH {
            double g = b.thermal[SHEAR][i];
            b.error[i] = 1.5 * g * dp[i] * turn[i] / (1.0 + 3.0 * g * dp[i] / (level[i] + FLOOR));
            work[i] = 0.5 * dp[i] * (work[i] + 1.5 * INNER(s, a) / size[i]);
        }
        follow(&b, &x, dp, a, size, more);
        EACH b.dissipated[i] = dp[i] * (0.5 * (was[i] + level[i]) + more[i]);
        EACH b.new[HARDENING][i] = p[i] + dp[i];
        finish(&b, &in, first, s, a, kept, along, dp, work);
        failed += worst > ROUNDING;
    }
    return failed;
}
