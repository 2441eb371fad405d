/* A library for LD_PRELOAD that lets one chosen file operation below a directory go wrong.
 *
 *   cc -shared -fPIC -O2 -o file-faults.so file-faults.c -ldl
 *
 *   FAULT_DIRECTORY  absolute path; operations on it and on files below it count
 *   FAULT_FILES      only paths, relative to it, that match this pattern of fnmatch count; * matches
 *                    slashes too, and the directory itself is the empty path (default: all)
 *   FAULT_OPERATION  write, sync, rename, create, truncate or read (opening a file counts too)
 *   FAULT_NUMBER     which one of them goes wrong, from 1, counted in each process
 *   FAULT_KIND       short   half is written, and the call says so (write only)
 *                    torn    half is written (a sync or rename: all is done), then the process dies
 *                    kill    the process dies before the operation
 *                    enospc, eio, eacces, estale, emfile   the call fails with that error
 *                    usr1    the process gets SIGUSR1 and some time for it; nothing goes wrong
 *                    slow    it takes 15 s; nothing goes wrong
 *                    count   nothing goes wrong; every operation is logged
 *   FAULT_STAYS      1: every later operation fails likewise, as on a full disk: of any kind but
 *                    reading, unless it was reading that went wrong
 *   FAULT_LOG        a line is added here when the fault happens: operation, kind, number and the
 *                    path relative to the directory, which may hold spaces
 *   FAULT_RANK       only in this rank of mpirun
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { PASS, SHORT, TORN, KILL, FAIL };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory, *files, *operation, *kind;
static long number, count;
static int stays, fired, ready;

static void prepare(void) {
  if (ready) return;
  ready = 1;
  const char *rank = getenv("FAULT_RANK"), *mine = getenv("OMPI_COMM_WORLD_RANK");
  if (!mine) mine = getenv("PMI_RANK");
  if (rank && (!mine || strcmp(rank, mine) != 0)) return;
  operation = getenv("FAULT_OPERATION");
  kind = getenv("FAULT_KIND");
  files = getenv("FAULT_FILES");
  number = atol(getenv("FAULT_NUMBER") ? getenv("FAULT_NUMBER") : "0");
  stays = getenv("FAULT_STAYS") && strcmp(getenv("FAULT_STAYS"), "1") == 0;
  directory = operation && kind && number > 0 ? getenv("FAULT_DIRECTORY") : NULL;
}

/* The path relative to the directory; NULL if it is not below. */
static const char *below(const char *path) {
  size_t length = strlen(directory);
  if (strncmp(path, directory, length) != 0) return NULL;
  return path[length] == '/' ? path + length + 1 : path[length] == 0 ? path + length : NULL;
}

enum { LONGEST = 8192 };

static const char *of_path(const char *path, char whole[LONGEST]) {
  if (path[0] == '/') return below(path);
  if (!getcwd(whole, LONGEST / 2)) return NULL;
  strcat(whole, "/");
  strncat(whole, path, LONGEST / 2 - 2);
  return below(whole);
}

static const char *of_file(int file, char whole[LONGEST]) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  ssize_t length = readlink(name, whole, LONGEST - 1);
  if (length <= 0) return NULL;
  whole[length] = 0;
  return below(whole);
}

static void note(const char *what, const char *path) {
  const char *log = getenv("FAULT_LOG");
  if (!log) return;
  int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  char line[LONGEST + 256];
  int length = snprintf(line, sizeof line, "%s %s %ld %s\n", what, kind, number, path);
  syscall(SYS_write, file, line, (size_t)length);
  syscall(SYS_close, file);
}

/* What becomes of an operation on a path, NULL if it lies elsewhere. */
static enum action decide(const char *what, const char *path) {
  if (!path) return PASS;
  pthread_mutex_lock(&lock);
  int now = 0;
  if (strcmp(kind, "count") == 0) {
    note(what, path);
  } else if (fired) {
    now = stays && (strcmp(what, "read") == 0) == (strcmp(operation, "read") == 0);
  } else if (strcmp(what, operation) == 0 && (!files || fnmatch(files, path, 0) == 0)
             && ++count == number) {
    now = fired = 1;
    note(what, path);
  }
  pthread_mutex_unlock(&lock);
  if (!now) return PASS;
  if (strcmp(kind, "short") == 0) return SHORT;
  if (strcmp(kind, "torn") == 0) return TORN;
  if (strcmp(kind, "kill") == 0) return KILL;
  if (strcmp(kind, "usr1") == 0) {
    kill(getpid(), SIGUSR1);
    usleep(300000);
    return PASS;
  }
  if (strcmp(kind, "slow") == 0) {
    for (int i = 0; i < 150; i++) usleep(100000);
    return PASS;
  }
  return FAIL;
}

static int fail(void) {
  static const struct { const char *name; int code; } errors[] = {
      {"eio", EIO}, {"eacces", EACCES}, {"estale", ESTALE}, {"emfile", EMFILE}};
  errno = ENOSPC;
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (strcmp(kind, errors[i].name) == 0) errno = errors[i].code;
  return -1;
}

__attribute__((noreturn)) static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int active(void) {
  int before = errno;
  prepare();
  errno = before;
  return directory != NULL;
}

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *bytes, size_t size) {
  char whole[LONGEST];
  if (!active()) return syscall(SYS_write, file, bytes, size);
  switch (decide("write", of_file(file, whole))) {
    case PASS: break;
    case SHORT: size = size > 1 ? size / 2 : size; break;
    case TORN: syscall(SYS_write, file, bytes, size / 2); die();
    case KILL: die();
    case FAIL: return fail();
  }
  return syscall(SYS_write, file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  char whole[LONGEST];
  if (!active()) return real(file, bytes, size, offset);
  switch (decide("write", of_file(file, whole))) {
    case PASS: break;
    case SHORT: size = size > 1 ? size / 2 : size; break;
    case TORN: real(file, bytes, size / 2, offset); die();
    case KILL: die();
    case FAIL: return fail();
  }
  return real(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  return pwrite(file, bytes, size, offset);
}

#define WHOLE(what, path, call) \
  char whole[LONGEST]; \
  if (active()) switch (decide(what, path)) { \
      case PASS: case SHORT: break; \
      case TORN: (void)!(call); die(); \
      case KILL: die(); \
      case FAIL: return fail(); \
    } \
  return call

ssize_t read(int file, void *bytes, size_t size) {
  WHOLE("read", of_file(file, whole), syscall(SYS_read, file, bytes, size));
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset) {
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  WHOLE("read", of_file(file, whole), real(file, bytes, size, offset));
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t offset) {
  return pread(file, bytes, size, offset);
}

int fsync(int file) { WHOLE("sync", of_file(file, whole), (int)syscall(SYS_fsync, file)); }

int fdatasync(int file) { WHOLE("sync", of_file(file, whole), (int)syscall(SYS_fdatasync, file)); }

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  WHOLE("rename", of_path(to, whole), real(from, to));
}

int ftruncate(int file, off_t size) {
  WHOLE("truncate", of_file(file, whole), (int)syscall(SYS_ftruncate, file, size));
}

int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  WHOLE("create", of_path(path, whole), real(path, mode));
}

static int open_file(int at, const char *path, int flags, mode_t mode) {
  int reads = (flags & (O_ACCMODE | O_CREAT | O_DIRECTORY)) == O_RDONLY;
  WHOLE(
      reads ? "read" : "create", reads || flags & O_CREAT ? of_path(path, whole) : NULL,
      (int)syscall(SYS_openat, at, path, flags, mode));
}

#define MODE_OF_VARIADIC \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE_OF_VARIADIC
  return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF_VARIADIC
  return open_file(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
