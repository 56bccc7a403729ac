/* Counts what goes through MPI, for a library loaded before it: messages and bytes of scatters on neighbourhoods. */
#include <mpi.h>

static long messages, bytes;

void spied(long *out) { out[0] = messages, out[1] = bytes, messages = bytes = 0; }

static void note(const int *counts, MPI_Datatype type, MPI_Comm comm)
{
    int in, out, weighted, size;
    MPI_Dist_graph_neighbors_count(comm, &in, &out, &weighted);
    MPI_Type_size(type, &size);
    for (int i = 0; i < out; i++) messages += counts[i] > 0, bytes += (long)counts[i] * size;
}

int MPI_Ineighbor_alltoallv(const void *data, const int counts[], const int places[], MPI_Datatype type, void *to,
                            const int incoming[], const int there[], MPI_Datatype as, MPI_Comm comm,
                            MPI_Request *request)
{
    note(counts, type, comm);
    return PMPI_Ineighbor_alltoallv(data, counts, places, type, to, incoming, there, as, comm, request);
}

int MPI_Isend(const void *data, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm, MPI_Request *request)
{
    int size;
    MPI_Type_size(type, &size);
    messages++, bytes += (long)count * size;
    return PMPI_Isend(data, count, type, rank, tag, comm, request);
}
