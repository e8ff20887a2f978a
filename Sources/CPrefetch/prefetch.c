// The header is all there is; a target needs one source.
#include "prefetch.h"
