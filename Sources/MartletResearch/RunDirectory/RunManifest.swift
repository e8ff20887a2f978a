// `manifest.json`: what went into a run, so that anybody can repeat it.

import MartletModel
import MartletStore

/// What a run was made from.
enum RunManifest {
    /// The content of `manifest.json`, schema `martlet.run/1`. Nothing of clock, host or path.
    static func json(_ record: RunRecord, context: RunContext) -> JSONText {
        .object([
            ("schema", .string("martlet.run/1")),
            ("version", .string(context.version)),
            ("strategy", .string(record.strategy)),
            (
                "parameters",
                .object(record.parameters.map { (key: $0.name, value: .string($0.text)) })
            ),
            (
                "settings",
                .object(record.keptSettings.map { (key: $0.name, value: .string($0.text)) })
            ),
            ("seed", .number(String(context.seed))),
            ("instrument", instrument(record.instrument)),
            (
                "inputs",
                .array(
                    context.inputs.map { input in
                        .object([
                            ("role", .string(input.role)), ("name", .string(input.name)),
                            ("sha256", .string(input.sha256)), ("bytes", .integer(input.bytes)),
                        ])
                    })
            ),
            ("startTime", .integer(record.startTime)),
            ("endTime", .integer(record.endTime)),
            ("events", .integer(record.data.rows)),
            ("clockShift", .integer(record.data.clockShift)),
            ("clockRule", .string(record.data.clockRule)),
            ("amountScale", .integer(Int64(record.amountScale))),
            ("equityStep", .integer(record.equityStep)),
            ("effectHash", .string(record.effectHash.text)),
            ("bookHash", .string(record.bookHash.text)),
            (
                "assumptions",
                .array(
                    context.assumptions.map { assumption in
                        .object([
                            ("name", .string(assumption.name)),
                            ("statement", .string(assumption.statement)),
                            ("errs", .string(assumption.errs.rawValue)),
                        ])
                    })
            ),
        ])
    }

    private static func instrument(_ instrument: InstrumentSpec) -> JSONText {
        .object([
            ("venue", .string(instrument.id.venue.name)),
            ("symbol", .string(instrument.id.symbol)),
            ("kind", .string(instrument.kind.rawValue)),
            ("tickSize", .string(instrument.tickSize.description)),
            ("lotSize", .string(instrument.lotSize.description)),
            (
                "minimumQuantity",
                .string(instrument.quantityText(lots: instrument.minimumQuantity.lots))
            ),
            ("minimumNotional", .string(instrument.minimumNotional.description)),
            ("multiplier", .string(instrument.multiplier.description)),
            ("quantityUnit", .string(instrument.quantityUnit.rawValue)),
            ("baseAsset", .string(instrument.baseAsset.name)),
            ("quoteAsset", .string(instrument.quoteAsset.name)),
        ])
    }
}

extension RunRecord {
    /// Settings that say nothing about the run itself: where it is written to, how it is told, and
    /// what the manifest holds elsewhere.
    private static let leftOut: Set<String> = [
        "set", "strategy", "seed", "out", "force", "golden-out", "json", "repeat",
    ]
    /// Settings whose values are paths, of which only the last name is kept.
    private static let paths: Set<String> = ["events", "bars", "latency-file"]

    /// The settings that a run directory keeps: each name once (repeated ones joined), and nothing
    /// that depends on where the run was made.
    var keptSettings: [(name: String, text: String)] {
        var kept: [(name: String, text: String)] = []
        for setting in settings where !Self.leftOut.contains(setting.name) {
            var text = setting.text
            if Self.paths.contains(setting.name), let last = text.split(separator: "/").last {
                text = String(last)
            }
            if let index = kept.firstIndex(where: { $0.name == setting.name }) {
                kept[index].text += ", " + text
            } else {
                kept.append((setting.name, text))
            }
        }
        return kept
    }
}
