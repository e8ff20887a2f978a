// The parse floor: simdjson's on-demand parser turns every price and size of a capture into a double.
//   simd_floor MESSAGES.jsonl     one measurement per line read from standard input
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace od = simdjson::ondemand;

struct Totals {
    size_t numbers = 0;
    double sum = 0;
    void add(od::value value) {
        double number;
        if (value.get_double_in_string().get(number)) return;
        numbers++;
        sum += number;
    }
};

static void read_levels(od::array levels, Totals &totals) {
    for (auto level : levels)
        for (auto cell : level.get_array()) totals.add(cell.value());
}

// Prices and sizes stand under b, a (levels, or the touch), bids, asks, p, q, B, A.
static void read_message(od::object message, Totals &totals) {
    for (auto field : message) {
        std::string_view key;
        if (field.unescaped_key().get(key)) return;
        bool is_levels = key == "b" || key == "a" || key == "bids" || key == "asks";
        if (!is_levels && key != "p" && key != "q" && key != "B" && key != "A") continue;
        od::value value = field.value();
        od::array levels;
        if (is_levels && !value.get_array().get(levels))
            read_levels(levels, totals);
        else
            totals.add(value);
    }
}

static Totals parse_all(const std::string &text, const std::vector<std::string_view> &lines) {
    Totals totals;
    od::parser parser;
    for (auto line : lines) {
        auto document = parser.iterate(simdjson::padded_string_view(
            line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING));
        od::object root, data;
        if (document.get_object().get(root)) continue;
        if (!root["data"].get_object().get(data)) {
            read_message(data, totals);
        } else {
            root.reset();
            read_message(root, totals);
        }
    }
    return totals;
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    std::ifstream file(arguments[1], std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    text.reserve(text.size() + 2 * simdjson::SIMDJSON_PADDING);
    std::vector<std::string_view> lines;
    size_t bytes = 0;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) lines.emplace_back(text.data() + at, end - at);
        bytes += end - at;
        at = end + 1;
    }
    Totals totals = parse_all(text, lines);
    std::printf("ready implementation=%s messages=%zu bytes=%zu numbers=%zu\n",
                simdjson::get_active_implementation()->name().c_str(), lines.size(), bytes,
                totals.numbers);
    std::fflush(stdout);
    // A turn is the median of seven passes after one that warms the caches, as Martlet's own is.
    for (std::string line; std::getline(std::cin, line);) {
        std::vector<double> walls;
        for (int pass = 0; pass < 8; pass++) {
            auto start = std::chrono::steady_clock::now();
            totals = parse_all(text, lines);
            std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
            if (pass > 0) walls.push_back(wall.count());
        }
        std::sort(walls.begin(), walls.end());
        std::printf("%.9f %zu\n", walls[walls.size() / 2], totals.numbers);
        std::fflush(stdout);
    }
    return totals.sum < 0;
}
