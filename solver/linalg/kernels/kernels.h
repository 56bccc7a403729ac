/* Every function of the kernels: the compiler holds the sources to it, and Python calls by it (kernels.py).
 * Those below the second line are of displacements alone. */
#ifndef KERNELS_H
#define KERNELS_H
#include <stdint.h>

void apply(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points,
    const double *law, const double *drift, const double *x, double *y);
void add_tabulated(long cells, void *function, const int32_t *facet, const double *w, long nw,
    const double *constants, const double *x, const int32_t *geometry, const int32_t *order, const int32_t *nodes,
    const int32_t *which, const int32_t *plate, const double *s, const double *lever, const double *tilt,
    const uint8_t *fixed, const int32_t *global, const int64_t *start, const int32_t *column, double *band,
    double *galerkin);
void add_upright(long cells, const double *shape, const int32_t *where, long points, const double *law,
    const int32_t *nodes, const int32_t *which, const int32_t *plate, const double *s, const double *lever,
    const double *tilt, const uint8_t *fixed, const int32_t *global, const int64_t *start, const int32_t *column,
    double *band, double *galerkin);
long factorise(long batches, const int64_t *start, const int32_t *table, const uint8_t *fixed, const double *band,
    double *factor);
void solve(long batches, const int64_t *start, const int32_t *table, long longest, const double *factor,
    const double *r, double *z);
void restrict_to(long count, const int32_t *nodes, const int32_t *plate, const double *s, const double *lever,
    const double *tilt, const uint8_t *fixed, const double *r, double *out);
void prolong(long count, const int32_t *nodes, const int32_t *plate, const double *s, const double *lever,
    const double *tilt, const uint8_t *fixed, const double *values, double *x);
void neighbours(long cells, const int32_t *which, const int32_t *global, const int64_t *start, int32_t *count,
    int32_t *found);

#if NC == 3
void add_splined(long count, const int64_t *first, const int32_t *cell, const double *shape, const int32_t *where,
    long points, const double *law, const int32_t *nodes, const int32_t *which, const int32_t *plate,
    const double *s, const double *lever, const double *tilt, const uint8_t *fixed, const int32_t *place,
    const double *basis, const double *height, const int64_t *box, long reach, double *band, double *stencil);
void to_splines(long count, const int32_t *plates, const int32_t *place, const double *basis, const double *height,
    const int64_t *box, const double *load, double *out);
void from_splines(long count, const int32_t *plates, const int32_t *place, const double *basis,
    const double *height, const int64_t *box, const double *values, double *out);
void add_to_stencil(const int32_t *mine, const int32_t *place, const double *basis, const double *height,
    const int64_t *box, long reach, const double *g, double *stencil);
void linearise(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points,
    const double *law, const double *strain, const double *anisotropy, const double *displacement,
    const double *last, const int32_t *birth_nodes, const double *birth, const double *share, const double *rest,
    double *state);
void apply_tangent(long cells, const int32_t *nodes, const double *shape, const int32_t *where, long points,
    const double *law, const double *state, const double *spring, const double *x, double *y);
void add_tangent(long cells, const double *shape, const int32_t *where, long points, const double *law,
    const double *state, const double *spring, const int32_t *nodes, const int32_t *which, const int32_t *plate,
    const double *s, const double *lever, const double *tilt, const uint8_t *fixed, const int32_t *global,
    const int64_t *start, const int32_t *column, double *band, double *galerkin);
#endif

#endif
