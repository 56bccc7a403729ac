/* Arrays beyond the caches: what is read next is asked for early, what is written goes past the caches.
 *
 * A cache line that is written as a whole with ordinary stores is read first; on x86 there are stores that spare that.
 */
#ifndef STREAM_H
#define STREAM_H
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LINE 8           /* values of a cache line */
#define BEYOND (1 << 20) /* values of an array that no cache keeps until it is read again */

/* Lines that will be read some blocks later, into a cache of the core that has room for them */
static inline void ask_for(const double *from, long values)
{
    for (long i = 0; i < values; i += LINE) __builtin_prefetch(from + i, 0, 2);
}

/* Copies whole lines' worth of values, an even number; `to` as aligned as malloc gives it */
static inline void pour(const double *from, long values, double *to)
{
#ifdef __SSE2__
    if ((uintptr_t)to % 16 == 0) {
        for (long i = 0; i < values; i += 2) _mm_stream_pd(to + i, _mm_load_pd(from + i));
        return;
    }
#endif
    memcpy(to, from, values * sizeof(double));
}

/* Whatever was poured is there for all */
static inline void poured(void)
{
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
