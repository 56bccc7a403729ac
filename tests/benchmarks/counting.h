// A number that counts what is done with it, in place of the vectors of solver/linalg/kernels.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

static long operations = 0;

struct Counted {
    double value;
    Counted() = default;
    Counted(double value) : value(value) {}
    operator double() const { return value; }
    Counted &operator[](int) { return *this; } // the only lane
    const Counted &operator[](int) const { return *this; }
    Counted operator-() const { return -value; }
};
#define COUNTED(OP)                                                                                   \
    static inline Counted operator OP(Counted a, Counted b) { return operations++, a.value OP b.value; } \
    static inline Counted operator OP(Counted a, double b) { return operations++, a.value OP b; }        \
    static inline Counted operator OP(double a, Counted b) { return operations++, a OP b.value; }        \
    static inline Counted &operator OP##=(Counted &a, Counted b) { return operations++, a.value OP##= b.value, a; } \
    static inline double &operator OP##=(double &a, Counted b) { return operations++, a OP##= b.value, a; }
COUNTED(+)
COUNTED(-)
COUNTED(*)
COUNTED(/)

extern "C" long counted() { return operations; }
