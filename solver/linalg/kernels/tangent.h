/* The tangent of large deflection on upright cells (solver/physics/large_deflection.py), included by cells.c.
 *
 * state[cells][27][15]: at each Gauss point the slopes H of the displacement, row by row, and the stress of the geometric
 * stiffness xx yy zz yz xz xy:   a(t, v) = int C dE(t) : dE(v) + S : grad t^T grad v + spring t . v,
 * dE(v) = sym((I + H)^T grad v). */
#define STATE 15

static const int ROW[6] = {0, 1, 2, 1, 0, 0}, COLUMN[6] = {0, 1, 2, 2, 2, 1}; /* of Voigt order */

/* Strain of slopes g about H in Voigt order, engineering shear */
static inline void strain_about(vec h[3][3], vec g[3][3], vec e[6])
{
    for (int k = 0; k < 6; k++) {
        int a = ROW[k], b = COLUMN[k];
        vec sum = a == b ? g[a][a] : g[a][b] + g[b][a];
        for (int c = 0; c < 3; c++) sum += a == b ? h[c][a] * g[c][a] : h[c][a] * g[c][b] + h[c][b] * g[c][a];
        e[k] = sum;
    }
}

/* out = s n for a symmetric s in Voigt order */
static inline void times(const vec *s, const vec *n, vec *out)
{
    out[0] = s[0] * n[0] + s[5] * n[1] + s[4] * n[2];
    out[1] = s[5] * n[0] + s[1] * n[1] + s[3] * n[2];
    out[2] = s[4] * n[0] + s[3] * n[1] + s[2] * n[2];
}

static inline void load_state(const long *of, int q, const double *state, vec h[3][3], vec s[6])
{
    for (int i = 0; i < STATE; i++) {
        vec value = {0};
        EACH_LANE value[lane] = state[(NODES * of[lane] + q) * STATE + i];
        if (i < 9) h[i / 3][i % 3] = value;
        else s[i - 9] = value;
    }
}

#define FREE (LAW == 21 ? 6 : 3) /* free strains */

#if LAW == 21
static inline void tensor(const vec *e, vec t[3][3])
{
    for (int i = 0; i < 6; i++) t[ROW[i]][COLUMN[i]] = t[COLUMN[i]][ROW[i]] = i < 3 ? e[i] : 0.5 * e[i];
}

/* e -= the symmetric part of a b, times factor */
static inline void take_product(vec a[3][3], vec b[3][3], double factor, vec *e)
{
    for (int i = 0; i < 6; i++)
        for (int c = 0; c < 3; c++) {
            vec both = a[ROW[i]][c] * b[c][COLUMN[i]] + a[COLUMN[i]][c] * b[c][ROW[i]];
            e[i] -= (i < 3 ? 0.5 : 1.0) * factor * both;
        }
}
#endif

/* e -= Green's strain f + f^2 / 2 of changes of length f, larger along and smaller across a direction (or NULL) */
static inline void take_free(const vec *f, const double *anisotropy, vec *e)
{
#if LAW == 21
    vec t[3][3];
    tensor(f, t);
    take_product(t, t, 0.5, e);
    for (int i = 0; i < 6; i++) e[i] -= f[i];
#else
    for (int i = 0; i < 3; i++) e[i] -= f[i] + 0.5 * f[i] * f[i];
#endif
    if (!anisotropy) return;
    vec part = 0.5 * (f[0] + f[1]);
    e[0] -= part * anisotropy[0], e[1] += part * anisotropy[0], e[5] -= 2.0 * part * anisotropy[1];
}

/* e -= share (born + sym f born) of Green's strain at birth */
static inline void take_birth(const vec *f, double share, const vec *born, vec *e)
{
#if LAW == 21
    vec t[3][3], b[3][3];
    tensor(f, t), tensor(born, b);
    take_product(t, b, share, e);
    for (int i = 0; i < 6; i++) e[i] -= share * born[i];
#else
    for (int i = 0; i < 6; i++) e[i] -= share * born[i] * (1.0 + 0.5 * (f[ROW[i]] + f[COLUMN[i]]));
#endif
}

/* The state at a displacement; the stress takes strains linearised about it: E(u) - grad last^T grad last / 2 - E_free, with
 * free strains e, strain[.][FREE] in the rows of the law, as e + e^2 / 2, larger along and smaller across a direction by
 * anisotropy[2], and share[0] E(birth) (1 + (e_a + e_b) / 2) for the displacement cells were born at (birth may be NULL), in
 * nodes of its own; strain and anisotropy may be NULL. rest[.][6], in the rows of the law, is a stress added, or NULL. */
void linearise(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points, const double *law,
               const double *strain, const double *anisotropy, const double *displacement, const double *last,
               const int32_t *birth_nodes, const double *birth, const double *share, const double *rest, double *state)
{
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        vec u[NC][NODES], slope[NC][3][NODES], old[NC][3][NODES], born[NC][3][NODES], corner[9], k[LAW];
        to_points(of, nodes, displacement, u, slope);
        to_points(of, nodes, last, u, old);
        if (birth) to_points(of, birth_nodes, birth, u, born);
        load_shape(of, shape, corner);
        vec over = 1.0 / corner[8];
        for (int q = 0; q < NODES; q++) {
            vec map[4], det, h[3][3], g[3][3], half[3][3], e[6], curved[6], s[6], free[FREE] = {0};
            plane_map(corner, POINT[q % 3], POINT[q / 3 % 3], map, &det);
            int row = points > 1 ? q : 0;
            load_law(of, where, points, row, law, k);
            if (strain)
                for (int c = 0; c < FREE; c++)
                    EACH_LANE free[c][lane] = strain[(long)FREE * where[of[lane] * points + row] + c];
            turn(map, over, slope, q, h);
            turn(map, over, old, q, g);
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < 3; d++) half[c][d] = 0.5 * h[c][d];
            strain_about(half, h, e); /* sym H + H^T H / 2 */
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < 3; d++) half[c][d] = 0.5 * g[c][d];
            strain_about(half, g, curved); /* less its part without curvature */
            for (int i = 0; i < 6; i++) curved[i] -= i < 3 ? g[i][i] : g[ROW[i]][COLUMN[i]] + g[COLUMN[i]][ROW[i]];
            for (int i = 0; i < 6; i++) e[i] -= curved[i];
            if (strain) take_free(free, anisotropy, e);
            if (birth) {
                turn(map, over, born, q, g);
                for (int c = 0; c < 3; c++)
                    for (int d = 0; d < 3; d++) half[c][d] = 0.5 * g[c][d];
                strain_about(half, g, curved);
                take_birth(free, share[0], curved, e);
            }
            stress_of(k, e, s);
            if (rest)
                for (int i = 0; i < 6; i++)
                    EACH_LANE s[i][lane] += rest[6L * where[of[lane] * points + row] + i];
            for (int lane = 0; lane < active; lane++) {
                double *to = state + (NODES * (cell + lane) + q) * STATE;
                for (int i = 0; i < 9; i++) to[i] = h[i / 3][i % 3][lane];
                for (int i = 0; i < 6; i++) to[9 + i] = s[i][lane];
            }
        }
    }
}

/* y += A x */
void apply_tangent(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points, const double *law,
                   const double *state, const double *spring, const double *x, double *y)
{
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        vec u[NC][NODES], slope[NC][3][NODES], corner[9], k[LAW];
        to_points(of, nodes, x, u, slope);
        load_shape(of, shape, corner);
        load_law(of, where, points, 0, law, k);
        vec height = corner[8], over = 1.0 / height;
        for (int q = 0; q < NODES; q++) {
            vec map[4], det, h[3][3], g[3][3], p[3][3], e[6], s[6], geometric[6];
            int i = q % 3, j = q / 3 % 3, m = q / 9;
            plane_map(corner, POINT[i], POINT[j], map, &det);
            if (points > 1) load_law(of, where, points, q, law, k);
            vec weight = WEIGHT[i] * WEIGHT[j] * WEIGHT[m] * det * height;
            load_state(of, q, state, h, geometric);
            turn(map, over, slope, q, g);
            strain_about(h, g, e);
            stress_of(k, e, s);
            for (int c = 0; c < 3; c++) { /* (I + H) dS + g S */
                vec f[3], a[3], b[3];
                for (int d = 0; d < 3; d++) f[d] = h[c][d] + (c == d ? 1.0 : 0.0);
                times(s, f, a);
                times(geometric, g[c], b);
                for (int d = 0; d < 3; d++) p[c][d] = weight * (a[d] + b[d]);
                u[c][q] *= spring[0] * weight;
            }
            turn_back(map, over, p, q, slope);
        }
        from_points(cell, active, nodes, 1, u, slope, y);
    }
}

/* Modes of a batch of cells: place, lower or upper plate, translation or rotation */
#define MOST (2 * COLS * M)

/* What a Gauss point adds to the blocks of the columns: slope[3] is that of the shape function of each level of a place */
static inline void add_column(vec h[3][3], const vec *geometric, const vec *law, vec weight, vec spring, vec slope[3][3],
                              const vec *value, vec k[3][NC][3][NC])
{
    vec e[3][3][6], answer[3][3][6], pulled[3][3];
    for (int a = 0; a < 3; a++) {
        times(geometric, slope[a], pulled[a]);
        for (int c = 0; c < 3; c++) {
            vec f[3];
            for (int d = 0; d < 3; d++) f[d] = h[c][d] + (c == d ? 1.0 : 0.0);
            for (int d = 0; d < 3; d++) e[a][c][d] = f[d] * slope[a][d];
            e[a][c][3] = f[1] * slope[a][2] + f[2] * slope[a][1];
            e[a][c][4] = f[0] * slope[a][2] + f[2] * slope[a][0];
            e[a][c][5] = f[0] * slope[a][1] + f[1] * slope[a][0];
            stress_of(law, e[a][c], answer[a][c]);
        }
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++) {
            vec same = spring * value[a] * value[b];
            for (int d = 0; d < 3; d++) same += slope[a][d] * pulled[b][d];
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < 3; d++) {
                    vec work = c == d ? same : (vec){0};
                    for (int i = 0; i < 6; i++) work += e[a][c][i] * answer[b][d][i];
                    k[a][c][b][d] += weight * work;
                }
        }
}

/* Slopes along x, y and z, and the value, by which a component of a node's motion follows a translation or the turn */
typedef vec motion[2][NC][4];

static inline void motion_of(const following *f, int j, int p, int qz, double a, vec along_x, vec along_y, vec height, motion g)
{
    for (int c = 0; c < NC; c++) {
        vec by[2] = {{0}, {0}}, rise[2] = {{0}, {0}};
        for (int l = 0; l < 3; l++) {
            by[0] += VALUE[qz][l] * f->weight[j][l][c][p], rise[0] += SLOPE[qz][l] * f->weight[j][l][c][p];
            by[1] += VALUE[qz][l] * f->arm[j][l][c][p], rise[1] += SLOPE[qz][l] * f->arm[j][l][c][p];
        }
        for (int k = 0; k < 2; k++) {
            g[k][c][0] = along_x * by[k], g[k][c][1] = along_y * by[k];
            g[k][c][2] = a * rise[k] / height, g[k][c][3] = a * by[k];
        }
    }
}

/* Strains of the M modes of a plate: a translation moves one component, a turn all three by its tilt */
static inline void strains(vec h[3][3], motion g, vec tilt[TILTS][3], vec strain[M][6])
{
    for (int m = 0; m < TILTS; m++)
        for (int i = 0; i < 6; i++) strain[NC + m][i] = (vec){0};
    for (int c = 0; c < NC; c++) {
        vec f[3];
        for (int d = 0; d < 3; d++) f[d] = h[c][d] + (c == d ? 1.0 : 0.0);
        for (int i = 0; i < 6; i++) {
            int u = ROW[i], v = COLUMN[i];
            strain[c][i] = u == v ? f[u] * g[0][c][u] : f[u] * g[0][c][v] + f[v] * g[0][c][u];
            vec turned = u == v ? f[u] * g[1][c][u] : f[u] * g[1][c][v] + f[v] * g[1][c][u];
            for (int m = 0; m < TILTS; m++) strain[NC + m][i] += tilt[m][c] * turned;
        }
    }
}

/* What stress and spring do to modes m and n of two plates, from what they do component by component */
static inline vec stressed(vec by[NC][2][2], vec one[TILTS][3], vec other[TILTS][3], int m, int n)
{
    if (m < NC && n < NC) return m == n ? by[m][0][0] : (vec){0};
    if (m < NC) return other[n - NC][m] * by[m][0][1];
    if (n < NC) return one[m - NC][n] * by[n][1][0];
    vec sum = {0};
    for (int c = 0; c < NC; c++) sum += one[m - NC][c] * other[n - NC][c] * by[c][1][1];
    return sum;
}

/* Element matrices into bands and Galerkin matrix: the tangent at every Gauss point between the modes of the plates. */
void add_tangent(long cells, const double *shape, const int32_t *where, long points, const double *law, const double *state,
                 const double *spring, const int32_t *nodes, const int32_t *which, const int32_t *plate, const double *s,
                 const double *lever, const double *tilt, const uint8_t *fixed, const int32_t *global, const int64_t *start,
                 const int32_t *column, double *band, double *galerkin)
{
    static vec tall[COLS][3][NC][3][NC], sum[MOST][MOST], strain[MOST][6], answer[MOST][6];
    static vec by[2 * COLS][2 * COLS][NC][2][2];
    static motion g[2 * COLS], pulled[2 * COLS];
    target to = {plate, global, column, s, lever, tilt, start, fixed, band, galerkin};
    following f;
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        vec corner[9], k[LAW];
        load_shape(of, shape, corner);
        follow(of, nodes, which, &to, &f);
        memset(tall, 0, sizeof tall);
        int each = f.plates, count = COLS * each, modes = M * count;
        for (int i = 0; i < modes; i++) memset(sum[i], 0, modes * sizeof(vec));
        for (int i = 0; i < count; i++) memset(by[i], 0, count * sizeof by[i][0]);
        for (int q = 0; q < NODES; q++) {
            vec map[4], det, h[3][3], geometric[6];
            int qx = q % 3, qy = q / 3 % 3, qz = q / 9;
            plane_map(corner, POINT[qx], POINT[qy], map, &det);
            if (q == 0 || points > 1) load_law(of, where, points, points > 1 ? q : 0, law, k);
            vec weight = WEIGHT[qx] * WEIGHT[qy] * WEIGHT[qz] * det * corner[8];
            load_state(of, q, state, h, geometric);
            for (int j = 0; j < COLS; j++) {
                double a = VALUE[qx][j % 3] * VALUE[qy][j / 3];
                double xi = SLOPE[qx][j % 3] * VALUE[qy][j / 3], eta = VALUE[qx][j % 3] * SLOPE[qy][j / 3];
                vec along_x = xi * map[0] + eta * map[2], along_y = xi * map[1] + eta * map[3];
                vec node[3][3], at_node[3];
                for (int l = 0; l < 3; l++) {
                    at_node[l] = a * VALUE[qz][l] + (vec){0};
                    node[l][0] = VALUE[qz][l] * along_x, node[l][1] = VALUE[qz][l] * along_y;
                    node[l][2] = a * SLOPE[qz][l] / corner[8];
                }
                add_column(h, geometric, k, weight, spring[0] + (vec){0}, node, at_node, tall[j]);
                for (int p = 0; p < each; p++) {
                    int at = each * j + p;
                    motion_of(&f, j, p, qz, a, along_x, along_y, corner[8], g[at]);
                    strains(h, g[at], f.tilt[j][p], &strain[M * at]);
                    for (int t = 0; t < 2; t++)
                        for (int c = 0; c < NC; c++) {
                            times(geometric, g[at][t][c], pulled[at][t][c]);
                            for (int d = 0; d < 3; d++) pulled[at][t][c][d] *= weight;
                            pulled[at][t][c][3] = spring[0] * weight * g[at][t][c][3];
                        }
                }
            }
            for (int n = 0; n < modes; n++) {
                stress_of(k, strain[n], answer[n]);
                for (int i = 0; i < 6; i++) answer[n][i] *= weight;
            }
            for (int m = 0; m < modes; m++)
                for (int n = m / (M * each) * M * each; n < modes; n++) {
                    vec work = sum[m][n];
                    for (int i = 0; i < 6; i++) work += strain[m][i] * answer[n][i];
                    sum[m][n] = work;
                }
            for (int i = 0; i < count; i++)
                for (int j = i / each * each; j < count; j++)
                    for (int c = 0; c < NC; c++)
                        for (int t = 0; t < 2; t++)
                            for (int u = 0; u < 2; u++) {
                                vec work = by[i][j][c][t][u];
                                for (int d = 0; d < 4; d++) work += g[i][t][c][d] * pulled[j][u][c][d];
                                by[i][j][c][t][u] = work;
                            }
        }
        for (int j = 0; j < COLS; j++)
            for (int lane = 0; lane < active; lane++) add_band(&to, nodes + NODES * of[lane], lane, j, tall[j]);
        for (int i = 0; i < COLS; i++)
            for (int j = i; j < COLS; j++) {
                vec out[2][M][2][M];
                for (int p = 0; p < each; p++)
                    for (int m = 0; m < M; m++)
                        for (int r = 0; r < each; r++)
                            for (int n = 0; n < M; n++) {
                                int one = each * i + p, other = each * j + r;
                                out[p][m][r][n] = sum[M * one + m][M * other + n]
                                                + stressed(by[one][other], f.tilt[i][p], f.tilt[j][r], m, n);
                            }
                add_plates(&to, &f, of, active, which, i, j, out);
            }
    }
}
