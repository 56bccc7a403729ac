/* Loops numpy cannot express, LANES columns or cells side by side, one per SIMD lane.
 * Compiled for NC = 3 (displacement) and NC = 1 (temperature): a node has NC unknowns; unknown = NC * node + component;
 * and for laws of LAW values at a point (law.h).
 *
 * A column is a vertical line of nodes, each coupled to the two above and below it: its block of the matrix has half
 * bandwidth HB. A plate is a part of a column: three translations and two rotations, or a temperature and its
 * gradient: M modes. A node follows at most two plates q with a weight s[q] and a lever l[q]:
 *     u = sum_q s[q] (U_q + l[q] (theta_1q t_1 + theta_2q t_2)).
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernels.h"

#define HB (3 * NC - 1)
#define W (HB + 1)
#define M (NC == 1 ? 2 : 5)
#define TILTS (M - NC)
#define NODES 27
#define COLS 9
#define UNKNOWNS (NODES * NC)
#define LANES 8
#define EACH_LANE for (int lane = 0; lane < LANES; lane++)

typedef double vec __attribute__((vector_size(8 * LANES)));
typedef double wide __attribute__((vector_size(8 * LANES), aligned(8), may_alias)); /* a vec anywhere in memory */
