// Calls that need _GNU_SOURCE, or constants that Swift sees in another type.
#define _GNU_SOURCE
#include "linux_calls.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

int martlet_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int martlet_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int martlet_socket_pair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors);
}

int martlet_timer_arm(int descriptor, int64_t deadline) {
    struct itimerspec when = {{0, 0}, {deadline / 1000000000, deadline % 1000000000}};
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, 0);
}

int martlet_linger_zero(int descriptor) {
    struct linger drop = {1, 0};
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
}

int martlet_no_delay(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int martlet_receive_buffer(int descriptor, int bytes) {
    return setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int martlet_send_buffer(int descriptor, int bytes) {
    return setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}
