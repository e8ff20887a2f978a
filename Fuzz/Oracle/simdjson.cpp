// Whether simdjson takes a document: the oracle of the target `json`.
#include <simdjson.h>

#include <cstring>
#include <string>

extern "C" int martlet_oracle_takes(const unsigned char *data, size_t count) {
    static simdjson::dom::parser parser;
    // Texts of zero bytes after the end, and a nesting limit of our own, as deep as theirs.
    parser.allocate(count + 1, 64 + 1);
    simdjson::padded_string text(reinterpret_cast<const char *>(data), count);
    simdjson::dom::element element;
    auto error = parser.parse(text).get(element);
    switch (error) {
    case simdjson::SUCCESS: return 1;
    // Numbers that do not fit a double or 64 bits are refused there and passed here; the depth is
    // counted differently; capacity is theirs alone.
    case simdjson::NUMBER_ERROR: return 2;
    case simdjson::DEPTH_ERROR: return 2;
    case simdjson::CAPACITY: return 2;
    case simdjson::MEMALLOC: return 2;
    default: return 0;
    }
}
