import Console
import Dispatch
import Files
import Foundation
import RunStore
import Tasks

/// Renews `progress.json`, by which people on any host see how a job does.
struct ProgressFile {
  private let directory: RunDirectory
  private let hosts: [String]
  /// The epoch after which each group's task goes on.
  private var resumed: [TaskKey: Int] = [:]
  private var slow: [Int: String] = [:]
  private var due: UInt64 = 0
  private var hasWarned = false

  /// Nanoseconds between two writings, and how many times as long as a writing takes.
  private static let (interval, rest): (UInt64, UInt64) = (1_000_000_000, 50)

  init(_ directory: RunDirectory, hosts: [String]) {
    self.directory = directory
    self.hosts = hosts
  }

  /// A task is leased; until it says otherwise it begins at its first epoch.
  mutating func begin(_ task: TaskKey) { resumed[task] = nil }

  mutating func resume(_ task: TaskKey, after epoch: Int) { resumed[task] = epoch }

  mutating func note(_ finding: Stragglers.Finding) {
    switch finding {
    case .slow(let rank, let factor, let cause):
      slow[rank] = "\(SlowRank(rank: rank, host: hosts[rank], factor: factor, cause: cause))"
    case .ordinary(let rank): slow[rank] = nil
    }
  }

  /// A rank is no part of the job any more, slow or not.
  mutating func lose(rank: Int) { slow[rank] = nil }

  /// Writes the state if it is due.
  ///
  /// - Parameter silent: Since when groups say nothing of whose silence the log has warned.
  mutating func writeIfDue(
    _ groups: some Sequence<RankGroup>, _ leases: [Int: Lease], _ progress: ProgressReporter,
    silent: [Int: Date]
  ) {
    let start = DispatchTime.now().uptimeNanoseconds
    guard start >= due else { return }
    let standings = progress.standings
    let state = JobProgress(
      time: Self.seconds(Date()),
      samplesPerSecond: progress.rate, secondsLeft: progress.secondsLeft,
      groups: groups.sorted { $0.leader < $1.leader }.map { group in
        let task = leases[group.number]?.task
        let standing = standings[group.number]
        return JobProgress.Group(
          ranks: group.ranks, task: task, epoch: standing?.epoch ?? 0,
          epochs: standing?.epochs ?? 0, resumedAfter: task.flatMap { resumed[$0] },
          silentSince: silent[group.number].map(Self.seconds))
      }, slow: slow.sorted { $0.key < $1.key }.map { .init(rank: $0.key, text: $0.value) })
    do {
      try directory.write(state)
      hasWarned = false
    } catch {
      warn(error)
    }
    let end = DispatchTime.now().uptimeNanoseconds
    due = end + max(Self.interval, Self.rest * (end - start))
  }

  /// Since 1970, to a millisecond.
  private static func seconds(_ date: Date) -> Double {
    (date.timeIntervalSince1970 * 1000).rounded() / 1000
  }

  /// Once while it lasts.
  private mutating func warn(_ error: any Error) {
    guard !hasWarned else { return }
    hasWarned = true
    let remedy = (error as? FileError).map { ": \(FileError.remedy($0.code))" } ?? ""
    logger.warning("\(error); the job goes on, and \"htnet watch\" shows less of it\(remedy)")
  }

  /// The job ends: what it has said of itself holds no more.
  func remove() { directory.removeProgress() }
}
