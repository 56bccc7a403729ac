/* Updates of material points, POINTS of them side by side, one per SIMD lane (solver/materials/laws). Compiled with
 * -ffast-math: never ask for NaN. Arrays are by rows; `same` is 0 where each point has a row of its own, and 1 where all
 * points share the first one.
 */
#include <stdint.h>

/* What branches keep: the twin of `reduced_time.relax_in_numpy`.
 * log: [count][pieces][5] ln a_T at Lobatto's points. seconds: [count][pieces]. integral: [5][5] of the polynomial through
 * values at these points from 0 to each, in parts of the piece. times: [branches]. left: [count][branches] of a strain at the
 * start. kept: [count][pieces][branches] of one that comes evenly within a piece.
 */
void keep(long count, long pieces, long branches, const double *log, const double *seconds, const double *integral,
          const double *times, double *left, double *kept);

/* Branches that relax: the twin of `maxwell.relaxed`.
 * old, now: [points][6 + 6 branches] of rows `stride` long: strain, then what of the strain has flowed, branch by branch.
 * strain: [points][6] at the end. free: [points or 1][12]: what is free of stress at start and end.
 * left, gained: [points or 1][branches]; kept: [points or 1][branches][6].
 * shear, bulk: [branches] fractions. stiffness: [points or 1][6][6]; couples: 0 if its blocks are those of an orthotropic one.
 */
void relax(long points, long branches, long stride, long same, long couples, const double *old, const double *strain,
           const double *free, const double *left, const double *gained, const double *kept, const double *shear,
           const double *bulk, const double *stiffness, double *stress, double *now, double *dissipated);

/* Branches of matrices, and parts that want to expand: the twin of `smeared.smeared_in_numpy`.
 * width = 6 + 3 parts. born: [6]. old, now: [points][6 + branches width] of the strain, then what of strain and lengths has
 * flowed. strain: [points][6] at the end. Of [points or 1]: left, gained [branches]; kept [branches][3 parts]; start, end
 * [3 parts] what the parts want; glass [6][6]; matrix, give [branches][6][width]; free [6].
 */
void smear(long points, long branches, long parts, long same, const double *born, const double *old, const double *strain,
           const double *left, const double *gained, const double *kept, const double *start, const double *end,
           const double *glass, const double *matrix, const double *give, const double *free, double *stress, double *now,
           double *dissipated);

/* Metals. strain (points, 6) in Voigt order; thermal (points or 1, THERMAL): shear and bulk modulus, free strains xx yy zz,
 * shear modulus before, yield stress; step 1 or 0; activated: see rates.h; power (terms, 3): 1 for sinh, exponent, scale;
 * hinges (count, 2) and voce (2): see flow.h; old, new (points, memory); stress (points, 6), moduli (points, 9), softening
 * (points, 7); dissipated (J/m^3) and error (Pa) (points). They return how many blocks have a point without a solution. */
long creep(long points, const double *strain, const double *thermal, const double *activated, long step, long terms,
    const double *power, long hinge_count, const double *hinges, const double *voce, const double *old,
    double *stress, double *moduli, double *softening, double *new, double *dissipated, double *error);
long plastic(long points, const double *strain, const double *thermal, long step, long back_count, const double *back,
    long hinge_count, const double *hinges, const double *voce, const double *old, double *stress, double *moduli,
    double *softening, double *new, double *dissipated, double *error);
long anand(long points, const double *strain, const double *thermal, const double *activated, long step,
    const double *power, const double *constants, const double *old, double *stress, double *moduli, double *softening,
    double *new, double *dissipated, double *error);
