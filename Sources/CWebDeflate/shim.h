// zlib for permessage-deflate: raw streams; the macros that Swift cannot see become functions.
#pragma once
#include <zlib.h>

/// Initialises a raw inflater for any window; inflateInit2 is a macro.
static inline int martlet_message_inflate_init(z_stream *stream) {
    return inflateInit2(stream, -15);
}

/// Initialises a raw deflater with a window of 2^windowBits; deflateInit2 is a macro.
static inline int martlet_message_deflate_init(z_stream *stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, -windowBits, 8, Z_DEFAULT_STRATEGY);
}
