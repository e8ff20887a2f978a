// The flags of `backtest run`, which are also the keys of its configuration files.

/// The table of backtest flags.
package enum BacktestFlags {
    /// In the order of help.
    package static let all: [Flag] = [
        .list("events", "FILE.npy", "event segment; again for several in a row"),
        .value("bars", "FILE", "bars (CSV or JSON) instead of events"),
        .value("columns", "NAMES", "of bars without a header: time,open,high,low,close,volume"),
        .value("strategy", "NAME", "see martlet strategy list"),
        .list("set", "NAME=VALUE", "a parameter of the strategy; again for more"),
        .value("profile", "P", "default | hftbacktest | corrected"),
        .value("queue", "Q", "risk | power3 | power3c | log | power:VARIANT:EXPONENT"),
        .value("fill-model", "M", "partial | nopartial"),
        .value("entry-latency", "D", "us to venue (0ms); also entry-latency-submit,"),
        .value("entry-latency-submit", "D", ""),
        .value("entry-latency-cancel", "D", ""),
        .value("entry-latency-amend", "D", ""),
        .value("response-latency", "D", "  -cancel, -amend; the same for response-latency"),
        .value("response-latency-submit", "D", ""),
        .value("response-latency-cancel", "D", ""),
        .value("response-latency-amend", "D", ""),
        .value("latency-file", "FILE.npz", "recorded order latencies, interpolated"),
        .value("maker-fee", "RATE", "of traded value; negative is a rebate (0)"),
        .value("taker-fee", "RATE", "of traded value (0); --fee RATE sets both,"),
        .value("fee", "RATE", ""),
        .value("fee-preset", "VENUE", "  and a preset gives the venue's own table"),
        .list("fee-tier", "FROM:MAKER:TAKER", "rates from a traded value on; again for more"),
        .value("cash", "AMOUNT", "cash at the start, in quote asset"),
        .value("fill-at", "WHEN", "bars: open of the next bar (default) | close"),
        .value("slippage", "FRACTION", "bars: of the price, against us (0)"),
        .value("from", "TIME", "first moment, ISO 8601 or ns; --to TIME the end"),
        .value("to", "TIME", ""),
        .value("repeat", "N", "replay N times, report the median seconds (1)"),
        .value("seed", "N", "of whatever is drawn at random (1)"),
        .value("bracket", "on|off", "other queue models and latencies beside it"),
        .value("out", "DIR", "run directory (runs/<id>); --force replaces it"),
        .toggle("force", ""),
        .value("golden-out", "NAME", "also write NAME.fills.csv and NAME.state.csv"),
    ]
}
