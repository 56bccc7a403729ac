/* Cells of a plate, LANES side by side: places on them, functions there, and what a batch of cells is. */
#include "plate.h"

#include <string.h>

#define EACH_LANE for (int lane = 0; lane < LANES; lane++)
#define G 0.774596669241483377 /* sqrt(3/5): Gauss points at (1 -+ G)/2 and 1/2, exact to degree 5 */
#define LEFT (0.5 * (1.0 - G))
#define RIGHT (0.5 * (1.0 + G))
#define SHAPES(x) {(1.0 - (x)) * (1.0 - 2.0 * (x)), 4.0 * (x) * (1.0 - (x)), (x) * (2.0 * (x)-1.0)}
#define SLOPES(x) {4.0 * (x)-3.0, 4.0 - 8.0 * (x), 4.0 * (x)-1.0}
#define PLACES 5 /* on a side: three Gauss points and both ends */
#define MOST 64  /* functions of w on a cell */

typedef double vec __attribute__((vector_size(8 * LANES)));

static const double PLACE[PLACES] = {LEFT, 0.5, RIGHT, 0.0, 1.0}, WEIGHT[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
static const double VALUE[PLACES][3] = {SHAPES(LEFT), SHAPES(0.5), SHAPES(RIGHT), SHAPES(0.0), SHAPES(1.0)};
static const double SLOPE[PLACES][3] = {SLOPES(LEFT), SLOPES(0.5), SLOPES(RIGHT), SLOPES(0.0), SLOPES(1.0)};
static const double BEND[3] = {4.0, -8.0, 4.0};
static const int AT[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}}; /* of six moduli of a symmetric matrix */

/* A batch of cells; over[d] = 1 / size[d] */
typedef struct {
    long of[LANES];
    int active;
    vec u[3][9], over[2], area, a[6], b[6], d[6], free[4][6];
    uint8_t held;
} batch;

/* Shape functions of the nodes at a point: value, slopes and second derivatives xx yy xy */
typedef struct {
    vec value[9], x[9], y[9], xx[9], yy[9], xy[9];
} shapes;

/* Slopes of w, membrane strain and curvature */
typedef struct {
    vec slope[2], e[3], k[3];
} strained;

typedef struct {
    const int32_t *nodes, *law, *corner;
    const double *size, *moduli, *free;
    const uint8_t *held;
} cells_of;
