/* Loops of the column multigrid that numpy cannot express. Compiled for NC = 3 (displacement) and NC = 1 (temperature).
 *
 * A node has NC unknowns; unknown = NC * node + component. A column is a vertical line of nodes, each coupled to the
 * two above and below it: its block of the matrix has half bandwidth HB = 3 NC - 1.
 * A plate is a part of a column: three translations and two rotations, or a temperature and its gradient: M modes.
 * A node follows at most two plates q with a weight s[q] and a lever l[q]:
 *     u = sum_q s[q] (U_q + l[q] (theta_1q t_1 + theta_2q t_2)).
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HB (3 * NC - 1)
#define W (HB + 1)
#define M (NC == 1 ? 2 : 5)
#define NODES 27
#define COLS 9
#define UNKNOWNS (NODES * NC)
#define MODES (COLS * 2 * M)

typedef void (*tabulate)(double *, const double *, const double *, const double *, const int *, const uint8_t *, void *);

/* Coefficients of plate q of a node: row c, mode m. */
static inline double basis(int c, int m, double s, double lever, const double *t)
{
    if (m < NC) return m == c ? s : 0.0;
    return s * lever * t[3 * (m - NC) + c];
}

/* Element matrices, summed into the bands of the columns and into Galerkin blocks of the plates.
 *
 * facet[cells]: local facet of each call, or NULL for a cell integral. order[27]: place in the element of the node (level k, column j) at 9 k + j.
 * nodes[cells][27]: local nodes in that order. plate[n][2], s[n][2], lever[n][2]: plates a node follows (-1: none).
 * tilt[plates][6]: t_1, t_2. which[cells][18]: plate of (column, lower/upper) or -1. group[cells]: block to add to.
 * band[n][NC][W]: row of the unknown, column distance HB - d. galerkin[groups][18 M][18 M].
 */
void accumulate(long cells, void *function, const int32_t *facet, const double *w, long nw, const double *constants, const double *x,
                const int32_t *geometry, const int32_t *nodes, const int32_t *order, const int32_t *plate,
                const double *s, const double *lever, const double *tilt, const int32_t *which, const int64_t *group,
                const uint8_t *fixed, double *band, double *galerkin)
{
    static double a[UNKNOWNS * UNKNOWNS], b[UNKNOWNS][2][M], half[UNKNOWNS][MODES];
    tabulate kernel = (tabulate)function;
    for (long cell = 0; cell < cells; cell++) {
        double corners[24];
        for (int i = 0; i < 8; i++)
            for (int d = 0; d < 3; d++) corners[3 * i + d] = x[3 * (long)geometry[8 * cell + i] + d];
        memset(a, 0, sizeof a);
        kernel(a, w + cell * nw, constants, corners, facet ? facet + cell : NULL, NULL, NULL);
        const int32_t *node = nodes + NODES * cell;
        for (int j = 0; j < COLS; j++)
            for (int k = 0; k < 3; k++)
                for (int l = 0; l <= k; l++)
                    for (int c = 0; c < NC; c++)
                        for (int d = 0; d < NC; d++) {
                            int distance = NC * (k - l) + c - d;
                            if (distance < 0) continue;
                            int row = NC * order[9 * k + j] + c, column = NC * order[9 * l + j] + d;
                            band[((long)node[9 * k + j] * NC + c) * W + HB - distance] += a[row * UNKNOWNS + column];
                        }
        if (!galerkin) continue;
        const int32_t *mine = which + 2 * COLS * cell;
        for (int p = 0; p < NODES; p++)
            for (int c = 0; c < NC; c++)
                for (int q = 0; q < 2; q++)
                    for (int m = 0; m < M; m++) {
                        long n = node[p];
                        double value = 0.0;
                        for (int r = 0; r < 2; r++)
                            if (plate[2 * n + r] >= 0 && plate[2 * n + r] == mine[2 * (p % COLS) + q])
                                value += basis(c, m, s[2 * n + r], lever[2 * n + r], tilt + 6 * (long)plate[2 * n + r]);
                        b[NC * p + c][q][m] = fixed[NC * n + c] ? 0.0 : value;
                    }
        int upper = 0;
        for (int j = 0; j < COLS; j++) upper |= mine[2 * j + 1] >= 0;
        int plates = upper ? 2 : 1;
        for (int i = 0; i < UNKNOWNS; i++) {
            const double *row = a + (NC * order[i / NC] + i % NC) * UNKNOWNS;
            for (int j = 0; j < COLS; j++)
                for (int q = 0; q < plates; q++) {
                    double sum[M] = {0};
                    for (int k = 0; k < 3; k++)
                        for (int c = 0; c < NC; c++) {
                            int p = 9 * k + j;
                            double value = row[NC * order[p] + c];
                            for (int m = 0; m < M; m++) sum[m] += value * b[NC * p + c][q][m];
                        }
                    memcpy(&half[i][(2 * j + q) * M], sum, sizeof sum);
                }
        }
        double *out = galerkin + group[cell] * (long)MODES * MODES;
        for (int j = 0; j < COLS; j++)
            for (int q = 0; q < plates; q++)
                for (int k = 0; k < 3; k++)
                    for (int c = 0; c < NC; c++)
                        for (int m = 0; m < M; m++) {
                            int p = 9 * k + j;
                            double value = b[NC * p + c][q][m];
                            if (value == 0.0) continue;
                            double *to = out + ((2 * j + q) * M + m) * (long)MODES;
                            const double *from = half[NC * p + c];
                            if (plates == 2)
                                for (int i = 0; i < MODES; i++) to[i] += value * from[i];
                            else
                                for (int i = 0; i < COLS; i++)
                                    for (int n = 0; n < M; n++) to[2 * i * M + n] += value * from[2 * i * M + n];
                        }
    }
}

/* Cholesky factors of the columns: factor[unknowns of all columns in order][W], inverse diagonal in place W - 1.
 * Returns the number of pivots that were not positive. */
long factorise(long columns, const int64_t *offsets, const int32_t *nodes, const uint8_t *fixed, const double *band, double *factor)
{
    long bad = 0;
    for (long column = 0; column < columns; column++) {
        const int32_t *node = nodes + offsets[column];
        int size = NC * (int)(offsets[column + 1] - offsets[column]);
        double *l = factor + offsets[column] * NC * W;
        for (int i = 0; i < size; i++) {
            long u = (long)NC * node[i / NC] + i % NC;
            double *row = l + (long)i * W;
            for (int k = 0; k < W; k++) {
                int j = i - HB + k;
                int out = j < 0 || fixed[u] || fixed[(long)NC * node[j < 0 ? 0 : j / NC] + (j < 0 ? 0 : j % NC)];
                row[k] = out ? (k == HB && fixed[u] ? 1.0 : 0.0) : band[u * W + k];
            }
            int first = i > HB ? i - HB : 0;
            for (int j = first; j <= i; j++) {
                const double *other = l + (long)j * W;
                int k = j > HB ? j - HB : 0;
                if (k < first) k = first;
                double sum = row[HB - (i - j)];
                for (; k < j; k++) sum -= row[HB - (i - k)] * other[HB - (j - k)];
                if (j < i) row[HB - (i - j)] = sum * other[HB];
                else {
                    if (!(sum > 0.0)) { bad++; sum = 1.0; }
                    row[HB] = 1.0 / sqrt(sum);
                }
            }
        }
    }
    return bad;
}

/* z = (blocks of the columns)^-1 r */
void solve(long columns, long longest, const int64_t *offsets, const int32_t *nodes, const double *factor, const double *r, double *z)
{
    double v[NC * longest];
    for (long column = 0; column < columns; column++) {
        const int32_t *node = nodes + offsets[column];
        int count = (int)(offsets[column + 1] - offsets[column]), size = NC * count;
        const double *l = factor + offsets[column] * NC * W;
        for (int i = 0; i < count; i++)
            for (int c = 0; c < NC; c++) v[NC * i + c] = r[(long)NC * node[i] + c];
        for (int i = 0; i < size; i++) {
            const double *row = l + (long)i * W;
            double sum = v[i];
            for (int k = i > HB ? 0 : HB - i; k < HB; k++) sum -= row[k] * v[i - HB + k];
            v[i] = sum * row[HB];
        }
        for (int i = size - 1; i >= 0; i--) {
            const double *row = l + (long)i * W;
            double value = v[i] * row[HB];
            v[i] = value;
            for (int k = i > HB ? 0 : HB - i; k < HB; k++) v[i - HB + k] -= row[k] * value;
        }
        for (int i = 0; i < count; i++)
            for (int c = 0; c < NC; c++) z[(long)NC * node[i] + c] = v[NC * i + c];
    }
}

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
