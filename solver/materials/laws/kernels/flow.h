/* What all laws of metals share: isotropic elasticity, a deviator that a flow brings down, one block of points at a time.
 *
 * A point remembers STRAIN (inelastic), ELASTIC (deviator of the elastic strain), HARDENING (the law's own scalar), EQUIVALENT
 * (inelastic strain, accumulated), WORK (inelastic, J/m^3), then what is the law's own. A deviator is xx yy yz xz xy of a
 * tensor; zz = -(xx + yy). Stresses are equivalent ones of von Mises, q = sqrt(3/2 s : s).
 *
 * Compiled with -ffast-math: nothing may become NaN or infinite; FLOOR keeps logarithms and quotients of nothing away.
 */
#ifndef FLOW_H
#define FLOW_H
#include <math.h>

#include "laws.h"
#include "rows.h"

#define ALL5 for (int c = 0; c < 5; c++)
#define FLOOR 1e-6     /* Pa */
#define ROUNDING 1e-11 /* of the trial stress */
#define MOST 60        /* iterations of Newton's method */
#define BACKS 8        /* back stresses */
enum { STRAIN = 0, ELASTIC = 5, HARDENING = 10, EQUIVALENT = 11, WORK = 12, OWN = 13, MEMORY = OWN + 5 * BACKS };
enum { SHEAR, BULK, FREE, SHEAR_BEFORE = 5, YIELD, THERMAL };

/* Of two deviators, in lane i */
#define INNER(a, b)                                                                                            \
    (2.0 * (a[0][i] * b[0][i] + a[1][i] * b[1][i]) + a[0][i] * b[1][i] + a[1][i] * b[0][i] +                   \
     2.0 * (a[2][i] * b[2][i] + a[3][i] * b[3][i] + a[4][i] * b[4][i]))

/* What every law takes, and what it answers: see laws.h */
struct increment {
    const double *strain, *thermal;
    long points, step, memory;
    const double *old;
    double *stress, *moduli, *softening, *new, *dissipated, *error;
};

struct block {
    row thermal[THERMAL], old[MEMORY], new[MEMORY], dissipated, error;
    row pressure, trial[5], before[5]; /* deviators of stress: without flow, and at the start of the increment (Pa) */
};

static inline void equivalent(row s[5], row q)
{
    EACH q[i] = sqrt(1.5 * INNER(s, s)) + FLOOR;
}

/* Rows that may be the same for all points: step 0 */
static inline void read_shared(const double *from, long first, long points, long step, long width, row *to)
{
    if (step) {
        read_rows(from, first, points, width, to);
        return;
    }
    for (long c = 0; c < width; c++) EACH to[c][i] = from[c];
}

/* Moduli, strains and old stresses of the points from `first` on */
static inline void begin(struct block *b, const struct increment *a, long first)
{
    row e[6];
    read_rows(a->strain, first, a->points, 6, e);
    if (first == 0 || a->step) read_shared(a->thermal, first, a->points, a->step, THERMAL, b->thermal);
    read_rows(a->old, first, a->points, a->memory, b->old);
    for (int c = 0; c < 3; c++) EACH e[c][i] -= b->thermal[FREE + c][i];
    EACH {
        double mean = (e[0][i] + e[1][i] + e[2][i]) / 3.0;
        b->pressure[i] = 3.0 * b->thermal[BULK][i] * mean;
        e[0][i] -= mean, e[1][i] -= mean;
    }
    for (int c = 2; c < 5; c++) EACH e[c][i] = 0.5 * e[c + 1][i];
    ALL5 EACH {
        b->trial[c][i] = 2.0 * b->thermal[SHEAR][i] * (e[c][i] - b->old[STRAIN + c][i]);
        b->before[c][i] = 2.0 * b->thermal[SHEAR_BEFORE][i] * b->old[ELASTIC + c][i];
    }
}

/* Writes the stress, its slope, and what is remembered.
 *
 * s: deviator of the stress. n: direction of flow, a deviator of any length. kept: part of the shear modulus left across n;
 * along: part left along n. flown: equivalent inelastic strain of the increment. The law has set its own of b->new, and the
 * work of the increment as its dissipated energy if `work` is b->dissipated. */
static inline void finish(struct block *b, const struct increment *a, long first, row s[5], row n[5], const row kept,
                          const row along, const row flown, const row work)
{
    row per, stress[6], moduli[9], softening[7], *shear = b->thermal + SHEAR;
    EACH {
        stress[0][i] = b->pressure[i] + s[0][i], stress[1][i] = b->pressure[i] + s[1][i];
        stress[2][i] = b->pressure[i] - s[0][i] - s[1][i];
        stress[3][i] = s[2][i], stress[4][i] = s[3][i], stress[5][i] = s[4][i];
    }
    EACH {
        double left = (*shear)[i] * kept[i], same = b->thermal[BULK][i] + 4.0 / 3.0 * left;
        moduli[0][i] = moduli[3][i] = moduli[5][i] = same;
        moduli[1][i] = moduli[2][i] = moduli[4][i] = same - 2.0 * left;
        moduli[6][i] = moduli[7][i] = moduli[8][i] = left;
    }
    EACH {
        double unit = 1.0 / (sqrt(INNER(n, n)) + FLOOR);
        softening[0][i] = 2.0 * (*shear)[i] * (kept[i] - along[i]);
        softening[1][i] = unit * n[0][i], softening[2][i] = unit * n[1][i];
        softening[3][i] = -unit * (n[0][i] + n[1][i]);
        softening[4][i] = unit * n[2][i], softening[5][i] = unit * n[3][i], softening[6][i] = unit * n[4][i];
    }
    EACH per[i] = 0.5 / (*shear)[i];
    ALL5 EACH {
        double elastic = s[c][i] * per[i];
        b->new[STRAIN + c][i] = b->old[STRAIN + c][i] + (b->trial[c][i] * per[i] - elastic);
        b->new[ELASTIC + c][i] = elastic;
    }
    EACH {
        b->new[EQUIVALENT][i] = b->old[EQUIVALENT][i] + flown[i];
        b->new[WORK][i] = b->old[WORK][i] + work[i];
    }
    write_rows(stress, first, a->points, 6, a->stress);
    write_rows(moduli, first, a->points, 9, a->moduli);
    write_rows(softening, first, a->points, 7, a->softening);
    write_rows(b->new, first, a->points, a->memory, a->new);
    long count = LESS(a->points - first, BLOCK);
    memcpy(a->dissipated + first, b->dissipated, count * sizeof(double));
    memcpy(a->error + first, b->error, count * sizeof(double));
}

/* How the yield stress rises with plastic strain: hinges[count][2] (strain from which on, slope more in Pa) and Voce's
 * voce[0] (1 - exp(-voce[1] p)) */
struct hardening {
    long count;
    const double *hinges, *voce;
};

static inline void harden(const struct hardening *h, const row p, row rise, row slope)
{
    if (h->voce[0] == 0.0)
        EACH rise[i] = slope[i] = 0.0;
    else
        EACH {
            double fall = exp(-h->voce[1] * p[i]);
            rise[i] = h->voce[0] * (1.0 - fall);
            slope[i] = h->voce[0] * h->voce[1] * fall;
        }
    for (long k = 0; k < h->count; k++) {
        double from = h->hinges[2 * k], more = h->hinges[2 * k + 1];
        EACH {
            double over = p[i] - from;
            rise[i] += over > 0.0 ? more * over : 0.0;
            slope[i] += over > 0.0 ? more : 0.0;
        }
    }
}

/* A bracketed Newton step to the zero of a falling function; returns the largest |f| / scale of wanted lanes. */
static inline double step_to_zero(const row f, const row slope, const row scale, const row wanted, row low, row high, row x)
{
    double worst = 0.0;
    EACH {
        double off = wanted[i] * fabs(f[i]) / scale[i];
        worst = MORE(worst, off);
        low[i] = f[i] > 0.0 ? x[i] : low[i];
        high[i] = f[i] > 0.0 ? high[i] : x[i];
        double next = x[i] - f[i] / slope[i], inside = next > low[i] && next < high[i];
        x[i] = off <= ROUNDING ? x[i] : inside != 0.0 ? next : 0.5 * (low[i] + high[i]);
    }
    return worst;
}

#endif
