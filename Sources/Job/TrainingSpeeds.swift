import Checkpointing
import Foundation
import RunStore
import Tasks

/// How fast a run's jobs have trained, by its ledger and its checkpoints.
public struct TrainingSpeeds: Sendable {
  /// Ranks of the group and its seconds for a sample, of each training that counts, in the ledger's order.
  private var trainings: [TaskKind: [(ranks: Int, seconds: Double)]] = [:]
  /// Threads of ranks of other jobs, whose trainings do not count.
  public private(set) var otherThreads: Set<Int> = []

  /// Trainings that say how fast the last job was.
  private static let recent = 16
  /// The ledger and the manifests know whole seconds, so shorter times say little.
  private static let leastSeconds = 10.0

  /// Those of trainings that were finished in one go.
  ///
  /// - Parameters:
  ///   - threads: Of a rank.
  ///   - samples: Of all epochs of a training; nil: it does not count.
  public init(_ records: [LedgerRecord], threads: Int, samples: (TaskKey) -> Int?) {
    var sizes: [TaskKey: [Int]] = [:]
    var current = 0
    for record in records {
      switch record {
      case .jobStarted(let job): current = job.machine.threadsPerRank
      case .foldStarted(let fold): sizes[fold.task, default: []].append(fold.ranks.count)
      case .foldFinished(let fold):
        guard let samples = samples(fold.task), let size = sizes[fold.task], size.count == 1 else {
          continue
        }
        guard current == threads else {
          otherThreads.insert(current)
          continue
        }
        add(fold.task, seconds: fold.seconds, ranks: size[0], samples: samples)
      default: break
      }
    }
  }

  /// The same, and for kinds of which none was finished what checkpoints of begun ones say.
  ///
  /// - Parameter open: Trainings that are not finished.
  init(
    _ records: [LedgerRecord], threads: Int, plan: RunPlan, open: [PlannedTask],
    in directory: RunDirectory
  ) {
    let tasks = Dictionary(plan.tasks.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    self.init(records, threads: threads) { tasks[$0]?.samples }
    let finished = Set(trainings.keys)
    var starts: [TaskKey: [(record: LedgerRecord.FoldStarted, threads: Int)]] = [:]
    var current = 0
    for record in records {
      switch record {
      case .jobStarted(let job): current = job.machine.threadsPerRank
      case .foldStarted(let fold): starts[fold.task, default: []].append((fold, current))
      default: break
      }
    }
    for task in open where !finished.contains(TaskKind(task.key)) {
      guard let starts = starts[task.key], let last = starts.last, last.threads == threads,
        let manifest = try? directory.checkpoints(task.key).manifest()
      else { continue }
      add(task, since: last.record, isFirst: starts.count == 1, manifest.generations)
    }
  }

  /// What a training's last lease has done between two moments of which it is known how far it was.
  private mutating func add(
    _ task: PlannedTask, since start: LedgerRecord.FoldStarted, isFirst: Bool,
    _ generations: [CheckpointManifest.Generation]
  ) {
    func time(_ text: String) -> Double? {
      (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
    }
    guard let begun = time(start.time) else { return }
    var marks = generations.compactMap { generation in
      time(generation.time).map {
        (time: $0, samples: task.samples(epoch: generation.epoch, batch: generation.batch))
      }
    }.filter { $0.time > begun }
    if isFirst { marks.append((begun, 0)) }
    guard let newest = marks.first, let oldest = marks.last,
      newest.time - oldest.time >= Self.leastSeconds, newest.samples > oldest.samples
    else { return }
    add(
      task.key, seconds: newest.time - oldest.time, ranks: start.ranks.count,
      samples: newest.samples - oldest.samples)
  }

  private mutating func add(_ task: TaskKey, seconds: Double, ranks: Int, samples: Int) {
    guard samples > 0, seconds > 0 else { return }
    trainings[TaskKind(task), default: []].append((ranks, seconds / Double(samples)))
  }

  /// Seconds of a group for a sample, by the number of its ranks.
  public var ofGroups: [TaskKind: [Int: [Double]]] {
    trainings.mapValues { Dictionary(grouping: $0, by: \.ranks).mapValues { $0.map(\.seconds) } }
  }

  /// Seconds of one rank for a sample of each kind, by its last trainings.
  public var latest: [TaskKind: Double] {
    trainings.mapValues {
      let recent = $0.suffix(Self.recent)
      return recent.reduce(0) { $0 + $1.seconds * (1 + Speedup.expected * Double($1.ranks - 1)) }
        / Double(recent.count)
    }
  }
}

extension RunOpening {
  /// How fast the run's earlier jobs were: seconds of one rank for a sample of each kind that is known.
  ///
  /// - Parameter threads: Of a rank of this job.
  public func earlierSpeeds(_ plan: RunPlan, threads: Int) -> [TaskKind: Double] {
    TrainingSpeeds(records, threads: threads, plan: plan, open: open(plan), in: directory).latest
  }
}
