/* Laws of upright cells, included by cells.c and elements.c.
 *
 * law[.][LAW] of displacements: moduli in Voigt order, 00 01 02 11 12 22 33 44 55 and, of 21, 03 04 05 13 14 15 23 24 25
 * 34 35 45; of temperatures: conductivities xx yy zz, mass and, of 5, the conductivity xy. */
#if NC == 3
static const int VOIGT[3][3] = {{0, 5, 4}, {5, 1, 3}, {4, 3, 2}}; /* place of a component of strain or stress */

/* Stress of a strain in Voigt order, engineering shear */
static inline void stress_of(const vec *k, const vec *e, vec *s)
{
    s[0] = k[0] * e[0] + k[1] * e[1] + k[2] * e[2];
    s[1] = k[1] * e[0] + k[3] * e[1] + k[4] * e[2];
    s[2] = k[2] * e[0] + k[4] * e[1] + k[5] * e[2];
    s[3] = k[6] * e[3], s[4] = k[7] * e[4], s[5] = k[8] * e[5];
#if LAW == 21
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            s[i] += k[9 + 3 * i + j] * e[3 + j];
            s[3 + j] += k[9 + 3 * i + j] * e[i];
        }
    s[3] += k[18] * e[4] + k[19] * e[5];
    s[4] += k[18] * e[3] + k[20] * e[5];
    s[5] += k[19] * e[3] + k[20] * e[4];
#endif
}
#endif

/* g[component][direction] -> flux in its place, times weight */
static inline void flux(const vec *k, vec weight, vec g[NC][3])
{
#if NC == 1
#if LAW == 5
    vec x = g[0][0], y = g[0][1];
    g[0][0] = weight * (k[0] * x + k[4] * y), g[0][1] = weight * (k[4] * x + k[1] * y), g[0][2] *= k[2] * weight;
#else
    for (int d = 0; d < 3; d++) g[0][d] *= k[d] * weight;
#endif
#elif LAW == 21
    vec e[6] = {g[0][0], g[1][1], g[2][2], g[1][2] + g[2][1], g[0][2] + g[2][0], g[0][1] + g[1][0]}, s[6];
    stress_of(k, e, s);
    for (int i = 0; i < 6; i++) s[i] *= weight;
    g[0][0] = s[0], g[1][1] = s[1], g[2][2] = s[2];
    g[1][2] = g[2][1] = s[3], g[0][2] = g[2][0] = s[4], g[0][1] = g[1][0] = s[5];
#else
    vec x = g[0][0], y = g[1][1], z = g[2][2];
    g[0][0] = weight * (k[0] * x + k[1] * y + k[2] * z);
    g[1][1] = weight * (k[1] * x + k[3] * y + k[4] * z);
    g[2][2] = weight * (k[2] * x + k[4] * y + k[5] * z);
    g[1][2] = g[2][1] = weight * k[6] * (g[1][2] + g[2][1]);
    g[0][2] = g[2][0] = weight * k[7] * (g[0][2] + g[2][0]);
    g[0][1] = g[1][0] = weight * k[8] * (g[0][1] + g[1][0]);
#endif
}

static inline void load_law(const long *of, const int32_t *where, long points, int q, const double *law, vec *k)
{
    for (int i = 0; i < LAW; i++) {
        vec value = {0};
        EACH_LANE value[lane] = law[(long)LAW * where[of[lane] * points + q] + i];
        k[i] = value;
    }
}

/* Mean over a cell */
static void mean_law(const long *of, const int32_t *where, long points, const double *law, vec *e)
{
    vec sample[LAW];
    memset(e, 0, LAW * sizeof *e);
    for (int q = 0; q < points; q++) {
        load_law(of, where, points, q, law, sample);
        for (int i = 0; i < LAW; i++) e[i] += sample[i] / (double)points;
    }
}
