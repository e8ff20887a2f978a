// Answers to requests, decoded: data, or a refusal in words.

import MartletModel
import MartletVenues

extension RESTSession {
    /// Decodes an answer. What the batch holds is valid until the next answer is decoded.
    ///
    /// - Returns: What it says where it is no data.
    /// - Throws: `integrity` for an answer that cannot be read, `notFound` for a refusal.
    func decode(
        _ answer: RESTAnswer, with decoder: inout any VenueDecoder, into batch: inout EventBatch,
        symbol: String
    ) throws(Failure) -> LinkControl? {
        let what = "\(venue): the answer to \(answer.request.summary)"
        let kind: FrameKind
        do throws(DecodingFailure) {
            kind = try decoder.decode(
                Frame(
                    hold(answer.body), request: answer.request.summary, instrument: symbol),
                into: &batch)
        } catch {
            throw Failure(.integrity, "\(what): \(error)")
        }
        switch kind {
        case .decoded: return nil
        case .control:
            let control = batch.control.map { LinkControl($0) }
            if case .refused(_, let code, let reason)? = control {
                let words = [code, reason].compactMap { $0 }.joined(separator: " ")
                throw Failure(
                    .notFound, "\(what) is a refusal: \(words); check --symbol and --timeframe")
            }
            return control
        case .unknown, .dead:
            throw Failure(
                .integrity, "\(what) is of no known kind (\(batch.note ?? "no note"))")
        }
    }
}
