// libmicrohttpd, whose start and upgrade calls are variadic: typed functions for what is used.
#pragma once
#include <microhttpd.h>

static inline struct MHD_Daemon *martlet_httpd_start(
    MHD_AccessHandlerCallback handler, void *context,
    void *(*started)(void *context, const char *uri, struct MHD_Connection *connection),
    MHD_RequestCompletedCallback completed, size_t memory, unsigned connections,
    unsigned idleSeconds) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE, 0,
        0, 0, handler, context, MHD_OPTION_URI_LOG_CALLBACK, started, context,
        MHD_OPTION_NOTIFY_COMPLETED, completed, context, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT, idleSeconds,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static inline int martlet_httpd_poll_descriptor(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static inline int martlet_httpd_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline void martlet_httpd_upgrade_close(struct MHD_UpgradeResponseHandle *handle) {
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static inline struct MHD_Response *martlet_httpd_response(size_t size, const void *bytes) {
    return MHD_create_response_from_buffer(size, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

static inline enum MHD_Result martlet_httpd_yes(void) { return MHD_YES; }
static inline enum MHD_Result martlet_httpd_no(void) { return MHD_NO; }

static inline enum MHD_ValueKind martlet_httpd_header_kind(void) { return MHD_HEADER_KIND; }
