// Network failures carry what is needed to act.

import MartletNetwork
import Testing

@Suite("Network failure")
struct NetworkFailureTests {
    @Test("says what the caller put in", arguments: NetworkFailure.Code.allCases)
    func description(code: NetworkFailure.Code) {
        let failure = NetworkFailure(code, status: 503, "host 127.0.0.1:1: refused")
        #expect("\(failure)" == "host 127.0.0.1:1: refused")
        #expect(failure.code == code)
        #expect(failure.status == 503)
    }
}
