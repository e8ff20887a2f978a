// The sync rules of the venues other than Binance, step by step.

import MartletBook
import MartletModel

extension BookSyncTests {
    static let others = okx + bybit + mexc + unnumbered

    static let okx: [Script] = [
        Script(
            name: "a snapshot of the stream is live, changes follow by prevSeqId", numbering: .okx,
            steps: [
                .streamed(100, .replace), .status(.live), .single(107, previous: 100, .apply),
                .single(107, previous: 100, .dropOld), .single(109, previous: 107, .apply),
                .single(120, previous: 115, .gap), .status(.gapped),
                .single(121, previous: 120, .buffer), .streamed(119, .replace), .status(.live),
            ]),
        Script(
            name: "heartbeats repeat the number", numbering: .okx,
            steps: [
                .streamed(100, .replace), .single(100, previous: 100, .apply),
                .single(100, previous: 100, .apply), .single(105, previous: 100, .apply),
            ]),
        Script(
            name: "maintenance goes on with a smaller number", numbering: .okx,
            steps: [
                .streamed(100, .replace), .single(3, previous: 100, .apply), .status(.live),
                .single(5, previous: 3, .apply), .single(90, previous: 80, .gap),
            ]),
        Script(
            name: "a smaller number that does not continue is a gap", numbering: .okx,
            steps: [
                .streamed(100, .replace), .single(110, previous: 100, .apply),
                .single(5, previous: 3, .gap), .status(.gapped),
            ]),
        Script(
            name: "without a snapshot in the stream one is asked for", numbering: .okx,
            steps: [
                .single(105, previous: 100, .buffer), .single(109, previous: 105, .buffer),
                .snapshot(99, .tooOld), .snapshot(107, .apply), .status(.syncing),
                .single(105, previous: 100, .dropOld), .single(109, previous: 105, .apply),
                .status(.live), .single(112, previous: 109, .apply),
            ]),
        Script(
            name: "recordings without numbers are followed as they come", numbering: .okx,
            steps: [
                .streamed(nil, .replace), .status(.live), .single(nil, previous: nil, .apply),
                .single(nil, previous: nil, .apply), .status(.live),
            ]),
        Script(
            name: "a change without numbers cannot continue a numbered book", numbering: .okx,
            steps: [
                .streamed(100, .replace), .single(nil, previous: nil, .dropMalformed),
                .single(105, previous: nil, .dropMalformed), .single(107, previous: 104, .gap),
            ]),
    ]

    static let bybit: [Script] = [
        Script(
            name: "each number is the next, snapshots may come any time", numbering: .bybit,
            steps: [
                .single(99, previous: nil, .dropEarly), .streamed(100, .replace), .status(.live),
                .single(101, previous: nil, .apply), .single(101, previous: nil, .dropOld),
                .streamed(150, .replace), .status(.live), .single(151, previous: nil, .apply),
                .single(153, previous: nil, .gap), .status(.gapped),
                .single(154, previous: nil, .dropEarly), .streamed(160, .replace), .status(.live),
            ]),
        Script(
            name: "1 is a new book, live when the next message confirms it", numbering: .bybit,
            steps: [
                .streamed(100, .replace), .single(1, previous: nil, .replace), .status(.syncing),
                .single(2, previous: nil, .apply), .status(.live),
                .single(1, previous: nil, .replace), .single(103, previous: nil, .gap),
                .status(.gapped), .streamed(1, .replace), .status(.live),
            ]),
        Script(
            name: "the repeated top of a quiet book is dropped", numbering: .bybit,
            steps: [.streamed(100, .replace), .streamed(100, .alreadyContained), .status(.live)]),
        Script(
            name: "a snapshot of the past shows with the next message", numbering: .bybit,
            steps: [
                .streamed(100, .replace), .single(101, previous: nil, .apply),
                .streamed(90, .replace), .single(102, previous: nil, .gap),
            ]),
    ]

    static let mexc: [Script] = [
        Script(
            name: "the range around the snapshot joins, then ranges touch", numbering: .mexcSpot,
            steps: [
                .change(101, 105, .buffer), .snapshot(103, .apply), .change(101, 105, .apply),
                .status(.live), .change(106, 106, .apply), .change(107, 110, .apply),
                .change(112, 113, .gap), .snapshot(110, .tooOld), .snapshot(112, .apply),
                .change(112, 113, .apply), .change(113, 115, .gap),
            ]),
        Script(
            name: "each version is the next", numbering: .mexcFutures,
            steps: [
                .single(11, previous: nil, .buffer), .single(12, previous: nil, .buffer),
                .snapshot(9, .tooOld), .snapshot(11, .apply), .single(11, previous: nil, .dropOld),
                .single(12, previous: nil, .apply), .single(13, previous: nil, .apply),
                .single(15, previous: nil, .gap),
            ]),
        Script(
            name: "merged versions touch", numbering: .mexcFutures,
            steps: [
                .snapshot(10, .apply), .change(9, 12, .apply), .change(13, 20, .apply),
                .change(22, 23, .gap),
            ]),
    ]

    static let unnumbered: [Script] = [
        Script(
            name: "whole books are ordered by time", numbering: .wholeBooks,
            steps: [
                .timedBook(50, .replace), .status(.live), .timedBook(51, .replace),
                .timedBook(50, .alreadyContained), .timed(52, .dropMalformed), .status(.live),
                .timedBook(51, .replace),
            ]),
        Script(
            name: "changes without numbers are ordered by time", numbering: .none,
            steps: [
                .timed(40, .dropEarly), .timedBook(50, .replace), .timed(51, .apply),
                .timed(51, .apply), .timed(49, .gap), .status(.gapped), .timed(60, .dropEarly),
                .timedBook(61, .replace), .status(.live),
            ]),
    ]
}
