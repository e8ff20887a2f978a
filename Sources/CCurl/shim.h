// What Swift sees of the library.
#pragma once
#include <curl/curl.h>
