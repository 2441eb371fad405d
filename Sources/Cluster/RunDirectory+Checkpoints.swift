import Checkpointing
import Foundation
import Job
import RunStore
import Tasks

/// What the coordinator says of checkpoints.
extension RunDirectory {
  /// Where a running fold's newest checkpoint stands; nil: there is none, or nobody can say.
  func newestCheckpoint(_ task: TaskKey, now: Date) -> String? {
    guard let newest = (try? checkpoints(task).manifest())?.generations.first else { return nil }
    let taken = try? Date(newest.time, strategy: .iso8601)
    return "after epoch \(newest.epoch), step \(newest.batch)"
      + (taken.map { " (\(max(0, Int(now.timeIntervalSince($0)))) s old)" } ?? "")
  }

  /// Samples that a task's newest checkpoint has behind it. An estimate needs no more: the group that
  /// reads the checkpoint says what is wrong.
  func samplesDone(_ task: PlannedTask) -> Int {
    let newest = (try? checkpoints(task.key).manifest())?.generations.first
    return newest.map { task.samples(epoch: $0.epoch, batch: $0.batch) } ?? 0
  }
}
