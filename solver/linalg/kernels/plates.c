/* Between nodes and plates: plate[n][2], s[n][2], lever[n][2] (-1: no plate), tilt[plates][6] is t_1, t_2. */
#include "lanes.h"

/* out[plates][M] = P^T r over the nodes given */
void restrict_to(long count, const int32_t *nodes, const int32_t *plate, const double *s, const double *lever,
                 const double *tilt, const uint8_t *fixed, const double *r, double *out)
{
    for (long i = 0; i < count; i++) {
        long n = nodes[i];
        for (int q = 0; q < 2; q++) {
            long p = plate[2 * n + q];
            if (p < 0) continue;
            for (int c = 0; c < NC; c++) {
                if (fixed[NC * n + c]) continue;
                double value = s[2 * n + q] * r[NC * n + c];
                out[M * p + c] += value;
                for (int m = NC; m < M; m++) out[M * p + m] += value * lever[2 * n + q] * tilt[6 * p + 3 * (m - NC) + c];
            }
        }
    }
}

/* x += P values over the nodes given */
void prolong(long count, const int32_t *nodes, const int32_t *plate, const double *s, const double *lever,
             const double *tilt, const uint8_t *fixed, const double *values, double *x)
{
    for (long i = 0; i < count; i++) {
        long n = nodes[i];
        for (int q = 0; q < 2; q++) {
            long p = plate[2 * n + q];
            if (p < 0) continue;
            for (int c = 0; c < NC; c++) {
                if (fixed[NC * n + c]) continue;
                double value = values[M * p + c];
                for (int m = NC; m < M; m++) value += lever[2 * n + q] * tilt[6 * p + 3 * (m - NC) + c] * values[M * p + m];
                x[NC * n + c] += s[2 * n + q] * value;
            }
        }
    }
}

/* Pairs of plates that share a cell, the one of lower global number first, as sorted rows of local numbers.
 * which[cells][2 COLS]: plates of a cell, -1 for none; repeated rows of it that follow each other are skipped.
 * start[plates + 1] leaves room for every row; count[plates] is what it came to. */
void neighbours(long cells, const int32_t *which, const int32_t *global, const int64_t *start, int32_t *count, int32_t *found)
{
    for (long cell = 0; cell < cells; cell++) {
        const int32_t *mine = which + 2 * COLS * cell;
        if (cell && !memcmp(mine, mine - 2 * COLS, 2 * COLS * sizeof *mine)) continue;
        for (int i = 0; i < 2 * COLS; i++)
            for (int j = 0; j < 2 * COLS; j++) {
                int32_t p = mine[i], q = mine[j];
                if (p < 0 || q < 0 || global[p] > global[q]) continue;
                int32_t *row = found + start[p];
                int at = count[p];
                while (at > 0 && row[at - 1] > q) at--;
                if (at > 0 && row[at - 1] == q) continue;
                memmove(row + at + 1, row + at, (count[p] - at) * sizeof *row);
                row[at] = q;
                count[p]++;
            }
    }
}
