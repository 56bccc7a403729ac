/* Points in memory, row by row, and blocks of BLOCK points, a row[] of lanes for each value. */
#ifndef ROWS_H
#define ROWS_H
#include <string.h>

#define BLOCK 32
#define EACH _Pragma("GCC ivdep") for (int i = 0; i < BLOCK; i++)
#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define MORE(a, b) ((a) > (b) ? (a) : (b))

typedef double row[BLOCK] __attribute__((aligned(64)));
typedef double oct __attribute__((vector_size(64)));
typedef double any_oct __attribute__((vector_size(64), aligned(8), may_alias)); /* anywhere in memory */

#ifdef __clang__
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef long long octet __attribute__((vector_size(64)));
#define MIX(a, b, ...) __builtin_shuffle(a, b, (octet){__VA_ARGS__})
#endif

static inline void turn(oct r[8])
{
    for (int i = 0; i < 8; i += 2) {
        oct a = r[i], b = r[i + 1];
        r[i] = MIX(a, b, 0, 8, 2, 10, 4, 12, 6, 14), r[i + 1] = MIX(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int k = 0; k < 4; k++) {
        int i = k + (k & 2); /* 0 1 4 5 */
        oct a = r[i], b = r[i + 2];
        r[i] = MIX(a, b, 0, 1, 8, 9, 4, 5, 12, 13), r[i + 2] = MIX(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 4; i++) {
        oct a = r[i], b = r[i + 4];
        r[i] = MIX(a, b, 0, 1, 2, 3, 8, 9, 10, 11), r[i + 4] = MIX(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* Values [.][width] of the points from `first` on; the last one fills up the last block. Eight values of eight points are
 * turned at once: rows of fewer values are read beyond their end, where there are rows yet to come. */
static inline void read_rows(const double *from, long first, long points, long width, row *to)
{
    if (points - first <= BLOCK + 8) {
        EACH for (long c = 0; c < width; c++) to[c][i] = from[LESS(first + i, points - 1) * width + c];
        return;
    }
    for (long c = 0; c < width; c += 8) {
        long start = width > 8 && c > width - 8 ? width - 8 : c;
        for (int i = 0; i < BLOCK; i += 8) {
            oct r[8];
            for (int k = 0; k < 8; k++) r[k] = *(const any_oct *)(from + (first + i + k) * width + start);
            turn(r);
            for (int k = 0; k < 8 && k < width; k++) *(oct *)(to[start + k] + i) = r[k];
        }
    }
}

/* The way back. Rows of fewer than eight values are written beyond their end, where the next is written afterwards. */
static inline void write_rows(row *from, long first, long points, long width, double *to)
{
    if (points - first <= BLOCK + 8) {
        long count = LESS(points - first, BLOCK);
        for (long i = 0; i < count; i++)
            for (long c = 0; c < width; c++) to[(first + i) * width + c] = from[c][i];
        return;
    }
    for (int i = 0; i < BLOCK; i += 8)
        for (long c = 0; c < width; c += 8) {
            long start = width > 8 && c > width - 8 ? width - 8 : c;
            oct r[8];
            for (int k = 0; k < 8; k++) r[k] = *(const oct *)(from[LESS(start + k, width - 1)] + i);
            turn(r);
            for (int k = 0; k < 8; k++) *(any_oct *)(to + (first + i + k) * width + start) = r[k];
        }
}

#endif
