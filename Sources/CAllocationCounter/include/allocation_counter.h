// Counts heap allocations of the process, so that a benchmark can show that there are none.
#pragma once
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned forms) made by this process so far, all threads.
uint64_t martlet_allocation_count(void);
