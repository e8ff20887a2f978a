// An order as the venue has it, and a request as it travels there.

import MartletModel

/// One resting order of ours at the simulated venue.
struct VenueOrder {
    let id: ClientOrderID
    let side: Side
    let timeInForce: TimeInForce
    let isMarket: Bool
    let reduceOnly: Bool
    var tick: Int64
    /// Size when accepted or amended, lots.
    var lots: Int64
    /// Size left, lots.
    var leaves: Int64
    var place: QueueModel.Place
}

/// A request on its way to the venue.
enum VenueRequest {
    case submit(ClientOrderID, OrderRequest)
    case cancel(ClientOrderID)
    case amend(ClientOrderID, Price, Quantity)

    var id: ClientOrderID {
        switch self {
        case .submit(let id, _), .cancel(let id), .amend(let id, _, _): id
        }
    }

    var action: LatencyModel.Action {
        switch self {
        case .submit: .submit
        case .cancel: .cancel
        case .amend: .amend
        }
    }
}
