import Foundation
import Lifelines
import XCTest

/// Rank 0's end of the lifelines, against ranks that this process plays.
final class LifelineServerTests: XCTestCase {
  private let pace = LifelinePace(ranks: 3)

  private func server(patience: Double? = nil) throws -> LifelineServer {
    let server = try LifelineServer(pace: pace, hosts: ["a", "b", "c"])
    server.beginTraining(patience: patience)
    return server
  }

  /// The line of a rank that has pinged once, and was answered.
  private func rank(_ number: Int, of server: LifelineServer) throws -> Line {
    let line = try XCTUnwrap(LifelineClient.connect(server.offer, rank: number, within: 10))
    try line.say(LifelineWord(.ping, payload: 7))
    XCTAssertEqual(try next(line), LifelineWord(.pong, payload: 7))
    return line
  }

  private func next(_ line: Line) throws -> LifelineWord? {
    for _ in 0..<1000 {
      let words = try line.words()
      if !words.isEmpty {
        XCTAssertEqual(words.count, 1)
        return words[0]
      }
      usleep(5000)
    }
    return nil
  }

  private func losses(_ server: LifelineServer) -> [LostRank] {
    for _ in 0..<1000 {
      let losses = server.losses()
      if !losses.isEmpty { return losses }
      usleep(5000)
    }
    return []
  }

  func testARankThatEndsIsLostAtOnce() throws {
    let server = try server()
    let stays = try rank(1, of: server)
    var ends: Line? = try rank(2, of: server)
    XCTAssertEqual(server.losses(), [])
    XCTAssertNotNil(ends)
    ends = nil
    XCTAssertEqual(
      losses(server), [LostRank(rank: 2, cause: "its process has ended", hasEnded: true)])
    XCTAssertTrue(server.isLost(2))
    XCTAssertFalse(server.isLost(1))
    server.say(LifelineWord(.abandon, number: 5), to: 2)
    server.say(LifelineWord(.abandon, number: 5), to: 1)
    XCTAssertEqual(try next(stays), LifelineWord(.abandon, number: 5))
  }

  func testARankThatLeavesIsNotLost() throws {
    let server = try server()
    var line: Line? = try rank(1, of: server)
    try line?.say(LifelineWord(.leaving))
    line = nil
    usleep(300_000)
    XCTAssertEqual(server.losses(), [])
    XCTAssertFalse(server.hasLosses)
  }

  func testARankThatIsGivenUpFindsItsLineClosed() throws {
    let server = try server()
    let line = try rank(1, of: server)
    server.giveUp(1, cause: "why")
    XCTAssertEqual(server.losses(), [LostRank(rank: 1, cause: "why", hasEnded: false)])
    XCTAssertThrowsError(try next(line)) { XCTAssertNil(($0 as? Line.Cut)?.code) }
    XCTAssertFalse(server.end(status: 0, within: 5), "its process may be there")
  }

  func testARankThatIsSilentIsGivenUp() throws {
    let server = try server(patience: 1)
    let line = try rank(1, of: server)
    // As long as it may take itself for a part of the job.
    usleep(UInt32(pace.lease * 0.9 * 1e6))
    XCTAssertEqual(server.losses(), [])
    let lost = losses(server)
    XCTAssertEqual(lost.map(\.rank), [1])
    XCTAssertEqual(lost.first?.hasEnded, false)
    XCTAssertThrowsError(try next(line))
  }

  func testTheEnd() throws {
    let server = try server()
    let ended = expectation(description: "told to end")
    nonisolated(unsafe) let (line, test) = (try rank(1, of: server), self)
    Thread.detachNewThread {
      XCTAssertEqual(try? test.next(line), LifelineWord(.end, number: 75))
      try? line.say(LifelineWord(.leaving))
      ended.fulfill()
    }
    XCTAssertTrue(server.end(status: 75, within: 5))
    wait(for: [ended], timeout: 10)
  }

  func testStrangersAreSentAway() throws {
    let server = try server()
    let offer = server.offer
    let wrong = LifelineOffer(
      addresses: offer.addresses, port: offer.port, token: offer.token &+ 1,
      answer: offer.answer)
    XCTAssertNil(LifelineClient.connect(wrong, rank: 1, within: 10))
    let impostor = LifelineOffer(
      addresses: offer.addresses, port: offer.port, token: offer.token, answer: offer.answer &+ 1)
    XCTAssertNil(LifelineClient.connect(impostor, rank: 1, within: 10))
    XCTAssertNil(LifelineClient.connect(offer, rank: 3, within: 10), "there is no such rank")
    // One that has one already.
    let line = try rank(1, of: server)
    let second = try XCTUnwrap(LifelineClient.connect(offer, rank: 1, within: 10))
    try second.say(LifelineWord(.ping))
    XCTAssertThrowsError(try next(second))
    try line.say(LifelineWord(.ping, payload: 9))
    XCTAssertEqual(try next(line), LifelineWord(.pong, payload: 9))
    XCTAssertEqual(server.losses(), [])
  }

  /// Another address of the host may lead to another program.
  func testAnAddressThatLeadsNowhere() throws {
    let server = try server()
    let offer = LifelineOffer(
      addresses: ["203.0.113.1", "no address"] + server.offer.addresses,
      port: server.offer.port, token: server.offer.token, answer: server.offer.answer)
    XCTAssertNotNil(LifelineClient.connect(offer, rank: 1, within: 10))
  }

  func testTheLeaseEndsBeforeTheNetworkGivesUp() {
    for ranks in [2, 1000, 4096, 100_000] {
      let pace = LifelinePace(ranks: ranks)
      XCTAssertGreaterThan(pace.lease, 2 * pace.interval)
      XCTAssertGreaterThan(pace.networkTimeout, pace.lease)
      XCTAssertLessThanOrEqual(Double(ranks) / pace.interval, 1024)
    }
  }

  func testWords() throws {
    let word = LifelineWord(.end, number: UInt32(bitPattern: 75), payload: .max - 1)
    XCTAssertEqual(word.bytes.count, LifelineWord.size)
    XCTAssertEqual(LifelineWord(word.bytes[...]), word)
    XCTAssertNil(LifelineWord([UInt8](repeating: 0xFF, count: LifelineWord.size)[...]))
  }

  /// TCP may cut words anywhere.
  func testWordsThatComeInPieces() throws {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends), 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    let line = Line(ends[0])
    let bytes = LifelineWord(.ping, payload: 1).bytes + LifelineWord(.leaving).bytes
    XCTAssertEqual(write(ends[1], bytes, 5), 5)
    XCTAssertEqual(try line.words(), [])
    XCTAssertEqual(write(ends[1], Array(bytes[5...]), 27), 27)
    XCTAssertEqual(try line.words(), [LifelineWord(.ping, payload: 1), LifelineWord(.leaving)])
    close(ends[1])
    XCTAssertThrowsError(try line.words())
  }
}
