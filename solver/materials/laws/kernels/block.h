/* A block of POINTS points, a value of each in a lane. */
#define POINTS 8

typedef double vec __attribute__((vector_size(8 * POINTS)));

#define EACH_POINT for (int lane = 0; lane < POINTS; lane++)

/* values[i] of the points from `first` on; those beyond the last are the last one once more */
static inline void load(const double *from, long first, long points, long stride, long same, int values, vec *to)
{
    long row[POINTS];
    EACH_POINT row[lane] = same ? 0 : (first + lane < points ? first + lane : points - 1) * stride;
    for (int i = 0; i < values; i++) EACH_POINT to[i][lane] = from[row[lane] + i];
}

static inline void store(const vec *from, long first, long points, long stride, int values, double *to)
{
    int active = points - first < POINTS ? (int)(points - first) : POINTS;
    for (int lane = 0; lane < active; lane++)
        for (int i = 0; i < values; i++) to[(first + lane) * stride + i] = from[i][lane];
}
