import Foundation
import RunStore
import Tasks
import Wording

/// Groups that have said nothing for so long that the job ends.
struct GroupsLost: Error, CustomStringConvertible, Equatable {
  /// What is known of each group.
  let groups: [String]
  var description: String {
    groups.joined(separator: "; ") + ": a rank is stopped, dead or cannot be "
      + "reached; look at its host, then run the same command again"
  }
}

/// Shows to a supervisor, and to whoever reads the log, whether every group lives.
///
/// The lock file's time is set to when the group that has been silent longest last spoke, so that a
/// supervisor sees one group that hangs though the others go on. One that
/// has no fold asks for work all the time.
struct Heartbeat {
  private let lock: RunLock
  private let hosts: [String]
  private let patience: Double?
  private var names: [Int: String] = [:]
  private var lastMessage: [Int: UInt64] = [:]
  private var silence: GroupSilence
  private var lookedAt: UInt64 = 0
  private var shown: UInt64 = 0

  /// Nanoseconds between two looks.
  private static let interval: UInt64 = 500_000_000

  /// - Parameters:
  ///   - hosts: Of all ranks.
  ///   - deadline: Seconds without a word after which a group is given up.
  ///   - patience: Seconds after which the others go on without a rank whose process answers nothing; nil: they
  ///     do not.
  init(
    _ lock: RunLock, _ groups: some Collection<RankGroup>, hosts: [String], deadline: Double,
    patience: Double?
  ) {
    self.lock = lock
    self.hosts = hosts
    self.patience = patience
    silence = GroupSilence(groups: [], deadline: deadline, at: Self.seconds(Self.now))
    regroup(groups)
  }

  /// The groups are these from now on.
  mutating func regroup(_ groups: some Collection<RankGroup>) {
    let now = Self.now
    let numbers = Set(groups.map(\.number))
    for number in lastMessage.keys where !numbers.contains(number) { end(group: number) }
    for group in groups where lastMessage[group.number] == nil {
      lastMessage[group.number] = now
      names[group.number] =
        "group \(group.number) ("
        + group.ranks.map { "rank \($0) on \(hosts[$0])" }.joined(separator: ", ") + ")"
      // A group that is this process alone lives as long as anybody looks.
      if group.ranks != [0] { silence.begin(group: group.number, at: Self.seconds(now)) }
    }
  }

  /// A group has said something.
  mutating func message(_ message: WorkerMessage) {
    let now = Self.now
    var step: Double?
    if case .progress(let report) = message { step = report.seconds }
    guard lastMessage[message.group] != nil else { return }
    lastMessage[message.group] = now
    silence.message(group: message.group, longestStep: step, at: Self.seconds(now))
  }

  /// A group says nothing any more.
  mutating func end(group: Int) {
    lastMessage[group] = nil
    names[group] = nil
    silence.end(group: group)
  }

  /// Shows the state if it is due, and new.
  ///
  /// - Parameter standing: What a group does, as far as is known.
  /// - Returns: What the user is to be warned of, which groups speak again, and what is to be said of each
  ///   group that is given up.
  mutating func beat(_ standing: (Int) -> String?) -> (
    news: [String], answers: [String], lost: [Int: String]
  ) {
    let now = Self.now
    guard now &- lookedAt >= Self.interval else { return ([], [], [:]) }
    lookedAt = now
    if let oldest = lastMessage.values.min(), oldest != shown {
      shown = oldest
      lock.beat(UInt64(Date().timeIntervalSince1970 * 1e9) - (now - oldest))
    }
    var (news, answers, lost): ([String], [String], [Int: String]) = ([], [], [:])
    for finding in silence.findings(at: Self.seconds(now)) {
      switch finding {
      case .silent(let group, let seconds, let step, let bound):
        let known = step.map { ", and its longest step took \(decimals($0, 1)) s" } ?? ""
        news.append(
          "\(said(group, seconds, standing))\(known): a rank may be stopped, dead or cut off; "
            + (patience.map {
              "if its process answers nothing, the others go on without it after \(Int($0)) s; "
            } ?? "")
            + "after \(Int(bound)) s the job ends")
      case .speaksAgain(let group, let seconds):
        answers.append("\(name(group)) speaks again, after \(Int(seconds)) s")
      case .lost(let group, let seconds): lost[group] = said(group, seconds, standing)
      }
    }
    return (news, answers, lost)
  }

  /// Groups of whose silence the user was warned, and since when they say nothing.
  var silent: [Int: Date] {
    let now = Self.seconds(Self.now)
    return silence.silent.mapValues { Date(timeIntervalSinceNow: $0 - now) }
  }

  private func said(_ group: Int, _ seconds: Double, _ standing: (Int) -> String?) -> String {
    let since = Date(timeIntervalSinceNow: -seconds).formatted(.iso8601)
    return "\(name(group)) has said nothing since \(since), for \(Int(seconds)) s"
      + (standing(group).map { ", \($0)" } ?? "")
  }

  /// With its ranks and their hosts.
  func name(_ group: Int) -> String { names[group] ?? "group \(group)" }

  /// By a clock that nobody sets.
  private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

  private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) * 1e-9 }
}
