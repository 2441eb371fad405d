/// Which groups have said nothing for too long; a value without a clock.
///
/// What is too long follows from what a group last said: its longest step so far is no reason to
/// worry, nor three times that. Times are seconds of any clock that nobody sets.
package struct GroupSilence {
  package enum Finding: Equatable {
    /// - Parameters:
    ///   - longestStep: Of the group; nil: none is known.
    ///   - bound: Seconds of silence after which the group is given up.
    case silent(group: Int, seconds: Double, longestStep: Double?, bound: Double)
    case speaksAgain(group: Int, seconds: Double)
    /// The group is given up.
    case lost(group: Int, seconds: Double)
  }

  private struct Group {
    var lastMessage: Double
    var longestStep: Double?
    var isReported = false
  }

  /// Seconds after which a group is given up.
  package let deadline: Double
  private var groups: [Int: Group]
  private var answers: [Finding] = []
  private var lastLook: Double

  /// Seconds without a word that are worth a warning.
  private static let secondsToWarning = 30.0
  /// The same before any step is known: a fold may begin with a checkpoint to read.
  private static let firstSecondsToWarning = 50.0
  /// Longest steps that a silence may take before the warning, and before the end.
  private static let stepsToWarning = 3.0
  private static let stepsToEnd = 4.0
  /// Seconds between two looks after which the coordinator itself was held up.
  private static let absence = 5.0

  package init(groups: some Sequence<Int>, deadline: Double, at now: Double) {
    self.deadline = deadline
    lastLook = now
    self.groups = Dictionary(uniqueKeysWithValues: groups.map { ($0, Group(lastMessage: now)) })
  }

  /// A group has said something.
  ///
  /// - Parameter longestStep: Seconds of its longest step so far, if it said so.
  package mutating func message(group: Int, longestStep: Double?, at now: Double) {
    guard let silence = groups[group] else { return }
    if silence.isReported {
      answers.append(.speaksAgain(group: group, seconds: now - silence.lastMessage))
    }
    groups[group] = Group(lastMessage: now, longestStep: longestStep ?? silence.longestStep)
  }

  /// A group was formed.
  package mutating func begin(group: Int, at now: Double) {
    groups[group] = Group(lastMessage: now)
  }

  /// A group says nothing any more.
  package mutating func end(group: Int) { groups[group] = nil }

  /// Groups whose silence was reported, and that have not spoken since: when they spoke last.
  package var silent: [Int: Double] {
    groups.filter { $0.value.isReported }.mapValues(\.lastMessage)
  }

  /// What is new since the last look; groups in order.
  package mutating func findings(at now: Double) -> [Finding] {
    // Who did not look, since it was stopped itself, cannot tell that others were silent.
    let absence = now - lastLook
    lastLook = now
    if absence > Self.absence {
      for group in groups.keys { groups[group]?.lastMessage += absence }
    }
    var findings = answers
    answers = []
    let longest = groups.values.compactMap(\.longestStep).max()
    for (number, group) in groups.sorted(by: { $0.key < $1.key }) {
      let seconds = now - group.lastMessage
      let step = group.longestStep ?? longest ?? 0
      let quiet = min(
        group.longestStep == nil ? Self.firstSecondsToWarning : Self.secondsToWarning, deadline / 4)
      let bound = max(deadline, Self.stepsToEnd * step)
      if seconds > bound {
        findings.append(.lost(group: number, seconds: seconds))
      } else if seconds > max(quiet, Self.stepsToWarning * step), !group.isReported {
        groups[number]?.isReported = true
        findings.append(
          .silent(group: number, seconds: seconds, longestStep: group.longestStep, bound: bound))
      }
    }
    return findings
  }
}
