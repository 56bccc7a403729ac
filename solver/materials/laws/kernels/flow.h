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

#define BLOCK 32
#define EACH for (int i = 0; i < BLOCK; i++)
#define ALL5 for (int c = 0; c < 5; c++)
#define FLOOR 1e-6       /* Pa */
#define ROUNDING 1e-11   /* of the trial stress */
#define MOST 60          /* iterations of a bracketed Newton method */
enum { STRAIN = 0, ELASTIC = 5, HARDENING = 10, EQUIVALENT = 11, WORK = 12, OWN = 13 };
enum { SHEAR, BULK, FREE, SHEAR_BEFORE = 5, YIELD, THERMAL };

typedef double row[BLOCK] __attribute__((aligned(64)));

/* Of two deviators, in lane i */
#define INNER(a, b)                                                                                            \
    (2.0 * (a[0][i] * b[0][i] + a[1][i] * b[1][i]) + a[0][i] * b[1][i] + a[1][i] * b[0][i] +                   \
     2.0 * (a[2][i] * b[2][i] + a[3][i] * b[3][i] + a[4][i] * b[4][i]))
#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define MORE(a, b) ((a) > (b) ? (a) : (b))

struct block {
    long first, points;
    long at[BLOCK];
    row shear, bulk, yield, pressure;
    row trial[5], before[5]; /* deviators of stress: without flow, and at the start of the increment (Pa) */
};

static inline void equivalent(row s[5], row q)
{
    EACH q[i] = sqrt(1.5 * INNER(s, s)) + FLOOR;
}

static inline void load(const struct block *b, const double *from, long width, long column, row to)
{
    EACH to[i] = from[b->at[i] * width + column];
}

static inline void load_thermal(const struct block *b, const double *from, long width, long step, long column, row to)
{
    EACH to[i] = from[step * b->at[i] * width + column];
}

static inline void store(const struct block *b, double *to, long width, long column, const row from)
{
    long count = LESS(b->points - b->first, BLOCK);
    double *start = to + b->first * width + column;
    if (count == BLOCK)
        EACH start[i * width] = from[i];
    else
        for (long i = 0; i < count; i++) start[i * width] = from[i];
}

/* Moduli, strains and old stresses of the points from `first` on; the last point fills up the last block. */
static inline void begin(struct block *b, long first, long points, const double *strain, const double *thermal, long step,
                         const double *old, long memory)
{
    b->first = first, b->points = points;
    EACH b->at[i] = LESS(first + i, points - 1);
    row e[6], free, was, shear_before;
    for (int c = 0; c < 6; c++) load(b, strain, 6, c, e[c]);
    for (int c = 0; c < 3; c++) {
        load_thermal(b, thermal, THERMAL, step, FREE + c, free);
        EACH e[c][i] -= free[i];
    }
    load_thermal(b, thermal, THERMAL, step, SHEAR, b->shear);
    load_thermal(b, thermal, THERMAL, step, BULK, b->bulk);
    load_thermal(b, thermal, THERMAL, step, YIELD, b->yield);
    load_thermal(b, thermal, THERMAL, step, SHEAR_BEFORE, shear_before);
    EACH {
        double mean = (e[0][i] + e[1][i] + e[2][i]) / 3.0;
        b->pressure[i] = 3.0 * b->bulk[i] * mean;
        b->trial[0][i] = e[0][i] - mean;
        b->trial[1][i] = e[1][i] - mean;
        for (int c = 2; c < 5; c++) b->trial[c][i] = 0.5 * e[c + 1][i];
    }
    ALL5 {
        load(b, old, memory, STRAIN + c, was);
        EACH b->trial[c][i] = 2.0 * b->shear[i] * (b->trial[c][i] - was[i]);
        load(b, old, memory, ELASTIC + c, was);
        EACH b->before[c][i] = 2.0 * shear_before[i] * was[i];
    }
}

/* Stress, its slope, and the inelastic strain and elastic strain that are remembered.
 *
 * s: deviator of the stress. n: direction of flow, a deviator of any length. kept: part of the shear modulus left across n;
 * along: part left along n. */
static inline void finish(struct block *b, row s[5], row n[5], const row kept, const row along, const double *old, long memory,
                          double *stress, double *moduli, double *softening, double *new)
{
    row out, unit;
    EACH out[i] = b->pressure[i] - s[0][i] - s[1][i];
    store(b, stress, 6, 2, out);
    for (int c = 0; c < 2; c++) {
        EACH out[i] = b->pressure[i] + s[c][i];
        store(b, stress, 6, c, out);
    }
    for (int c = 2; c < 5; c++) store(b, stress, 6, c + 1, s[c]);
    EACH out[i] = b->bulk[i] + 4.0 / 3.0 * b->shear[i] * kept[i];
    for (int c = 0; c < 3; c++) store(b, moduli, 9, (int[]){0, 3, 5}[c], out);
    EACH out[i] = b->bulk[i] - 2.0 / 3.0 * b->shear[i] * kept[i];
    for (int c = 0; c < 3; c++) store(b, moduli, 9, (int[]){1, 2, 4}[c], out);
    EACH out[i] = b->shear[i] * kept[i];
    for (int c = 6; c < 9; c++) store(b, moduli, 9, c, out);
    EACH out[i] = 2.0 * b->shear[i] * (kept[i] - along[i]);
    store(b, softening, 7, 0, out);
    EACH unit[i] = 1.0 / (sqrt(INNER(n, n)) + FLOOR);
    EACH out[i] = -unit[i] * (n[0][i] + n[1][i]);
    store(b, softening, 7, 3, out);
    for (int c = 0; c < 5; c++) {
        EACH out[i] = unit[i] * n[c][i];
        store(b, softening, 7, c < 2 ? 1 + c : 2 + c, out);
    }
    ALL5 {
        load(b, old, memory, STRAIN + c, out);
        EACH {
            double elastic = s[c][i] / (2.0 * b->shear[i]);
            out[i] += b->trial[c][i] / (2.0 * b->shear[i]) - elastic;
            unit[i] = elastic;
        }
        store(b, new, memory, STRAIN + c, out);
        store(b, new, memory, ELASTIC + c, unit);
    }
}

/* Adds an increment to a value that is remembered */
static inline void add(const struct block *b, const double *old, double *new, long memory, long column, const row more)
{
    row was;
    load(b, old, memory, column, was);
    EACH was[i] += more[i];
    store(b, new, memory, column, was);
}

/* How the yield stress rises with plastic strain: hinges[count][2] (strain from which on, slope more in Pa) and Voce's
 * voce[0] (1 - exp(-voce[1] p)) */
struct hardening {
    long count;
    const double *hinges, *voce;
};

static inline void harden(const struct hardening *h, const row p, row rise, row slope)
{
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
