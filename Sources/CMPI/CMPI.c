#include "CMPI.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>

// Both may be installed: the header must be that of the library which Package.swift asked for.
#if defined(HTNET_MPICH) && !defined(MPICH_VERSION)
#error "HTNET_MPI=mpich, but another MPI's mpi.h was found"
#elif !defined(HTNET_MPICH) && !defined(OMPI_MAJOR_VERSION)
#error "Open MPI was asked for, but another MPI's mpi.h was found"
#endif

static MPI_Comm communicator_of(cmpi_handle handle) { return (MPI_Comm)handle; }

static int started(int code, MPI_Request request, cmpi_handle *handle) {
  *handle = (cmpi_handle)request;
  return code;
}

int cmpi_init(int *multiple) {
  int provided = 0;
  // MPICH takes SIGUSR1 for news of dead ranks, and asks its launcher about them; in a process without one it
  // starts the mpiexec that it finds, and waits for it. Here the signal asks for a checkpoint.
  struct sigaction before;
  sigaction(SIGUSR1, NULL, &before);
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided);
  sigaction(SIGUSR1, &before, NULL);
  *multiple = provided == MPI_THREAD_MULTIPLE;
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  return code;
}

int cmpi_finalize(void) { return MPI_Finalize(); }

void cmpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

cmpi_handle cmpi_world(void) { return (cmpi_handle)MPI_COMM_WORLD; }

int cmpi_rank(cmpi_handle communicator, int *rank) {
  return MPI_Comm_rank(communicator_of(communicator), rank);
}

int cmpi_size(cmpi_handle communicator, int *size) {
  return MPI_Comm_size(communicator_of(communicator), size);
}

int cmpi_split(cmpi_handle communicator, int color, int key, cmpi_handle *joined) {
  MPI_Comm result;
  int code = MPI_Comm_split(communicator_of(communicator), color, key, &result);
  *joined = (cmpi_handle)result;
  return code;
}

int cmpi_split_by_host(cmpi_handle communicator, cmpi_handle *joined) {
  MPI_Comm result;
  int code = MPI_Comm_split_type(communicator_of(communicator), MPI_COMM_TYPE_SHARED, 0,
                                 MPI_INFO_NULL, &result);
  *joined = (cmpi_handle)result;
  return code;
}

int cmpi_join(cmpi_handle communicator, const int *ranks, int count, int tag, cmpi_handle *joined) {
  MPI_Group all;
  MPI_Group some;
  MPI_Comm result = MPI_COMM_NULL;
  int code = MPI_Comm_group(communicator_of(communicator), &all);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Group_incl(all, count, ranks, &some);
  MPI_Group_free(&all);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Comm_create_group(communicator_of(communicator), some, tag, &result);
  MPI_Group_free(&some);
  *joined = (cmpi_handle)result;
  return code;
}

int cmpi_free(cmpi_handle communicator) {
  MPI_Comm handle = communicator_of(communicator);
  return MPI_Comm_free(&handle);
}

int cmpi_send(const void *bytes, int count, int rank, int tag, cmpi_handle communicator,
              cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Isend(bytes, count, MPI_BYTE, rank, tag, communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_receive(void *bytes, int count, int rank, int tag, cmpi_handle communicator,
                 cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_broadcast(void *bytes, int count, int root, cmpi_handle communicator,
                   cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Ibcast(bytes, count, MPI_BYTE, root, communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_all_gather(const void *bytes, int count, void *all, cmpi_handle communicator,
                    cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Iallgather(bytes, count, MPI_BYTE, all, count, MPI_BYTE,
                            communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_all_reduce(float *numbers, int count, cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_FLOAT, MPI_SUM,
                            communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_barrier(cmpi_handle communicator, cmpi_handle *request) {
  MPI_Request handle;
  int code = MPI_Ibarrier(communicator_of(communicator), &handle);
  return started(code, handle, request);
}

int cmpi_test(cmpi_handle *request, int *done) {
  MPI_Request handle = (MPI_Request)*request;
  int code = MPI_Test(&handle, done, MPI_STATUS_IGNORE);
  *request = (cmpi_handle)handle;
  return code;
}

/// Who sent the message that was found, and its length.
static int described(int code, int waits, const MPI_Status *status, int *from, int *count) {
  *from = -1;
  *count = 0;
  if (code != MPI_SUCCESS || !waits) return code;
  *from = status->MPI_SOURCE;
  return MPI_Get_count(status, MPI_BYTE, count);
}

int cmpi_probe(int source, int tag, cmpi_handle communicator, int *waits, int *from, int *count) {
  MPI_Status status;
  int code = MPI_Iprobe(source < 0 ? MPI_ANY_SOURCE : source, tag, communicator_of(communicator),
                        waits, &status);
  return described(code, *waits, &status, from, count);
}

int cmpi_take(int source, int tag, cmpi_handle communicator, int *waits, int *from, int *count,
              cmpi_handle *message) {
  MPI_Status status;
  MPI_Message taken = MPI_MESSAGE_NULL;
  int code = MPI_Improbe(source < 0 ? MPI_ANY_SOURCE : source, tag, communicator_of(communicator),
                         waits, &taken, &status);
  *message = (cmpi_handle)taken;
  return described(code, *waits, &status, from, count);
}

int cmpi_receive_taken(void *bytes, int count, cmpi_handle message, cmpi_handle *request) {
  MPI_Message taken = (MPI_Message)message;
  MPI_Request handle;
  int code = MPI_Imrecv(bytes, count, MPI_BYTE, &taken, &handle);
  return started(code, handle, request);
}

int cmpi_is_mpich(void) {
#ifdef HTNET_MPICH
  return 1;
#else
  return 0;
#endif
}

void cmpi_error_text(int code, char *text, size_t size) {
  char buffer[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  if (MPI_Error_string(code, buffer, &length) != MPI_SUCCESS) length = 0;
  snprintf(text, size, "%.*s", length, buffer);
}

void cmpi_library_version(char *text, size_t size) {
  char buffer[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
  int length = 0;
  if (MPI_Get_library_version(buffer, &length) != MPI_SUCCESS) length = 0;
  snprintf(text, size, "%.*s", length, buffer);
}
