import Foundation
import Tasks
import XCTest

/// Jobs of folds that took what those of real runs took, simulated.
///
/// `Fixtures/fold-seconds.json` says which runs they were. Nobody foresees such times: they are those of a
/// machine that others used too.
final class TraceTests: SimulationTestCase {
  private struct Trace: Decodable {
    /// What was run, and on what.
    let run: String
    /// Of each fold, in the order in which they ended.
    let seconds: [Double]
  }

  /// What seconds are multiplied by, so that a fold takes an hour on average.
  private func hours(_ trace: Trace) -> Double {
    3600 * Double(trace.seconds.count) / trace.seconds.reduce(0, +)
  }

  private func traces() throws -> [Trace] {
    let url = try XCTUnwrap(
      Bundle.module.url(
        forResource: "fold-seconds", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([Trace].self, from: Data(contentsOf: url))
  }

  private func work(_ trace: Trace) -> [Double] {
    let factor = hours(trace)
    return (0..<68).map { trace.seconds[$0 % trace.seconds.count] * factor }
  }

  private static let ranks = [1, 2, 3, 5, 8, 16, 17, 33, 64, 68, 100, 151, 272]

  /// The scheduler knows how long each will take.
  func testRealFolds() throws {
    for trace in try traces() {
      let work = work(trace)
      for ranks in Self.ranks {
        let cluster = try simulate(work, ranks: ranks)
        XCTAssertGreaterThan(
          ideal(work, ranks: ranks) / cluster.seconds, 0.97, "\(trace.run), \(ranks) ranks")
      }
    }
  }

  /// It takes all for equal, and sees only as they run that some are slow.
  func testRealFoldsThatNobodyForesaw() throws {
    for trace in try traces() {
      let work = work(trace)
      let foreseen = work.map { _ in 3600.0 }
      for ranks in Self.ranks {
        let elastic = try simulate(work, foreseen: foreseen, ranks: ranks)
        let fixed = try simulate(work, foreseen: foreseen, ranks: ranks, perFold: 1)
        XCTAssertLessThan(
          elastic.seconds, fixed.seconds * 1.02, "\(trace.run), \(ranks) ranks")
        // A fold that turns out to be slow gets ranks as if that had been known.
        XCTAssertGreaterThan(
          ideal(work, ranks: ranks) / elastic.seconds, 0.9, "\(trace.run), \(ranks) ranks")
      }
    }
  }
}
