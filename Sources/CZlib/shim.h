// zlib for streaming inflate and deflate; the macros that Swift cannot see become functions.
#pragma once
#include <zlib.h>

/// Initialises a raw (-15), zlib (15) or gzip (31) inflater; inflateInit2 is a macro.
static inline int martlet_inflate_init(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}

/// Initialises a deflater for the same window conventions; deflateInit2 is a macro.
static inline int martlet_deflate_init(z_stream *stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
