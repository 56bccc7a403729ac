/* What a core can do at most: triad streams memory, multiply_add keeps the floating-point units busy. */
#include <stddef.h>

#if defined(__AVX512F__)
#define WIDTH 64
#elif defined(__AVX__)
#define WIDTH 32
#else
#define WIDTH 16
#endif
#define CHAINS 12 /* more than latency times units, fewer than registers */

typedef double vec __attribute__((vector_size(WIDTH)));

/* a = b + s c: 2 reads and 1 write of 8 bytes; a write also reads its line unless it streams past the cache */
void triad(long n, double s, double *restrict a, const double *restrict b, const double *restrict c)
{
    for (long i = 0; i < n; i++) a[i] = b[i] + s * c[i];
}

/* Floating-point operations done in `steps` rounds; the sum goes to `out` so that nothing is left out. */
double multiply_add(long steps, double *out)
{
    vec chain[CHAINS], factor, term;
    for (size_t lane = 0; lane < WIDTH / sizeof(double); lane++) factor[lane] = 1.0 - 1e-9, term[lane] = 1e-9;
    for (int k = 0; k < CHAINS; k++) chain[k] = term * (double)k;
    for (long i = 0; i < steps; i++) {
#pragma GCC unroll 12
        for (int k = 0; k < CHAINS; k++) chain[k] = chain[k] * factor + term;
    }
    double sum = 0.0;
    for (int k = 0; k < CHAINS; k++)
        for (size_t lane = 0; lane < WIDTH / sizeof(double); lane++) sum += chain[k][lane];
    *out = sum;
    return 2.0 * CHAINS * (WIDTH / sizeof(double)) * (double)steps;
}
