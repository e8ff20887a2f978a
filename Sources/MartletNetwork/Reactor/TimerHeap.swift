// Timers in the order of their deadlines; setting and cancelling are cheap.

/// A binary heap of deadlines beside the table of what they run. A cancelled deadline stays in the
/// heap until it surfaces; the heap is rebuilt before dead ones outnumber the live.
struct TimerHeap {
    private struct Entry {
        let deadline: Int64
        let number: UInt64

        func isBefore(_ other: Entry) -> Bool {
            (deadline, number) < (other.deadline, other.number)
        }
    }

    private var heap: [Entry] = []
    private var works: [UInt64: () -> Void] = [:]
    private var next: UInt64 = 1

    /// Timers that are set.
    var count: Int { works.count }

    /// The deadline of the first timer that is set.
    var earliest: Int64? {
        mutating get {
            while let first = heap.first, works[first.number] == nil { removeFirst() }
            return heap.first?.deadline
        }
    }

    /// Sets a timer; equal deadlines run in the order they were set.
    mutating func add(deadline: Int64, _ work: @escaping () -> Void) -> TimerToken {
        let number = next
        next += 1
        works[number] = work
        heap.append(Entry(deadline: deadline, number: number))
        siftUp(heap.count - 1)
        return TimerToken(number: number)
    }

    /// Forgets a timer.
    mutating func remove(_ timer: TimerToken) {
        guard works.removeValue(forKey: timer.number) != nil else { return }
        if heap.count > 2 * works.count + 64 { rebuild() }
    }

    /// Takes the first timer out if it is due at `time`.
    mutating func removeDue(at time: Int64) -> (() -> Void)? {
        guard let deadline = earliest, deadline <= time else { return nil }
        let number = heap[0].number
        removeFirst()
        return works.removeValue(forKey: number)
    }

    private mutating func rebuild() {
        heap = heap.filter { works[$0.number] != nil }.sorted { $0.isBefore($1) }
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
