#include "cells.h"

static void gather(const batch *b, const int32_t *nodes, const double *u, vec out[3][9])
{
    for (int i = 0; i < 9; i++)
        EACH_LANE for (int c = 0; c < 3; c++) out[c][i][lane] = u[3L * nodes[9 * b->of[lane] + i] + c];
}

static void load(long cell, long cells, const cells_of *all, const double *u, batch *b)
{
    b->active = cells - cell < LANES ? (int)(cells - cell) : LANES, b->held = 0;
    EACH_LANE b->of[lane] = cell + (lane < b->active ? lane : 0);
    gather(b, all->nodes, u, b->u);
    EACH_LANE {
        long one = b->of[lane];
        const double *moduli = all->moduli + 18L * all->law[one];
        for (int k = 0; k < 6; k++)
            b->a[k][lane] = moduli[k], b->b[k][lane] = moduli[6 + k], b->d[k][lane] = moduli[12 + k];
        for (int p = 0; p < 4; p++)
            for (int k = 0; k < 6; k++) b->free[p][k][lane] = all->free[6L * all->corner[4 * one + p] + k];
        for (int d = 0; d < 2; d++) b->over[d][lane] = 1.0 / all->size[2 * one + d];
        b->held |= all->held[one];
    }
    b->area = 1.0 / (b->over[0] * b->over[1]);
}

static inline __attribute__((always_inline)) void shapes_at(const batch *b, int p, int q, shapes *s)
{
    for (int i = 0; i < 9; i++) {
        int c = i % 3, r = i / 3;
        s->value[i] = VALUE[p][c] * VALUE[q][r] + 0.0 * b->area;
        s->x[i] = SLOPE[p][c] * VALUE[q][r] * b->over[0];
        s->y[i] = VALUE[p][c] * SLOPE[q][r] * b->over[1];
        s->xx[i] = BEND[c] * VALUE[q][r] * b->over[0] * b->over[0];
        s->yy[i] = VALUE[p][c] * BEND[r] * b->over[1] * b->over[1];
        s->xy[i] = SLOPE[p][c] * SLOPE[q][r] * b->over[0] * b->over[1];
    }
}

static inline vec sum_of(const vec *shape, const vec *values)
{
    vec sum = shape[0] * values[0];
    for (int i = 1; i < 9; i++) sum += shape[i] * values[i];
    return sum;
}

static void strains(const batch *b, const shapes *s, strained *at)
{
    const vec *u = b->u[0], *v = b->u[1], *w = b->u[2];
    vec x = sum_of(s->x, w), y = sum_of(s->y, w);
    at->slope[0] = x, at->slope[1] = y;
    at->e[0] = sum_of(s->x, u) + 0.5 * x * x, at->e[1] = sum_of(s->y, v) + 0.5 * y * y;
    at->e[2] = sum_of(s->y, u) + sum_of(s->x, v) + x * y;
    at->k[0] = -sum_of(s->xx, w), at->k[1] = -sum_of(s->yy, w), at->k[2] = -2.0 * sum_of(s->xy, w);
}

/* out += m v, m symmetric of six moduli */
static inline void times(const vec *m, const vec *v, vec *out)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) out[i] += m[AT[i][j]] * v[j];
}

/* Free force and moment at a point */
static inline void free_at(const batch *b, int p, int q, vec *out)
{
    double x = PLACE[p], y = PLACE[q], part[4] = {(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y};
    for (int k = 0; k < 6; k++)
        out[k] = part[0] * b->free[0][k] + part[1] * b->free[1][k] + part[2] * b->free[2][k] + part[3] * b->free[3][k];
}

/* A side no slope may cross: its points, the axis across it, its outward sense, and where it is held the length, else 0 */
typedef struct {
    int axis;
    double sense;
    vec length;
} side_of;

static side_of side(const batch *b, const uint8_t *held, int number)
{
    side_of s = {number / 2, number % 2 ? 1.0 : -1.0, 1.0 / b->over[1 - number / 2]};
    EACH_LANE if (!(held[b->of[lane]] >> number & 1)) s.length[lane] = 0.0;
    return s;
}

static inline void side_point(const side_of *s, int q, int *x, int *y)
{
    int end = s->sense > 0.0 ? 4 : 3;
    *x = s->axis ? q : end, *y = s->axis ? end : q;
}

/* Bending moment across a side */
static inline vec bending(const batch *b, const strained *at, const vec *free, int axis)
{
    vec sum = -free[3 + axis];
    for (int j = 0; j < 3; j++) sum += b->b[AT[axis][j]] * at->e[j] + b->d[AT[axis][j]] * at->k[j];
    return sum;
}

static inline vec stiff(const batch *b, int axis, double penalty)
{
    return penalty * b->d[AT[axis][axis]] * b->over[axis];
}

void energy(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
            const uint8_t *held, const double *moduli, const double *free, const double *penalty, const double *u, double *out)
{
    cells_of all = {nodes, law, corner, size, moduli, free, held};
    for (long cell = 0; cell < cells; cell += LANES) {
        batch b;
        vec sum = {0};
        load(cell, cells, &all, u, &b);
        for (int q = 0; q < 9; q++) {
            shapes s;
            strained at;
            vec none[6], force[3] = {{0}}, moment[3] = {{0}}, density = {0};
            shapes_at(&b, q % 3, q / 3, &s), strains(&b, &s, &at), free_at(&b, q % 3, q / 3, none);
            times(b.a, at.e, force), times(b.b, at.k, force), times(b.b, at.e, moment), times(b.d, at.k, moment);
            for (int k = 0; k < 3; k++)
                density += (0.5 * force[k] - none[k]) * at.e[k] + (0.5 * moment[k] - none[3 + k]) * at.k[k];
            sum += WEIGHT[q % 3] * WEIGHT[q / 3] * b.area * density;
        }
        for (int number = 0; number < 4; number++) {
            if (!(b.held >> number & 1)) continue;
            side_of beside = side(&b, held, number);
            for (int q = 0; q < 3; q++) {
                shapes s;
                strained at;
                vec none[6];
                int x, y;
                side_point(&beside, q, &x, &y);
                shapes_at(&b, x, y, &s), strains(&b, &s, &at), free_at(&b, x, y, none);
                vec turn = beside.sense * at.slope[beside.axis];
                vec along = bending(&b, &at, none, beside.axis) + 0.5 * stiff(&b, beside.axis, *penalty) * turn;
                sum += WEIGHT[q] * beside.length * along * turn;
            }
        }
        for (int lane = 0; lane < b.active; lane++) *out += sum[lane];
    }
}

/* The gradient of force . e + moment . k + more . slope */
static inline void add_forces(const shapes *s, const strained *at, const vec *force, const vec *moment, const vec *more, vec out[3][9])
{
    vec x = force[0] * at->slope[0] + force[2] * at->slope[1] + more[0];
    vec y = force[2] * at->slope[0] + force[1] * at->slope[1] + more[1];
    vec twist = 2.0 * moment[2];
    for (int i = 0; i < 9; i++) {
        out[0][i] += s->x[i] * force[0] + s->y[i] * force[2];
        out[1][i] += s->x[i] * force[2] + s->y[i] * force[1];
        out[2][i] += s->x[i] * x + s->y[i] * y - s->xx[i] * moment[0] - s->yy[i] * moment[1] - s->xy[i] * twist;
    }
}

void forces(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
            const uint8_t *held, const double *moduli, const double *free, const double *penalty, const double *u,
            const double *spring, const double *anchor, double *out)
{
    cells_of all = {nodes, law, corner, size, moduli, free, held};
    for (long cell = 0; cell < cells; cell += LANES) {
        batch b;
        vec found[3][9] = {{{0}}}, from[3][9];
        load(cell, cells, &all, u, &b);
        if (*spring != 0.0) gather(&b, nodes, anchor, from);
        for (int q = 0; q < 9; q++) {
            shapes s;
            strained at;
            vec none[6], force[3], moment[3], no[2] = {{0}}, weight = WEIGHT[q % 3] * WEIGHT[q / 3] * b.area;
            shapes_at(&b, q % 3, q / 3, &s), strains(&b, &s, &at), free_at(&b, q % 3, q / 3, none);
            for (int k = 0; k < 3; k++) force[k] = -none[k], moment[k] = -none[3 + k];
            times(b.a, at.e, force), times(b.b, at.k, force), times(b.b, at.e, moment), times(b.d, at.k, moment);
            for (int k = 0; k < 3; k++) force[k] *= weight, moment[k] *= weight;
            add_forces(&s, &at, force, moment, no, found);
            for (int c = 0; c < 3 && *spring != 0.0; c++) {
                vec pull = *spring * weight * (sum_of(s.value, b.u[c]) - sum_of(s.value, from[c]));
                for (int i = 0; i < 9; i++) found[c][i] += s.value[i] * pull;
            }
        }
        for (int number = 0; number < 4; number++) {
            if (!(b.held >> number & 1)) continue;
            side_of beside = side(&b, held, number);
            int axis = beside.axis;
            for (int q = 0; q < 3; q++) {
                shapes s;
                strained at;
                vec none[6], force[3], moment[3], more[2] = {{0}}, weight = WEIGHT[q] * beside.length;
                int x, y;
                side_point(&beside, q, &x, &y);
                shapes_at(&b, x, y, &s), strains(&b, &s, &at), free_at(&b, x, y, none);
                vec turn = beside.sense * at.slope[axis];
                for (int j = 0; j < 3; j++)
                    force[j] = weight * turn * b.b[AT[axis][j]], moment[j] = weight * turn * b.d[AT[axis][j]];
                more[axis] = beside.sense * weight * (bending(&b, &at, none, axis) + stiff(&b, axis, *penalty) * turn);
                add_forces(&s, &at, force, moment, more, found);
            }
        }
        for (int lane = 0; lane < b.active; lane++)
            for (int i = 0; i < 9; i++)
                for (int c = 0; c < 3; c++) out[3L * nodes[9 * b.of[lane] + i] + c] += found[c][i][lane];
    }
}

/* An element matrix: of u_x and u_y, of these and w, of w; all nodal */
typedef struct {
    vec plane[2][2][9][9], across[2][9][9], w[9][9];
} element;

/* What a motion of one node in z strains: e and k */
static inline void by_w(const shapes *s, const strained *at, int j, vec *e, vec *k)
{
    vec x = at->slope[0], y = at->slope[1];
    e[0] = x * s->x[j], e[1] = y * s->y[j], e[2] = x * s->y[j] + y * s->x[j];
    k[0] = -s->xx[j], k[1] = -s->yy[j], k[2] = -2.0 * s->xy[j];
}

/* Stiffness of the moduli (times weight) and of the force of the geometric stiffness, of w and between it and the plane */
static void add_w(const shapes *s, const strained *at, const vec *a, const vec *b, const vec *d, const vec *force, element *m)
{
    vec x = at->slope[0], y = at->slope[1];
    for (int j = 0; j < 9; j++) {
        vec e[3], k[3], n[3] = {{0}}, t[3] = {{0}};
        by_w(s, at, j, e, k);
        times(a, e, n), times(b, k, n), times(b, e, t), times(d, k, t);
        vec along = x * n[0] + y * n[2] + force[0] * s->x[j] + force[2] * s->y[j];
        vec over = y * n[1] + x * n[2] + force[2] * s->x[j] + force[1] * s->y[j];
        t[2] *= 2.0;
        for (int i = 0; i < 9; i++) {
            m->across[0][i][j] += s->x[i] * n[0] + s->y[i] * n[2];
            m->across[1][i][j] += s->x[i] * n[2] + s->y[i] * n[1];
        }
        for (int i = 0; i <= j; i++)
            m->w[i][j] += s->x[i] * along + s->y[i] * over - s->xx[i] * t[0] - s->yy[i] * t[1] - s->xy[i] * t[2];
    }
}

static void add_plane(const shapes *s, const vec *a, element *m)
{
    for (int j = 0; j < 9; j++) {
        vec x = s->x[j], y = s->y[j];
        vec n[3] = {a[0] * x + a[2] * y, a[1] * x + a[4] * y, a[2] * x + a[5] * y};
        vec t[3] = {a[1] * y + a[2] * x, a[3] * y + a[4] * x, a[4] * y + a[5] * x};
        for (int i = 0; i < 9; i++) {
            m->plane[0][1][i][j] += s->x[i] * t[0] + s->y[i] * t[2];
            if (i > j) continue;
            m->plane[0][0][i][j] += s->x[i] * n[0] + s->y[i] * n[2];
            m->plane[1][1][i][j] += s->y[i] * t[1] + s->x[i] * t[2];
        }
    }
}

static void add_springs(const shapes *s, vec weight, element *m)
{
    for (int j = 0; j < 9; j++)
        for (int i = 0; i <= j; i++) {
            vec value = weight * s->value[i] * s->value[j];
            m->plane[0][0][i][j] += value, m->plane[1][1][i][j] += value, m->w[i][j] += value;
        }
}

/* Of the bending moment across a side with the turn there, and of the penalty */
static void add_side(const batch *b, const side_of *beside, const shapes *s, const strained *at, vec weight, double penalty, element *m)
{
    const vec *turns = beside->axis ? s->y : s->x, *slope = at->slope;
    int axis = beside->axis;
    vec none[6] = {{0}}, force[3], bend[9], plane[2][9], half = 0.5 * stiff(b, axis, penalty);
    for (int j = 0; j < 3; j++) force[j] = weight * beside->sense * slope[axis] * b->b[AT[axis][j]];
    add_w(s, at, none, none, none, force, m);
    for (int i = 0; i < 9; i++) {
        vec e[3], k[3];
        const vec *row[3] = {b->b + AT[axis][0], b->b + AT[axis][1], b->b + AT[axis][2]};
        by_w(s, at, i, e, k);
        bend[i] = half * beside->sense * turns[i];
        for (int j = 0; j < 3; j++) bend[i] += *row[j] * e[j] + b->d[AT[axis][j]] * k[j];
        plane[0][i] = *row[0] * s->x[i] + *row[2] * s->y[i], plane[1][i] = *row[1] * s->y[i] + *row[2] * s->x[i];
    }
    for (int j = 0; j < 9; j++) {
        vec turn = weight * beside->sense * turns[j];
        for (int i = 0; i < 9; i++)
            for (int c = 0; c < 2; c++) m->across[c][i][j] += plane[c][i] * turn;
        for (int i = 0; i <= j; i++) m->w[i][j] += bend[i] * turn + weight * beside->sense * turns[i] * bend[j];
    }
}

static void tangent_of(const batch *b, const uint8_t *held, const vec last[3][9], double penalty, double spring, int flat, element *m)
{
    memset(m, 0, sizeof *m);
    for (int q = 0; q < 9; q++) {
        shapes s;
        strained at;
        vec none[6], force[3], curved[3], lag[3], weight = WEIGHT[q % 3] * WEIGHT[q / 3] * b->area, a[6], c[6], d[6];
        shapes_at(b, q % 3, q / 3, &s);
        for (int k = 0; k < 6; k++) a[k] = weight * b->a[k], c[k] = weight * b->b[k], d[k] = weight * b->d[k];
        add_plane(&s, a, m);
        if (spring != 0.0) add_springs(&s, spring * weight, m);
        if (flat) continue;
        strains(b, &s, &at), free_at(b, q % 3, q / 3, none);
        vec x = sum_of(s.x, last[2]), y = sum_of(s.y, last[2]);
        curved[0] = 0.5 * x * x, curved[1] = 0.5 * y * y, curved[2] = x * y;
        for (int k = 0; k < 3; k++) force[k] = -weight * none[k], lag[k] = at.e[k] - curved[k];
        times(a, lag, force), times(c, at.k, force);
        add_w(&s, &at, a, c, d, force, m);
    }
    for (int number = 0; number < 4 && !flat; number++) {
        if (!(b->held >> number & 1)) continue;
        side_of beside = side(b, held, number);
        for (int q = 0; q < 3; q++) {
            shapes s;
            strained at;
            int x, y;
            side_point(&beside, q, &x, &y);
            shapes_at(b, x, y, &s), strains(b, &s, &at);
            add_side(b, &beside, &s, &at, WEIGHT[q] * beside.length, penalty, m);
        }
    }
}

/* Rows of the element matrix in the functions of w, upper half */
static void write_rows(const element *m, long many, vec f[9][MOST], vec *out)
{
    vec half[9][MOST];
    for (int i = 0; i < 9; i++)
        for (long n = 0; n < many; n++) {
            vec sum = {0};
            for (int j = 0; j < 9; j++) sum += (i <= j ? m->w[i][j] : m->w[j][i]) * f[j][n];
            half[i][n] = sum;
        }
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 9; i++) {
            for (int j = i; j < 9; j++) *out++ = m->plane[c][c][i][j];
            for (int j = 0; j < 9 && c == 0; j++) *out++ = m->plane[0][1][i][j];
            for (long n = 0; n < many; n++) {
                vec sum = {0};
                for (int j = 0; j < 9; j++) sum += m->across[c][i][j] * f[j][n];
                *out++ = sum;
            }
        }
    for (long k = 0; k < many; k++)
        for (long n = k; n < many; n++) {
            vec sum = {0};
            for (int j = 0; j < 9; j++) sum += f[j][k] * half[j][n];
            *out++ = sum;
        }
}

void add_tangent(long cells, const int32_t *nodes, const double *size, const int32_t *law, const int32_t *corner,
                 const uint8_t *held, const double *moduli, const double *old, const double *penalty, const double *u,
                 const double *last, const double *spring, long many, const double *function, const int32_t *place, double *out)
{
    cells_of all = {nodes, law, corner, size, moduli, old, held};
    long width = (18 + many) * (19 + many) / 2;
    for (long cell = 0; cell < cells; cell += LANES) {
        batch b;
        element m;
        vec moved[3][9], f[9][MOST], rows[(18 + MOST) * (19 + MOST) / 2];
        load(cell, cells, &all, u, &b);
        gather(&b, nodes, last, moved);
        tangent_of(&b, held, moved, *penalty, *spring, many == 0, &m);
        for (int j = 0; j < 9; j++)
            for (long n = 0; n < many; n++) EACH_LANE f[j][n][lane] = function[(9 * b.of[lane] + j) * many + n];
        write_rows(&m, many, f, rows);
        const int32_t *to = place + cell * width;
        for (long k = 0; k < width; k++)
            for (int lane = 0; lane < b.active; lane++) out[to[k * LANES + lane]] += rows[k][lane];
    }
}
