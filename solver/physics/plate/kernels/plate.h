/* The potential of a layered von Karman plate (element.py) on rectangles along the axes, LANES cells side by side.
 *
 * nodes[cells][9]: local nodes, x fastest; u_x, u_y, w of node n at u[3 n]. size[cells][2] along x and y (m).
 * law[cells]: row of moduli[.][18], A, B, D, each 11 12 13 22 23 33. corner[cells][4]: rows of free[.][6], x fastest, the free
 * forces and moments at the corners. held[cells]: sides no slope may cross: bits 1, 2 at the low and high end of x, 4, 8 of y.
 * spring: stiffness per area towards the anchor; nothing is read of that where it is 0. */
#include <stdint.h>

#define LANES 8

/* out[0] += the energy (J), springs left out */
void energy(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
    const uint8_t *held, const double *moduli, const double *free, const double *penalty, const double *u, double *out);

/* out[3 nodes] += its gradient (N) */
void forces(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
    const uint8_t *held, const double *moduli, const double *free, const double *penalty, const double *u,
    const double *spring, const double *anchor, double *out);

/* Adds the upper halves of element matrices of 9 u_x, 9 u_y and `many` functions of w, function[cells][9][many] at the nodes,
 * row after row: entry k of a cell goes to out[place[batches][(18 + many)(19 + many) / 2][LANES]]. The geometric stiffness takes
 * the free forces old and strains linearised about u with the correction last. `many` 0: of the plane alone. */
void add_tangent(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
    const uint8_t *held, const double *moduli, const double *old, const double *penalty, const double *u,
    const double *last, const double *spring, long many, const double *function, const int32_t *place, double *out);

/* Entries of the upper half of a matrix that cells with `width` functions have, row by row, each once and unsorted.
 * number[cells][width]: of the functions, -1 for none; row[cells][width]: where its row is. Row r has room from start[r] on;
 * column[start[r]] ... are filled up to length[r], which is 0 at first. */
void find_entries(long cells, long width, const int32_t *number, const int32_t *row, const int64_t *start, int32_t *length,
    int32_t *column);

/* place[batches][width (width + 1) / 2][LANES] as of add_tangent, in rows start[r] ... of ascending columns; where there is no
 * function it is `none`. */
void find_places(long cells, long width, const int32_t *number, const int32_t *row, const int32_t *start,
    const int32_t *column, long none, int32_t *place);
