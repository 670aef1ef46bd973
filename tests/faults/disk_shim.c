/* For LD_PRELOAD: a disk that is slow, full, read-only or broken, for files whose path says so.

The file named by LIVECARE_BAD_DISK is mapped: one rule per kind of operation, which a test may
change at any time. An operation matches if the path of its file holds the rule's words. */

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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum operation { WRITE, SYNC, ALLOCATE, OPEN, REPLACE, LOOK, OPERATIONS };

struct rule {
    volatile uint64_t after;    /* matching operations that go well first */
    volatile uint64_t times;    /* how many are struck then */
    volatile uint64_t delay_us; /* how long each takes */
    volatile uint64_t error;    /* what it says then; 0 for nothing */
    volatile uint64_t shortened; /* bytes that a write takes at most; 0 for all */
    volatile uint64_t struck;   /* how many were struck so far */
    char words[80];             /* what the path must hold; nothing for none */
};

static struct rule *rules;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LIVECARE_BAD_DISK");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, OPERATIONS * sizeof(struct rule), PROT_READ | PROT_WRITE, MAP_SHARED,
                        file, 0);
    close(file);
    if (mapped != MAP_FAILED) rules = mapped;
}

static void wait_us(uint64_t us) {
    struct timespec left = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    while (us && nanosleep(&left, &left) && errno == EINTR) {}
}

/* Take one from a counter; tell whether there was one. */
static int take(volatile uint64_t *counter) {
    uint64_t seen = *counter;
    while (seen && !__atomic_compare_exchange_n(counter, &seen, seen - 1, 0, __ATOMIC_SEQ_CST,
                                                __ATOMIC_SEQ_CST)) {}
    return seen != 0;
}

/* The rule that strikes an operation on a path, or none; its delay is over then. */
static const struct rule *strike(enum operation kind, const char *path) {
    struct rule *rule = rules ? &rules[kind] : NULL;
    if (!rule || !rule->words[0] || !strstr(path, rule->words)) return NULL;
    if (take(&rule->after) || !take(&rule->times)) return NULL;
    __atomic_add_fetch(&rule->struck, 1, __ATOMIC_SEQ_CST);
    wait_us(rule->delay_us);
    return rule;
}

static const struct rule *strike_open(enum operation kind, int file) {
    char link[64], path[4096];
    if (!rules || !rules[kind].words[0]) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return strike(kind, path);
}

ssize_t pwrite64(int file, const void *content, size_t size, off64_t offset) {
    const struct rule *rule = strike_open(WRITE, file);
    if (rule && rule->shortened && size > rule->shortened) {
        ssize_t taken = syscall(SYS_pwrite64, file, content, (size_t)rule->shortened, offset);
        if (taken >= 0 || !rule->error) return taken;
    }
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return syscall(SYS_pwrite64, file, content, size, offset);
}

ssize_t pwrite(int file, const void *content, size_t size, off_t offset) {
    return pwrite64(file, content, size, offset);
}

static int synced(int file, long number) {
    const struct rule *rule = strike_open(SYNC, file);
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return (int)syscall(number, file);
}

int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

int posix_fallocate64(int file, off64_t offset, off64_t length) {
    const struct rule *rule = strike_open(ALLOCATE, file);
    if (rule && rule->error) return (int)rule->error;
    return syscall(SYS_fallocate, file, 0, offset, length) ? errno : 0;
}

int posix_fallocate(int file, off_t offset, off_t length) {
    return posix_fallocate64(file, offset, length);
}

static int opened(int folder, const char *path, int flags, unsigned mode) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    const struct rule *rule = writes ? strike(OPEN, path) : NULL;
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

static unsigned mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
}

#define OPEN_PATH(name)                                    \
    int name(const char *path, int flags, ...) {           \
        va_list rest;                                      \
        va_start(rest, flags);                             \
        unsigned mode = mode_of(flags, rest);              \
        va_end(rest);                                      \
        return opened(AT_FDCWD, path, flags, mode);        \
    }
OPEN_PATH(open)
OPEN_PATH(open64)

int rename(const char *from, const char *to) {
    const struct rule *rule = strike(REPLACE, to);
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int mkdir(const char *path, mode_t mode) {
    const struct rule *rule = strike(OPEN, path);
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int statvfs64(const char *path, void *found) {
    const struct rule *rule = strike(LOOK, path);
    if (rule && rule->error) {
        errno = (int)rule->error;
        return -1;
    }
    return ((int (*)(const char *, void *))dlsym(RTLD_NEXT, "statvfs64"))(path, found);
}
