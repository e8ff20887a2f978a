// Finds the word that was probably meant.

/// The known word nearest to `word` by edits (insert, delete, replace, swap neighbours), or nil when
/// none is near: more than a third of the letters, at least two edits, away.
package func nearestWord(to word: String, in known: [String]) -> String? {
    var best: (distance: Int, word: String)?
    for candidate in known {
        let distance = editDistance(word.lowercased(), candidate.lowercased())
        if distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    guard let best, best.distance <= max(2, word.count / 3) else { return nil }
    return best.word
}

/// `; did you mean 'x'?` for the nearest known word, else the list of all of them.
package func suggestion(for word: String, in known: [String], prefix: String = "") -> String {
    if let nearest = nearestWord(to: word, in: known) {
        return "did you mean '\(prefix)\(nearest)'?"
    }
    return "known: " + known.map { prefix + $0 }.joined(separator: ", ")
}

/// Edits between two words; cost grows with the product of their lengths (words are cut at 64).
private func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(64))
    let right = Array(right.utf8.prefix(64))
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for i in 1...max(1, left.count) where !left.isEmpty {
        var row = [Int](repeating: i, count: right.count + 1)
        for j in 1...max(1, right.count) where !right.isEmpty {
            let replace = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
            row[j] = min(replace, last[j] + 1, row[j - 1] + 1)
            if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        beforeLast = last
        last = row
    }
    return last[right.count]
}
