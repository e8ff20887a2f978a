// What Swift sees of the library.
#pragma once
#include <nats/nats.h>
