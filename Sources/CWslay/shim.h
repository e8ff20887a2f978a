// What Swift sees of the library; its reserved-bit macro becomes a function.
#pragma once
#include <wslay/wslay.h>

/// Lets the first reserved bit through, which permessage-deflate uses.
static inline void martlet_wslay_allow_compression(wslay_event_context_ptr context) {
    wslay_event_config_set_allowed_rsv_bits(context, WSLAY_RSV1_BIT);
}
