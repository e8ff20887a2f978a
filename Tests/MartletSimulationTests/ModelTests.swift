// Queue and latency models by table, and the queue of messages.

import MartletModel
@testable import MartletSimulation
import Testing

@Suite("Queue models")
struct QueueModelTests {
    private func front(
        _ form: QueueModel.Form, front: Double, previous: Double, new: Double, traded: Double = 0,
        isClamped: Bool = false
    ) -> Double {
        let model = QueueModel(form, isClamped: isClamped)
        var place = QueueModel.Place(front: front + traded)
        if traded > 0 { model.trade(&place, quantity: traded) }
        model.change(&place, previous: previous, new: new)
        return place.front
    }

    @Test("the share behind us at 30 before and 70 behind is the published one")
    func checkValues() {
        let rows: [(QueueModel.Form, Double)] = [
            (.power(variant: 1, exponent: 2), 0.844_827_586_206_896_6),
            (.logarithm, 0.553_834_514_587_827_1),
            (.power(variant: 2, exponent: 2), 0.49), (.power(variant: 3, exponent: 2), 0.91),
            (.power(variant: 1, exponent: 3), 343.0 / 370), (.risk, 1),
        ]
        for (form, share) in rows {
            let found = front(form, front: 30, previous: 100, new: 90)
            #expect(abs(found - (30 - (1 - share) * 10)) < 1e-12, "\(form)")
        }
    }

    @Test("what was traded is not counted as canceled once more")
    func tradesAreNotCancels() {
        for form in [QueueModel.Form.logarithm, .power(variant: 1, exponent: 3)] {
            #expect(front(form, front: 20, previous: 100, new: 90, traded: 10) == 20)
            // Less went than was traded: others joined, behind us.
            #expect(front(form, front: 20, previous: 100, new: 95, traded: 10) == 20)
        }
        #expect(front(.risk, front: 20, previous: 100, new: 15, traded: 10) == 15)
    }

    @Test("a level that grows, or shrinks below our place, bounds the place by its size")
    func bounds() {
        for form in [QueueModel.Form.risk, .logarithm, .power(variant: 3, exponent: 3)] {
            #expect(front(form, front: 30, previous: 40, new: 50) == 30)
            #expect(front(form, front: 60, previous: 40, new: 50) == 50)
            #expect(front(form, front: 30, previous: 40, new: 0) <= 0)
        }
    }

    @Test("what upstream makes of impossible sizes stays as it is without clamping")
    func upstreamOddities() {
        // 0/0 and the logarithm of a negative: `min` takes the other number.
        #expect(front(.logarithm, front: -2, previous: 5, new: 3) == 3)
        #expect(front(.logarithm, front: 0, previous: 0, new: 0) == 0)
        #expect(front(.power(variant: 1, exponent: 3), front: 0, previous: 0, new: 0) == 0)
        // An infinite share counts as 1.
        #expect(front(.power(variant: 1, exponent: 3), front: -70, previous: 0, new: 0) == -70)
        // A depth change alone can push the place beyond the front.
        #expect(front(.power(variant: 1, exponent: 3), front: 6, previous: 10, new: 1) < 0)
    }

    @Test("a clamped place stays between 0 and the level's size", arguments: UInt64(0)..<50)
    func clamped(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let forms: [QueueModel.Form] = [
            .risk, .logarithm, .power(variant: 1, exponent: 3), .power(variant: 2, exponent: 0.5),
            .power(variant: 3, exponent: 3),
        ]
        for form in forms {
            let model = QueueModel(form)
            var level = Double(Int.random(in: 0...50, using: &random))
            var place = QueueModel.Place(front: level)
            for _ in 0..<200 {
                if Bool.random(using: &random) {
                    model.trade(&place, quantity: Double(Int.random(in: 1...9, using: &random)))
                    _ = model.takeExecutable(&place, lotSize: 1)
                } else {
                    let new = Double(max(0, Int.random(in: -20...50, using: &random)))
                    model.change(&place, previous: level, new: new)
                    level = new
                    #expect(place.front >= 0 && place.front <= new)
                }
            }
        }
    }

    @Test("executable lots are rounded half away from zero, and bring us to the front")
    func executable() {
        let rows: [(front: Double, lots: Int64, after: Double)] = [
            (-0.005, 1, 0), (-0.0049, 0, -0.0049), (-0.03, 3, 0), (0, 0, 0), (0.4, 0, 0.4),
            (Double.nan, 0, Double.nan), (-1e30, 9_000_000_000_000_000, 0),
        ]
        for row in rows {
            var place = QueueModel.Place(front: row.front)
            let lots = QueueModel(.risk).takeExecutable(&place, lotSize: 0.01)
            #expect(lots == row.lots, "\(row.front)")
            #expect(place.front == row.after || (place.front.isNaN && row.after.isNaN))
        }
    }
}

@Suite("Latency models")
struct LatencyModelTests {
    static let constant = LatencyModel(
        entry: .init(submit: 1, cancel: 2, amend: 3),
        response: .init(submit: 10, cancel: 20, amend: 30))

    @Test("constants are by action, and stretch")
    func constants() {
        let actions: [LatencyModel.Action] = [.submit, .cancel, .amend]
        #expect(actions.map { Self.constant.entry($0, at: 5) } == [1, 2, 3])
        #expect(actions.map { Self.constant.response($0, at: 5) } == [10, 20, 30])
        #expect(actions.map { Self.constant.times(3).response($0, at: 5) } == [30, 60, 90])
        #expect(Self.constant.refusalDelay(at: 5) == 0)
    }

    static let samples = [
        LatencySample(requestTime: 100, exchangeTime: 110, responseTime: 130),
        LatencySample(requestTime: 200, exchangeTime: 230, responseTime: 240),
        LatencySample(requestTime: 300, exchangeTime: 0, responseTime: 350),
        LatencySample(requestTime: 400, exchangeTime: 450, responseTime: 500),
        LatencySample(requestTime: 410, exchangeTime: 440, responseTime: 460),
    ]

    @Test("a recording is interpolated between its samples and held at its ends")
    func interpolation() {
        let model = LatencyModel(samples: Self.samples)
        let entries: [(Int64, Int64?)] = [
            (0, 10), (100, 10), (150, 20), (199, 29), (200, nil), (299, nil), (300, nil),
            (399, nil), (400, 50), (405, 40), (410, 30), (5000, 30),
        ]
        for (time, latency) in entries {
            #expect(model.entry(.submit, at: time) == latency, "\(time)")
        }
        // By exchange time, without the request that never arrived, overtaking ones in order.
        let responses: [(Int64, Int64)] = [
            (0, 20), (110, 20), (170, 15), (230, 10), (335, 15), (440, 20), (445, 35), (450, 50),
            (9999, 50),
        ]
        for (time, latency) in responses {
            #expect(model.response(.cancel, at: time) == latency, "\(time)")
        }
        #expect(model.refusalDelay(at: 250) == 45)
        #expect(model.times(2).entry(.submit, at: 150) == 40)
        #expect(model.times(2).times(3).response(.submit, at: 170) == 90)
    }

    @Test("a recording in which nothing arrived refuses everything")
    func nothingArrives() {
        let model = LatencyModel(samples: [
            LatencySample(requestTime: 5, exchangeTime: 0, responseTime: 9)
        ])
        #expect(model.entry(.submit, at: 7) == nil)
        #expect(model.refusalDelay(at: 7) == 4)
        #expect(model.response(.submit, at: 7) == 0)
    }

    @Test("no latency is so long that a time could overflow")
    func bounded() {
        let most = LatencyModel.latencyMax
        let huge = LatencyModel.Constants(submit: Int64.max, cancel: most + 1, amend: -5)
        let model = LatencyModel(entry: huge, response: huge).times(2)
        #expect(model.entry(.submit, at: 0) == most)
        #expect(model.entry(.cancel, at: 0) == most)
        #expect(model.entry(.amend, at: 0) == 0)
        let recorded = LatencyModel(samples: [
            LatencySample(requestTime: 0, exchangeTime: 1, responseTime: 1 << 62)
        ]).times(4)
        #expect(recorded.response(.submit, at: 1 << 62) == most)
        #expect(!(Int64(1) << 62).addingReportingOverflow(most).overflow)
    }
}

@Suite("Messages on their way")
struct MessageQueueTests {
    @Test("none overtakes another, and an empty road is free again", arguments: UInt64(0)..<20)
    func firstInFirstOut(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = MessageQueue<Int>()
        var naive: [(time: Int64, message: Int)] = []
        var now: Int64 = 0
        for number in 0..<6000 {
            now += Int64.random(in: 0...3, using: &random)
            if Int.random(in: 0..<100, using: &random) < (number < 4000 ? 70 : 20) {
                let wanted = now + Int64.random(in: 0...40, using: &random)
                queue.append(number, at: wanted)
                naive.append((max(wanted, naive.last?.time ?? wanted), number))
            } else {
                let popped = queue.popFirst()
                let expected = naive.isEmpty ? nil : naive.removeFirst()
                #expect(popped?.time == expected?.time && popped?.message == expected?.message)
            }
            #expect(queue.nextTime == naive.first?.time ?? Int64.max)
        }
    }
}
