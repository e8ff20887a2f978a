// Linux calls that the Glibc module does not show: polling, event and timer descriptors.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <stdint.h>

/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; -1 and errno on failure.
int martlet_accept(int listener);

/// A non-blocking, close-on-exec TCP socket of the family; -1 and errno on failure.
int martlet_stream_socket(int family);

/// Two connected, non-blocking, close-on-exec stream sockets; -1 and errno on failure.
int martlet_socket_pair(int descriptors[2]);

/// Arms a timer descriptor for an absolute CLOCK_MONOTONIC time; 0 ns disarms.
int martlet_timer_arm(int descriptor, int64_t deadline);

/// Makes close(2) of a TCP socket send RST and drop what is unsent.
int martlet_linger_zero(int descriptor);

/// TCP_NODELAY on.
int martlet_no_delay(int descriptor);

/// Sets the receive or send buffer of a socket (SO_RCVBUF, SO_SNDBUF), in bytes.
int martlet_receive_buffer(int descriptor, int bytes);
int martlet_send_buffer(int descriptor, int bytes);
