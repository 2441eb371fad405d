import Files
import Foundation
import Tasks

/// What a running job says of itself, for whoever watches: the file `progress.json`, renewed every few
/// seconds, gone when the job has ended in good order. Nothing else reads it.
public struct JobProgress: Codable, Sendable, Equatable {
  /// Ranks that train together, and what.
  public struct Group: Codable, Sendable, Equatable {
    public var ranks: [Int]
    /// nil: they have nothing to do, or are being formed.
    public var task: TaskKey?
    /// From 1; 0: no step is known.
    public var epoch: Int
    /// Of the whole training.
    public var epochs: Int
    /// The epoch after which it goes on from a checkpoint; nil: it began at the first.
    public var resumedAfter: Int?
    /// Seconds since 1970, by rank 0's host, since when it says nothing, once that has been long; nil: it speaks.
    public var silentSince: Double?

    public init(
      ranks: [Int], task: TaskKey?, epoch: Int, epochs: Int, resumedAfter: Int?,
      silentSince: Double? = nil
    ) {
      self.ranks = ranks
      self.task = task
      self.epoch = epoch
      self.epochs = epochs
      self.resumedAfter = resumedAfter
      self.silentSince = silentSince
    }

    enum CodingKeys: String, CodingKey {
      case ranks, task, epoch, epochs
      case resumedAfter = "resumed_after"
      case silentSince = "silent_since"
    }
  }

  /// A rank that slows the job down.
  public struct SlowRank: Codable, Sendable, Equatable {
    public var rank: Int
    /// A sentence.
    public var text: String

    public init(rank: Int, text: String) {
      self.rank = rank
      self.text = text
    }
  }

  /// Seconds since 1970, by rank 0's host.
  public var time: Double
  /// Of groups that are not silent.
  public var samplesPerSecond: Double
  /// If those that are silent go on; nil: nothing is known yet.
  public var secondsLeft: Double?
  /// In the order of their first ranks.
  public var groups: [Group]
  public var slow: [SlowRank]

  enum CodingKeys: String, CodingKey {
    case time, groups, slow
    case samplesPerSecond = "samples_per_second"
    case secondsLeft = "seconds_left"
  }

  public init(
    time: Double, samplesPerSecond: Double, secondsLeft: Double?, groups: [Group],
    slow: [SlowRank]
  ) {
    self.time = time
    self.samplesPerSecond = samplesPerSecond
    self.secondsLeft = secondsLeft
    self.groups = groups
    self.slow = slow
  }
}

extension RunDirectory {
  /// What the running job says; nil: none runs, or what is there is no such file.
  ///
  /// - Throws: `FileError`.
  public func progress() throws -> JobProgress? {
    try AtomicFile.read(progressPath).flatMap {
      try? JSONDecoder().decode(JobProgress.self, from: $0)
    }
  }

  /// - Throws: `FileError`.
  public func write(_ progress: JobProgress) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.replace(encoder.encode(progress) + [UInt8(ascii: "\n")], at: progressPath)
  }

  public func removeProgress() { unlink(progressPath) }
}
