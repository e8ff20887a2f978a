// Calls that need _GNU_SOURCE.
#define _GNU_SOURCE
#include "linux_calls.h"
#include <sys/socket.h>

int martlet_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
