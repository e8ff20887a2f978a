// Settings to typed options: every value checked by itself, then what must go together.

package import MartletModel
package import MartletResearch

/// Makes ``BacktestOptions`` from settings in force.
package struct BacktestOptionsBuilder {
    private let settings: Settings

    /// A builder over these settings.
    package init(_ settings: Settings) { self.settings = settings }

    /// The options.
    ///
    /// - Throws: a usage or configuration failure (by origin) naming the option and what it takes.
    package func build() throws(Failure) -> BacktestOptions {
        var options = BacktestOptions()
        try readInputs(&options)
        try readModels(&options)
        try readLatencies(&options)
        try readMoney(&options)
        try readRun(&options)
        try checkTogether(options)
        return options
    }

    /// Every option's text in force with its origin, in the order of the flag table.
    package func resolved(_ options: BacktestOptions) -> [Setting] {
        var result: [Setting] = []
        let defaults = Self.defaultTexts(options)
        for flag in BacktestFlags.all + [Flag.common[0]] {
            let given = settings.settings(flag.name)
            if !given.isEmpty {
                result += given
            } else if let text = defaults[flag.name] {
                result.append(Setting(name: flag.name, text: text, origin: .builtIn))
            }
        }
        return result
    }

    private static func defaultTexts(_ options: BacktestOptions) -> [String: String] {
        [
            "profile": options.profile.rawValue, "queue": options.queue.text,
            "fill-model": options.fillModel.rawValue,
            "entry-latency": options.entryLatency.submit.text,
            "response-latency": options.responseLatency.submit.text,
            "maker-fee": options.feePreset == nil ? "0" : "of the preset",
            "taker-fee": options.feePreset == nil ? "0" : "of the preset",
            "fill-at": options.fillAt.rawValue, "slippage": options.slippage.description,
            "repeat": "\(options.repeats)", "seed": "\(options.seed)",
            "bracket": options.bracket ? "on" : "off", "out": "runs/<id>", "force": "false",
            "json": "false",
        ]
    }

    private func readInputs(_ options: inout BacktestOptions) throws(Failure) {
        options.events = settings.settings("events").map(\.text)
        options.bars = settings.setting("bars")?.text
        options.columns = settings.setting("columns")?.text
        options.strategy = settings.setting("strategy")?.text ?? ""
        for setting in settings.settings("set") {
            let parts = setting.text.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw setting.failure("'\(setting.text)' is not NAME=VALUE")
            }
            let name = String(parts[0])
            guard !options.parameters.contains(where: { $0.name == name }) else {
                throw setting.failure("'\(name)' is set twice; set it once")
            }
            options.parameters.append(ParameterSetting(name: name, text: String(parts[1])))
        }
    }

    private func readModels(_ options: inout BacktestOptions) throws(Failure) {
        if let profile = try choice("profile", BacktestProfile.self) { options.profile = profile }
        if let queue = try settings.parsed(
            "queue",
            "one of risk, power3, power3c, log, power:VARIANT:EXPONENT "
                + "(variant 1, 2 or 3; exponent above 0)", QueueChoice.init)
        {
            options.queue = queue
        }
        options.fillModel = options.profile == .hftbacktest ? .nopartial : .partial
        if let model = try choice("fill-model", FillChoice.self) { options.fillModel = model }
        if let fillAt = try choice("fill-at", BarFillChoice.self) { options.fillAt = fillAt }
        options.bracket = options.profile == .standard && !options.events.isEmpty
        let onOrOff = "on or off"
        if let bracket = try settings.parsed(
            "bracket", onOrOff, { ["on": true, "off": false][$0] })
        {
            options.bracket = bracket
        }
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(Failure) -> Choice? where Choice.RawValue == String {
        let words = type.allCases.map(\.rawValue).joined(separator: ", ")
        return try settings.parsed(name, "one of " + words) { Choice(rawValue: $0) }
    }

    private func readLatencies(_ options: inout BacktestOptions) throws(Failure) {
        options.entryLatency = try latency("entry-latency")
        options.responseLatency = try latency("response-latency")
        options.latencyFile = settings.setting("latency-file")?.text
    }

    private func latency(_ name: String) throws(Failure) -> LatencyChoice {
        let expected = "a latency such as 10ms (0 to 1h; an integer and ns, us, ms, s, m or h)"
        func read(_ name: String) throws(Failure) -> Nanoseconds? {
            try settings.parsed(name, expected) { text in
                Nanoseconds(text).flatMap { (0...3_600_000_000_000).contains($0.count) ? $0 : nil }
            }
        }
        var latency = LatencyChoice(try read(name) ?? .zero)
        if let submit = try read(name + "-submit") { latency.submit = submit }
        if let cancel = try read(name + "-cancel") { latency.cancel = cancel }
        if let amend = try read(name + "-amend") { latency.amend = amend }
        return latency
    }

    private func readMoney(_ options: inout BacktestOptions) throws(Failure) {
        let both = try rate("fee", -1, 1)
        options.makerFee = try rate("maker-fee", -1, 1) ?? both
        options.takerFee = try rate("taker-fee", -1, 1) ?? both
        options.feePreset = settings.setting("fee-preset")?.text
        for setting in settings.settings("fee-tier") {
            guard let tier = FeeTierChoice(setting.text) else {
                throw setting.failure(
                    "'\(setting.text)' is not FROM:MAKER:TAKER, for example 1000000:0.00018:0.00045"
                )
            }
            options.feeTiers.append(tier)
        }
        options.cash = try settings.parsed("cash", "an amount above 0, as a plain decimal") {
            ExactDecimal($0).flatMap { $0.mantissa > 0 ? $0 : nil }
        }
        if let slippage = try rate("slippage", 0, 1) { options.slippage = slippage }
    }

    /// A fraction from `lowest` up to, not including, `highest`.
    private func rate(
        _ name: String, _ lowest: Double, _ highest: Double
    ) throws(Failure) -> ExactDecimal? {
        let expected =
            "a fraction as a plain decimal such as 0.0005, at least \(Int(lowest)) and below \(Int(highest))"
        return try settings.parsed(name, expected) { text in
            ExactDecimal(text).flatMap {
                $0.doubleValue >= lowest && $0.doubleValue < highest ? $0 : nil
            }
        }
    }

    private func readRun(_ options: inout BacktestOptions) throws(Failure) {
        let moment = "a moment such as 2024-08-08, 2024-08-08T23:55:00Z or nanoseconds since 1970"
        options.from = try settings.parsed("from", moment) { Timestamp($0) }
        options.to = try settings.parsed("to", moment) { Timestamp($0) }
        if let repeats = try settings.parsed(
            "repeat", "a whole number from 1 to 1000",
            {
                Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
            })
        {
            options.repeats = repeats
        }
        if let seed = try settings.parsed("seed", "a whole number from 0", { UInt64($0) }) {
            options.seed = seed
        }
        options.out = settings.setting("out")?.text
        options.force = settings.isOn("force")
        options.goldenOut = settings.setting("golden-out")?.text
        options.resolved = resolved(options).map {
            ParameterSetting(name: $0.name, text: $0.text)
        }
    }

    private func checkTogether(_ options: BacktestOptions) throws(Failure) {
        if options.strategy.isEmpty {
            throw Failure(.usage, "--strategy NAME is missing; see martlet strategy list")
        }
        if options.events.isEmpty == (options.bars == nil) {
            throw Failure(
                .usage,
                options.bars == nil
                    ? "--events FILE.npy or --bars FILE is missing"
                    : "--events and --bars exclude each other; give one of them")
        }
        if options.profile == .hftbacktest, options.fillModel == .partial,
            let setting = settings.setting("fill-model") ?? settings.setting("profile")
        {
            throw setting.failure(
                "partial does not go with profile hftbacktest, whose partial fills are wrong;"
                    + " use --profile corrected")
        }
        if let from = options.from, let to = options.to, to <= from {
            throw (settings.setting("to") ?? Setting(name: "to", text: "", origin: .flag))
                .failure("must be after --from")
        }
        if options.latencyFile != nil {
            for direction in ["entry-latency", "response-latency"] {
                for name in [direction]
                    + ["submit", "cancel", "amend"].map({ direction + "-" + $0 })
                {
                    if let setting = settings.setting(name) {
                        throw setting.failure("does not go with --latency-file, which decides it")
                    }
                }
            }
        }
        if let golden = options.goldenOut, golden.isEmpty || golden.hasSuffix("/"),
            let setting = settings.setting("golden-out")
        {
            throw setting.failure("'\(golden)' names no file: give DIR/NAME")
        }
        if options.bars != nil {
            for name in ["latency-file", "golden-out"] {
                if let setting = settings.setting(name) {
                    throw setting.failure("needs --events; bars have no order queue")
                }
            }
        } else {
            for name in ["slippage", "fill-at", "columns"] {
                if let setting = settings.setting(name) {
                    throw setting.failure("needs --bars; with events the order book decides")
                }
            }
        }
    }
}
