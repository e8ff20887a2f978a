// Tickers in the pipeline: what a message leaves out is filled in before anything leaves.

import MartletVenues

extension FeedPipeline {
    /// Delivers what follows from tickers that may say only what has changed; a change of which
    /// the whole is not known yet is dropped and counted.
    func deliverTickers(_ fallback: String?, _ time: Int64) {
        for index in 0..<batch.tickers.count {
            let change = batch.tickers[index]
            guard let state = state(of: change.header.instrument, fallback) else {
                countWithheld()
                continue
            }
            let ticker = state.ticker ?? MergedTicker()
            state.ticker = ticker
            guard ticker.take(change, of: state.name, into: &rendered) else {
                countWithheld()
                continue
            }
            for channel in MergedTicker.channels(of: change.part)
            where ticker.knows(channel) && isWanted(channel, state) {
                hear(channel, state, time)
            }
            for place in 0..<rendered.events.count
            where isPrimary && isWanted(rendered.events[place].channel, state) {
                countSent()
                setLive()
                sink.event(place, of: rendered, context)
            }
        }
    }
    /// Forgets the tickers of which no channel is subscribed to any more.
    func forgetTickers(_ state: InstrumentState) {
        guard let ticker = state.ticker else { return }
        for part in [TickerChange.Part.quote, .contract]
        where !MergedTicker.channels(of: part).contains(where: { isWanted($0, state) }) {
            ticker.forget(part)
        }
    }
}
