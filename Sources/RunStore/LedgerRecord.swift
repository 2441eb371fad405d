import Evaluation
import Foundation
import Tasks

/// One line of a run's ledger.
public enum LedgerRecord: Sendable, Equatable {
  /// A job began or went on with the run.
  case jobStarted(JobStarted)
  /// A fold was leased to a group of ranks.
  case foldStarted(FoldStarted)
  /// A fold's result is on disk, whole.
  case foldFinished(FoldFinished)
  /// A fold failed by its own numbers; whoever trains it again on such a machine gets the same.
  case foldFailed(FoldFailed)
  /// A rank is no part of the job any more.
  case rankLost(RankLost)
  /// The job ended before the run was complete.
  case jobStopped(JobStopped)
  /// Every selected fold is finished.
  case runFinished(RunFinished)
  /// An event that this program does not know.
  case other(Other)

  /// The time of a record that is made now, ISO 8601.
  public static var now: String { Date().formatted(.iso8601) }

  /// When it was made, as `now` says it.
  public var time: String {
    switch self {
    case .jobStarted(let record): record.time
    case .foldStarted(let record): record.time
    case .foldFinished(let record): record.time
    case .foldFailed(let record): record.time
    case .rankLost(let record): record.time
    case .jobStopped(let record): record.time
    case .runFinished(let record): record.time
    case .other(let record): record.time
    }
  }

  /// What a job is and what the run is about: all that a report needs besides the folds' results.
  public struct JobStarted: Codable, Sendable, Equatable {
    public var time: String
    /// Of the ledger, and of how the run's numbers come about.
    public var format = RunFormat.newest
    public var program: String
    public var configurationSHA256: String
    /// Of the run's own setting, or of its first.
    public var dataSHA256: String
    /// What the run compares, in the study's order; nil: its own setting alone, as in older ledgers.
    public var settings: [Setting]?
    /// The seeds that each setting is trained with, in their order; nil: one, in older ledgers unknown.
    public var seeds: [UInt64]?
    /// The one of them that tasks do not name; nil in older ledgers.
    public var seed: UInt64?
    /// What the folds leave out: `subject`, `dataset` or `groups`; nil in older ledgers: a subject.
    public var splitsBy: String?
    /// Of the file that every fold starts from; nil: weights are drawn.
    public var initialWeightsSHA256: String?
    /// Whose clips that file was trained on, `dataset/subject`, and `unknown` where it does not say;
    /// nil: there is none, or the ledger is older.
    public var initialWeightsPersons: [String]?
    public var protocols: [EvaluationProtocol]
    public var classes: Int
    /// What each class is called, by label; nil in older ledgers, whose data have the release's layout.
    public var classNames: [String]?
    /// Every clip of the data set, in its order.
    public var clips: [ClipTruth]
    /// Clips of several subjects that have one image, as groups of places among these; nil: there are none, or the
    /// ledger is older.
    public var sharedImages: [[Int]]?
    /// What the run consists of, in the order in which it is begun.
    public var tasks: [TaskKey]
    public var machine: Machine

    public init(
      time: String, program: String, configurationSHA256: String, dataSHA256: String,
      settings: [Setting]? = nil, seeds: [UInt64]? = nil, seed: UInt64? = nil,
      splitsBy: String? = nil,
      initialWeightsSHA256: String? = nil, initialWeightsPersons: [String]? = nil,
      protocols: [EvaluationProtocol], classes: Int, classNames: [String]? = nil,
      clips: [ClipTruth], sharedImages: [[Int]]? = nil, tasks: [TaskKey], machine: Machine
    ) {
      self.time = time
      self.program = program
      self.configurationSHA256 = configurationSHA256
      self.dataSHA256 = dataSHA256
      self.settings = settings
      self.seeds = seeds
      self.seed = seed
      self.splitsBy = splitsBy
      self.initialWeightsSHA256 = initialWeightsSHA256
      self.initialWeightsPersons = initialWeightsPersons
      self.protocols = protocols
      self.classes = classes
      self.classNames = classNames
      self.clips = clips
      self.sharedImages = sharedImages
      self.tasks = tasks
      self.machine = machine
    }
  }

  /// What the job runs on. Bits are promised for one kind of CPU and one kernel of products.
  public struct Machine: Codable, Sendable, Equatable {
    public var hosts: [String]
    public var ranks: Int
    public var groups: [[Int]]
    public var threadsPerRank: Int
    public var cpu: String
    /// What computes the products.
    public var kernel: String
    public var mpi: String

    public init(
      hosts: [String], ranks: Int, groups: [[Int]], threadsPerRank: Int, cpu: String,
      kernel: String, mpi: String
    ) {
      self.hosts = hosts
      self.ranks = ranks
      self.groups = groups
      self.threadsPerRank = threadsPerRank
      self.cpu = cpu
      self.kernel = kernel
      self.mpi = mpi
    }
  }

  public struct FoldStarted: Codable, Sendable, Equatable {
    public var time: String
    public var task: TaskKey
    public var ranks: [Int]

    public init(time: String, task: TaskKey, ranks: [Int]) {
      self.time = time
      self.task = task
      self.ranks = ranks
    }
  }

  public struct FoldFinished: Codable, Sendable, Equatable {
    public var time: String
    public var task: TaskKey
    public var seconds: Double
    public var resultSHA256: String
    public var weightsSHA256: String
    /// Whether the job kept the final weights; nil: it did not say.
    public var weightsKept: Bool?

    public init(
      time: String, task: TaskKey, seconds: Double, resultSHA256: String, weightsSHA256: String,
      weightsKept: Bool? = nil
    ) {
      self.time = time
      self.task = task
      self.seconds = seconds
      self.resultSHA256 = resultSHA256
      self.weightsSHA256 = weightsSHA256
      self.weightsKept = weightsKept
    }
  }

  public struct FoldFailed: Codable, Sendable, Equatable {
    public var time: String
    public var task: TaskKey
    /// From 1, as in messages.
    public var epoch: Int
    /// Steps of the fold so far, the last of which failed.
    public var step: Int
    public var reason: String
    /// What the first rank of the fold's group ran on; nil in older ledgers.
    public var cpu: String?
    /// What computed the products there.
    public var kernel: String?

    public init(
      time: String, task: TaskKey, epoch: Int, step: Int, reason: String, cpu: String? = nil,
      kernel: String? = nil
    ) {
      self.time = time
      self.task = task
      self.epoch = epoch
      self.step = step
      self.reason = reason
      self.cpu = cpu
      self.kernel = kernel
    }

    /// Where it failed, and why.
    public var cause: String { "epoch \(epoch), step \(step): \(reason)" }
  }

  public struct JobStopped: Codable, Sendable, Equatable {
    public var time: String
    public var reason: String

    public init(time: String, reason: String) {
      self.time = time
      self.reason = reason
    }
  }

  public struct RunFinished: Codable, Sendable, Equatable {
    public var time: String

    public init(time: String) { self.time = time }
  }
}

extension LedgerRecord: Codable {
  private enum Keys: String, CodingKey { case event }

  private enum Event: String, Codable {
    case jobStarted = "job-started"
    case foldStarted = "fold-started"
    case foldFinished = "fold-finished"
    case foldFailed = "fold-failed"
    case rankLost = "rank-lost"
    case jobStopped = "job-stopped"
    case runFinished = "run-finished"
  }

  public init(from decoder: any Decoder) throws {
    let name = try decoder.container(keyedBy: Keys.self).decode(String.self, forKey: .event)
    switch Event(rawValue: name) {
    case .jobStarted: self = .jobStarted(try JobStarted(from: decoder))
    case .foldStarted: self = .foldStarted(try FoldStarted(from: decoder))
    case .foldFinished: self = .foldFinished(try FoldFinished(from: decoder))
    case .foldFailed: self = .foldFailed(try FoldFailed(from: decoder))
    case .rankLost: self = .rankLost(try RankLost(from: decoder))
    case .jobStopped: self = .jobStopped(try JobStopped(from: decoder))
    case .runFinished: self = .runFinished(try RunFinished(from: decoder))
    case nil: self = .other(try Other(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .jobStarted(let record):
      try container.encode(Event.jobStarted, forKey: .event)
      try record.encode(to: encoder)
    case .foldStarted(let record):
      try container.encode(Event.foldStarted, forKey: .event)
      try record.encode(to: encoder)
    case .foldFinished(let record):
      try container.encode(Event.foldFinished, forKey: .event)
      try record.encode(to: encoder)
    case .foldFailed(let record):
      try container.encode(Event.foldFailed, forKey: .event)
      try record.encode(to: encoder)
    case .rankLost(let record):
      try container.encode(Event.rankLost, forKey: .event)
      try record.encode(to: encoder)
    case .jobStopped(let record):
      try container.encode(Event.jobStopped, forKey: .event)
      try record.encode(to: encoder)
    case .runFinished(let record):
      try container.encode(Event.runFinished, forKey: .event)
      try record.encode(to: encoder)
    case .other(let record): try record.encode(to: encoder)
    }
  }
}
