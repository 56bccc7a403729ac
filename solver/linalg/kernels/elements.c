/* Element matrices of degree-2 hexahedra, summed into the bands of the columns and the Galerkin matrix of the plates.
 * Arguments as of cells.c. */
#include "lanes.h"
#include "law.h"
#include "points.h"

typedef void (*tabulate)(double *, const double *, const double *, const double *, const int *, const uint8_t *, void *);

/* Plates, and the upper half of the Galerkin matrix by rows of local plates: blocks[start[p]] ... of row p belong to the
 * plates column[start[p]] ... */
typedef struct {
    const int32_t *plate, *global, *column;
    const double *s, *lever, *tilt;
    const int64_t *start;
    const uint8_t *fixed;
    double *band, *galerkin;
} target;

/* How the nodes of a batch of cells follow their plates: [place][level][component][lower or upper] */
typedef struct {
    int plates;
    vec weight[COLS][3][NC][2], arm[COLS][3][NC][2], tilt[COLS][2][TILTS][3];
} following;

typedef vec block[3][NC][3][NC]; /* of two in-plane places: level, component; level, component */

static void follow(const long *of, const int32_t *nodes, const int32_t *which, const target *to, following *f)
{
    memset(f, 0, sizeof *f);
    f->plates = 1;
    EACH_LANE
        for (int j = 0; j < COLS; j++)
            for (int q = 0; q < 2; q++) {
                int32_t p = which[2 * COLS * of[lane] + 2 * j + q];
                if (p < 0) continue;
                if (q) f->plates = 2;
                for (int m = 0; m < TILTS; m++)
                    for (int c = 0; c < 3; c++) f->tilt[j][q][m][c][lane] = to->tilt[6 * (long)p + 3 * m + c];
                for (int k = 0; k < 3; k++) {
                    long n = nodes[NODES * of[lane] + COLS * k + j];
                    for (int r = 0; r < 2; r++) {
                        if (to->plate[2 * n + r] != p) continue;
                        for (int c = 0; c < NC; c++) {
                            if (to->fixed[NC * n + c]) continue;
                            f->weight[j][k][c][q][lane] = to->s[2 * n + r];
                            f->arm[j][k][c][q][lane] = to->s[2 * n + r] * to->lever[2 * n + r];
                        }
                    }
                }
            }
}

/* out = B_i^T K B_j, [lower or upper, mode; lower or upper, mode] */
static void project(const following *f, int i, int j, vec k[3][NC][3][NC], vec out[2][M][2][M])
{
    vec half[3][NC][2][M];
    for (int a = 0; a < 3; a++)
        for (int c = 0; c < NC; c++)
            for (int q = 0; q < f->plates; q++) {
                vec arm[NC];
                for (int d = 0; d < NC; d++) {
                    vec sum = {0}, turned = {0};
                    for (int b = 0; b < 3; b++) {
                        sum += k[a][c][b][d] * f->weight[j][b][d][q];
                        turned += k[a][c][b][d] * f->arm[j][b][d][q];
                    }
                    half[a][c][q][d] = sum, arm[d] = turned;
                }
                for (int m = 0; m < TILTS; m++) {
                    vec sum = {0};
                    for (int d = 0; d < NC; d++) sum += arm[d] * f->tilt[j][q][m][d];
                    half[a][c][q][NC + m] = sum;
                }
            }
    for (int p = 0; p < f->plates; p++)
        for (int q = 0; q < f->plates; q++)
            for (int n = 0; n < M; n++) {
                vec arm[NC];
                for (int c = 0; c < NC; c++) {
                    vec sum = {0}, turned = {0};
                    for (int a = 0; a < 3; a++) {
                        sum += half[a][c][q][n] * f->weight[i][a][c][p];
                        turned += half[a][c][q][n] * f->arm[i][a][c][p];
                    }
                    out[p][c][q][n] = sum, arm[c] = turned;
                }
                for (int m = 0; m < TILTS; m++) {
                    vec sum = {0};
                    for (int c = 0; c < NC; c++) sum += arm[c] * f->tilt[i][p][m][c];
                    out[p][NC + m][q][n] = sum;
                }
            }
}

static void add_block(const target *to, int32_t p, int32_t q, int lane, vec (*from)[2][M])
{
    int turned = to->global[p] > to->global[q];
    int32_t row = turned ? q : p, column = turned ? p : q;
    long low = to->start[row], high = to->start[row + 1];
    while (high - low > 1) {
        long middle = (low + high) / 2;
        if (to->column[middle] <= column) low = middle;
        else high = middle;
    }
    double *out = to->galerkin + M * M * low;
    for (int m = 0; m < M; m++)
        for (int n = 0; n < M; n++) out[M * m + n] += turned ? from[n][0][m][lane] : from[m][0][n][lane];
}

/* The block of in-plane place j of one cell into the bands */
static void add_band(const target *to, const int32_t *nodes, int lane, int j, vec k[3][NC][3][NC])
{
    for (int a = 0; a < 3; a++)
        for (int c = 0; c < NC; c++) {
            double *row = to->band + ((long)nodes[COLS * a + j] * NC + c) * W + HB;
            for (int b = 0; b <= a; b++)
                for (int d = 0; d < NC && NC * (a - b) + c - d >= 0; d++) row[-(NC * (a - b) + c - d)] += k[a][c][b][d][lane];
        }
}

/* What modes of two in-plane places i <= j of a batch of cells have in common, into the Galerkin matrix */
static void add_plates(const target *to, const following *f, const long *of, int active, const int32_t *which, int i, int j,
                       vec out[2][M][2][M])
{
    for (int lane = 0; lane < active; lane++) {
        const int32_t *mine = which + 2 * COLS * of[lane];
        for (int p = 0; p < f->plates; p++)
            for (int q = i == j ? p : 0; q < f->plates; q++)
                if (mine[2 * i + p] >= 0 && mine[2 * j + q] >= 0)
                    add_block(to, mine[2 * i + p], mine[2 * j + q], lane, (vec(*)[2][M]) & out[p][0][q]);
    }
}

/* The block of two in-plane places i <= j of a batch of cells, into the bands (i = j) and the Galerkin matrix */
static void add(const target *to, const following *f, const long *of, int active, const int32_t *nodes, const int32_t *which,
                int i, int j, vec k[3][NC][3][NC])
{
    if (i == j)
        for (int lane = 0; lane < active; lane++) add_band(to, nodes + NODES * of[lane], lane, j, k);
    vec out[2][M][2][M];
    project(f, i, j, k, out);
    add_plates(to, f, of, active, which, i, j, out);
}

/* Element matrices of any form, from its own kernel, cell by cell. facet[cells]: local facet of each call, or NULL for a
 * cell integral; order[27]: place in the element of the nodes. */
void add_tabulated(long cells, void *function, const int32_t *facet, const double *w, long nw, const double *constants,
                   const double *x, const int32_t *geometry, const int32_t *order, const int32_t *nodes, const int32_t *which,
                   const int32_t *plate, const double *s, const double *lever, const double *tilt, const uint8_t *fixed,
                   const int32_t *global, const int64_t *start, const int32_t *column, double *band, double *galerkin)
{
    static double matrix[LANES][UNKNOWNS][UNKNOWNS];
    target to = {plate, global, column, s, lever, tilt, start, fixed, band, galerkin};
    following f;
    tabulate kernel = (tabulate)function;
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        follow(of, nodes, which, &to, &f);
        memset(matrix, 0, sizeof matrix);
        for (int lane = 0; lane < active; lane++) {
            double corners[24];
            for (int i = 0; i < 8; i++)
                for (int d = 0; d < 3; d++) corners[3 * i + d] = x[3 * (long)geometry[8 * of[lane] + i] + d];
            kernel(matrix[lane][0], w + of[lane] * nw, constants, corners, facet ? facet + of[lane] : NULL, NULL, NULL);
        }
        for (int i = 0; i < COLS; i++)
            for (int j = i; j < COLS; j++) {
                block k;
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++)
                        for (int c = 0; c < NC; c++)
                            for (int d = 0; d < NC; d++)
                                EACH_LANE k[a][c][b][d][lane] =
                                    matrix[lane][NC * order[COLS * a + i] + c][NC * order[COLS * b + j] + d];
                add(&to, &f, of, active, nodes, which, i, j, k);
            }
    }
}

/* Plane integrals of a batch of upright cells: products of shape functions (last index 0) and their x, y slopes (1, 2) */
static void plane_integrals(const vec *corner, vec out[COLS][COLS][3][3])
{
    memset(out, 0, COLS * COLS * 9 * sizeof(vec));
    for (int t = 0; t < 3; t++)
        for (int r = 0; r < 3; r++) {
            vec map[4], det, v[COLS][3];
            plane_map(corner, POINT[r], POINT[t], map, &det);
            for (int b = 0; b < 3; b++)
                for (int a = 0; a < 3; a++) {
                    double xi = SLOPE[r][a] * VALUE[t][b], eta = VALUE[r][a] * SLOPE[t][b], value = VALUE[r][a] * VALUE[t][b];
                    vec *at = v[3 * b + a];
                    EACH_LANE at[0][lane] = value;
                    at[1] = xi * map[0] + eta * map[2], at[2] = xi * map[1] + eta * map[3];
                }
            vec weight = WEIGHT[r] * WEIGHT[t] * det;
            for (int i = 0; i < COLS; i++)
                for (int d = 0; d < 3; d++) {
                    vec scaled = weight * v[i][d];
                    for (int j = i; j < COLS; j++)
                        for (int e = 0; e < 3; e++) out[i][j][d][e] += scaled * v[j][e];
                }
        }
}

/* Integrals over the height, in units of it: products of shape functions and slopes */
static double MASS[3][3], STIFF[3][3], MIXED[3][3]; /* MIXED: value times slope */

static void height_integrals(void)
{
    memset(MASS, 0, sizeof MASS), memset(STIFF, 0, sizeof STIFF), memset(MIXED, 0, sizeof MIXED);
    for (int q = 0; q < 3; q++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                MASS[a][b] += WEIGHT[q] * VALUE[q][a] * VALUE[q][b];
                STIFF[a][b] += WEIGHT[q] * SLOPE[q][a] * SLOPE[q][b];
                MIXED[a][b] += WEIGHT[q] * VALUE[q][a] * SLOPE[q][b];
            }
}

/* Block of two in-plane places: plane integrals times integrals over the height */
static void upright_block(const vec *e, vec height, vec p[3][3], vec k[3][NC][3][NC])
{
    vec over = 1.0 / height;
#if NC == 1
    vec in_plane = height * (e[0] * p[1][1] + e[1] * p[2][2] + e[3] * p[0][0]), across = over * e[2] * p[0][0];
#if LAW == 5
    in_plane += height * e[4] * (p[1][2] + p[2][1]);
#endif
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) k[a][0][b][0] = in_plane * MASS[a][b] + across * STIFF[a][b];
#elif LAW == 21
    vec c[6][6];
    for (int i = 0; i < 6; i++) {
        vec unit[6] = {0};
        unit[i] += 1.0;
        stress_of(e, unit, c[i]);
    }
    for (int r = 0; r < 3; r++)
        for (int s = 0; s < 3; s++) {
            vec in_plane = {0}, up = {0}, down = {0}, across = over * c[VOIGT[r][2]][VOIGT[s][2]] * p[0][0];
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 2; j++) in_plane += height * c[VOIGT[r][i]][VOIGT[s][j]] * p[1 + i][1 + j];
                up += c[VOIGT[r][i]][VOIGT[s][2]] * p[1 + i][0];
                down += c[VOIGT[r][2]][VOIGT[s][i]] * p[0][1 + i];
            }
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++)
                    k[a][r][b][s] = MASS[a][b] * in_plane + STIFF[a][b] * across + MIXED[a][b] * up + MIXED[b][a] * down;
        }
#else
    vec xx = height * (e[0] * p[1][1] + e[8] * p[2][2]), yy = height * (e[8] * p[1][1] + e[3] * p[2][2]);
    vec zz = height * (e[7] * p[1][1] + e[6] * p[2][2]);
    vec xy = height * (e[1] * p[1][2] + e[8] * p[2][1]), yx = height * (e[1] * p[2][1] + e[8] * p[1][2]);
    vec bend[3] = {over * e[7] * p[0][0], over * e[6] * p[0][0], over * e[5] * p[0][0]};
    vec x0 = p[1][0], x1 = p[0][1], y0 = p[2][0], y1 = p[0][2];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double m = MASS[a][b], s = STIFF[a][b], up = MIXED[a][b], down = MIXED[b][a];
            k[a][0][b][0] = m * xx + s * bend[0], k[a][1][b][1] = m * yy + s * bend[1], k[a][2][b][2] = m * zz + s * bend[2];
            k[a][0][b][1] = m * xy, k[a][1][b][0] = m * yx;
            k[a][0][b][2] = up * (e[2] * x0) + down * (e[7] * x1);
            k[a][2][b][0] = down * (e[2] * x1) + up * (e[7] * x0);
            k[a][1][b][2] = up * (e[4] * y0) + down * (e[6] * y1);
            k[a][2][b][1] = down * (e[4] * y1) + up * (e[6] * y0);
        }
#endif
}

/* Element matrices of upright cells, the mean law of each. */
void add_upright(long cells, const double *shape, const int32_t *where, long points, const double *law, const int32_t *nodes,
                 const int32_t *which, const int32_t *plate, const double *s, const double *lever, const double *tilt,
                 const uint8_t *fixed, const int32_t *global, const int64_t *start, const int32_t *column, double *band, double *galerkin)
{
    static vec plane[COLS][COLS][3][3];
    target to = {plate, global, column, s, lever, tilt, start, fixed, band, galerkin};
    following f;
    height_integrals();
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        vec corner[9], e[LAW];
        load_shape(of, shape, corner);
        mean_law(of, where, points, law, e);
        follow(of, nodes, which, &to, &f);
        plane_integrals(corner, plane);
        for (int i = 0; i < COLS; i++)
            for (int j = i; j < COLS; j++) {
                block k;
                upright_block(e, corner[8], plane[i][j], k);
                add(&to, &f, of, active, nodes, which, i, j, k);
            }
    }
}

#if NC == 3
#include "tangent.h"

/* The same into bands and the stencil of the Kirchhoff space (kirchhoff.c). Plane cell c stands under the cells
 * cell[first[c]] ... cell[first[c + 1] - 1]; every column of nodes is one plate. */
void add_splined(long count, const int64_t *first, const int32_t *cell, const double *shape, const int32_t *where, long points,
                 const double *law, const int32_t *nodes, const int32_t *which, const int32_t *plate, const double *s, const double *lever,
                 const double *tilt, const uint8_t *fixed, const int32_t *place, const double *basis, const double *height,
                 const int64_t *box, long reach, double *band, double *stencil)
{
    static vec plane[COLS][COLS][3][3], sum[COLS * M][COLS * M];
    target to = {plate, NULL, NULL, s, lever, tilt, NULL, fixed, band, NULL};
    following f;
    height_integrals();
    for (long c = 0; c < count; c += LANES) {
        int active = count - c < LANES ? (int)(count - c) : LANES, layers = 0;
        for (int lane = 0; lane < active; lane++) {
            int mine = (int)(first[c + lane + 1] - first[c + lane]);
            layers = mine > layers ? mine : layers;
        }
        memset(sum, 0, sizeof sum);
        for (int layer = 0; layer < layers; layer++) {
            long of[LANES];
            int there[LANES];
            vec corner[9], e[LAW], present = {0};
            EACH_LANE {
                long mine = c + (lane < active ? lane : 0);
                there[lane] = lane < active && first[mine] + layer < first[mine + 1];
                of[lane] = cell[first[mine] + (there[lane] ? layer : 0)];
                present[lane] = there[lane];
            }
            load_shape(of, shape, corner);
            mean_law(of, where, points, law, e);
            for (int i = 0; i < LAW; i++) e[i] *= present;
            follow(of, nodes, which, &to, &f);
            if (layer == 0) plane_integrals(corner, plane);
            for (int i = 0; i < COLS; i++)
                for (int j = i; j < COLS; j++) {
                    block k;
                    vec out[2][M][2][M];
                    upright_block(e, corner[8], plane[i][j], k);
                    if (i == j)
                        for (int lane = 0; lane < active; lane++)
                            if (there[lane]) add_band(&to, nodes + NODES * of[lane], lane, j, k);
                    project(&f, i, j, k, out);
                    for (int m = 0; m < M; m++)
                        for (int n = 0; n < M; n++) sum[M * i + m][M * j + n] += out[0][m][0][n];
                }
        }
        for (int lane = 0; lane < active; lane++) {
            double g[COLS * M][COLS * M];
            int32_t mine[COLS];
            for (int i = 0; i < COLS * M; i++)
                for (int j = 0; j < COLS * M; j++) g[i][j] = i / M <= j / M ? sum[i][j][lane] : sum[j][i][lane];
            for (int j = 0; j < COLS; j++) mine[j] = which[2 * COLS * (long)cell[first[c + lane]] + 2 * j];
            add_to_stencil(mine, place, basis, height, box, reach, g[0], stencil);
        }
    }
}
#endif
