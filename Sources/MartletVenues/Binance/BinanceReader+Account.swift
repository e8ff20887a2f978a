// Binance's REST answers about our own accounts: orders, fills, balances, positions.

import MartletModel

extension BinanceReader {
    /// An object of a private REST answer; nil where it is something else.
    func accountAnswer(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) -> FrameKind? {
        if members.has("orderId", "status") || members.has("algoId", "algoStatus")
            || members.has("orderId", "clientOrderId", "transactTime")
        {
            try listedOrder(members, &batch)
        } else if members.has("orderId", "price", "qty"), members.has("commission") {
            try listedFill(members, &batch)
        } else if members.has("positionAmt", "symbol") {
            try listedPosition(members, &batch)
        } else if members.has("asset", "availableBalance"), members.has("balance") {
            try futuresBalance(members, total: "balance", &batch)
        } else if members.has("canTrade"), let balances = members["balances"] {
            try spotAccount(balances, members, &batch)
        } else if let assets = members["assets"], assets.isArray {
            try futuresAccount(assets, members, &batch)
        } else if let amended = members["amendedOrder"] {
            return try accountAnswer(amended.members(), &batch)
        } else if let reports = members["orderReports"], reports.isArray {
            for report in try reports.elements() {
                _ = try accountAnswer(report.members(), &batch)
            }
        } else if members.has("newOrderResult") || members.has("cancelResult") {
            for key in ["cancelResponse", "newOrderResponse"] as [StaticString] {
                guard let half = members[key], half.isObject else { continue }
                _ = try accountAnswer(half.members(), &batch)
            }
        } else {
            return members.has("listenKey") ? nil : silent(members)
        }
        return .decoded
    }

    /// Order lists name their orders without a state.
    private func silent(_ members: JSONMembers) -> FrameKind? {
        members.has("orderListId") ? .decoded : nil
    }

    private func listedOrder(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let isAlgorithmic = members.has("algoId", "algoStatus")
        // The shortest answer to a new order says only that it has come.
        let key: StaticString = isAlgorithmic ? "algoStatus" : "status"
        let status = try members[key].map { value throws(DecodingFailure) in try value.text() }
        let symbol = members.plain("symbol")
        let time = try members.time("updateTime", "transactTime", "time", "createTime")
        let header = EventHeader(instrument: symbol, exchangeTime: time)
        var event = OrderEvent(header: header, status: status.map { .binance($0) } ?? .sent)
        event.statusText = status
        event.orderID = members.plain(isAlgorithmic ? "algoId" : "orderId")
        // The answer to a spot cancel names the order under `origClientOrderId`.
        event.clientOrderID =
            members.plain("origClientOrderId") ?? members.plain("clientOrderId")
            ?? members.plain("clientAlgoId")
        event.side = try members["side"].map { value throws(DecodingFailure) in try side(value) }
        event.type = members.plain("type") ?? members.plain("orderType")
        event.timeInForce = timeInForce(members.plain("timeInForce"), type: event.type)
        event.reduceOnly = try members.flag("reduceOnly")
        event.price = try members.numberAboveZero("price", &batch)
        event.triggerPrice = try members.numberAboveZero(
            isAlgorithmic ? "triggerPrice" : "stopPrice", &batch)
        // An order whose quantity was lowered has the new one under `qty`.
        event.quantity = try members.number(
            isAlgorithmic ? "quantity" : "origQty", or: "qty", &batch)
        event.filled = try members.number("executedQty", &batch)
        event.averagePrice = try members.numberAboveZero("avgPrice", &batch)
        for fill in try members.list("fills") {
            try answeredFill(fill.members(), of: event, &batch)
        }
        event.endPostOnly(&batch)
        batch.append(event)
    }

    /// One of the `fills` in the answer to a spot order.
    private func answeredFill(
        _ members: JSONMembers, of order: OrderEvent, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        guard let side = order.side else { return }
        var fill = FillEvent(
            header: order.header, side: side, price: try members.need("price").number(&batch),
            quantity: try members.need("qty").number(&batch))
        fill.id = members.plain("tradeId")
        fill.orderID = order.orderID
        fill.clientOrderID = order.clientOrderID
        fill.isMaker = false
        fill.fee = try members.number("commission", &batch)
        fill.feeAsset = members.plain("commissionAsset")
        batch.events.append(.fill(fill))
    }

    /// An entry of `myTrades` or `userTrades`.
    private func listedFill(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let isBuyer = try members.flag("isBuyer", "buyer")
        let header = EventHeader(
            instrument: members.plain("symbol") ?? context.symbol(&batch),
            exchangeTime: try members.time("time"))
        let side: Side =
            if let isBuyer { isBuyer ? .buy : .sell } else {
                try self.side(members.need("side"))
            }
        var fill = FillEvent(
            header: header, side: side, price: try members.need("price").number(&batch),
            quantity: try members.need("qty").number(&batch))
        fill.id = members.plain("id")
        fill.orderID = members.plain("orderId")
        fill.isMaker = try members.flag("isMaker", "maker")
        fill.fee = try members.number("commission", &batch)
        // Futures lists print what a taker paid with a minus.
        if product != .spot, fill.isMaker == false, let fee = fill.fee {
            fill.fee = fee.magnitude(&batch)
        }
        fill.feeAsset = members.plain("commissionAsset")
        fill.realizedPnL = try members.number("realizedPnl", &batch)
        batch.events.append(.fill(fill))
    }

    /// An entry of `positionRisk`, or of the positions of a futures account.
    private func listedPosition(
        _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let side = PositionSide.binance(members.plain("positionSide"))
        let size = try members.need("positionAmt").number(&batch)
        var position = PositionEvent(
            header: EventHeader(
                instrument: members.plain("symbol"), exchangeTime: try members.time("updateTime")),
            side: side, quantity: side == .net ? size : size.magnitude(&batch))
        position.entryPrice = try members.numberAboveZero("entryPrice", &batch)
        position.markPrice = try members.numberAboveZero("markPrice", &batch)
        position.liquidationPrice = try members.numberAboveZero("liquidationPrice", &batch)
        position.unrealizedPnL = try members.number(
            "unRealizedProfit", or: "unrealizedProfit", &batch)
        position.leverage = try members.number("leverage", &batch)
        batch.append(position)
    }

    private func futuresBalance(
        _ members: JSONMembers, total: StaticString, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        var balance = BalanceEvent(
            header: EventHeader(
                instrument: nil, exchangeTime: try members.time("updateTime")),
            asset: try members.need("asset").text())
        balance.total = try members.number(total, &batch)
        balance.available = try members.number("availableBalance", &batch)
        batch.events.append(.balance(balance))
    }

    private func spotAccount(
        _ balances: JSONValue, _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        let header = EventHeader(instrument: nil, exchangeTime: try members.time("updateTime"))
        for entry in try balances.elements() {
            let entry = try entry.members()
            var balance = BalanceEvent(header: header, asset: try entry.need("asset").text())
            balance.available = try entry.need("free").number(&batch)
            balance.total = balance.available?.plus(
                try entry.number("locked", &batch), &batch)
            batch.events.append(.balance(balance))
        }
    }

    private func futuresAccount(
        _ assets: JSONValue, _ members: JSONMembers, _ batch: inout EventBatch
    ) throws(DecodingFailure) {
        for entry in try assets.elements() where entry.isObject {
            let entry = try entry.members()
            guard entry.has("asset", "walletBalance") else { continue }
            try futuresBalance(entry, total: "walletBalance", &batch)
        }
        for entry in try members.list("positions") where entry.isObject {
            let entry = try entry.members()
            guard entry.has("positionAmt", "symbol") else { continue }
            try listedPosition(entry, &batch)
        }
    }
}
