import Checkpointing
import Foundation
import RunStore

/// A fold whose last state is not on disk.
struct UnsavedFold: CustomStringConvertible {
  let subject: String
  /// What it goes on from.
  let next: String

  /// - Parameter store: The fold's checkpoints, which nobody writes any more.
  init(_ subject: String, _ store: CheckpointStore) {
    self.subject = subject
    do {
      next =
        try store.manifest()?.generations.first
        .map { "goes on after epoch \($0.epoch), step \($0.batch)" } ?? Self.anew
    } catch is CheckpointError {
      next = Self.anew
    } catch {
      next = "goes on from its earlier checkpoints, which cannot be read now"
    }
  }

  private static let anew = "starts again from its first epoch"

  var description: String { "fold \(subject) could not be saved: it \(next)" }
}

extension RunDirectory {
  /// Where a running fold's newest checkpoint stands; nil: there is none, or nobody can say.
  func newestCheckpoint(_ subject: String, now: Date) -> String? {
    guard let newest = (try? checkpoints(subject).manifest())?.generations.first else { return nil }
    let taken = try? Date(newest.time, strategy: .iso8601)
    return "after epoch \(newest.epoch), step \(newest.batch)"
      + (taken.map { " (\(max(0, Int(now.timeIntervalSince($0)))) s old)" } ?? "")
  }
}
