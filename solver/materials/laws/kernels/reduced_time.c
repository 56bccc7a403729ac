/* What branches keep of a strain that comes within pieces of an increment (solver/materials/laws/reduced_time.py). */
#include <math.h>

#include "laws.h"

#define PATHS 16     /* side by side */
#define NODES 5      /* Lobatto's points of a piece */
#define BRANCHES 64  /* at most */
#define TERMS 14     /* of the series, to 1e-12 up to SLOW */
#define SLOW 2.0     /* reduced time over time of relaxation from which moments are found by recursion upwards */

typedef double paths[PATHS];

#define EACH for (int i = 0; i < PATHS; i++)

/* Coefficients of the polynomial through values at points, by Newton's divided differences */
static inline void through(paths at[NODES], paths value[NODES])
{
    for (int order = 1; order < NODES; order++)
        for (int k = NODES - 1; k >= order; k--)
            EACH value[k][i] = (value[k][i] - value[k - 1][i]) / (at[k][i] - at[k - order][i]);
    for (int k = NODES - 2; k >= 0; k--)
        for (int j = k; j < NODES - 1; j++) EACH value[j][i] -= at[k][i] * value[j + 1][i];
}

/* sum_p polynomial_p int_0^1 exp(-z u) u^p du, and exp(-z) */
static inline void moments(paths polynomial[NODES], const paths z, paths fall, paths sum)
{
    paths down, up, fast, slow;
    EACH {
        fall[i] = exp(-z[i]);
        slow[i] = z[i] < SLOW ? z[i] : SLOW, fast[i] = z[i] < SLOW ? SLOW : z[i];
        down[i] = 1.0;
    }
    for (int term = TERMS; term > 0; term--) EACH down[i] = 1.0 + down[i] * slow[i] / (NODES + term);
    EACH {
        double e = z[i] < SLOW ? fall[i] : 0.0, low = 0.0, high = 0.0;
        down[i] *= e / NODES;
        up[i] = (1.0 - fall[i]) / fast[i];
        for (int p = NODES - 1; p >= 0; p--) {
            low += polynomial[p][i] * down[i];
            down[i] = p ? (slow[i] * down[i] + e) / p : 0.0;
        }
        for (int p = 0; p < NODES; p++) {
            high += polynomial[p][i] * up[i];
            up[i] = ((p + 1) * up[i] - fall[i]) / fast[i];
        }
        sum[i] = z[i] < SLOW ? low : high;
    }
}

void keep(long count, long pieces, long branches, const double *log, const double *seconds, const double *integral,
          const double *times, double *left, double *kept)
{
    for (long first = 0; first < count; first += PATHS) {
        long active = count - first < PATHS ? count - first : PATHS;
        static _Thread_local paths rest[BRANCHES];
        for (long b = 0; b < branches; b++) EACH rest[b][i] = 1.0;
        for (long piece = pieces - 1; piece >= 0; piece--) {
            paths rate[NODES], passed[NODES], ahead[NODES], density[NODES], slowest, length;
            EACH {
                long row = first + (i < active ? i : 0);
                const double *mine = log + (row * pieces + piece) * NODES;
                slowest[i] = mine[0];
                for (int k = 1; k < NODES; k++) slowest[i] = mine[k] > slowest[i] ? mine[k] : slowest[i];
                for (int k = 0; k < NODES; k++) rate[k][i] = slowest[i] - mine[k];
                length[i] = seconds[row * pieces + piece];
            }
            for (int k = 0; k < NODES; k++) EACH rate[k][i] = exp(rate[k][i]); /* 1 / a_T, of the slowest point */
            for (int k = 0; k < NODES; k++) {
                EACH passed[k][i] = 0.0;
                for (int j = 0; j < NODES; j++) EACH passed[k][i] += integral[NODES * k + j] * rate[j][i];
            }
            EACH slowest[i] = exp(-slowest[i]);
            EACH length[i] *= slowest[i] * passed[NODES - 1][i];
            for (int k = 0; k < NODES; k++)
                EACH {
                    ahead[k][i] = 1.0 - passed[NODES - 1 - k][i] / passed[NODES - 1][i];
                    density[k][i] = passed[NODES - 1][i] / rate[NODES - 1 - k][i];
                }
            through(ahead, density);
            for (long b = 0; b < branches; b++) {
                paths z, fall, sum;
                double over = 1.0 / times[b];
                EACH z[i] = length[i] * over;
                moments(density, z, fall, sum);
                for (long i = 0; i < active; i++) kept[((first + i) * pieces + piece) * branches + b] = rest[b][i] * sum[i];
                EACH rest[b][i] *= fall[i];
            }
        }
        for (long b = 0; b < branches; b++)
            for (long i = 0; i < active; i++) left[(first + i) * branches + b] = rest[b][i];
    }
}
