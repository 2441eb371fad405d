import FoldScheduling
import Foundation
import RunStore

/// What the first rank does before anybody trains: it reads and checks all that a user gave.
struct Preparation {
  let plan: RunPlan
  let opening: RunOpening

  /// Says what is wrong, once, and is nil then.
  ///
  /// - Parameters:
  ///   - worldSize: Ranks of the job.
  ///   - ranksOnHost: Those that share this host's memory.
  init?(_ request: TrainRequest, worldSize: Int, ranksOnHost: Int = 1) {
    do {
      plan = try RunPlan(request, ranksOnHost: ranksOnHost)
      for warning in plan.composite.warnings { TrainingJob.complain("warning: \(warning)") }
      _ = try GroupLayout(
        worldSize: worldSize, plan.configuration.cluster, folds: plan.folds.count,
        gradientShards: plan.configuration.training.gradientShards)
      opening = try RunOpening(request.run, plan) { TrainingJob.complain("warning: \($0)") }
    } catch {
      TrainingJob.complain("\(error)")
      return nil
    }
  }
}
