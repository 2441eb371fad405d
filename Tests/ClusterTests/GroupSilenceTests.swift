import Cluster
import XCTest

final class GroupSilenceTests: XCTestCase {
  private typealias Finding = GroupSilence.Finding

  /// Looks every half second, and gives what was found with the time.
  private func findings(
    _ silence: inout GroupSilence, from start: Double, to end: Double,
    speak: (inout GroupSilence, Double) -> Void = { _, _ in }
  ) -> [(time: Double, finding: Finding)] {
    stride(from: start, through: end, by: 0.5).flatMap { now in
      speak(&silence, now)
      return silence.findings(at: now).map { (now, $0) }
    }
  }

  /// A group of one rank dies between two folds, while the other asks for work all the time.
  func testGroupThatFallsSilentIsReportedWithinAMinuteAndGivenUpAtTheDeadline() {
    var silence = GroupSilence(groups: [0, 1], deadline: 600, at: 110)
    silence.message(group: 1, longestStep: 2, at: 110)
    let found = findings(&silence, from: 110, to: 711) { silence, now in
      silence.message(group: 0, longestStep: nil, at: now)
    }
    XCTAssertEqual(found.first?.time, 140.5)
    XCTAssertEqual(
      found.first?.finding, .silent(group: 1, seconds: 30.5, longestStep: 2, bound: 600))
    XCTAssertEqual(
      found.dropFirst().map(\.finding),
      [.lost(group: 1, seconds: 600.5), .lost(group: 1, seconds: 601)])
  }

  /// As long as it lasts others may know of it.
  func testWhoIsSilentIsKnownUntilItSpeaks() {
    var silence = GroupSilence(groups: [1, 3], deadline: 600, at: 0)
    for group in [1, 3] { silence.message(group: group, longestStep: 1, at: 2) }
    _ = findings(&silence, from: 2, to: 40) { silence, now in
      silence.message(group: 1, longestStep: 1, at: now)
      XCTAssertEqual(silence.silent, now <= 32.5 ? [:] : [3: 2], "\(now)")
    }
    silence.message(group: 3, longestStep: nil, at: 41)
    XCTAssertEqual(silence.silent, [:])
    _ = findings(&silence, from: 41, to: 80)
    XCTAssertEqual(silence.silent, [1: 40, 3: 41])
    silence.end(group: 3)
    XCTAssertEqual(silence.silent, [1: 40])
  }

  func testSilenceIsReportedOnceAndSoIsItsEnd() {
    var silence = GroupSilence(groups: [3], deadline: 600, at: 0)
    silence.message(group: 3, longestStep: 1, at: 0)
    let found = findings(&silence, from: 0, to: 200) { silence, now in
      if now == 100 || now == 101 { silence.message(group: 3, longestStep: nil, at: now) }
    }
    XCTAssertEqual(
      found.map(\.finding),
      [
        .silent(group: 3, seconds: 30.5, longestStep: 1, bound: 600),
        .speaksAgain(group: 3, seconds: 100),
        .silent(group: 3, seconds: 30.5, longestStep: 1, bound: 600),
      ])
  }

  /// What a group calls a step holds everything between two steps, such as a checkpoint.
  func testLongStepsAreNotMistaken() {
    var silence = GroupSilence(groups: [0], deadline: 600, at: 0)
    silence.message(group: 0, longestStep: 200, at: 0)
    let steps = findings(&silence, from: 0, to: 1500) { silence, now in
      if [590, 1190].contains(now) { silence.message(group: 0, longestStep: 200, at: now) }
    }
    XCTAssertEqual(steps.map(\.finding), [])
    XCTAssertEqual(
      findings(&silence, from: 1500.5, to: 1990).map(\.finding),
      [.silent(group: 0, seconds: 600.5, longestStep: 200, bound: 800)])
    XCTAssertEqual(
      findings(&silence, from: 1990.5, to: 1990.5).map(\.finding),
      [.lost(group: 0, seconds: 800.5)])
  }

  /// Before its first step a group is judged by what the others said.
  func testFirstStepIsJudgedByOtherGroups() {
    var silence = GroupSilence(groups: [0, 1], deadline: 600, at: 0)
    let alone = findings(&silence, from: 0, to: 60)
    XCTAssertEqual(
      alone.map(\.finding),
      [0, 1].map { .silent(group: $0, seconds: 50.5, longestStep: nil, bound: 600) })
    silence = GroupSilence(groups: [0, 1], deadline: 600, at: 0)
    silence.message(group: 0, longestStep: 40, at: 0)
    let other = findings(&silence, from: 0, to: 125) { silence, now in
      silence.message(group: 0, longestStep: 40, at: now)
    }
    XCTAssertEqual(
      other.map(\.finding), [.silent(group: 1, seconds: 120.5, longestStep: nil, bound: 600)])
  }

  func testWhoDidNotLookBlamesNobody() {
    var silence = GroupSilence(groups: [0], deadline: 600, at: 0)
    silence.message(group: 0, longestStep: 1, at: 0)
    XCTAssertEqual(silence.findings(at: 1), [])
    // Stopped for a quarter of an hour, and then the first look, before any message is read.
    XCTAssertEqual(silence.findings(at: 901), [])
    XCTAssertEqual(
      findings(&silence, from: 901.5, to: 931).map(\.finding),
      [.silent(group: 0, seconds: 30.5, longestStep: 1, bound: 600)])
  }

  func testGroupThatHasEndedMayBeSilent() {
    var silence = GroupSilence(groups: [0, 1], deadline: 600, at: 0)
    silence.end(group: 0)
    silence.message(group: 0, longestStep: 1, at: 1)
    silence.end(group: 1)
    XCTAssertEqual(findings(&silence, from: 0, to: 2000).map(\.finding), [])
  }
}
