/* Updates of material points, POINTS of them side by side, one per SIMD lane (solver/materials/laws). Compiled with
 * -ffast-math: never ask for NaN. Arrays are by rows; `same` is 0 where each point has a row of its own, and 1 where all
 * points share the first one.
 */
#include <stdint.h>

/* Branches that relax: the twin of `maxwell.relaxed`.
 * old, now: [points][6 + 6 branches] of rows `stride` long: strain, then what of the strain has flowed, branch by branch.
 * strain: [points][6] at the end. free: [points or 1][12]: what is free of stress at start and end.
 * left, gained: [points or 1][branches]; kept: [points or 1][branches][6].
 * shear, bulk: [branches] fractions. stiffness: [points or 1][6][6]; couples: 0 if its blocks are those of an orthotropic one.
 */
void relax(long points, long branches, long stride, long same, long couples, const double *old, const double *strain,
           const double *free, const double *left, const double *gained, const double *kept, const double *shear,
           const double *bulk, const double *stiffness, double *stress, double *now, double *dissipated);
