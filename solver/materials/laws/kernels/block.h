/* A block of POINTS points, a value of each in a lane. */
#include "rows.h"
#include "stream.h"

#define POINTS 8

typedef oct vec;

#define EACH_POINT for (int lane = 0; lane < POINTS; lane++)

/* values[i] of the points from `first` on; those beyond the last are the last one once more. Eight values of eight points are
 * turned at once: rows of fewer values are read beyond their end, where there are rows yet to come. */
static inline void load(const double *from, long first, long points, long stride, long same, int values, vec *to)
{
    if (!same && points - first > 2 * POINTS) {
        for (int i = 0; i < values; i += POINTS) {
            int start = values > POINTS && i > values - POINTS ? values - POINTS : i;
            oct r[POINTS];
            EACH_POINT r[lane] = *(const any_oct *)(from + (first + lane) * stride + start);
            turn(r);
            for (int k = 0; k < POINTS && k < values; k++) to[start + k] = r[k];
        }
        return;
    }
    long row[POINTS];
    EACH_POINT row[lane] = same ? 0 : (first + lane < points ? first + lane : points - 1) * stride;
    for (int i = 0; i < values; i++) EACH_POINT to[i][lane] = from[row[lane] + i];
}

/* The way back. Rows of fewer than eight values, which have no gaps, are written beyond their end, where the next is written
 * afterwards. */
static inline void store(const vec *from, long first, long points, long stride, int values, double *to)
{
    if (values > 1 && points - first > 2 * POINTS) {
        for (int i = 0; i < values; i += POINTS) {
            int start = values > POINTS && i > values - POINTS ? values - POINTS : i;
            oct r[POINTS];
            for (int k = 0; k < POINTS; k++) r[k] = from[LESS(start + k, values - 1)];
            turn(r);
            EACH_POINT *(any_oct *)(to + (first + lane) * stride + start) = r[lane];
        }
        return;
    }
    int active = points - first < POINTS ? (int)(points - first) : POINTS;
    for (int lane = 0; lane < active; lane++)
        for (int i = 0; i < values; i++) to[(first + lane) * stride + i] = from[i][lane];
}
