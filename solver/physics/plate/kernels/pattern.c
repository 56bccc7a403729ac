/* Where element matrices go in a matrix of which the upper half is kept. */
#include "plate.h"

void find_entries(long cells, long width, const int32_t *number, const int32_t *row, const int64_t *start, int32_t *length,
                  int32_t *column)
{
    for (long cell = 0; cell < cells; cell++) {
        const int32_t *mine = number + cell * width, *at = row + cell * width;
        for (long i = 0; i < width; i++) {
            if (mine[i] < 0) continue;
            int32_t *known = column + start[at[i]], count = length[at[i]], before = count;
            for (long j = 0; j < width; j++) {
                if (mine[j] < mine[i]) continue;
                int32_t k = 0;
                while (k < before && known[k] != mine[j]) k++;
                if (k == before) known[count++] = mine[j];
            }
            length[at[i]] = count;
        }
    }
}

void find_places(long cells, long width, const int32_t *number, const int32_t *row, const int32_t *start,
                 const int32_t *column, long none, int32_t *place)
{
    long pairs = width * (width + 1) / 2, batches = (cells + LANES - 1) / LANES;
    for (long k = 0; k < batches * pairs * LANES; k++) place[k] = (int32_t)none;
    for (long cell = 0; cell < cells; cell++) {
        const int32_t *mine = number + cell * width, *at = row + cell * width;
        int32_t *to = place + cell / LANES * pairs * LANES + cell % LANES;
        for (long i = 0; i < width; i++)
            for (long j = i; j < width; j++, to += LANES) {
                if (mine[i] < 0 || mine[j] < 0) continue;
                int turned = mine[j] < mine[i];
                int32_t wanted = turned ? mine[i] : mine[j], r = at[turned ? j : i];
                int32_t low = start[r], high = start[r + 1] - 1;
                while (low < high) {
                    int32_t middle = low + (high - low) / 2;
                    if (column[middle] < wanted) low = middle + 1;
                    else high = middle;
                }
                *to = low;
            }
    }
}
