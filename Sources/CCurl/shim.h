// libcurl, whose options are variadic: one typed function per kind of argument.
#pragma once
#include <curl/curl.h>

static inline CURLcode martlet_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_large(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*martlet_curl_data)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode martlet_curl_set_data(CURL *handle, CURLoption option,
                                             martlet_curl_data function) {
    return curl_easy_setopt(handle, option, function);
}

typedef int (*martlet_curl_before)(void *context, char *remote, char *local, int remotePort,
                                   int localPort);

static inline CURLcode martlet_curl_set_before(CURL *handle, martlet_curl_before function) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode martlet_curl_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode martlet_curl_large(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode martlet_curl_private(CURL *handle, void **value) {
    return curl_easy_getinfo(handle, CURLINFO_PRIVATE, value);
}

typedef int (*martlet_curl_socket)(CURL *handle, curl_socket_t socket, int what, void *context,
                                   void *socketContext);
typedef int (*martlet_curl_timer)(CURLM *multi, long milliseconds, void *context);

static inline void martlet_curl_multi_callbacks(CURLM *multi, martlet_curl_socket socket,
                                                martlet_curl_timer timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

static inline void martlet_curl_multi_limits(CURLM *multi, long connections, long perHost) {
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, perHost);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

static inline CURLcode martlet_curl_result(CURLMsg *message) { return message->data.result; }
