/* The tangent of large deflection on upright cells (solver/physics/solid/large_deflection.py), included by elements.c.
 *
 * state[batches of LANES cells][27][15][LANES]: at each Gauss point the slopes H of the displacement, row by row, and the
 * stress of the geometric stiffness xx yy zz yz xz xy; lanes of a batch beyond the last cell repeat its first.
 *   a(t, v) = int C dE(t) : dE(v) + S : grad t^T grad v + spring t . v,
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

/* Of the batch of cells that begins with one */
static inline void load_state(long cell, int q, const double *state, vec h[3][3], vec s[6])
{
    const wide *from = (const wide *)state + (cell / LANES * NODES + q) * STATE;
    for (int i = 0; i < 9; i++) h[i / 3][i % 3] = from[i];
    for (int i = 0; i < 6; i++) s[i] = from[9 + i];
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
            wide *to = (wide *)state + (cell / LANES * NODES + q) * STATE;
            for (int i = 0; i < 9; i++) to[i] = h[i / 3][i % 3];
            for (int i = 0; i < 6; i++) to[9 + i] = s[i];
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
            load_state(cell, q, state, h, geometric);
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

/* Stiffness between the slopes of components at a Gauss point: out[c][k][d][l] = C dE(t) : dE(v) + S : grad t^T grad v, times
 * weight, for v of slope 1 of component c along k and t of slope 1 of component d along l */
static inline void between_slopes(vec h[3][3], const vec *geometric, const vec *law, vec weight, vec out[3][3][3][3])
{
    vec f[3][3];
    for (int c = 0; c < 3; c++)
        for (int d = 0; d < 3; d++) f[c][d] = h[c][d] + (c == d ? 1.0 : 0.0);
    for (int d = 0; d < 3; d++)
        for (int l = 0; l < 3; l++) {
            vec e[6] = {{0}}, answer[6];
            for (int m = 0; m < 3; m++) e[VOIGT[l][m]] = f[d][m];
            stress_of(law, e, answer);
            for (int i = 0; i < 6; i++) answer[i] *= weight;
            for (int c = 0; c < 3; c++) {
                vec pulled[3];
                times(answer, f[c], pulled);
                for (int k = 0; k < 3; k++) out[c][k][d][l] = pulled[k];
            }
            for (int k = 0; k < 3; k++) out[d][k][d][l] += weight * geometric[VOIGT[k][l]];
        }
}

/* What two places in plane have in common at a Gauss point in height: their shape functions go with the values of levels
 * (0) or with their slopes (1) there: [of the one][of the other][component][component] */
typedef vec common[2][2][NC][NC];

/* Slopes along x and y of the shape functions of the places at the points in plane, and the value over the height */
typedef vec in_plane[COLS][COLS][3];

/* Of place i, as it meets the slopes of another: [point in plane][value or slope of levels][component][component][direction] */
typedef vec met[COLS][2][NC][NC][3];

static inline void meet(vec between[COLS][3][3][3][3], in_plane shape, int i, met m)
{
    for (int q = 0; q < COLS; q++)
        for (int c = 0; c < NC; c++)
            for (int d = 0; d < NC; d++)
                for (int l = 0; l < 3; l++) {
                    m[q][0][c][d][l] = shape[q][i][0] * between[q][c][0][d][l] + shape[q][i][1] * between[q][c][1][d][l];
                    m[q][1][c][d][l] = shape[q][i][2] * between[q][c][2][d][l];
                }
}

static inline void in_common(met m, in_plane shape, int j, common k)
{
    for (int t = 0; t < 2; t++)
        for (int c = 0; c < NC; c++) {
            vec value[NC] = {{0}}, slope[NC] = {{0}};
            for (int q = 0; q < COLS; q++)
                for (int d = 0; d < NC; d++) {
                    value[d] += shape[q][j][0] * m[q][t][c][d][0] + shape[q][j][1] * m[q][t][c][d][1];
                    slope[d] += shape[q][j][2] * m[q][t][c][d][2];
                }
            for (int d = 0; d < NC; d++) k[t][0][c][d] = value[d], k[t][1][c][d] = slope[d];
        }
}

/* Into the block of a column, at one of the points in height */
static inline void add_levels(int qz, common k, block tall)
{
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++) {
            double v = VALUE[qz][a], s = SLOPE[qz][a], w = VALUE[qz][b], t = SLOPE[qz][b];
            for (int c = 0; c < NC; c++)
                for (int d = 0; d < NC; d++)
                    tall[a][c][b][d] += v * w * k[0][0][c][d] + v * t * k[0][1][c][d] + s * w * k[1][0][c][d] + s * t * k[1][1][c][d];
        }
}

/* How the levels of a place follow a plate at a point in height: [plate][translation or turn][value or slope][component] */
typedef vec levels[2][2][2][NC];

static inline void levels_of(const following *f, int j, int qz, levels g)
{
    for (int p = 0; p < f->plates; p++)
        for (int c = 0; c < NC; c++) {
            vec by[2][2] = {{{0}}};
            for (int l = 0; l < 3; l++) {
                by[0][0] += VALUE[qz][l] * f->weight[j][l][c][p], by[0][1] += SLOPE[qz][l] * f->weight[j][l][c][p];
                by[1][0] += VALUE[qz][l] * f->arm[j][l][c][p], by[1][1] += SLOPE[qz][l] * f->arm[j][l][c][p];
            }
            for (int t = 0; t < 2; t++)
                for (int s = 0; s < 2; s++) g[p][t][s][c] = by[t][s];
        }
}

/* Of two places, by the motions they follow component by component: [plate, translation or turn][the same][c][d] */
typedef vec moved[4][4][NC][NC];

static inline void add_moved(int plates, levels one, levels other, common k, moved out)
{
    for (int r = 0; r < 2 * plates; r++) {
        vec half[2][NC][NC];
        for (int s = 0; s < 2; s++)
            for (int c = 0; c < NC; c++)
                for (int d = 0; d < NC; d++)
                    half[s][c][d] = k[s][0][c][d] * other[r / 2][r % 2][0][d] + k[s][1][c][d] * other[r / 2][r % 2][1][d];
        for (int p = 0; p < 2 * plates; p++)
            for (int c = 0; c < NC; c++)
                for (int d = 0; d < NC; d++)
                    out[p][r][c][d] += one[p / 2][p % 2][0][c] * half[0][c][d] + one[p / 2][p % 2][1][c] * half[1][c][d];
    }
}

/* The modes of two plates: a translation moves one component, a turn all three by its tilt */
static inline void modes_of(int plates, moved by, vec one[2][TILTS][3], vec other[2][TILTS][3], vec out[2][M][2][M])
{
    for (int p = 0; p < plates; p++)
        for (int r = 0; r < plates; r++) {
            for (int c = 0; c < NC; c++)
                for (int d = 0; d < NC; d++) out[p][c][r][d] = by[2 * p][2 * r][c][d];
            for (int n = 0; n < TILTS; n++)
                for (int c = 0; c < NC; c++) {
                    vec right = {0}, left = {0};
                    for (int d = 0; d < NC; d++) {
                        right += by[2 * p][2 * r + 1][c][d] * other[r][n][d];
                        left += one[p][n][d] * by[2 * p + 1][2 * r][d][c];
                    }
                    out[p][c][r][NC + n] = right, out[p][NC + n][r][c] = left;
                }
            for (int m = 0; m < TILTS; m++)
                for (int n = 0; n < TILTS; n++) {
                    vec sum = {0};
                    for (int c = 0; c < NC; c++)
                        for (int d = 0; d < NC; d++) sum += one[p][m][c] * by[2 * p + 1][2 * r + 1][c][d] * other[r][n][d];
                    out[p][NC + m][r][NC + n] = sum;
                }
        }
}

static void shapes_in_plane(const vec *corner, in_plane shape, vec *det)
{
    for (int q = 0; q < COLS; q++) {
        vec map[4];
        int x = q % 3, y = q / 3;
        plane_map(corner, POINT[x], POINT[y], map, &det[q]);
        for (int j = 0; j < COLS; j++) {
            double xi = SLOPE[x][j % 3] * VALUE[y][j / 3], eta = VALUE[x][j % 3] * SLOPE[y][j / 3];
            shape[q][j][0] = xi * map[0] + eta * map[2], shape[q][j][1] = xi * map[1] + eta * map[3];
            shape[q][j][2] = VALUE[x][j % 3] * VALUE[y][j / 3] / corner[8];
        }
    }
}

/* Springs: a mass between the values of two places in plane */
static inline void add_springs(in_plane shape, int i, int j, const vec *weight, common k)
{
    vec sum = {0};
    for (int q = 0; q < COLS; q++) sum += weight[q] * shape[q][i][2] * shape[q][j][2];
    for (int c = 0; c < NC; c++) k[0][0][c][c] += sum;
}

/* Element matrices into bands and Galerkin matrix. At each point in height, the places in plane two by two: what they have in
 * common, by the slopes at the points in plane, is spread over the levels of columns, and over the motions of plates. */
void add_tangent(long cells, const double *shape, const int32_t *where, long points, const double *law, const double *state,
                 const double *spring, const int32_t *nodes, const int32_t *which, const int32_t *plate, const double *s,
                 const double *lever, const double *tilt, const uint8_t *fixed, const int32_t *global, const int64_t *start,
                 const int32_t *column, double *band, double *galerkin)
{
    static block tall[COLS];
    static moved by[COLS][COLS];
    static vec between[COLS][3][3][3][3];
    static in_plane flat;
    static met mine;
    target to = {plate, global, column, s, lever, tilt, start, fixed, band, galerkin};
    following f;
    for (long cell = 0; cell < cells; cell += LANES) {
        int active = cells - cell < LANES ? (int)(cells - cell) : LANES;
        long of[LANES];
        EACH_LANE of[lane] = cell + (lane < active ? lane : 0);
        vec corner[9], k[LAW], det[COLS], held[COLS];
        levels follows[COLS];
        load_shape(of, shape, corner);
        shapes_in_plane(corner, flat, det);
        follow(of, nodes, which, &to, &f);
        memset(tall, 0, sizeof tall);
        for (int i = 0; i < COLS; i++)
            for (int j = i; j < COLS; j++)
                for (int p = 0; p < 2 * f.plates; p++) memset(by[i][j][p], 0, 2 * f.plates * sizeof by[i][j][p][0]);
        for (int qz = 0; qz < 3; qz++) {
            for (int q = 0; q < COLS; q++) {
                vec h[3][3], geometric[6], weight = WEIGHT[q % 3] * WEIGHT[q / 3] * WEIGHT[qz] * det[q] * corner[8];
                if ((q == 0 && qz == 0) || points > 1) load_law(of, where, points, points > 1 ? COLS * qz + q : 0, law, k);
                load_state(cell, COLS * qz + q, state, h, geometric);
                between_slopes(h, geometric, k, weight, between[q]);
                held[q] = spring[0] * weight * corner[8] * corner[8];
            }
            for (int j = 0; j < COLS; j++) levels_of(&f, j, qz, follows[j]);
            for (int i = 0; i < COLS; i++) {
                meet(between, flat, i, mine);
                for (int j = i; j < COLS; j++) {
                    common both;
                    in_common(mine, flat, j, both);
                    if (spring[0] != 0.0) add_springs(flat, i, j, held, both);
                    if (i == j) add_levels(qz, both, tall[j]);
                    add_moved(f.plates, follows[i], follows[j], both, by[i][j]);
                }
            }
        }
        for (int j = 0; j < COLS; j++)
            for (int lane = 0; lane < active; lane++) add_band(&to, nodes + NODES * of[lane], lane, j, tall[j]);
        for (int i = 0; i < COLS; i++)
            for (int j = i; j < COLS; j++) {
                vec out[2][M][2][M];
                modes_of(f.plates, by[i][j], f.tilt[i], f.tilt[j], out);
                add_plates(&to, &f, of, active, which, i, j, out);
            }
    }
}
