// What Swift sees of the library.
#pragma once
#include <microhttpd.h>
