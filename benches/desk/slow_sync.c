/* A disk that takes 10 ms to make anything durable: loaded before the C library by benches/desk/readers.rs. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

static int slow(long call, int fd)
{
    usleep(10 * 1000);
    return (int)syscall(call, fd);
}

int fsync(int fd)
{
    return slow(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return slow(SYS_fdatasync, fd);
}
