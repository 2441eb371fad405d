import Evaluation
import Foundation
import RunStore
import Tasks

/// What there is to see of a run at one moment: a value, of which the screen is made.
public struct WatchState: Sendable {
  /// What the run does now.
  public enum Phase: Sendable, Equatable {
    /// No job has begun.
    case prepared
    /// Results lie here, and no ledger that knows them.
    case withoutLedger
    /// A job trains, and moves on.
    case running
    /// A job holds the run directory, and has shown no life since then.
    case silent(since: Date)
    /// The last job has died; it showed life until then, or nobody knows until when.
    case dead(since: Date?)
    /// The last job has stopped, in good order.
    case stopped(time: String, reason: String)
    /// Every training is finished.
    case finished(time: String)
  }

  /// What became of a training.
  public enum TaskStatus: Sendable, Equatable {
    case waiting
    case running(ranks: [Int])
    /// It was begun, and nobody trains it now: its job is over, or has lost the ranks that had it, or its
    /// group has left it for another training.
    case left
    case finished
    case failed(cause: String)
  }

  /// A training that runs.
  public struct Running: Sendable {
    public var task: TaskKey
    public var ranks: [Int]
    public var hosts: [String]
    /// From 1; 0: no step is known.
    public var epoch: Int
    /// Of the whole training; nil: not known.
    public var epochs: Int?
    /// The epoch after which it went on; nil: it began at the first, or nobody says.
    public var resumedAfter: Int?
    /// Mean training loss of each epoch so far.
    public var losses: [Double]
    /// In the last epoch.
    public var samplesPerSecond: Double?
    /// Whether nothing was heard of it for long.
    public var isSilent = false

    public init(
      task: TaskKey, ranks: [Int], hosts: [String], epoch: Int, epochs: Int?, resumedAfter: Int?,
      losses: [Double], samplesPerSecond: Double?
    ) {
      self.task = task
      self.ranks = ranks
      self.hosts = hosts
      self.epoch = epoch
      self.epochs = epochs
      self.resumedAfter = resumedAfter
      self.losses = losses
      self.samplesPerSecond = samplesPerSecond
    }
  }

  /// Trainings of a setting with a seed, in the run's order.
  public struct Row: Sendable {
    /// Empty: the run has no other.
    public var name: String
    public var statuses: [TaskStatus]

    public init(name: String, statuses: [TaskStatus]) {
      self.name = name
      self.statuses = statuses
    }
  }

  /// What the finished folds of a setting score, over all clips; of several seeds the mean.
  public struct Score: Sendable, Equatable {
    /// Empty: the run has no study.
    public var setting: String
    public var name: EvaluationProtocol
    public var seeds: Int
    public var clips: Int
    public var uf1: Double
    /// Of 95%; nil: there are too few subjects.
    public var interval: (low: Double, high: Double)?

    public init(
      setting: String, name: EvaluationProtocol, seeds: Int, clips: Int, uf1: Double,
      interval: (low: Double, high: Double)?
    ) {
      self.setting = setting
      self.name = name
      self.seeds = seeds
      self.clips = clips
      self.uf1 = uf1
      self.interval = interval
    }

    public static func == (a: Self, b: Self) -> Bool {
      a.setting == b.setting && a.name == b.name && a.seeds == b.seeds && a.clips == b.clips
        && a.uf1 == b.uf1 && a.interval?.low == b.interval?.low
        && a.interval?.high == b.interval?.high
    }
  }

  public var path: String
  public var phase = Phase.prepared
  /// Of the last job; nil: there was none.
  public var job: LedgerRecord.JobStarted?
  /// Jobs that the run has had.
  public var jobs = 0
  /// How many times any training was begun again.
  public var resumes = 0
  public var rows: [Row] = []
  /// Of the running trainings, those of the first groups; see `others`.
  public var running: [Running] = []
  /// Running trainings that `running` leaves out.
  public var others = 0
  /// Groups without a training.
  public var idleGroups = 0
  /// Of groups that are not silent; nil: the job has not said.
  public var samplesPerSecond: Double?
  /// If those that are silent go on.
  public var secondsLeft: Double?
  /// Sentences about groups that have said nothing for long.
  public var silent: [String] = []
  /// Ranks that the last job has lost.
  public var lost: [LedgerRecord.RankLost] = []
  /// Sentences about ranks that slow the job down.
  public var slow: [String] = []
  /// Of the failed trainings.
  public var failures: [String] = []
  public var scores: [Score] = []
  /// Why something cannot be shown.
  public var troubles: [String] = []

  public init(path: String) { self.path = path }

  /// Ranks of a group, in few words.
  static func named(_ ranks: [Int]) -> String {
    ranks.count == 1 ? "rank \(ranks[0])" : "\(ranks.count) ranks from \(ranks.first ?? 0)"
  }

  /// Trainings whose status is one of some.
  func count(_ isMeant: (TaskStatus) -> Bool) -> Int {
    rows.reduce(0) { $0 + $1.statuses.count(where: isMeant) }
  }

  var tasks: Int { rows.reduce(0) { $0 + $1.statuses.count } }
  var finished: Int { count { $0 == .finished } }
}
