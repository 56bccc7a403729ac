/* Degree-2 hexahedra, LANES cells side by side: the operator by sum factorisation.
 *
 * nodes[cells][27]: local nodes in the order x fastest, z slowest: entry 9 k + j is level k of in-plane place j.
 * shape[cells][9] of an upright cell: x and y of its four corners in tensor order, and its height.
 * law[.][LAW] as of law.h; where[cells][points] is the row of a cell (points = 1) or of its Gauss points, x fastest
 * (points = 27).
 */
#include "lanes.h"
#include "law.h"
#include "points.h"

/* y += A x over upright cells: values to Gauss points, slopes by collocation, the law (for heat with its mass), and back.
 * NC * 12 * 81 multiply-adds for the tensor products; 27 * (12 NC + 5) and the law for the points.
 * drift[.][3], in the rows of the law, or NULL: for heat, int b x . grad y of a conductivity that changes with temperature. */
void apply(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points, const double *law, const double *drift,
           const double *x, double *y)
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
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 3; i++) {
                vec map[4], det;
                plane_map(corner, POINT[i], POINT[j], map, &det);
                for (int m = 0; m < 3; m++) {
                    int q = i + 3 * j + 9 * m;
                    if (points > 1) load_law(of, where, points, q, law, k);
                    vec g[NC][3];
                    turn(map, over, slope, q, g);
                    vec weight = WEIGHT[i] * WEIGHT[j] * WEIGHT[m] * det * height;
                    flux(k, weight, g);
#if NC == 1
                    if (drift) add_drift(of, where, points, q, drift, weight * u[0][q], g[0]);
                    u[0][q] *= k[3] * weight;
#endif
                    turn_back(map, over, g, q, slope);
                }
            }
        from_points(cell, active, nodes, NC == 1, u, slope, y);
    }
}
