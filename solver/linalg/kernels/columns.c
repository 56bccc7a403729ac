/* The columns of the smoother. Batches of LANES columns, padded to the longest: start[batches + 1] is the first row of a
 * batch in table[rows][LANES], which holds nodes from the bottom up, -1 for padding. */
#include "lanes.h"

/* Cholesky factors: factor[NC * rows][W][LANES], inverse diagonal in place W - 1.
 * band[unknown][W]: coupling with the unknown `distance` below it in its column in place HB - distance.
 * Returns the number of pivots that were not positive. */
long factorise(long batches, const int64_t *start, const int32_t *table, const uint8_t *fixed, const double *band, double *factor)
{
    long bad = 0;
    for (long batch = 0; batch < batches; batch++) {
        const int32_t *node = table + start[batch] * LANES;
        int size = NC * (int)(start[batch + 1] - start[batch]);
        wide *l = (wide *)(factor + start[batch] * NC * W * LANES);
        for (int i = 0; i < size; i++) {
            wide *row = l + (long)i * W;
            int first = i > HB ? i - HB : 0;
            for (int k = 0; k < W; k++) {
                int j = i - HB + k;
                EACH_LANE {
                    long n = node[i / NC * LANES + lane], m = j < 0 ? -1 : node[j / NC * LANES + lane];
                    int held = n < 0 || fixed[NC * n + i % NC];
                    if (held) row[k][lane] = k == HB;
                    else row[k][lane] = m < 0 || fixed[NC * m + j % NC] ? 0.0 : band[(NC * n + i % NC) * W + k];
                }
            }
            for (int j = first; j <= i; j++) {
                const wide *other = l + (long)j * W;
                int k = j > HB ? j - HB : 0;
                vec sum = row[HB - (i - j)];
                for (k = k < first ? first : k; k < j; k++) sum -= row[HB - (i - k)] * other[HB - (j - k)];
                if (j < i) row[HB - (i - j)] = sum * other[HB];
                else
                    EACH_LANE {
                        if (!(sum[lane] > 0.0)) { bad++; sum[lane] = 1.0; }
                        row[HB][lane] = 1.0 / sqrt(sum[lane]);
                    }
            }
        }
    }
    return bad;
}

/* z = (blocks of the columns)^-1 r */
void solve(long batches, const int64_t *start, const int32_t *table, long longest, const double *factor, const double *r, double *z)
{
    vec v[NC * longest];
    for (long batch = 0; batch < batches; batch++) {
        const int32_t *node = table + start[batch] * LANES;
        int count = (int)(start[batch + 1] - start[batch]), size = NC * count;
        const wide *l = (const wide *)(factor + start[batch] * NC * W * LANES);
        for (int i = 0; i < count; i++)
            EACH_LANE {
                long n = node[i * LANES + lane];
                for (int c = 0; c < NC; c++) v[NC * i + c][lane] = n < 0 ? 0.0 : r[NC * n + c];
            }
        for (int i = 0; i < size; i++) {
            const wide *row = l + (long)i * W;
            vec sum = v[i];
            for (int k = i > HB ? 0 : HB - i; k < HB; k++) sum -= row[k] * v[i - HB + k];
            v[i] = sum * row[HB];
        }
        for (int i = size - 1; i >= 0; i--) {
            const wide *row = l + (long)i * W;
            vec value = v[i] = v[i] * row[HB];
            for (int k = i > HB ? 0 : HB - i; k < HB; k++) v[i - HB + k] -= row[k] * value;
        }
        for (int i = 0; i < count; i++)
            EACH_LANE {
                long n = node[i * LANES + lane];
                if (n < 0) continue;
                for (int c = 0; c < NC; c++) z[NC * n + c] = v[NC * i + c][lane];
            }
    }
}
