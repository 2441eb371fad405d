import Dispatch
import Evaluation
import Files
import Foundation
import Reporting
import RunStore
import Synchronization
import Tasks

/// What the finished folds score, computed beside the screen whenever more of them are finished.
final class ScoreKeeper: Sendable {
  private struct State {
    var results: [TaskKey: TaskResult] = [:]
    /// Hashes of the results that are read, or that cannot be.
    var known: [TaskKey: String] = [:]
    var scores: [WatchState.Score] = []
    var troubles: [String] = []
    var isBusy = false
    /// By a clock that nobody sets.
    var due: UInt64 = 0
  }

  private let directory: RunDirectory
  private let state = Mutex(State())
  /// The computing beside the screen.
  private let work = DispatchGroup()

  /// How many times as long as the scores took nothing is computed.
  private static let rest: UInt64 = 10

  init(_ directory: RunDirectory) { self.directory = directory }

  /// The newest scores, and why some are missing.
  var latest: (scores: [WatchState.Score], troubles: [String]) {
    state.withLock { ($0.scores, $0.troubles) }
  }

  /// Computes the scores anew if folds have finished.
  ///
  /// - Parameter waits: Whether they are there when this returns.
  func update(_ history: RunSoFar, waits: Bool) {
    if waits { work.wait() }
    guard let job = history.job else { return }
    let finished = history.finished
    let begins = state.withLock { state in
      guard !state.isBusy, waits || DispatchTime.now().uptimeNanoseconds >= state.due,
        finished.contains(where: { state.known[$0.key] != $0.value.resultSHA256 })
          || state.known.keys.contains(where: { finished[$0] == nil })
      else { return false }
      state.isBusy = true
      return true
    }
    guard begins else { return }
    guard !waits else { return compute(job, finished) }
    DispatchQueue.global(qos: .utility).async(group: work) { self.compute(job, finished) }
  }

  /// Waits for what is being computed: a process must not end under it.
  func close() { work.wait() }

  private func compute(
    _ job: LedgerRecord.JobStarted, _ finished: [TaskKey: LedgerRecord.FoldFinished]
  ) {
    let start = DispatchTime.now().uptimeNanoseconds
    var (results, known) = state.withLock { ($0.results, $0.known) }
    var troubles: [String] = []
    for task in known.keys where finished[task] == nil {
      (results[task], known[task]) = (nil, nil)
    }
    for (task, record) in finished where known[task] != record.resultSHA256 {
      known[task] = record.resultSHA256
      results[task] = directory.result(task, sha256: record.resultSHA256)
      if results[task] == nil {
        troubles.append("\(directory.resultPath(task)): cannot be read, or is damaged")
      }
    }
    var scores: [WatchState.Score] = []
    do {
      if !results.isEmpty {
        let contents = RunContents(
          runs: [directory], job: job, results: results,
          files: Dictionary(
            uniqueKeysWithValues: results.keys.map { ($0, directory.resultPath($0)) }),
          failures: [:], histories: [])
        scores = try Report(contents).settings.flatMap(Self.scores)
      }
    } catch {
      troubles.append("\(error)")
    }
    let end = DispatchTime.now().uptimeNanoseconds
    state.withLock { [results, known, scores, troubles] state in
      (state.results, state.known) = (results, known)
      (state.scores, state.troubles) = (scores, troubles)
      state.due = end + Self.rest * (end - start)
      state.isBusy = false
    }
  }

  private static func scores(_ setting: Report.SettingScores) -> [WatchState.Score] {
    EvaluationProtocol.allCases.compactMap { name in
      guard let full = setting.means[name]?.first(where: { $0.key == "full" })?.scores else {
        return nil
      }
      return WatchState.Score(
        setting: setting.setting.name, name: name, seeds: full.seeds, clips: full.clips,
        uf1: full.uf1.mean, interval: full.intervals.map { ($0.uf1.low, $0.uf1.high) })
    }
  }
}
