/* The Kirchhoff space: plates that follow cubic splines u, v, w of a grid in the plane and turn with the slope of w.
 *
 * place[plates][8]: the four splines in x, then in y, that reach a plate, counted in this rank's box[2] of splines.
 * basis[plates][6][4]: their values for x even, x odd, slope in x, then the same for y; odd ones vanish on a mirror plane.
 * height[plates]: of the point a plate turns about. spline = i box[1] + j; unknown = 3 spline + (u, v, w). */
#include "lanes.h"
#if NC == 3

/* Motion of mode m of a plate by u, v, w of its spline (a, b) */
static inline void motion(const double *f, double height, int a, int b, double out[M][3])
{
    double w = f[a] * f[12 + b], slope_x = f[8 + a] * f[12 + b], slope_y = f[a] * f[20 + b];
    memset(out, 0, M * 3 * sizeof(double));
    out[0][0] = f[4 + a] * f[12 + b], out[1][1] = f[a] * f[16 + b], out[2][2] = w;
    out[0][2] = -height * slope_x, out[1][2] = -height * slope_y, out[3][2] = -slope_x, out[4][2] = -slope_y;
}

/* out[splines][3] += P^T load over plates; plates[count] are rows of place, load has a row for each */
void to_splines(long count, const int32_t *plates, const int32_t *place, const double *basis, const double *height,
                const int64_t *box, const double *load, double *out)
{
    for (long i = 0; i < count; i++) {
        long p = plates[i];
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++) {
                double at[M][3], *to = out + 3 * (place[8 * p + a] * box[1] + place[8 * p + 4 + b]);
                motion(basis + 24 * p, height[p], a, b, at);
                for (int m = 0; m < M; m++)
                    for (int c = 0; c < 3; c++) to[c] += at[m][c] * load[M * i + m];
            }
    }
}

/* out = P values over plates */
void from_splines(long count, const int32_t *plates, const int32_t *place, const double *basis, const double *height,
                  const int64_t *box, const double *values, double *out)
{
    memset(out, 0, count * M * sizeof *out);
    for (long i = 0; i < count; i++) {
        long p = plates[i];
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++) {
                const double *from = values + 3 * (place[8 * p + a] * box[1] + place[8 * p + 4 + b]);
                double at[M][3];
                motion(basis + 24 * p, height[p], a, b, at);
                for (int m = 0; m < M; m++)
                    for (int c = 0; c < 3; c++) out[M * i + m] += at[m][c] * from[c];
            }
    }
}

/* stencil[splines][half][3][3] += P^T G P of one plane cell; mine[COLS] are its plates, g[COLS M][COLS M] its matrix.
 * The stencil of reach r holds the couplings with (i + di, j + dj), di (2 r + 1) + dj >= 0, in that order. */
void add_to_stencil(const int32_t *mine, const int32_t *place, const double *basis, const double *height, const int64_t *box,
                    long reach, const double *g, double *stencil)
{
    int low[2] = {INT32_MAX, INT32_MAX}, high[2] = {0, 0};
    for (int j = 0; j < COLS; j++)
        for (int d = 0; d < 2; d++)
            for (int a = 0; a < 4; a++) {
                int at = place[8 * (long)mine[j] + 4 * d + a];
                low[d] = at < low[d] ? at : low[d], high[d] = at > high[d] ? at : high[d];
            }
    int wide_ = high[0] - low[0] + 1, deep = high[1] - low[1] + 1, size = 3 * wide_ * deep;
    double p[COLS * M][size], half[COLS * M][size];
    memset(p, 0, sizeof p);
    for (int j = 0; j < COLS; j++)
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++) {
                const int32_t *at = place + 8 * (long)mine[j];
                double value[M][3];
                motion(basis + 24 * (long)mine[j], height[mine[j]], a, b, value);
                int column = 3 * ((at[a] - low[0]) * deep + at[4 + b] - low[1]);
                for (int m = 0; m < M; m++)
                    for (int c = 0; c < 3; c++) p[M * j + m][column + c] += value[m][c];
            }
    for (int i = 0; i < COLS * M; i++) {
        for (int k = 0; k < size; k++) half[i][k] = 0.0;
        for (int j = 0; j < COLS * M; j++) {
            double value = g[COLS * M * i + j];
            for (int k = 0; k < size; k++) half[i][k] += value * p[j][k];
        }
    }
    long row_length = 2 * reach + 1, width = 9 * (row_length * row_length / 2 + 1);
    for (int a = 0; a < wide_ * deep; a++) {
        double sum[3][size];
        memset(sum, 0, sizeof sum);
        for (int i = 0; i < COLS * M; i++)
            for (int c = 0; c < 3; c++) {
                double value = p[i][3 * a + c];
                if (value == 0.0) continue;
                for (int k = 0; k < size; k++) sum[c][k] += value * half[i][k];
            }
        int x = a / deep, y = a % deep;
        double *out = stencil + width * ((low[0] + x) * box[1] + low[1] + y);
        for (int b = 0; b < wide_ * deep; b++) {
            long at = (b / deep - x) * row_length + b % deep - y;
            if (at < 0) continue;
            for (int c = 0; c < 3; c++)
                for (int d = 0; d < 3; d++) out[9 * at + 3 * c + d] += sum[c][3 * b + d];
        }
    }
}
#endif
