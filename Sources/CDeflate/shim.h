// libdeflate: whole, bounded members only.
#pragma once
#include <libdeflate.h>
