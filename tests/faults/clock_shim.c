/* For LD_PRELOAD: a wall clock that can be set, and a machine that has no room for processes.

The file named by LIVECARE_FAULTS is mapped: two 64-bit numbers, the seconds by which the wall clock
is wrong, and whether new processes are refused. Clocks that are never set stay as they are, as on a
real machine; the time of the boot in /proc/stat moves along, as on a real machine, too. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *faults;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LIVECARE_FAULTS");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) faults = mapped;
}

static int64_t wrong_s(void) { return faults ? faults[0] : 0; }
static int crowded(void) { return faults && faults[1]; }

int clock_gettime(clockid_t id, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, id, now);
    if (!result && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += wrong_s();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (!result) now->tv_sec += wrong_s();
    return result;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}

/* /proc/stat with the time of the boot that the wall clock makes of it. */
static int stat_file(void) {
    char before[1 << 17], after[1 << 17];
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return file;
    ssize_t length = 0, got;
    while ((got = read(file, before + length, sizeof before - 1 - (size_t)length)) > 0) length += got;
    close(file);
    before[length] = 0;
    char *line = strstr(before, "btime ");
    char *rest = line ? strchr(line, '\n') : NULL;
    if (!rest) return -1;
    long long booted = atoll(line + 6) + wrong_s();
    int size = snprintf(after, sizeof after, "%.*sbtime %lld%s", (int)(line - before), before,
                        booted, rest);
    int made = memfd_create("stat", MFD_CLOEXEC);
    if (made < 0 || write(made, after, (size_t)size) != size) return -1;
    lseek(made, 0, SEEK_SET);
    return made;
}

static int open_at(int folder, const char *path, int flags, unsigned mode) {
    if (wrong_s() && strcmp(path, "/proc/stat") == 0) return stat_file();
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

static unsigned mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        unsigned mode = mode_of(flags, rest);                   \
        va_end(rest);                                           \
        return open_at(AT_FDCWD, path, flags, mode);            \
    }
OPEN(open)
OPEN(open64)

pid_t fork(void) {
    if (crowded()) {
        errno = EAGAIN;
        return -1;
    }
    return ((pid_t(*)(void))dlsym(RTLD_NEXT, "fork"))();
}

pid_t vfork(void) { return fork(); }
