/* Values and slopes of cells of degree 2 at their Gauss points and back, LANES cells side by side. */
#define G 0.774596669241483377 /* sqrt(3/5): Gauss points at (1 -+ G)/2 and 1/2, exact to degree 5 */
#define LEFT (0.5 * (1.0 - G))
#define RIGHT (0.5 * (1.0 + G))
#define SHAPES(x) {(1.0 - (x)) * (1.0 - 2.0 * (x)), 4.0 * (x) * (1.0 - (x)), (x) * (2.0 * (x)-1.0)}
#define SLOPES(x) {4.0 * (x)-3.0, 4.0 - 8.0 * (x), 4.0 * (x)-1.0}
#define COLLOCATED(x) {(2.0 * (x)-G) / (G * G), -4.0 * (x) / (G * G), (2.0 * (x) + G) / (G * G)}

static const double POINT[3] = {LEFT, 0.5, RIGHT}, WEIGHT[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
static const double VALUE[3][3] = {SHAPES(LEFT), SHAPES(0.5), SHAPES(RIGHT)};    /* [Gauss point][node] */
static const double SLOPE[3][3] = {SLOPES(LEFT), SLOPES(0.5), SLOPES(RIGHT)};
static const double CHANGE[3][3] = {COLLOCATED(-G), COLLOCATED(0.0), COLLOCATED(G)}; /* slope at a Gauss point from values at all */

/* out (+)= t applied to v along the direction of a stride; t transposed if asked for */
static inline __attribute__((always_inline)) void along(const double t[3][3], int stride, int transposed, int add, const vec *v, vec *out)
{
    for (int o = 0; o < NODES; o += 3 * stride)
        for (int i = o; i < o + stride; i++) {
            vec a = v[i], b = v[i + stride], c = v[i + 2 * stride];
            for (int r = 0; r < 3; r++) {
                vec sum = transposed ? t[0][r] * a + t[1][r] * b + t[2][r] * c : t[r][0] * a + t[r][1] * b + t[r][2] * c;
                out[i + r * stride] = add ? out[i + r * stride] + sum : sum;
            }
        }
}

/* Inverse Jacobian xi_x, xi_y, eta_x, eta_y and determinant of the plane map at (xi, eta) */
static inline void plane_map(const vec *corner, double xi, double eta, vec *inverse, vec *det)
{
    vec x_xi = (1 - eta) * (corner[2] - corner[0]) + eta * (corner[6] - corner[4]);
    vec y_xi = (1 - eta) * (corner[3] - corner[1]) + eta * (corner[7] - corner[5]);
    vec x_eta = (1 - xi) * (corner[4] - corner[0]) + xi * (corner[6] - corner[2]);
    vec y_eta = (1 - xi) * (corner[5] - corner[1]) + xi * (corner[7] - corner[3]);
    *det = x_xi * y_eta - x_eta * y_xi;
    vec over = 1.0 / *det;
    inverse[0] = y_eta * over, inverse[1] = -x_eta * over, inverse[2] = -y_xi * over, inverse[3] = x_xi * over;
}

#if NC == 1
static inline void add_drift(const long *of, const int32_t *where, long points, int q, const double *drift, vec value, vec *g)
{
    for (int d = 0; d < 3; d++)
        EACH_LANE g[d][lane] += drift[3l * where[of[lane] * points + (points > 1 ? q : 0)] + d] * value[lane];
}
#endif

static inline void load_shape(const long *of, const double *shape, vec *corner)
{
    for (int i = 0; i < 9; i++) {
        vec value = {0};
        EACH_LANE value[lane] = shape[of[lane] * 9 + i];
        corner[i] = value;
    }
}

/* Values of x at the Gauss points (in u) and their slopes along the cell's axes */
static inline void to_points(const long *of, const int32_t *nodes, const double *x, vec u[NC][NODES], vec slope[NC][3][NODES])
{
    for (int i = 0; i < NODES; i++)
        EACH_LANE {
            const double *from = x + (long)NC * nodes[NODES * of[lane] + i];
            for (int c = 0; c < NC; c++) u[c][i][lane] = from[c];
        }
    for (int c = 0; c < NC; c++) {
        along(VALUE, 1, 0, 0, u[c], u[c]);
        along(VALUE, 3, 0, 0, u[c], u[c]);
        along(VALUE, 9, 0, 0, u[c], u[c]);
        along(CHANGE, 1, 0, 0, u[c], slope[c][0]);
        along(CHANGE, 3, 0, 0, u[c], slope[c][1]);
        along(CHANGE, 9, 0, 0, u[c], slope[c][2]);
    }
}

/* The transpose: y += what works on values (in u, if `loaded`) and slopes at the Gauss points */
static inline void from_points(long cell, int active, const int32_t *nodes, int loaded, vec u[NC][NODES], vec slope[NC][3][NODES], double *y)
{
    for (int c = 0; c < NC; c++) {
        along(CHANGE, 1, 1, loaded, slope[c][0], u[c]);
        along(CHANGE, 3, 1, 1, slope[c][1], u[c]);
        along(CHANGE, 9, 1, 1, slope[c][2], u[c]);
        along(VALUE, 1, 1, 0, u[c], u[c]);
        along(VALUE, 3, 1, 0, u[c], u[c]);
        along(VALUE, 9, 1, 0, u[c], u[c]);
    }
    for (int lane = 0; lane < active; lane++)
        for (int i = 0; i < NODES; i++) {
            double *to = y + (long)NC * nodes[NODES * (cell + lane) + i];
            for (int c = 0; c < NC; c++) to[c] += u[c][i][lane];
        }
}

/* Slopes along x, y, z from those along the cell's axes */
static inline void turn(const vec *map, vec over, vec slope[NC][3][NODES], int q, vec g[NC][3])
{
    for (int c = 0; c < NC; c++) {
        vec a = slope[c][0][q], b = slope[c][1][q];
        g[c][0] = map[0] * a + map[2] * b, g[c][1] = map[1] * a + map[3] * b;
        g[c][2] = over * slope[c][2][q];
    }
}

/* The transpose */
static inline void turn_back(const vec *map, vec over, vec g[NC][3], int q, vec slope[NC][3][NODES])
{
    for (int c = 0; c < NC; c++) {
        slope[c][0][q] = map[0] * g[c][0] + map[1] * g[c][1];
        slope[c][1][q] = map[2] * g[c][0] + map[3] * g[c][1];
        slope[c][2][q] = over * g[c][2];
    }
}
