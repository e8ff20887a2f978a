// What Swift sees of the library.
#pragma once
#include <wslay/wslay.h>
