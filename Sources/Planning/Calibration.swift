import Collectives
import Configuration
import Datasets
import Foundation
import HTNetModel
import Job
import Kernels
import Tasks
import Training

/// How fast this host trains one kind of task: measured by training it for some seconds.
public struct Calibration: Sendable {
  /// Of one rank, while as many train beside it as the job will have on a host.
  public let secondsPerSample: Double
  /// By how much the ranks differed, as a share of that.
  public let spread: Double
  /// Ranks that trained at once.
  public let ranks: Int
  /// The most memory that this process has held, over these ranks, in bytes.
  public let bytesPerRank: Double

  private final class Trial: @unchecked Sendable {
    // One thread writes each trial, and it has ended before anybody reads.
    var samples = 0
    var seconds = 0.0
    var failure: (any Error)?
  }

  /// Trains a task on each of `ranks` threads at once; results are thrown away.
  ///
  /// - Parameters:
  ///   - threads: Of each rank.
  ///   - seconds: After which the next epoch is not begun; one whole epoch after the first step is
  ///     measured whatever it takes.
  /// - Throws: What training throws.
  public init(_ task: PlannedTask, _ plan: RunPlan, ranks: Int, threads: Int, seconds: Double)
    throws
  {
    let done = DispatchSemaphore(value: 0)
    let trials = (0..<ranks).map { _ in Trial() }
    let workers = trials.map { trial in
      Thread {
        do {
          try Self.train(task, plan, threads: threads, seconds: seconds, into: trial)
        } catch {
          trial.failure = error
        }
        done.signal()
      }
    }
    for worker in workers {
      worker.stackSize = 8 << 20
      worker.start()
    }
    for _ in workers { done.wait() }
    if let failure = trials.compactMap(\.failure).first { throw failure }
    let rates = trials.map { $0.seconds / Double(max($0.samples, 1)) }
    let mean = rates.reduce(0, +) / Double(ranks)
    secondsPerSample = mean
    spread = rates.map { abs($0 - mean) }.max().map { $0 / mean } ?? 0
    self.ranks = ranks
    bytesPerRank = Self.mostMemory / Double(ranks)
  }

  private static func train(
    _ task: PlannedTask, _ plan: RunPlan, threads: Int, seconds: Double, into trial: Trial
  ) throws {
    let configuration = task.configuration
    let model = try HTNet(configuration.model)
    var training = configuration.training
    // However short the real one is, there is something to measure.
    training.epochs = 1_000_000
    training.earlyEndEpochs = 0
    let trainer = FoldTrainer(
      model: model, configuration: training,
      fold: TrainingFold(task.fold, of: task.dataset, scaling: configuration.data.scaling),
      augmentation: configuration.augmentation, regions: configuration.data.regions,
      strain: configuration.data.format.strain(configuration.model.channels),
      group: ReductionGroup(nil, shards: training.gradientShards),
      context: CPUBackend(threads: threads, products: try plan.kernel(of: task)))
    var begun: UInt64?
    _ = try trainer.run(
      logitsOfEveryEpoch: task.keepsEveryEpoch,
      afterStep: { step in
        let now = DispatchTime.now().uptimeNanoseconds
        // The first epoch finds memory and caches cold; test logits follow an epoch's last step.
        guard step.epoch > 0 else { return .goOn }
        guard let start = begun else {
          begun = now
          return .goOn
        }
        trial.samples += step.samples
        trial.seconds = Double(now - start) * 1e-9
        return step.endsEpoch && trial.seconds >= seconds ? .stop : .goOn
      })
  }

  /// The most memory that this process has held, in bytes.
  private static var mostMemory: Double {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
    return kilobytes * 1024
  }
}
