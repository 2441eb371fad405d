import Files
import Tasks
import Foundation
import RunStore

/// What the first rank does before anybody trains: it reads and checks all that a user gave.
struct Preparation {
  let plan: RunPlan
  let opening: RunOpening

  /// A reason not to begin, which the user has been told.
  struct Refusal: Error {
    let status: Int32
  }

  /// - Parameters:
  ///   - worldSize: Ranks of the job.
  ///   - ranksOnHost: Those that share this host's memory.
  /// - Throws: `Refusal` after it has said what is wrong, once.
  init(_ request: TrainRequest, worldSize: Int, ranksOnHost: Int = 1) throws(Refusal) {
    do {
      plan = try RunPlan(request, ranksOnHost: ranksOnHost)
      for warning in plan.dataset.warnings { TrainingJob.complain("warning: \(warning)") }
      _ = try RankGroups(
        worldSize: worldSize, plan.configuration.cluster, folds: plan.folds.count,
        gradientShards: plan.configuration.training.gradientShards)
      opening = try RunOpening(request.run, plan) { TrainingJob.complain("warning: \($0)") }
      TrainingJob.complain(plan.dataset.summary)
      for notice in plan.notices { TrainingJob.complain(notice) }
      if request.configuration == nil {
        TrainingJob.complain(
          "note: no --config: the paper's configuration"
            + (request.overrides.isEmpty ? "" : " but for what --set gives")
            + ", in \(request.run)")
      }
    } catch {
      TrainingJob.complain("\(error)")
      throw Refusal(status: Self.status(of: error))
    }
  }

  private static func status(of error: any Error) -> Int32 {
    switch error {
    case let failure as FileError where failure.isOfTheSystem:
      TrainingJob.complain("\(FileError.remedy(failure.code)), then run the same command again")
      return ExitStatus.cannotWrite
    case let failure as CannotRead:
      TrainingJob.complain(failure.remedy)
      return ExitStatus.cannotWrite
    case is RunInUse: return ExitStatus.inUse
    default: return ExitStatus.badInput
    }
  }
}
