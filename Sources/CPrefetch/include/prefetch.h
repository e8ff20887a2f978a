// A hint to the processor that Swift has no word for.
#pragma once

/// Asks for the cache line at an address, which need not exist, to be there soon, for reading.
static inline void martlet_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
