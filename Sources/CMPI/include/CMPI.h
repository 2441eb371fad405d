// MPI behind whole numbers and functions of our own: handles are pointers in one implementation
// and integers in another, and constants are macros that Swift cannot import.
// Every function returns an MPI error code, 0 for success, unless it says otherwise.
#ifndef CMPI_H
#define CMPI_H

#include <stddef.h>
#include <stdint.h>

/// A communicator, a request or a message that was taken.
typedef intptr_t cmpi_handle;

/// Starts MPI; `multiple` is 1 if any thread may call it at any time.
int cmpi_init(int *multiple);
int cmpi_finalize(void);
/// Ends every process of the job. Does not return.
void cmpi_abort(int status);

cmpi_handle cmpi_world(void);
int cmpi_rank(cmpi_handle communicator, int *rank);
int cmpi_size(cmpi_handle communicator, int *size);
/// Ranks with the same colour join, ordered by key.
int cmpi_split(cmpi_handle communicator, int color, int key, cmpi_handle *joined);
/// Ranks that share memory, which is those of one host, join in the order of their ranks.
int cmpi_split_by_host(cmpi_handle communicator, cmpi_handle *joined);
/// These ranks join, in this order; only they call it. The tag tells groups that form at once apart.
int cmpi_join(cmpi_handle communicator, const int *ranks, int count, int tag, cmpi_handle *joined);
int cmpi_free(cmpi_handle communicator);

int cmpi_send(const void *bytes, int count, int rank, int tag, cmpi_handle communicator,
              cmpi_handle *request);
int cmpi_receive(void *bytes, int count, int rank, int tag, cmpi_handle communicator,
                 cmpi_handle *request);
int cmpi_broadcast(void *bytes, int count, int root, cmpi_handle communicator,
                   cmpi_handle *request);
int cmpi_all_gather(const void *bytes, int count, void *all, cmpi_handle communicator,
                    cmpi_handle *request);
/// Sums in place, in an order of MPI's choice.
int cmpi_all_reduce(float *numbers, int count, cmpi_handle communicator, cmpi_handle *request);
int cmpi_barrier(cmpi_handle communicator, cmpi_handle *request);
/// Makes progress; `done` is 1 once the request has ended, and the request is then gone.
int cmpi_test(cmpi_handle *request, int *done);
/// Whether a message with this tag waits, from `source` or, if that is negative, from anyone.
int cmpi_probe(int source, int tag, cmpi_handle communicator, int *waits, int *from, int *count);
/// The same, and takes the message: no other receive or probe can get it any more.
int cmpi_take(int source, int tag, cmpi_handle communicator, int *waits, int *from, int *count,
              cmpi_handle *message);
/// Receives a message that was taken.
int cmpi_receive_taken(void *bytes, int count, cmpi_handle message, cmpi_handle *request);

/// Whether the program was built with MPICH; if not, with Open MPI.
int cmpi_is_mpich(void);

/// Writes up to `size` characters and a zero.
void cmpi_error_text(int code, char *text, size_t size);
void cmpi_library_version(char *text, size_t size);

#endif
