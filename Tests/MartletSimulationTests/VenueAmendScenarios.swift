// Tables of what the simulated venue does with buys that cost cash, and with amends.

import MartletEngine
import MartletModel
@testable import MartletSimulation

extension VenueScenarioTests {
    // One lot at tick 100 is 0.1, and its taker fee 0.00005.
    static let buying = [
        Row(
            name: "a buy has to be paid with its fee", cash: 100,
            actions: [order(1, .buy, 10, at: 100), order(2, .buy, 9, at: 100)],
            answers: ["1 rejected insufficientBalance 10", "2 accepted 9"]),
        Row(
            name: "resting buys reserve their cash until they end", cash: 100,
            actions: [
                order(1, .buy, 6, at: 100), order(2, .buy, 5, at: 99), .cancel(1),
                order(3, .buy, 5, at: 99),
            ],
            answers: [
                "1 accepted 6", "2 rejected insufficientBalance 5", "1 canceled none 6",
                "3 accepted 5",
            ]),
        Row(
            name: "a market buy counts at the best ask, and executions at once", cash: 70,
            actions: [
                market(1, .buy, 7), market(2, .buy, 4), market(3, .buy, 3), market(4, .sell, 1),
                order(5, .buy, 3, at: 100),
            ],
            answers: [
                "1 rejected insufficientBalance 7", "2 took 4@102 leaves 0",
                "3 rejected insufficientBalance 3", "4 took 1@100 leaves 0", "5 accepted 3",
            ]),
        Row(
            name: "an amend has to be paid, its own old reserve not counted", cash: 100,
            actions: [
                order(1, .buy, 6, at: 100), .amend(1, tick: 100, lots: 10),
                .amend(1, tick: 100, lots: 9),
            ],
            answers: [
                "1 accepted 6", "1 refused insufficientBalance", "1 amended 9@100 leaves 9",
            ]),
    ]

    static let changes = [
        Row(
            name: "a smaller amend keeps the place where the venue says so",
            amend: .keepsPriorityWhenSmaller,
            actions: [
                order(1, .buy, 5, at: 100), .trade(.sell, 100, 5), .amend(1, tick: 100, lots: 3),
                .trade(.sell, 100, 2),
            ],
            answers: ["1 accepted 5", "1 amended 3@100 leaves 3", "1 made 2@100 leaves 1"]),
        Row(
            name: "elsewhere it goes to the back",
            actions: [
                order(1, .buy, 5, at: 100), .trade(.sell, 100, 5), .amend(1, tick: 100, lots: 3),
                .trade(.sell, 100, 2),
            ],
            answers: ["1 accepted 5", "1 amended 3@100 leaves 3"]),
        Row(
            name: "a larger amend goes to the back everywhere", amend: .keepsPriorityWhenSmaller,
            actions: [
                order(1, .buy, 5, at: 100), .trade(.sell, 100, 5), .amend(1, tick: 100, lots: 6),
                .trade(.sell, 100, 2),
            ],
            answers: ["1 accepted 5", "1 amended 6@100 leaves 6"]),
        Row(
            name: "an amend that crosses takes, or ends where post-only",
            actions: [
                order(1, .buy, 5, at: 100), .amend(1, tick: 102, lots: 5),
                order(2, .buy, 5, at: 100, .gtx), .amend(2, tick: 103, lots: 5),
            ],
            answers: [
                "1 accepted 5", "1 amended 5@102 leaves 5", "1 took 4@102 leaves 1", "2 accepted 5",
                "2 amended 5@103 leaves 5", "2 canceled postOnlyWouldCross 5",
            ]),
        Row(
            name: "an amend to no more than was filled ends the order",
            actions: [
                order(1, .buy, 5, at: 101), .trade(.sell, 101, 2), .amend(1, tick: 101, lots: 2),
            ],
            answers: ["1 accepted 5", "1 made 2@101 leaves 3", "1 canceled none 3"]),
        Row(
            name: "an amend keeps to the smallest quantity",
            instrument: TestInstrument.make(.linear, minimumQuantity: 3),
            actions: [
                order(1, .buy, 5, at: 101), .trade(.sell, 101, 2), .amend(1, tick: 101, lots: 3),
                order(2, .buy, 5, at: 100), .amend(2, tick: 100, lots: 2),
            ],
            answers: [
                "1 accepted 5", "1 made 2@101 leaves 3", "1 amended 3@101 leaves 1", "2 accepted 5",
                "2 refused quantityRule",
            ]),
        Row(
            name: "an amend keeps to the smallest value",
            instrument: TestInstrument.make(
                .linear, minimumNotional: ExactDecimal(mantissa: 5, scale: 1)),
            actions: [
                order(1, .buy, 5, at: 100), .amend(1, tick: 99, lots: 5),
                .amend(1, tick: 99, lots: 6),
            ],
            answers: ["1 accepted 5", "1 refused minimumNotional", "1 amended 6@99 leaves 6"]),
        Row(
            name: "an amend keeps to the holding, its own old size not counted",
            needsHolding: true,
            actions: [
                .position(8), order(1, .sell, 5, at: 110), order(2, .sell, 2, at: 110),
                .amend(1, tick: 110, lots: 7), .amend(1, tick: 110, lots: 6),
            ],
            answers: [
                "1 accepted 5", "2 accepted 2", "1 refused insufficientBalance",
                "1 amended 6@110 leaves 6",
            ]),
        Row(
            name: "an amend of a reduce-only order is cut to the position, or refused",
            actions: [
                .position(4), order(1, .sell, 3, at: 110, reduceOnly: true),
                .amend(1, tick: 110, lots: 9), .position(0), .amend(1, tick: 111, lots: 2),
            ],
            answers: ["1 accepted 3", "1 amended 4@110 leaves 4", "1 refused reduceOnly"]),
        Row(
            name: "an amend to an impossible price is refused",
            actions: [order(1, .buy, 5, at: 100), .amend(1, tick: 0, lots: 5), .cancel(1)],
            answers: ["1 accepted 5", "1 refused priceRule", "1 canceled none 5"]),
        Row(
            name: "cancels and amends of what is gone are refused",
            actions: [
                order(1, .buy, 2, at: 101), .trade(.sell, 101, 2), .cancel(1),
                .amend(1, tick: 100, lots: 1), .cancel(7),
            ],
            answers: [
                "1 accepted 2", "1 made 2@101 leaves 0", "1 refused unknownOrder",
                "1 refused unknownOrder", "7 refused unknownOrder",
            ]),
    ]
}
